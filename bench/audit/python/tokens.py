"""A service that checks tokens with one library, as the library's own documentation shows it.

    python3 tokens.py USE FOLDER

The issuer is plain code and the same for all: only the verifier is the library's. Loopback only.
"""

import base64
import collections
import collections.abc
import hashlib
import hmac
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from serve import serve

# Names that Python has taken out of `collections` since PyJWT 1.5 was written.
for name in ("Mapping", "MutableMapping", "Iterable", "Sequence"):
    if not hasattr(collections, name):
        setattr(collections, name, getattr(collections.abc, name))

ISSUER = "https://issuer.test"
AUDIENCE = "https://api.test"
KID = "k1"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size=None):
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


class Key:
    """A pair, its public half in every form, and an issuer."""

    def __init__(self, alg):
        self.alg = alg
        if alg == "RS256":
            self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        elif alg == "ES256":
            self.private = ec.generate_private_key(ec.SECP256R1())
        else:
            self.private = ed25519.Ed25519PrivateKey.generate()
        self.public = self.private.public_key()
        raw = serialization.Encoding
        form = serialization.PublicFormat
        self.spki = self.public.public_bytes(raw.PEM, form.SubjectPublicKeyInfo)
        self.pkcs1 = self.public.public_bytes(raw.PEM, form.PKCS1) if alg == "RS256" else None
        self.ssh = self.public.public_bytes(raw.OpenSSH, form.OpenSSH)
        plain = serialization.NoEncryption()
        self.pkcs8 = self.private.private_bytes(raw.PEM, serialization.PrivateFormat.PKCS8, plain)

    def jwk(self):
        key = {"kid": KID, "alg": self.alg, "use": "sig"}
        if self.alg == "RS256":
            numbers = self.public.public_numbers()
            return {**key, "kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        if self.alg == "ES256":
            numbers = self.public.public_numbers()
            return {**key, "kty": "EC", "crv": "P-256", "x": number(numbers.x, 32), "y": number(numbers.y, 32)}
        form = serialization.PublicFormat.Raw
        bare = self.public.public_bytes(serialization.Encoding.Raw, form)
        return {**key, "kty": "OKP", "crv": "Ed25519", "x": b64(bare)}

    def sign(self, message):
        if self.alg == "RS256":
            return self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())
        if self.alg == "ES256":
            r, s = utils.decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return self.private.sign(message)

    def token(self):
        return issued({"alg": self.alg, "typ": "JWT", "kid": KID}, self.sign)


def issued(header, sign):
    now = int(time.time())
    claims = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "u-7f3a", "client_id": "app", "jti": secrets.token_hex(16),
        "iat": now, "exp": now + 900,
    }
    message = ".".join(b64(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return message + "." + b64(sign(message.encode()))


def pyjwt_pkcs1():
    """No list of algorithms: it was optional before 2.0."""
    import jwt

    key = Key("RS256")
    return key, lambda token: jwt.decode(token, key.pkcs1, audience=AUDIENCE), False


def pyjwt_ssh():
    """The advisory's own example: every algorithm that the library knows."""
    import jwt

    key = Key("EdDSA")
    known = jwt.algorithms.get_default_algorithms()
    return key, lambda token: jwt.decode(token, key.ssh, algorithms=known, audience=AUDIENCE), False


def pyjwt_all_claims():
    """Issuer and audience named, one algorithm."""
    import jwt

    key = Key("RS256")

    def check(token):
        return jwt.decode(token, key.spki, algorithms=["RS256"], audience=AUDIENCE, issuer=ISSUER)

    return key, check, True


def pyjwt_unverified():
    """The claims are looked at, and the signature is not: an option for a service behind one that looks."""
    import jwt

    key = Key("RS256")

    def check(token):
        options = {"verify_signature": False, "verify_exp": True, "verify_aud": True, "verify_iss": True}
        return jwt.decode(token, options=options, audience=AUDIENCE, issuer=ISSUER)

    return key, check, False


def pyjwt_readme():
    """Its README: the secret is a word in the source."""
    import jwt

    return hmac_key(b"secret"), lambda token: jwt.decode(token, "secret", algorithms=["HS256"], audience=AUDIENCE), False


def pyjwt_secret():
    import jwt

    secret = secrets.token_bytes(32)
    return hmac_key(secret), lambda token: jwt.decode(token, secret, algorithms=["HS256"], audience=AUDIENCE), False


class hmac_key:
    def __init__(self, secret):
        self.secret = secret

    def jwk(self):
        return None

    def token(self):
        return issued({"alg": "HS256", "typ": "JWT"}, lambda message: hmac.new(self.secret, message, hashlib.sha256).digest())


def python_jose():
    """Without its extras, as `pip install python-jose` brings it: keys are then read by python-ecdsa, under any label."""
    sys.modules["jose.backends.cryptography_backend"] = None
    from jose import jwt

    key = Key("ES256")
    labelled = key.spki.decode().replace("PUBLIC KEY", "EC PUBLIC KEY")
    return jwt, key, labelled


def python_jose_any():
    """No list of algorithms: the argument may be None."""
    jwt, key, labelled = python_jose()
    return key, lambda token: jwt.decode(token, labelled, algorithms=None, audience=AUDIENCE), False


def python_jose_one():
    jwt, key, labelled = python_jose()
    return key, lambda token: jwt.decode(token, labelled, algorithms=["ES256"], audience=AUDIENCE), False


def authlib_default():
    """`authlib.jose.jwt`, which knows every algorithm, as the documentation uses it."""
    from authlib.jose import jwt

    key = Key("RS256")

    def check(token):
        claims = jwt.decode(token, key.spki.decode())
        claims.validate()
        return claims

    return key, check, False


def authlib_one():
    from authlib.jose import JsonWebToken

    key = Key("RS256")
    jwt = JsonWebToken(["RS256"])
    wanted = {"iss": {"essential": True, "value": ISSUER}, "aud": {"essential": True, "value": AUDIENCE}, "exp": {"essential": True}}

    def check(token):
        claims = jwt.decode(token, key.spki.decode(), claims_options=wanted)
        claims.validate()
        return claims

    return key, check, True


def python_jwt():
    import jwcrypto.jwk
    import python_jwt

    key = Key("RS256")
    public = jwcrypto.jwk.JWK.from_pem(key.spki)

    def check(token):
        # The README's options: a nonce is not kept.
        return python_jwt.verify_jwt(token, public, ["RS256"], checks_optional=True)

    return key, check, False


def main():
    key, check, signs = globals()[sys.argv[1]]()
    folder = sys.argv[2]

    class Service(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            good = self.path.split("?")[0] == "/api" and self.admitted()
            body = json.dumps({"hello": "u-7f3a"} if good else {"error": "invalid_token"}).encode()
            self.send_response(200 if good else 401)
            self.send_header("content-type", "application/json")
            self.send_header("cache-control", "no-store")
            self.send_header("x-content-type-options", "nosniff")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def admitted(self):
            scheme, _, token = (self.headers.get("authorization") or "").partition(" ")
            if scheme != "Bearer":
                return False
            try:
                return bool(check(token))
            except Exception:
                return False

        def log_message(self, *_):
            pass

    told = {"token": key.token()}
    if key.jwk():
        told["jwks"] = {"keys": [key.jwk()]}
    if signs:
        told["sign_with"] = key.pkcs8.decode()
    ThreadingHTTPServer.daemon_threads = True
    serve(ThreadingHTTPServer(("127.0.0.1", 0), Service), folder, told)


if __name__ == "__main__":
    main()
