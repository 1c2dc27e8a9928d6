// A small application on Auth.js (NextAuth's successor) with its own pages and its provider for names and passwords.
//   node auth.cjs LIBRARY defaults|hardened FOLDER
// Loopback only; TLS with the certificate in FOLDER. The passwords of the two accounts are in the environment: ADA and BOB.
"use strict";
const crypto = require("node:crypto");
const express = require("express");
const helmet = require("helmet");
const { IDLE_MS, LONGEST_MS, escaped, hidden, isRight, move, page, random } = require("./app.cjs");
const { serve } = require("./serve.cjs");

const [, , library, use, folder] = process.argv;
const isHardened = use === "hardened";
const nicknames = new Map();
const strikes = new Map();
const alive = new Map();

// The clock can be moved, also for libraries that ask for a new Date.
const Real = Date;
globalThis.Date = class extends Real {
  constructor(...parts) { super(...(parts.length ? parts : [Real.now()])); }
};

const app = express();
app.use("/_clock", (request, answer) => {
  move(Number(request.query.by));
  answer.send("");
});
if (isHardened) {
  app.disable("x-powered-by");
  app.use(helmet());
  app.use((request, answer, next) => {
    answer.set("cache-control", "no-store");
    next();
  });
}
app.use(express.urlencoded({ extended: false, limit: "16kb" }));

/// Who signs in again ends the session before. Set when the library is there.
let current = async () => undefined;

/// Wrong passwords count for the name, and for the address.
const limited = async (request, answer, next) => {
  if (!isHardened || request.method !== "POST" || request.path !== "/callback/credentials") return next();
  const keys = [[`name ${request.body?.username}`, 5], [`address ${request.ip}`, 40]];
  if (keys.some(([key, most]) => (strikes.get(key) ?? 0) >= most)) return answer.status(429).send(page("Later", ""));
  const before = await current(request);
  answer.on("finish", () => {
    const isWrong = String(answer.get("location")).includes("error=");
    if (!isWrong) {
      strikes.delete(keys[0][0]);
      alive.delete(before?.sid);
    }
    else for (const [key] of keys) strikes.set(key, (strikes.get(key) ?? 0) + 1);
  });
  return next();
};

(async () => {
  const { ExpressAuth, getSession } = await import(library);
  const { default: Credentials } = await import(`${library}/providers/credentials`);
  const secret = random();
  const config = {
    secret, trustHost: true, logger: { error: () => {} },
    // Documentation, "Credentials".
    providers: [Credentials({
      credentials: { username: { label: "Username" }, password: { label: "Password", type: "password" } },
      authorize: async ({ username, password }) => (isRight(username, password ?? "") ? { id: username, name: username } : null),
    })],
  };
  if (isHardened) {
    Object.assign(config, {
      session: { strategy: "jwt", maxAge: IDLE_MS / 1000, updateAge: 0 },
      cookies: { sessionToken: { name: "__Host-authjs.session-token", options: { httpOnly: true, sameSite: "lax", path: "/", secure: true } } },
      // Documentation, "Session strategies": a token that has to end early needs a list on the server.
      callbacks: {
        jwt: ({ token, user }) => {
          if (user) {
            token.sid = random();
            alive.set(token.sid, { born: Date.now(), used: Date.now() });
            return token;
          }
          const kept = alive.get(token.sid);
          if (!kept || Date.now() - kept.used > IDLE_MS || Date.now() - kept.born > LONGEST_MS) return null;
          kept.used = Date.now();
          return token;
        },
        session: ({ session, token }) => ({ ...session, sid: token.sid }),
      },
      events: { signOut: ({ token }) => void alive.delete(token?.sid) },
    });
  }
  current = (request) => getSession(request, config);
  app.use("/auth", limited);
  app.use("/auth/*", ExpressAuth(config));

  // The library guards its own forms; the application's are its own affair.
  const token = (session) => (isHardened ? crypto.createHmac("sha256", secret).update(session.sid).digest("base64url") : "");
  const member = async (request, answer, next) => {
    request.member = await getSession(request, config);
    return request.member?.user ? next() : answer.redirect(302, "/auth/signin?callbackUrl=%2Fhome");
  };
  app.get("/", (request, answer) => answer.send(page("Home", `<a href="/home">Inside</a>`)));
  app.get("/home", member, (request, answer) => {
    const name = request.member.user.name;
    const nickname = escaped(nicknames.get(name) ?? "none");
    answer.send(page("Inside", `<p>Welcome back, ${escaped(name)} (${nickname})</p><a href="/auth/signout">Sign out</a>
<form method="post" action="/home">${hidden(token(request.member))}<input name="nickname" value="${nickname}"><button>Save</button></form>`));
  });
  app.post("/home", member, (request, answer) => {
    if (isHardened && request.body?._csrf !== token(request.member)) return answer.status(403).send(page("Refused", ""));
    nicknames.set(request.member.user.name, String(request.body?.nickname ?? "").slice(0, 64));
    return answer.redirect(302, "/home");
  });
  app.use((request, answer) => answer.status(404).send(page("Not found", "")));
  app.use((error, request, answer, next) => answer.status(error.status ?? 500).send(page("Refused", "")));
  serve(folder, { application, inventory, page: "home", form: "auth/signin" }, app);
})();

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
page = "/auth/signin"
[protected]
page = "/home"
text = "Welcome back"
[session]
idle_s = 900
absolute_s = 28800
clock = "{url}_clock?by={seconds}"
[sign_out]
page = "/auth/signout"
submit = "/auth/signout"
[change]
page = "/home"
field = "nickname"
`;
const inventory = `[[site]]
environment = "bench"
url = "{url}"
pages = ["/auth/signin", "/home"]
samples = 20
[site.sign_in]
url = "/auth/signin"
fields = { username = "ada", password = { env = "ADA" } }
`;
