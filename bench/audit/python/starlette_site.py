"""A small application on Starlette's session middleware: with a secret from a tutorial, and as its documentation says it should be.

    python3 starlette_site.py defaults|hardened FOLDER

Loopback only; TLS with the certificate in FOLDER. The passwords of the accounts are in the environment: ADA and BOB.
"""

import hashlib
import html
import os
import secrets
import sys
import time

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Route

from serve import Uvicorn, serve

USE, FOLDER = sys.argv[1:3]
HARDENED = USE == "hardened"
IDLE_S = 15 * 60
LONGEST_S = 8 * 3600


def digest(word, name):
    return hashlib.pbkdf2_hmac("sha256", word.encode(), name.encode(), 5000)


passwords = {"ada": os.environ["ADA"], "bob": os.environ["BOB"], "eve": secrets.token_urlsafe(16)}
hashes = {name: digest(word, name) for name, word in passwords.items()}
nicknames, alive, strikes = {}, {}, {}


def page(title, body, status=200):
    return HTMLResponse(f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>", status)


def proof(request):
    if not HARDENED:
        return ""
    token = request.session.setdefault("csrf", secrets.token_urlsafe(24))
    return f'<input type="hidden" name="csrf" value="{token}">'


def is_own(request, form):
    return not HARDENED or secrets.compare_digest(str(form.get("csrf", "")), request.session.get("csrf", secrets.token_urlsafe(4)))


def user(request):
    if not HARDENED:
        return request.session.get("user")
    kept = alive.get(request.session.get("sid"))
    if not kept or time.time() - kept["used"] > IDLE_S or time.time() - kept["born"] > LONGEST_S:
        return None
    kept["used"] = time.time()
    return kept["user"]


def form_page(request, note="", status=200):
    return page("Login", f"""{note}<form action="/auth/login" method="post">{proof(request)}<input name="account" autocomplete="username">
<input name="secret" type="password" autocomplete="current-password"><button type="submit">Go</button></form>""", status)


async def login(request):
    if request.method == "GET":
        return form_page(request)
    form = await request.form()
    if not is_own(request, form):
        return PlainTextResponse("refused", 403)
    name, word = str(form.get("account", "")), str(form.get("secret", ""))
    address = request.client.host
    if HARDENED and (strikes.get(name, 0) >= 5 or strikes.get(address, 0) >= 40):
        return PlainTextResponse("later", 429)
    if not secrets.compare_digest(digest(word, name), hashes.get(name, secrets.token_bytes(32))):
        for key in (name, address):
            strikes[key] = strikes.get(key, 0) + 1
        return form_page(request, "<p>No such account or wrong secret.</p>", 400)
    strikes.pop(name, None)
    if HARDENED:
        alive.pop(request.session.get("sid"), None)
        request.session.clear()
        request.session["sid"] = secrets.token_urlsafe(32)
        alive[request.session["sid"]] = {"user": name, "born": time.time(), "used": time.time()}
    else:
        request.session["user"] = name
    return RedirectResponse("/me", 302)


async def me(request):
    who = user(request)
    if not who:
        return RedirectResponse("/auth/login", 302)
    if request.method == "POST":
        form = await request.form()
        if not is_own(request, form):
            return PlainTextResponse("refused", 403)
        nicknames[who] = str(form.get("display_name", ""))[:64]
        return RedirectResponse("/me", 302)
    name = html.escape(nicknames.get(who, "none"))
    return page("Profile", f"""<p>{html.escape(who)}: your profile. Display name: {name}</p>
<form method="post" action="/me">{proof(request)}<input name="display_name" value="{name}"><button>Change</button></form>
<form method="post" action="/auth/logout">{proof(request)}<button>Log out</button></form>""")


async def logout(request):
    if not is_own(request, await request.form()):
        return PlainTextResponse("refused", 403)
    alive.pop(request.session.get("sid"), None)
    request.session.clear()
    return RedirectResponse("/auth/login", 302)


async def clock(request):
    by = int(request.query_params["by"])
    # The library looks at a cookie's age by this clock as well.
    time.time = lambda real=time.time: real() + by
    return PlainTextResponse("")


async def home(request):
    return page("Home", '<a href="/me">Profile</a>')


FIELDS = {
    "content-security-policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "strict-transport-security": "max-age=31536000; includeSubDomains", "x-content-type-options": "nosniff", "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin", "cache-control": "no-store",
}


class Fields:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def more(message):
            if message["type"] == "http.response.start":
                message["headers"] += [(name.encode(), value.encode()) for name, value in FIELDS.items()]
            await send(message)

        await self.app(scope, receive, more)


# The secret is the one of Authlib's guide to FastAPI and Starlette.
sessions = (
    Middleware(SessionMiddleware, secret_key=secrets.token_urlsafe(32), session_cookie="__Host-session", max_age=LONGEST_S, same_site="lax", https_only=True)
    if HARDENED else Middleware(SessionMiddleware, secret_key="some-random-string")
)
app = Starlette(
    routes=[
        Route("/", home), Route("/auth/login", login, methods=["GET", "POST"]), Route("/me", me, methods=["GET", "POST"]),
        Route("/auth/logout", logout, methods=["POST"]), Route("/_clock", clock, methods=["POST"]),
    ],
    middleware=([Middleware(Fields)] if HARDENED else []) + [sessions],
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
page = "/auth/login"
[protected]
page = "/me"
text = "your profile"
[session]
idle_s = 900
absolute_s = 28800
clock = "{url}_clock?by={seconds}"
[sign_out]
page = "/me"
submit = "/auth/logout"
[change]
page = "/me"
field = "display_name"
"""
INVENTORY = """[[site]]
environment = "bench"
url = "{url}"
pages = ["/auth/login", "/me"]
samples = 20
[site.sign_in]
url = "/auth/login"
fields = { account = "ada", secret = { env = "ADA" } }
"""


if __name__ == "__main__":
    serve(Uvicorn(app, FOLDER, server_header=not HARDENED), FOLDER, {"application": APPLICATION, "inventory": INVENTORY, "page": "me", "form": "auth/login"})
