// A small application with a sign-in, on one of the session libraries: as its README has it, and as its documentation says it should be.
//   node sites.cjs LIBRARY USE FOLDER
// Loopback only; TLS with the certificate in FOLDER. The passwords of the two accounts are in the environment: ADA and BOB.
"use strict";
const express = require("express");
const { IDLE_MS, LONGEST_MS, hardened, isRight, promised, random, routes, tokens } = require("./app.cjs");
const { serve } = require("./serve.cjs");

const [, , library, use, folder] = process.argv;
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
