// The application that all sites are: a sign-in, a page with a nickname, a sign-out. Only the session under it is a library's.
"use strict";
const crypto = require("node:crypto");
const express = require("express");
const helmet = require("helmet");
const { rateLimit } = require("express-rate-limit");
const { csrfSync } = require("csrf-sync");

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
function routes(app, { begin, end, user, token = () => "", guard = [], more = () => {}, after = () => "/account" }) {
  app.use(express.urlencoded({ extended: false, limit: "16kb" }));
  app.use(express.json({ limit: "16kb" }));
  app.get("/", (request, answer) => answer.send(page("Home", `<a href="/account">Account</a>`)));
  app.get("/login", (request, answer) => answer.send(loginPage(token(request))));
  app.post("/login", ...guard, async (request, answer) => {
    const { username, password } = request.body ?? {};
    if (!isRight(username, password ?? "")) return answer.status(401).send(loginPage(token(request), "<p>Wrong name or password.</p>"));
    await begin(request, username);
    answer.redirect(303, after(request));
  });
  app.post("/_clock", (request, answer) => {
    move(Number(request.query.by));
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
  more(member);
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

/// Moves the clock.
const move = (seconds) => { ahead += seconds * 1000; };

module.exports = { IDLE_MS, LONGEST_MS, escaped, hardened, hidden, isRight, move, page, promised, random, routes, tokens };
