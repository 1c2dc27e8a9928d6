// The demo page's own script: fetches its state, makes the calls, shows what came back. No framework, no eval.
const byId = (id) => document.getElementById(id);
const EDGES = [1, 2, 3];
let state = {};

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

function showEdges() {
  byId("edges").replaceChildren(...state.edges.map((edge) => {
    const li = document.createElement("li");
    const b = document.createElement("b");
    b.textContent = edge.name;
    li.append(b, ` at ${edge.frontier}`);
    return li;
  }));
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
  showEdges();
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
  line(`Enforced at ${data.receipt.acknowledged.length} edges in ${data.slowest_ms.toFixed(2)} ms`, true);
  line(`Position ${data.receipt.seq} of the log, level ${data.receipt.level}, class ${data.class}.`);
  for (const edge of data.edges) if (edge.ms !== null) line(`${edge.name} refused after ${edge.ms.toFixed(2)} ms`);
  if (data.receipt.expired.length) line(`Leases that ran out first: ${data.receipt.expired.join(", ")}`);
  byId("receipt").replaceChildren(box);
  byId("receipt").scrollIntoView({ block: "nearest" });
  const caughtUp = new Set(data.receipt.acknowledged);
  state.edges = state.edges.map((edge) => (caughtUp.has(edge.name) ? { ...edge, frontier: data.receipt.seq } : edge));
  showEdges();
}

async function revoke(kind) {
  problem("");
  const answer = await fetch("/app/revoke", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": state.csrf_token },
    body: JSON.stringify({ class: kind }),
  });
  if (!answer.ok) {
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
