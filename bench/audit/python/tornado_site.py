"""A small application on Tornado's signed cookies: as its guide has them, and with sessions kept on the server.

    python3 tornado_site.py defaults|hardened FOLDER

Loopback only; TLS with the certificate in FOLDER. The passwords of the accounts are in the environment: ADA and BOB.
"""

import asyncio
import hashlib
import os
import secrets
import ssl
import sys
import time

import tornado.escape
import tornado.httpserver
import tornado.netutil
import tornado.web

from serve import serve

USE, FOLDER = sys.argv[1:3]
HARDENED = USE == "hardened"
IDLE_S = 15 * 60
LONGEST_S = 8 * 3600
COOKIE = "__Host-user" if HARDENED else "user"


def digest(word, name):
    return hashlib.pbkdf2_hmac("sha256", word.encode(), name.encode(), 5000)


passwords = {"ada": os.environ["ADA"], "bob": os.environ["BOB"], "eve": secrets.token_urlsafe(16)}
hashes = {name: digest(word, name) for name, word in passwords.items()}
titles, alive, strikes = {}, {}, {}


class Base(tornado.web.RequestHandler):
    def set_default_headers(self):
        if HARDENED:
            self.clear_header("server")
            self.set_header("content-security-policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
            self.set_header("strict-transport-security", "max-age=31536000; includeSubDomains")
            for name, value in (
                ("x-content-type-options", "nosniff"), ("referrer-policy", "same-origin"), ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"), ("cache-control", "no-store"),
            ):
                self.set_header(name, value)

    def get_current_user(self):
        value = self.get_signed_cookie(COOKIE)
        if not HARDENED:
            return value and value.decode()
        kept = value and alive.get(value.decode())
        if not kept or time.time() - kept["used"] > IDLE_S or time.time() - kept["born"] > LONGEST_S:
            return None
        kept["used"] = time.time()
        return kept["user"]

    def proof(self):
        return self.xsrf_form_html() if HARDENED else ""

    def page(self, title, body):
        self.write(f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>")


class Home(Base):
    def get(self):
        self.page("Home", '<a href="/desk">desk</a>')


class Login(Base):
    # The guide's own form.
    def get(self, note=""):
        self.page("Login", note + '<form action="/login" method="post">' + self.proof() + 'Name: <input type="text" name="name">'
                  'Password: <input type="password" name="password"><input type="submit" value="Sign in"></form>')

    def post(self):
        # As it comes, the library takes blanks off both ends of an argument.
        name, word = self.get_body_argument("name", ""), self.get_body_argument("password", "", strip=not HARDENED)
        address = self.request.remote_ip
        if HARDENED and (strikes.get(name, 0) >= 5 or strikes.get(address, 0) >= 40):
            raise tornado.web.HTTPError(429)
        if not secrets.compare_digest(digest(word, name), hashes.get(name, secrets.token_bytes(32))):
            for key in (name, address):
                strikes[key] = strikes.get(key, 0) + 1
            self.set_status(401)
            return self.get("<p>Wrong.</p>")
        strikes.pop(name, None)
        if HARDENED:
            old = self.get_signed_cookie(COOKIE)
            alive.pop(old and old.decode(), None)
            key = secrets.token_urlsafe(32)
            alive[key] = {"user": name, "born": time.time(), "used": time.time()}
            self.set_signed_cookie(COOKIE, key, expires_days=None, secure=True, httponly=True, samesite="Lax")
        else:
            self.set_signed_cookie(COOKIE, name)
        self.redirect("/desk")


class Desk(Base):
    def get(self):
        if not self.current_user:
            return self.redirect("/login")
        title = tornado.escape.xhtml_escape(titles.get(self.current_user, "none"))
        name = tornado.escape.xhtml_escape(self.current_user)
        self.page("Desk", f'<p>Hello, {name}. Your desk is called {title}.</p><form action="/desk" method="post">{self.proof()}'
                  f'<input name="title" value="{title}"><input type="submit"></form>'
                  f'<form action="/logout" method="post">{self.proof()}<input type="submit" value="Log out"></form>')

    def post(self):
        if not self.current_user:
            return self.redirect("/login")
        titles[self.current_user] = self.get_body_argument("title", "")[:64]
        self.redirect("/desk")


class Logout(Base):
    def post(self):
        old = self.get_signed_cookie(COOKIE)
        alive.pop(old and old.decode(), None)
        self.clear_cookie(COOKIE, **({"secure": True, "httponly": True, "samesite": "Lax"} if HARDENED else {}))
        self.redirect("/login")


class Nowhere(Base):
    def prepare(self):
        raise tornado.web.HTTPError(404)


class Clock(Base):
    def check_xsrf_cookie(self):
        pass

    def post(self):
        by = int(self.get_query_argument("by"))
        time.time = lambda real=time.time: real() + by
        self.write("")


# The secret is the one of the guide, "Cookies and signed cookies", which it says to replace.
settings = {"cookie_secret": "__TODO:_GENERATE_YOUR_OWN_RANDOM_VALUE_HERE__"}
if HARDENED:
    settings = {
        "cookie_secret": secrets.token_urlsafe(32), "xsrf_cookies": True, "xsrf_cookie_name": "__Host-xsrf",
        "xsrf_cookie_kwargs": {"secure": True, "httponly": True, "samesite": "Lax"},
        # Else pages that are not there have none of the fields above.
        "default_handler_class": Nowhere,
    }
app = tornado.web.Application(
    [("/", Home), ("/login", Login), ("/desk", Desk), ("/logout", Logout), ("/_clock", Clock)], log_function=lambda handler: None, **settings,
)

APPLICATION = """nodes = ["{url}"]
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
page = "/login"
[protected]
page = "/desk"
text = "Your desk is called"
[session]
idle_s = 900
absolute_s = 28800
clock = "{url}_clock?by={seconds}"
[sign_out]
page = "/desk"
submit = "/logout"
[change]
page = "/desk"
field = "title"
"""
INVENTORY = """[[site]]
environment = "bench"
url = "{url}"
pages = ["/login", "/desk"]
samples = 20
[site.sign_in]
url = "/login"
fields = { name = "ada", password = { env = "ADA" } }
"""


class Server:
    """Tornado's own server, in the shape that `serve` starts."""

    def __init__(self):
        self.sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
        self.server_address = self.sockets[0].getsockname()

    def serve_forever(self):
        async def forever():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(os.path.join(FOLDER, "tls.pem"), os.path.join(FOLDER, "tls.key"))
            tornado.httpserver.HTTPServer(app, ssl_options=context).add_sockets(self.sockets)
            await asyncio.Event().wait()

        asyncio.run(forever())


if __name__ == "__main__":
    import logging

    logging.getLogger("tornado").disabled = True
    serve(Server(), FOLDER, {"application": APPLICATION, "inventory": INVENTORY, "page": "desk"})
