// An authorization server on one library: as its documentation begins, and as RFC 9700 asks for.
//   node oauth.cjs LIBRARY defaults|hardened FOLDER
// Loopback only; TLS with the certificate in FOLDER. Passwords and clients' secrets are in the environment: ADA, BOB, APP, OTHER.
"use strict";
const express = require("express");
const session = require("express-session");
const { IDLE_MS, hardened, hidden, page, promised, random, routes, tokens } = require("./app.cjs");
const { serve } = require("./serve.cjs");

const [, , library, use, folder] = process.argv;
const OAuth = require(library);
const isHardened = use === "hardened";

const client = (id, secret, redirect) => ({
  id, secret, redirectUris: [redirect], grants: ["authorization_code", "refresh_token"], accessTokenLifetime: 900, refreshTokenLifetime: 86400,
});
const clients = [client("app", process.env.APP, "https://client.example/cb"), client("other", process.env.OTHER, "https://other.example/cb")];
const SCOPES = ["profile", "offline_access"];

const codes = new Map();
const spent = new Map();
const saved = [];
const families = new Set();
/// Whose refresh token was taken last: what is saved next is its successor.
let renewed;
const told = (scope) => (Array.isArray(scope) ? scope : String(scope ?? "").split(" ").filter(Boolean));

/// What came of one code ends with it, and with a refresh token that comes twice: the application's part, which the library leaves to it.
const endFamily = (family) => {
  families.delete(family);
};

// The model of the documentation, in memory.
const model = {
  getClient: async (id, secret) => clients.find((one) => one.id === id && (secret === null || one.secret === secret)) ?? null,
  saveAuthorizationCode: async (code, owner, user) => {
    const kept = { ...code, client: { id: owner.id }, user, family: random() };
    codes.set(code.authorizationCode, kept);
    return kept;
  },
  getAuthorizationCode: async (text) => {
    if (isHardened && spent.has(text)) endFamily(spent.get(text));
    return codes.get(text) ?? null;
  },
  revokeAuthorizationCode: async (code) => {
    const kept = codes.get(code.authorizationCode ?? code.code);
    if (kept) spent.set(kept.authorizationCode, kept.family);
    return codes.delete(kept?.authorizationCode);
  },
  saveToken: async (token, owner, user) => {
    const family = spent.get(token.authorizationCode) ?? renewed;
    const kept = { ...token, client: { id: owner.id }, user, family };
    families.add(family);
    saved.push(kept);
    return kept;
  },
  getAccessToken: async (text) => {
    const kept = saved.find((one) => one.accessToken === text);
    return kept && (!isHardened || families.has(kept.family)) ? kept : null;
  },
  getRefreshToken: async (text) => {
    const kept = saved.find((one) => one.refreshToken === text);
    if (isHardened && kept?.isUsed) endFamily(kept.family);
    return kept && !kept.isUsed && (!isHardened || families.has(kept.family)) ? kept : null;
  },
  revokeToken: async (token) => {
    const kept = saved.find((one) => one.refreshToken === token.refreshToken);
    if (!kept || kept.isUsed) return false;
    kept.isUsed = true;
    renewed = kept.family;
    return true;
  },
  validateScope: async (user, owner, scope) => (told(scope).every((one) => SCOPES.includes(one)) ? scope : false),
  verifyScope: async () => true,
};

const server = new OAuth({ model });
const app = express();
const limits = hardened(app);
app.use(session({
  secret: random(), name: "__Host-sid", resave: false, saveUninitialized: false, rolling: true,
  genid: random, cookie: { secure: true, httpOnly: true, sameSite: "lax", path: "/", maxAge: IDLE_MS },
}));
const { token, protect } = tokens();

const origin = (request) => `https://${request.headers.host}`;

function handed(answer, response) {
  for (const [name, value] of Object.entries(response.headers ?? {})) answer.set(name, value);
  if (response.status === 302) return answer.redirect(303, response.headers.location);
  return answer.status(response.status ?? 200).send(response.body);
}

async function authorize(request, answer) {
  const asked = { ...request.query };
  if (isHardened) {
    const owner = clients.find((one) => one.id === asked.client_id);
    if (!owner?.redirectUris.includes(asked.redirect_uri)) return answer.status(400).send(page("Refused", ""));
    const back = (error) => {
      const url = new URL(asked.redirect_uri);
      for (const [name, value] of Object.entries({ error, state: asked.state, iss: origin(request) })) if (value) url.searchParams.set(name, value);
      return answer.redirect(303, url.href);
    };
    if (Object.values(asked).some(Array.isArray)) return back("invalid_request");
    if (!/^[\w-]{43}$/.test(asked.code_challenge ?? "") || asked.code_challenge_method !== "S256") return back("invalid_request");
    if (asked.response_mode && asked.response_mode !== "query") return back("invalid_request");
  }
  const response = new OAuth.Response(answer);
  try {
    await server.authorize(new OAuth.Request(request), response, { authenticateHandler: { handle: () => ({ name: request.session.user }) } });
  } catch (error) {
    if (!response.headers?.location) return answer.status(error.code ?? 400).send(page("Refused", ""));
  }
  if (isHardened && response.headers?.location) {
    const url = new URL(response.headers.location);
    url.searchParams.set("iss", origin(request));
    response.headers.location = url.href;
  }
  return handed(answer, response);
}

routes(app, {
  begin: async (request, user) => {
    const next = request.session.next;
    await promised((done) => request.session.regenerate(done));
    Object.assign(request.session, { user, next });
  },
  end: async (request, answer) => {
    await promised((done) => request.session.destroy(done));
    answer.clearCookie("__Host-sid", { secure: true, httpOnly: true, sameSite: "lax", path: "/" });
  },
  user: (request) => request.session.user,
  token, guard: [...limits, protect],
  more: (member) => {
    const consent = (request, answer) => answer.send(page("Consent", `<form method="post" action="${request.originalUrl.replace(/&/g, "&amp;").replace(/"/g, "%22")}">${hidden(token(request))}<button name="decision" value="yes">Allow</button></form>`));
    app.get("/oauth/authorize", member, isHardened ? consent : authorize);
    app.post("/oauth/authorize", member, protect, authorize);
    app.post("/oauth/token", async (request, answer) => {
      const response = new OAuth.Response(answer);
      try {
        await server.token(new OAuth.Request(request), response);
      } catch (error) {
        if (!response.body || !Object.keys(response.body).length) return answer.status(error.code ?? 400).json({ error: error.name });
      }
      return handed(answer, response);
    });
    app.get("/oauth/me", async (request, answer) => {
      const response = new OAuth.Response(answer);
      try {
        const { user } = await server.authenticate(new OAuth.Request(request), response);
        return answer.json({ sub: user.name });
      } catch (error) {
        return answer.status(error.code ?? 401).set("www-authenticate", "Bearer").json({ error: "invalid_token" });
      }
    });
    app.get("/.well-known/oauth-authorization-server", (request, answer) => answer.json({
      issuer: origin(request), authorization_endpoint: `${origin(request)}/oauth/authorize`, token_endpoint: `${origin(request)}/oauth/token`,
      userinfo_endpoint: `${origin(request)}/oauth/me`, response_types_supported: ["code"], grant_types_supported: ["authorization_code", "refresh_token"],
      token_endpoint_auth_methods_supported: ["client_secret_basic"], scopes_supported: SCOPES,
      ...(isHardened ? { code_challenge_methods_supported: ["S256"], authorization_response_iss_parameter_supported: true } : {}),
    }));
  },
});

const application = `nodes = ["{url}"]
[[account]]
user = "ada"
password = "env:ADA"
[[account]]
user = "bob"
password = "env:BOB"
[sign_in]
page = "/login"
[protected]
page = "/account"
text = "Signed in as"
[oauth]
issuer = "{issuer}"
client = "app"
secret = "env:APP"
redirect_uri = "https://client.example/cb"
scope = "profile offline_access"
foreign_scope = "admin"
consent = "decision=yes"
other_client = "other"
other_secret = "env:OTHER"
other_redirect_uri = "https://other.example/cb"
`;
serve(folder, { application }, app);
