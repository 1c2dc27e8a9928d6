// A service that checks tokens with one library, as the library's own documentation shows it.
//   node tokens.cjs LIBRARY USE FOLDER
// The issuer is plain code and the same for all: only the verifier is the library's. Loopback only.
"use strict";
const crypto = require("node:crypto");
const http = require("node:http");
const { serve } = require("./serve.cjs");

const [, , library, use, folder] = process.argv;
const ISSUER = "https://issuer.test";
const AUDIENCE = "https://api.test";

const pair = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
const spki = pair.publicKey.export({ type: "spki", format: "pem" });
const pkcs8 = pair.privateKey.export({ type: "pkcs8", format: "pem" });
const kid = "k1";
const jwk = { ...pair.publicKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" };
const secret = crypto.randomBytes(32);

const now = () => Math.floor(Date.now() / 1000);
const part = (object) => Buffer.from(JSON.stringify(object)).toString("base64url");
const claims = () => ({
  iss: ISSUER, aud: AUDIENCE, sub: "u-7f3a", client_id: "app", jti: crypto.randomUUID(), iat: now(), exp: now() + 900,
});
const signed = (alg, sign, header = {}) => {
  const message = `${part({ alg, typ: "JWT", ...header })}.${part(claims())}`;
  return `${message}.${sign(message).toString("base64url")}`;
};
const rs256 = () => signed("RS256", (message) => crypto.sign("sha256", Buffer.from(message), pair.privateKey), { kid });
const hs256 = (key) => () => signed("HS256", (message) => crypto.createHmac("sha256", key).update(message).digest());

// How each library is used. `check` throws, or gives nothing, for a token that it refuses.
const USES = {
  "jwt-simple": () => {
    const jwt = require(library);
    return { issue: rs256, check: (token) => jwt.decode(token, spki) };
  },
  // Its README: the secret is a text in the source.
  "jsonwebtoken-readme": () => {
    const jwt = require(library);
    return { issue: hs256("shhhhh"), check: (token) => jwt.verify(token, "shhhhh") };
  },
  "jsonwebtoken-secret": () => {
    const jwt = require(library);
    return { issue: hs256(secret), check: (token) => jwt.verify(token, secret, { algorithms: ["HS256"] }) };
  },
  "jsonwebtoken": () => {
    const jwt = require(library);
    return { issue: rs256, check: (token) => jwt.verify(token, spki) };
  },
  // A service that takes tokens of both kinds, with one setting for the key.
  "jsonwebtoken-both": () => {
    const jwt = require(library);
    return { issue: rs256, check: (token) => jwt.verify(token, spki, { algorithms: ["RS256", "HS256"] }) };
  },
  // The README's `getKey`: looks the key up by the header's `kid`.
  "jsonwebtoken-lookup": () => {
    const jwt = require(library);
    const keys = { [kid]: spki };
    const getKey = (header, done) => done(null, keys[header.kid]);
    const check = (token) => new Promise((resolve, reject) => {
      jwt.verify(token, getKey, (error, decoded) => (error ? reject(error) : resolve(decoded)));
    });
    return { issue: rs256, check };
  },
  "jws": () => {
    const jws = require(library);
    // Before 3.0.0 the algorithm was no argument.
    const good = (token) => (library.endsWith("2.0.0") ? jws.verify(token, spki) : jws.verify(token, "RS256", spki));
    return { issue: rs256, check: (token) => good(token) && jws.decode(token).payload };
  },
  "json-web-token": () => {
    const jwt = require(library);
    return {
      issue: rs256,
      check: (token) => {
        const { error, value } = jwt.decode(spki, token);
        if (error) throw error;
        return value;
      },
    };
  },
  "node-jose": async () => {
    const jose = require(library);
    const keystore = jose.JWK.createKeyStore();
    await keystore.add(jwk);
    return { issue: rs256, check: (token) => jose.JWS.createVerify(keystore).verify(token) };
  },
  "fast-jwt-issuer": () => {
    const { createVerifier } = require(library);
    const verify = createVerifier({ key: spki, algorithms: ["RS256"], allowedIss: ISSUER, allowedAud: AUDIENCE });
    return { issue: rs256, check: verify, signs: true };
  },
  "jsrsasign": () => {
    const { KJUR, KEYUTIL } = require(library);
    const key = KEYUTIL.getKey(spki);
    return { issue: rs256, check: (token) => KJUR.jws.JWS.verifyJWT(token, key, { alg: ["RS256"] }) };
  },
  // Its README with keys from a set: `expressJwtSecret` gives no key for an algorithm that is not the issuer's.
  "express-jwt": async () => {
    const { expressjwt } = require(library);
    const make = expressjwt ?? require(library);
    const keys = http.createServer((request, answer) => answer.setHeader("content-type", "application/json").end(JSON.stringify({ keys: [jwk] })));
    await new Promise((done) => keys.listen(0, "127.0.0.1", done));
    const set = require(expressjwt ? "jwks-rsa-3" : "jwks-rsa-1").expressJwtSecret({ cache: true, jwksUri: `http://127.0.0.1:${keys.address().port}/` });
    const guard = make({ secret: set, audience: AUDIENCE, issuer: ISSUER, ...(expressjwt ? { algorithms: ["RS256"] } : {}) });
    const check = (token) => new Promise((resolve, reject) => {
      guard({ method: "GET", headers: { authorization: `Bearer ${token}` } }, {}, (error) => (error ? reject(error) : resolve(true)));
    });
    return { issue: rs256, check, signs: true };
  },
  // What a client may do, on a server: the token is read, and not verified.
  "jose-decoded": async () => {
    const jose = await import(library);
    const check = async (token) => {
      const claims = jose.decodeJwt(token);
      return claims.iss === ISSUER && claims.aud === AUDIENCE && claims.exp > now() && claims;
    };
    return { issue: rs256, check };
  },
  "jose": async () => {
    const jose = await import(library);
    const keys = jose.createLocalJWKSet({ keys: [jwk] });
    const options = { issuer: ISSUER, audience: AUDIENCE, algorithms: ["RS256"] };
    return { issue: rs256, check: (token) => jose.jwtVerify(token, keys, options), signs: true };
  },
};

(async () => {
  const { issue, check, signs } = await USES[use]();
  const admit = async (authorization) => {
    const token = /^Bearer (.+)$/.exec(authorization ?? "")?.[1];
    if (!token) return false;
    try {
      return Boolean(await check(token));
    } catch {
      return false;
    }
  };
  const told = { token: issue(), jwks: { keys: [jwk] } };
  if (signs) told.sign_with = pkcs8;
  serve(folder, told, async (request, answer) => {
    const fields = { "content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff" };
    const good = request.url.split("?")[0] === "/api" && (await admit(request.headers.authorization));
    answer.writeHead(good ? 200 : 401, good ? fields : { ...fields, "www-authenticate": "Bearer" });
    answer.end(JSON.stringify(good ? { hello: "u-7f3a" } : { error: "invalid_token" }));
  });
})();
