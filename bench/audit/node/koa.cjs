// A small application on koa-session: as its README has it, and with its sessions kept on the server.
//   node koa.cjs LIBRARY defaults|hardened FOLDER
// Loopback only; TLS with the certificate in FOLDER. The passwords of the two accounts are in the environment: ADA and BOB.
"use strict";
const Koa = require("koa");
const { IDLE_MS, LONGEST_MS, escaped, isRight, move, random } = require("./app.cjs");
const { serve } = require("./serve.cjs");

const [, , library, use, folder] = process.argv;
const { default: plugin } = { default: require(library), ...require(library) };
const isHardened = use === "hardened";
const nicknames = new Map();
const strikes = new Map();

const app = new Koa({ proxy: false });
app.silent = true;
// README, "Example".
app.keys = [isHardened ? random() : "some secret hurr"];
const kept = new Map();
const store = {
  get: async (key) => { const entry = kept.get(key); return entry && entry.until > Date.now() ? entry.session : undefined; },
  set: async (key, session, maxAge) => { kept.set(key, { session: structuredClone(session), until: Date.now() + maxAge }); },
  destroy: async (key) => { kept.delete(key); },
};
if (isHardened) {
  app.use(async (context, next) => {
    context.set({
      "content-security-policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      "strict-transport-security": "max-age=31536000; includeSubDomains", "x-content-type-options": "nosniff",
      "referrer-policy": "same-origin", "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin", "cache-control": "no-store",
    });
    await next();
  });
}
app.use(plugin(isHardened
  ? { key: "__Host-sid", store, rolling: true, maxAge: IDLE_MS, secure: true, httpOnly: true, sameSite: "lax", genid: random }
  : {}, app));

const html = (title, body) => `<!DOCTYPE html><html><head><meta charset="utf-8"><title>${title}</title></head><body><h2>${title}</h2>${body}</body></html>`;
const token = (context) => (isHardened ? `<input type=hidden name=authenticity value='${(context.session.token ??= random())}'>` : "");
const form = async (context) => {
  let text = "";
  for await (const chunk of context.req) { text += chunk; if (text.length > 16384) context.throw(413); }
  if (!context.is("application/x-www-form-urlencoded")) return {};
  return Object.fromEntries(new URLSearchParams(text));
};
const back = (context, to) => { context.status = 302; context.redirect(to); };

const ROUTES = {
  "GET /": (context) => { context.body = html("Welcome", "<a href=/home>my home</a>"); },
  "GET /signin": (context) => {
    context.body = html("Log in", `<form action='/signin' method='POST'>${token(context)}<label>E-mail <input type=email name=email autocomplete=username></label>
<label>Password <input type=password name=pass autocomplete=current-password></label><input type=submit value='Log in'></form>`);
  },
  "POST /signin": async (context) => {
    const body = await form(context);
    if (isHardened && (!context.session.token || body.authenticity !== context.session.token)) context.throw(403);
    const name = String(body.email ?? "").split("@")[0];
    const address = context.ip;
    if (isHardened && ((strikes.get(name) ?? 0) >= 5 || (strikes.get(address) ?? 0) >= 40)) context.throw(429);
    if (!isRight(name, body.pass ?? "")) {
      for (const key of [name, address]) strikes.set(key, (strikes.get(key) ?? 0) + 1);
      // As many applications do: the form again, with status 200.
      context.body = html("Log in", `<p class=error>Those details are not right.</p><form action='/signin' method='POST'>${token(context)}<input type=email name=email><input type=password name=pass><input type=submit></form>`);
      return;
    }
    strikes.delete(name);
    if (isHardened) {
      context.session = { user: name, born: Date.now(), token: random() };
      await context.session.regenerate?.();
    } else context.session.user = name;
    back(context, "/home");
  },
  "GET /home": (context) => {
    if (!context.session.user) return back(context, "/signin");
    const nickname = escaped(nicknames.get(context.session.user) ?? "none");
    context.body = html("My home", `<p>Hello ${escaped(context.session.user)}, also called ${nickname}</p>
<form action=/profile method=post>${token(context)}<input name=display value="${nickname}"><input type=submit value=Save></form>
<form action=/signout method=post>${token(context)}<input type=submit value='Log out'></form>`);
  },
  "POST /profile": async (context) => {
    if (!context.session.user) return back(context, "/signin");
    const body = await form(context);
    if (isHardened && body.authenticity !== context.session.token) context.throw(403);
    nicknames.set(context.session.user, String(body.display ?? "").slice(0, 64));
    back(context, "/home");
  },
  "POST /signout": async (context) => {
    const body = await form(context);
    if (isHardened && body.authenticity !== context.session.token) context.throw(403);
    context.session = null;
    back(context, "/");
  },
  "POST /_clock": (context) => { move(Number(context.query.by)); context.body = "ok"; },
};
app.use(async (context) => {
  if (isHardened && context.session.born && Date.now() - context.session.born > LONGEST_MS) { context.session = null; return back(context, "/signin"); }
  await ROUTES[`${context.method} ${context.path}`]?.(context);
});

const application = `nodes = ["{url}"]
[[account]]
user = "ada@example.org"
password = "env:ADA"
[[account]]
user = "bob@example.org"
password = "env:BOB"
[[account]]
user = "eve@example.org"
password = "env:EVE"
expendable = true
[sign_in]
page = "/signin"
[protected]
page = "/home"
text = "also called"
[session]
idle_s = 900
absolute_s = 28800
clock = "{url}_clock?by={seconds}"
[sign_out]
page = "/home"
submit = "/signout"
[change]
page = "/home"
field = "display"
`;
const inventory = `[[site]]
environment = "bench"
url = "{url}"
pages = ["/signin", "/home"]
samples = 20
[site.sign_in]
url = "/signin"
fields = { email = "ada@example.org", pass = { env = "ADA" } }
`;
serve(folder, { application, inventory, page: "home", form: "signin", user: "ada@example.org" }, app.callback());
