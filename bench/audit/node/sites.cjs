// A small application with a sign-in, on one of the session libraries: as its README has it, and as its documentation says it should be.
//   node sites.cjs LIBRARY USE FOLDER
// Loopback only; TLS with the certificate in FOLDER. The passwords of the two accounts are in the environment: ADA and BOB.
"use strict";
const crypto = require("node:crypto");
const express = require("express");
const helmet = require("helmet");
const { rateLimit } = require("express-rate-limit");
const { csrfSync } = require("csrf-sync");
const { serve } = require("./serve.cjs");

const [, , library, use, folder] = process.argv;
const random = () => crypto.randomBytes(32).toString("base64url");

// The clock can be moved: time-outs are seen without waiting for them.
const real = Date.now;
let ahead = 0;
Date.now = () => real() + ahead;

const users = new Map([["ada", process.env.ADA], ["bob", process.env.BOB], ["eve", random()]]);
const nicknames = new Map();
// Names that are looked for and are not there cost the same.
const hashes = new Map([...users].map(([name, password]) => [name, crypto.scryptSync(password, name, 32)]));
const isRight = (name, password) => {
  const hash = hashes.get(name) ?? crypto.randomBytes(32);
  return crypto.timingSafeEqual(hash, crypto.scryptSync(String(password), String(name), 32)) && hashes.has(name);
};

const escaped = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const page = (title, body) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>`;
const hidden = (token) => (token ? `<input type="hidden" name="_csrf" value="${escaped(token)}">` : "");
const loginPage = (token, note = "") => page("Sign in", `${note}<form method="post" action="/login">${hidden(token)}
<input name="username" autocomplete="username"><input name="password" type="password" autocomplete="current-password"><button>Sign in</button></form>`);
const accountPage = (user, token) => page("Account", `<p>Signed in as ${escaped(user)}. Nickname: ${escaped(nicknames.get(user) ?? "none")}</p>
<form method="post" action="/account">${hidden(token)}<input name="nickname" value="${escaped(nicknames.get(user) ?? "none")}"><button>Save</button></form>
<form method="post" action="/logout">${hidden(token)}<button>Sign out</button></form>`);

const promised = (call) => new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));

/// Routes that all uses share. `begin(request, user)` and `end(request)` are the session's own.
function routes(app, { begin, end, user, token = () => "", guard = [] }) {
  app.use(express.urlencoded({ extended: false, limit: "16kb" }));
  app.use(express.json({ limit: "16kb" }));
  app.get("/", (request, answer) => answer.send(page("Home", `<a href="/account">Account</a>`)));
  app.get("/login", (request, answer) => answer.send(loginPage(token(request))));
  app.post("/login", ...guard, async (request, answer) => {
    const { username, password } = request.body ?? {};
    if (!isRight(username, password ?? "")) return answer.status(401).send(loginPage(token(request), "<p>Wrong name or password.</p>"));
    await begin(request, username);
    answer.redirect(303, "/account");
  });
  app.post("/_clock", (request, answer) => {
    ahead += Number(request.query.by) * 1000;
    answer.send("");
  });
  const member = (request, answer, next) => (user(request) ? next() : answer.redirect(303, "/login"));
  app.get("/account", member, (request, answer) => answer.send(accountPage(user(request), token(request))));
  app.post("/account", member, ...guard, (request, answer) => {
    nicknames.set(user(request), String(request.body?.nickname ?? "").slice(0, 64));
    answer.redirect(303, "/account");
  });
  app.post("/logout", ...guard, async (request, answer) => {
    await end(request, answer);
    answer.redirect(303, "/login");
  });
  app.use((request, answer) => answer.status(404).send(page("Not found", "")));
  app.use((error, request, answer, next) => answer.status(error.status ?? 500).send(page("Refused", "")));
}

const IDLE_MS = 15 * 60 * 1000;
const LONGEST_MS = 8 * 60 * 60 * 1000;

/// What the documentation of Express asks for in production, and ASVS.
function hardened(app) {
  app.disable("x-powered-by");
  app.use(helmet());
  app.use((request, answer, next) => {
    answer.set("cache-control", "no-store");
    next();
  });
  const strikes = new Map();
  app.use("/login", (request, answer, next) => {
    answer.on("finish", () => {
      const name = request.body?.username;
      if (request.method === "POST" && answer.statusCode === 401) strikes.set(name, (strikes.get(name) ?? 0) + 1);
      if (request.method === "POST" && answer.statusCode === 303) strikes.delete(name);
    });
    next();
  });
  const perAddress = rateLimit({ windowMs: 60_000, limit: 30, skipSuccessfulRequests: true, requestWasSuccessful: (_, answer) => answer.statusCode < 400 });
  const perName = (request, answer, next) => ((strikes.get(request.body?.username) ?? 0) >= 5 ? answer.status(429).send(page("Later", "")) : next());
  return [perAddress, perName];
}

/// Tokens of `csrf-sync`, which are kept in the session.
function tokens() {
  const { generateToken, csrfSynchronisedProtection } = csrfSync({ getTokenFromRequest: (request) => request.body?._csrf });
  return { token: generateToken, protect: csrfSynchronisedProtection };
}

const USES = {
  // README, "Example": a text for the secret, everything else as it comes; a sign-in that only writes into the session.
  "express-session-defaults": (app) => {
    const session = require(library);
    app.use(session({ secret: "keyboard cat", resave: false, saveUninitialized: true }));
    routes(app, {
      begin: async (request, user) => { request.session.user = user; },
      end: (request) => promised((done) => request.session.destroy(done)),
      user: (request) => request.session.user,
    });
  },
  "express-session-hardened": (app) => {
    const session = require(library);
    const limits = hardened(app);
    app.use(session({
      secret: random(), name: "__Host-sid", resave: false, saveUninitialized: false, rolling: true,
      genid: random, cookie: { secure: true, httpOnly: true, sameSite: "lax", path: "/", maxAge: IDLE_MS },
    }));
    app.use((request, answer, next) => {
      if (request.session.born && Date.now() - request.session.born > LONGEST_MS) return request.session.destroy(() => answer.redirect(303, "/login"));
      next();
    });
    const { token, protect } = tokens();
    routes(app, {
      begin: async (request, user) => {
        await promised((done) => request.session.regenerate(done));
        Object.assign(request.session, { user, born: Date.now() });
      },
      end: async (request, answer) => {
        await promised((done) => request.session.destroy(done));
        answer.clearCookie("__Host-sid", { secure: true, httpOnly: true, sameSite: "lax", path: "/" });
      },
      user: (request) => request.session.user,
      token, guard: [...limits, protect],
    });
  },
  // README, "Example": two short keys.
  "cookie-session-defaults": (app) => {
    const session = require(library);
    app.use(session({ name: "session", keys: ["key1", "key2"] }));
    routes(app, {
      begin: async (request, user) => { request.session.user = user; },
      end: async (request) => { request.session = null; },
      user: (request) => request.session?.user,
    });
  },
  // The data stay in the cookie; whether the session still is one is asked of the server.
  "cookie-session-hardened": (app) => {
    const session = require(library);
    const limits = hardened(app);
    const alive = new Map();
    app.use(session({ name: "__Host-session", keys: [random()], secure: true, httpOnly: true, sameSite: "lax", path: "/" }));
    const { token, protect } = tokens();
    const mine = (request) => {
      const kept = alive.get(request.session?.id);
      if (!kept || Date.now() - kept.used > IDLE_MS || Date.now() - kept.born > LONGEST_MS) return undefined;
      kept.used = Date.now();
      return kept.user;
    };
    routes(app, {
      begin: async (request, user) => {
        alive.delete(request.session?.id);
        request.session = { id: random() };
        alive.set(request.session.id, { user, born: Date.now(), used: Date.now() });
      },
      end: async (request) => {
        alive.delete(request.session?.id);
        request.session = null;
      },
      user: mine, token, guard: [...limits, protect],
    });
  },
  // Everything sound but the library's own way to begin a session (CVE-2022-25896, before 0.6.0).
  "passport": (app) => {
    const session = require("express-session");
    const passport = require(library);
    const { Strategy } = require("passport-local");
    const limits = hardened(app);
    app.use(session({
      secret: random(), name: "__Host-sid", resave: false, saveUninitialized: false, rolling: true,
      genid: random, cookie: { secure: true, httpOnly: true, sameSite: "lax", path: "/", maxAge: IDLE_MS },
    }));
    passport.use(new Strategy((name, password, done) => done(null, isRight(name, password) && { name })));
    passport.serializeUser((user, done) => done(null, user.name));
    passport.deserializeUser((name, done) => done(null, { name }));
    app.use(passport.initialize());
    app.use(passport.session());
    app.use((request, answer, next) => {
      if (request.session.born && Date.now() - request.session.born > LONGEST_MS) return request.session.destroy(() => answer.redirect(303, "/login"));
      next();
    });
    const { token, protect } = tokens();
    routes(app, {
      begin: async (request, name) => {
        await promised((done) => request.logIn({ name }, done));
        request.session.born = Date.now();
      },
      end: async (request, answer) => {
        await promised((done) => request.session.destroy(done));
        answer.clearCookie("__Host-sid", { secure: true, httpOnly: true, sameSite: "lax", path: "/" });
      },
      user: (request) => request.user?.name,
      token, guard: [...limits, protect],
    });
  },
};

const app = express();
USES[use](app);
serve(folder, {}, app);
