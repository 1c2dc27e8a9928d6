// An OpenID provider on oidc-provider: with options that its documentation warns of, and without them.
//   node provider.cjs LIBRARY loose|hardened FOLDER
// Loopback only; TLS with the certificate in FOLDER. Passwords and clients' secrets are in the environment: ADA, BOB, APP, OTHER.
"use strict";
const crypto = require("node:crypto");
const express = require("express");
const session = require("express-session");
const { IDLE_MS, hardened, hidden, page, promised, random, routes, tokens } = require("./app.cjs");
const { serve } = require("./serve.cjs");

const [, , library, use, folder] = process.argv;
const isHardened = use === "hardened";

const key = { ...crypto.generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }), kid: "k1", use: "sig", alg: "RS256" };
const client = (client_id, client_secret, redirect) => ({
  client_id, client_secret, redirect_uris: [redirect], token_endpoint_auth_method: "client_secret_basic",
  grant_types: ["authorization_code", "refresh_token", ...(isHardened ? [] : ["implicit"])],
  response_types: ["code", ...(isHardened ? [] : ["id_token token"])],
});
const configuration = {
  clients: [client("app", process.env.APP, "https://client.example/cb"), client("other", process.env.OTHER, "https://other.example/cb")],
  jwks: { keys: [key] },
  cookies: { keys: [random()] },
  findAccount: (context, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
  interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: async (context, owner) => owner.grantTypeAllowed("refresh_token"),
  renderError: async (context) => { context.type = "html"; context.body = page("Refused", ""); },
  scopes: ["openid", "offline_access"],
  responseTypes: ["code", ...(isHardened ? [] : ["id_token token"])],
  features: { devInteractions: { enabled: false }, revocation: { enabled: true }, introspection: { enabled: true }, dPoP: { enabled: true, nonceSecret: crypto.randomBytes(32) } },
  ttl: { AccessToken: 900, AuthorizationCode: 60, IdToken: 900, RefreshToken: 86400, Interaction: 3600, Session: 28800, Grant: 86400 },
  ...(isHardened
    ? { pkce: { methods: ["S256"], required: () => true } }
    : { pkce: { methods: ["plain", "S256"], required: () => false }, acceptQueryParamAccessTokens: true }),
};

const app = express();
const limits = hardened(app);
let made;
/// It has to know its own address, which the first request says.
const provider = async (request) => {
  made ??= import(library).then(({ default: Provider }) => new Provider(`https://${request.headers.host}`, configuration));
  return made;
};
app.use(async (request, answer, next) => {
  if (!/^\/(auth|token|me|jwks|request|session|\.well-known)(\/|\?|$)/.test(request.url)) return next();
  (await provider(request)).callback()(request, answer);
});
app.use(session({
  secret: random(), name: "__Host-sid", resave: false, saveUninitialized: false, rolling: true,
  genid: random, cookie: { secure: true, httpOnly: true, sameSite: "lax", path: "/", maxAge: IDLE_MS },
}));
const { token, protect } = tokens();

async function interact(request, answer) {
  const provide = await provider(request);
  const { prompt, iat } = await provide.interactionDetails(request, answer);
  const { user, born } = request.session;
  const wantsFresh = prompt.name === "login" && prompt.reasons.some((reason) => reason !== "no_session");
  if (!user || (wantsFresh && born < iat)) {
    request.session.next = request.originalUrl;
    return answer.redirect(303, "/login");
  }
  if (prompt.name === "login") return provide.interactionFinished(request, answer, { login: { accountId: user, ts: born } });
  return answer.send(page("Consent", `<form method="post" action="${request.originalUrl}">${hidden(token(request))}<button name="decision" value="yes">Allow</button></form>`));
}

async function agreed(request, answer) {
  const provide = await provider(request);
  const { params, grantId, session: { accountId } } = await provide.interactionDetails(request, answer);
  const grant = (grantId && (await provide.Grant.find(grantId))) || new provide.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provide.interactionFinished(request, answer, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

routes(app, {
  begin: async (request, user) => {
    const next = request.session.next;
    await promised((done) => request.session.regenerate(done));
    Object.assign(request.session, { user, next, born: Math.floor(Date.now() / 1000) });
  },
  end: async (request, answer) => {
    await promised((done) => request.session.destroy(done));
    answer.clearCookie("__Host-sid", { secure: true, httpOnly: true, sameSite: "lax", path: "/" });
  },
  user: (request) => request.session.user,
  token, guard: [...limits, protect],
  after: (request) => {
    const { next = "/account" } = request.session;
    delete request.session.next;
    return next;
  },
  more: (member) => {
    const caught = (handler) => (request, answer, next) => handler(request, answer).catch(next);
    app.get("/interaction/:uid", caught(interact));
    app.post("/interaction/:uid", member, protect, caught(agreed));
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
scope = "openid offline_access"
consent = "decision=yes"
other_client = "other"
other_secret = "env:OTHER"
other_redirect_uri = "https://other.example/cb"
`;
serve(folder, { application }, app);
