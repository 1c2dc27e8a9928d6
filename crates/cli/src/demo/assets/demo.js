// The demo page's own script: fetches its state, makes the calls, shows what came back. No framework, no eval.
const byId = (id) => document.getElementById(id);
const EDGES = [1, 2, 3];
const LOOK_EVERY_MS = 250;
let state = {};
const places = new Map();

function facts(list, rows) {
  list.replaceChildren(...rows.flatMap(([name, value, why]) => {
    const dt = document.createElement("dt");
    dt.textContent = name;
    const dd = document.createElement("dd");
    dd.textContent = value;
    if (why) {
      const small = document.createElement("small");
      small.textContent = why;
      dd.append(small);
    }
    return [dt, dd];
  }));
}

function problem(text) {
  byId("problem").textContent = text;
}

const time = (s) => new Date(s * 1000).toLocaleTimeString();

const CLAIMS = {
  iss: "who issued it",
  sub: "whom it speaks for",
  aud: "whom it is for; anybody else refuses it",
  client_id: "which client holds it",
  scope: "what it may be used for",
  jti: "its own id",
  sid: "the session it dies with",
  gid: "the grant it dies with",
  rs: "position of the revocation log before sign-in began: no clock takes part in revocation",
  exp: "its end",
  iat: "when it was made",
  auth_time: "when you signed in",
  acr: "how strongly",
  amr: "by which means",
};

function make(name, parts = {}, ...children) {
  const element = Object.assign(document.createElement(name), parts);
  element.append(...children);
  return element;
}

// What an edge is doing, in a word for the style, one for the badge, and one for whoever does not see it.
function standing(edge) {
  if (edge.leased) {
    return edge.connected
      ? ["serves", "serves", "serves"]
      : ["waning", "lease runs out", "is cut off, and its lease runs out"];
  }
  return edge.connected
    ? ["joining", "catches up", "catches up"]
    : ["stopped", "refuses: 503", "has no lease any more: it refuses"];
}

function place(name, number) {
  const known = places.get(name);
  if (known) return known;
  const parts = {
    badge: make("span", { className: "badge" }),
    bar: make("progress", { max: 1, value: 0 }),
    staleness: make("dd"),
    frontier: make("dd"),
    reached: make("dd", { textContent: "-" }),
    line: make("button", { type: "button", className: "switch" }),
    number,
  };
  parts.bar.setAttribute("aria-label", `staleness of ${name}, of its lease`);
  parts.line.setAttribute("role", "switch");
  parts.line.setAttribute("aria-label", `line between ${name} and the authority`);
  parts.line.addEventListener("click", guarded(() => throwSwitch(name, parts)));
  const rows = [["staleness", parts.staleness], ["frontier", parts.frontier], ["last entry after", parts.reached]];
  parts.card = make("article", { className: "place", id: `place-${name}` },
    make("h3", {}, name, parts.badge), parts.bar,
    make("dl", { className: "facts" }, ...rows.flatMap(([word, value]) => [make("dt", { textContent: word }), value])),
    parts.line);
  byId("places").append(parts.card);
  places.set(name, parts);
  return parts;
}

async function throwSwitch(name, parts) {
  problem("");
  const connected = parts.line.getAttribute("aria-checked") !== "true";
  const answer = await fetch("/line", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ edge: name, connected }),
  });
  if (!answer.ok) problem(await answer.text());
}

function showPlace(edge, number, lease) {
  const parts = place(edge.name, number);
  const [word, badge, spoken] = standing(edge);
  const before = parts.card.dataset.state;
  parts.card.dataset.state = word;
  parts.badge.textContent = badge;
  parts.badge.className = `badge ${edge.leased ? "ok" : "no"}`;
  parts.bar.max = lease;
  parts.bar.value = edge.leased ? Math.min(edge.staleness_ms, lease) : lease;
  const stale = edge.staleness_ms === null ? "no lease yet" : `${edge.staleness_ms} ms of ${lease} ms`;
  parts.staleness.textContent = stale;
  parts.frontier.textContent = String(edge.frontier);
  parts.line.setAttribute("aria-checked", String(edge.connected));
  parts.line.textContent = edge.connected ? "Joined: cut it off" : "Cut off: join it";
  if (before === undefined || before === word) return;
  byId("told").textContent = `${edge.name} ${spoken}`;
  // What it really answers now, seen by a request of this browser's own.
  if (word === "stopped" || word === "serves") call(number, "session").catch((error) => problem(String(error)));
}

async function look() {
  if (document.hidden) return;
  const answer = await fetch("/live", { cache: "no-store", credentials: "omit" });
  if (!answer.ok) throw new Error(`the edges cannot be seen: ${answer.status}`);
  const { edges, lease_ms } = await answer.json();
  edges.forEach((edge, at) => showPlace(edge, at + 1, lease_ms));
}

async function watch() {
  for (;;) {
    await look().catch((error) => problem(String(error)));
    await new Promise((again) => setTimeout(again, LOOK_EVERY_MS));
  }
}

function show() {
  byId("who").textContent = state.subject;
  facts(byId("session"), [
    ["subject", state.subject, "opaque: no name, no e-mail"],
    ["session", state.session, ""],
    ["assurance", state.assurance, "one factor: a password"],
    ["staleness", `${state.staleness_ms} ms`, "how far this edge may be behind the authority; it refuses beyond the lease"],
    ["frontier", state.frontier, "position in the revocation log that this edge has applied"],
  ]);
  byId("identity").textContent = JSON.stringify(state.identity, null, 2);
  const has = Boolean(state.token);
  byId("no-token").hidden = has;
  byId("has-token").hidden = !has;
  byId("call-token").disabled = !has;
  document.querySelector("[data-revoke=grant]").disabled = !has;
  if (has) {
    const { header, claims, text } = state.token;
    facts(byId("claims"), Object.entries(claims).map(([name, value]) => {
      const shown = ["exp", "iat", "auth_time"].includes(name) ? `${value} (${time(value)})` : String(value);
      return [name, shown, CLAIMS[name] ?? ""];
    }));
    byId("token").textContent = `${JSON.stringify(header)}\n\n${text}`;
  }
}

function row(edge) {
  const id = `answer-${edge}`;
  let tr = byId(id);
  if (!tr) {
    tr = document.createElement("tr");
    tr.id = id;
    const th = document.createElement("th");
    th.scope = "row";
    th.textContent = `edge-${edge}`;
    tr.append(th, document.createElement("td"), document.createElement("td"));
    byId("answers").append(tr);
  }
  return tr;
}

async function call(edge, face) {
  const headers = { Accept: "application/json" };
  const options = { headers, cache: "no-store", credentials: face === "session" ? "same-origin" : "omit" };
  if (face === "token") headers.Authorization = `Bearer ${state.token.text}`;
  const start = performance.now();
  const answer = await fetch(`/edge/${edge}/api/hello`, options);
  const took = performance.now() - start;
  const body = await answer.text();
  const cell = row(edge).children[face === "session" ? 1 : 2];
  const badge = document.createElement("span");
  badge.className = `badge ${answer.ok ? "ok" : "no"}`;
  badge.textContent = String(answer.status);
  const reason = answer.headers.get("symbolon-reason");
  const said = answer.ok ? body.trim() : `refused: ${reason ?? "no reason"}`;
  cell.replaceChildren(badge, ` ${said} `, Object.assign(document.createElement("span"), {
    className: "soft", textContent: `${took.toFixed(1)} ms`,
  }));
}

async function callAll(face) {
  await Promise.all(EDGES.map((edge) => call(edge, face)));
}

function receipt(data) {
  const box = document.createElement("div");
  box.className = "receipt";
  const line = (text, big) => {
    const p = document.createElement("p");
    p.textContent = text;
    if (big) p.className = "big";
    box.append(p);
  };
  const { acknowledged, expired, enforced_in_ms } = data.receipt;
  const count = `${acknowledged.length} ${acknowledged.length === 1 ? "edge" : "edges"}`;
  line(expired.length === 0
    ? `Enforced at ${count} in ${data.slowest_ms.toFixed(2)} ms`
    : `Enforced after ${enforced_in_ms} ms: ${count} applied it, ${expired.join(" and ")} had no lease any more`, true);
  line(`Position ${data.receipt.seq} of the log, level ${data.receipt.level}, class ${data.class}.`);
  for (const edge of data.edges) {
    if (edge.ms === null) continue;
    line(`${edge.name} refused after ${edge.ms.toFixed(2)} ms`);
    const seen = places.get(edge.name);
    if (seen) seen.reached.textContent = `${edge.ms.toFixed(2)} ms`;
  }
  byId("receipt").replaceChildren(box);
  byId("receipt").scrollIntoView({ block: "nearest" });
}

async function revoke(kind) {
  problem("");
  byId("receipt").textContent = "Waiting until every edge refuses…";
  const answer = await fetch("/app/revoke", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": state.csrf_token },
    body: JSON.stringify({ class: kind }),
  });
  if (!answer.ok) {
    byId("receipt").replaceChildren();
    problem(`The revocation was refused: ${answer.status} ${answer.headers.get("symbolon-reason") ?? ""}`);
    return;
  }
  receipt(await answer.json());
  await callAll("session");
  if (state.token) await callAll("token");
}

async function start() {
  const answer = await fetch("/app/state", { headers: { Accept: "application/json" }, cache: "no-store" });
  if (!answer.ok) {
    location.assign("/");
    return;
  }
  state = await answer.json();
  const own = await fetch("/.symbolon/session", { headers: { Accept: "application/json" }, cache: "no-store" });
  state.csrf_token = (await own.json()).csrf_token;
  show();
  EDGES.forEach(row);
}

const guarded = (work) => () => work().catch((error) => problem(String(error)));
byId("call-session").addEventListener("click", guarded(() => callAll("session")));
byId("call-token").addEventListener("click", guarded(() => callAll("token")));
for (const button of document.querySelectorAll("[data-revoke]")) {
  button.addEventListener("click", guarded(() => revoke(button.dataset.revoke)));
}
guarded(start)();
watch();
