// An application whose pages are a script's: JSON in and out, a session in a cookie, on Fastify.
//   node fastify.cjs LIBRARY defaults|hardened FOLDER
// Loopback only; TLS with the certificate in FOLDER. The passwords of the two accounts are in the environment: ADA and BOB.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { IDLE_MS, LONGEST_MS, isRight, random } = require("./app.cjs");
const { serve } = require("./serve.cjs");

const [, , library, use, folder] = process.argv;
const isHardened = use === "hardened";
const nicknames = new Map();
const strikes = new Map();

let handle;
const app = require("fastify")({ serverFactory: (handler) => { handle = handler; return require("node:https").createServer({ cert: fs.readFileSync(path.join(folder, "tls.pem")), key: fs.readFileSync(path.join(folder, "tls.key")) }); } });
app.register(require("@fastify/cookie"));
if (isHardened) {
  app.register(require("@fastify/helmet"));
  app.register(require("@fastify/rate-limit"), { global: false });
}
// README, "Usage": a text for the secret, everything else as it comes; a sign-in that only writes into the session.
app.register(require(library), isHardened
  ? { secret: random(), cookieName: "__Host-sid", saveUninitialized: false, rolling: true, idGenerator: random,
      cookie: { secure: true, httpOnly: true, sameSite: "lax", path: "/", maxAge: IDLE_MS } }
  : { secret: "a secret with minimum length of 32 characters" });

const inner = (app, _, done) => {
  app.addHook("onSend", async (request, reply) => { if (isHardened) reply.header("cache-control", "no-store"); });
  app.addHook("preHandler", async (request, reply) => {
    if (!isHardened || !request.session.born || Date.now() - request.session.born <= LONGEST_MS) return;
    await request.session.destroy();
    return reply.code(401).send({ error: "signed out" });
  });
  const member = async (request, reply) => (request.session?.user ? undefined : reply.code(401).send({ error: "signed out" }));
  // Another site's page can send nothing that Fastify takes for JSON: browsers ask first. The hardened one says so to texts as well.
  const own = async (request, reply) => (!isHardened || request.headers["content-type"]?.startsWith("application/json") ? undefined : reply.code(415).send({ error: "refused" }));
  app.get("/", async () => ({ name: "app" }));
  app.post("/api/session", {
    config: isHardened ? { rateLimit: { max: 60, timeWindow: 60_000, hook: "preHandler", keyGenerator: (request) => request.ip } } : {},
  }, async (request, reply) => {
    const { login, password } = request.body ?? {};
    if (typeof login !== "string" || typeof password !== "string") return reply.code(400).send({ error: "bad request" });
    if (isHardened && (strikes.get(login) ?? 0) >= 5) return reply.code(429).send({ error: "later" });
    if (!isRight(login, password)) {
      strikes.set(login, (strikes.get(login) ?? 0) + 1);
      return reply.code(401).send({ error: "wrong name or password" });
    }
    strikes.delete(login);
    if (isHardened) await request.session.regenerate();
    request.session.user = login;
    request.session.born = Date.now();
    return { user: login };
  });
  app.get("/api/me", { preHandler: member }, async (request) => ({ user: request.session.user, nickname: nicknames.get(request.session.user) ?? "none" }));
  app.post("/api/me", { preHandler: [member, own] }, async (request) => {
    nicknames.set(request.session.user, String(request.body?.nickname ?? "").slice(0, 64));
    return { ok: true };
  });
  app.post("/api/sign-out", async (request, reply) => {
    await request.session.destroy();
    // The library leaves it to the application.
    if (isHardened) reply.clearCookie("__Host-sid", { path: "/", secure: true, httpOnly: true, sameSite: "lax" });
    return { ok: true };
  });
  done();
};
app.register(inner);

// The clock can be moved.
const moved = (request, answer) => {
  const url = new URL(request.url, "https://x");
  if (url.pathname !== "/_clock") return handle(request, answer);
  require("./app.cjs").move(Number(url.searchParams.get("by")));
  return answer.end("");
};

const application = `nodes = ["{url}"]
[[account]]
user = "ada"
password = "env:ADA"
[[account]]
user = "bob"
password = "env:BOB"
[[account]]
user = "eve"
password = "env:EVE"
expendable = true
[sign_in]
page = "/"
submit = "/api/session"
user_field = "login"
password_field = "password"
[protected]
page = "/api/me"
text = "nickname"
[session]
idle_s = 900
absolute_s = 28800
clock = "{url}_clock?by={seconds}"
[sign_out]
submit = "/api/sign-out"
[change]
page = "/api/me"
field = "nickname"
json = true
[pages]
api = ["/api/me"]
`;
const inventory = `[[site]]
environment = "bench"
url = "{url}"
pages = ["/", "/api/me"]
[site.sign_in]
url = "/api/session"
json = true
fields = { login = "ada", password = { env = "ADA" } }
`;
app.ready().then(() => serve(folder, { application, inventory, page: "api/me", form: "api/session" }, moved));
