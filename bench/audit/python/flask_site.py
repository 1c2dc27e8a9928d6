"""A small application on Flask's own sessions: as the tutorial has it, and as the documentation says it should be.

    python3 flask_site.py defaults|hardened FOLDER

Loopback only; TLS with the certificate in FOLDER. The passwords of the accounts are in the environment: ADA and BOB.
"""

import datetime
import os
import secrets
import sys
import time

from asgiref.wsgi import WsgiToAsgi
from flask import Flask, redirect, render_template_string, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.serving import make_server

from serve import Uvicorn, serve

USE, FOLDER = sys.argv[1:3]
HARDENED = USE == "hardened"
IDLE_S = 15 * 60
LONGEST_S = 8 * 3600
METHOD = "pbkdf2:sha256:5000"

LOGIN = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in</title></head><body><h1>Sign in</h1>
{% if wrong %}<p>Wrong name or password.</p>{% endif %}<form method="post" action="/login">
{% if token %}<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">{% endif %}
<input name="username" autocomplete="username"><input name="password" type="password" autocomplete="current-password"><button>Sign in</button></form></body></html>"""

ACCOUNT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Account</title></head><body><h1>Account</h1>
<p>Signed in as {{ user }}. Nickname: {{ nickname }}</p>
<form method="post" action="/account">{% if token %}<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">{% endif %}
<input name="nickname" value="{{ nickname }}"><button>Save</button></form>
<form method="post" action="/logout">{% if token %}<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">{% endif %}
<button>Sign out</button></form></body></html>"""

app = Flask(__name__)
# The tutorial's own value, which it says to change.
app.secret_key = secrets.token_bytes(32) if HARDENED else "dev"
passwords = {"ada": os.environ["ADA"], "bob": os.environ["BOB"], "eve": secrets.token_urlsafe(16)}
hashes = {name: generate_password_hash(word, METHOD) for name, word in passwords.items()}
nobody = generate_password_hash(secrets.token_urlsafe(16), METHOD)
nicknames = {}
alive = {}
strikes = {}
ahead = 0


def now():
    return time.time() + ahead


def user():
    if not HARDENED:
        return session.get("user_id")
    kept = alive.get(session.get("id"))
    if not kept or now() - kept["used"] > IDLE_S or now() - kept["born"] > LONGEST_S:
        return None
    kept["used"] = now()
    return kept["user"]


limited = lambda view: view
if HARDENED:
    app.config.update(
        SESSION_COOKIE_NAME="__Host-session", SESSION_COOKIE_SECURE=True, SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax", PERMANENT_SESSION_LIFETIME=datetime.timedelta(hours=8), WTF_CSRF_SSL_STRICT=True,
    )
    csrf = CSRFProtect(app)
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    limited = limiter.limit("30/minute", methods=["POST"], deduct_when=lambda answer: answer.status_code >= 400)

    @app.after_request
    def fields(answer):
        answer.headers.update({
            "content-security-policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
            "strict-transport-security": "max-age=31536000; includeSubDomains",
            "x-content-type-options": "nosniff", "referrer-policy": "same-origin", "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin", "cache-control": "no-store",
        })
        return answer


@app.get("/")
def home():
    return '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Home</title></head><body><a href="/account">Account</a></body></html>'


@app.route("/login", methods=["GET", "POST"])
@limited
def login():
    wrong = False
    if request.method == "POST":
        name = request.form.get("username", "")
        if HARDENED and strikes.get(name, 0) >= 5:
            return "later", 429
        right = check_password_hash(hashes.get(name, nobody), request.form.get("password", "")) and name in hashes
        if right:
            strikes.pop(name, None)
            alive.pop(session.get("id"), None)
            session.clear()
            if HARDENED:
                session["id"] = secrets.token_urlsafe(32)
                alive[session["id"]] = {"user": name, "born": now(), "used": now()}
            else:
                session["user_id"] = name
            return redirect("/account", 303)
        strikes[name] = strikes.get(name, 0) + 1
        wrong = True
    return render_template_string(LOGIN, wrong=wrong, token=HARDENED), 401 if wrong else 200


@app.route("/account", methods=["GET", "POST"])
def account():
    who = user()
    if not who:
        return redirect("/login", 303)
    if request.method == "POST":
        nicknames[who] = request.form.get("nickname", "")[:64]
        return redirect("/account", 303)
    return render_template_string(ACCOUNT, user=who, nickname=nicknames.get(who, "none"), token=HARDENED)


@app.post("/logout")
def logout():
    alive.pop(session.get("id"), None)
    session.clear()
    return redirect("/login", 303)


@app.post("/_clock")
def clock():
    global ahead
    ahead += int(request.args["by"])
    return ""


if HARDENED:
    csrf.exempt(clock)

if __name__ == "__main__":
    import logging

    logging.getLogger("werkzeug").disabled = True
    if HARDENED:
        # Not the development server, as "Deploying to Production" demands.
        server = Uvicorn(WsgiToAsgi(app), FOLDER, server_header=False)
    else:
        tls = (os.path.join(FOLDER, "tls.pem"), os.path.join(FOLDER, "tls.key"))
        server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=tls)
    serve(server, FOLDER, {})
