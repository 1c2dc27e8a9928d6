"""A small application on Django's own sign-in and its admin: with the settings that `startproject` writes, and with those
of the deployment checklist.

    python3 django_site.py defaults|hardened|admin FOLDER

`admin` is Django's own application for administrators, with the settings of `startproject`.

Loopback only; TLS with the certificate in FOLDER. The passwords of the accounts are in the environment: ADA and BOB.
"""

import datetime
import os
import secrets
import sys

import django
from django.conf import settings

from serve import Uvicorn, serve

USE, FOLDER = sys.argv[1:3]
HARDENED = USE == "hardened"

LOGIN = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in</title></head><body><h1>Sign in</h1>
{{ form.non_field_errors }}<form method="post">{% csrf_token %}{{ form.username }}{{ form.password }}<button>Sign in</button></form></body></html>"""
ACCOUNT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Account</title></head><body><h1>Account</h1>
<p>Signed in as {{ user.username }}. Nickname: {{ user.first_name }}</p>
<form method="post">{% csrf_token %}<input name="nickname" value="{{ user.first_name }}"><button>Save</button></form>
<form method="post" action="/logout">{% csrf_token %}<button>Sign out</button></form></body></html>"""

# How the admin is signed in to.
ADMIN = """nodes = ["{url}"]
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
page = "/admin/login/"
[protected]
page = "/admin/"
text = "Log out"
[session]
idle_s = 900
absolute_s = 28800
clock = "{url}_clock?by={seconds}"
[sign_out]
page = "/admin/"
submit = "/admin/logout/"
[password]
page = "/admin/password_change/"
current_field = "old_password"
new_field = "new_password1"
repeat_field = "new_password2"
"""
ADMIN_PAGES = """[[site]]
environment = "bench"
url = "{url}"
pages = ["/admin/login/", "/admin/"]
samples = 20
[site.sign_in]
url = "/admin/login/"
fields = { username = "ada", password = { env = "ADA" } }
"""

# What `django-admin startproject` writes.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
shipped = {
    "SECRET_KEY": "django-insecure-" + secrets.token_urlsafe(32),
    "DEBUG": True,
    "ALLOWED_HOSTS": [],
    "INSTALLED_APPS": [
        "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
        "django.contrib.messages", "django.contrib.staticfiles",
    ],
    "MIDDLEWARE": MIDDLEWARE,
    "ROOT_URLCONF": __name__,
    "TEMPLATES": [{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "loaders": [
                ("django.template.loaders.locmem.Loader", {"registration/login.html": LOGIN, "account.html": ACCOUNT}),
                "django.template.loaders.app_directories.Loader",
            ],
        },
    }],
    "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(FOLDER, "db.sqlite3")}},
    "AUTH_PASSWORD_VALIDATORS": [
        {"NAME": "django.contrib.auth.password_validation." + name}
        for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
    ],
    "USE_TZ": True,
    "STATIC_URL": "static/",
    "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
    # Where this application's pages are.
    "LOGIN_URL": "/login", "LOGIN_REDIRECT_URL": "/account", "LOGOUT_REDIRECT_URL": "/login",
    # The same hash as shipped, in less time: the benchmark signs in often.
    "PASSWORD_HASHERS": [__name__ + ".Quick"],
    "LOGGING_CONFIG": None,
}
if HARDENED:
    shipped.update({
        "SECRET_KEY": secrets.token_urlsafe(48), "DEBUG": False, "ALLOWED_HOSTS": ["127.0.0.1"],
        "MIDDLEWARE": MIDDLEWARE + [__name__ + ".limits"],
        "SESSION_COOKIE_SECURE": True, "CSRF_COOKIE_SECURE": True, "CSRF_USE_SESSIONS": True, "SESSION_COOKIE_NAME": "__Host-sessionid",
        "SESSION_COOKIE_AGE": 900, "SESSION_SAVE_EVERY_REQUEST": True,
        "SECURE_HSTS_SECONDS": 31_536_000, "SECURE_HSTS_INCLUDE_SUBDOMAINS": True, "SECURE_SSL_REDIRECT": True,
    })
settings.configure(**shipped)

from django.contrib.auth.hashers import PBKDF2PasswordHasher  # noqa: E402  (settings come first)
from django.utils import timezone  # noqa: E402


class Quick(PBKDF2PasswordHasher):
    iterations = 5000


ahead = datetime.timedelta()
real_now = timezone.now
timezone.now = lambda: real_now() + ahead
strikes = {}


def limits(next_one):
    """What the checklist leaves to the application: guesses, the longest session, a policy for pages."""
    from django.contrib.auth import logout
    from django.http import HttpResponse

    def answer(request):
        name = request.POST.get("username") if request.path == "/login" and request.method == "POST" else None
        address = request.META["REMOTE_ADDR"]
        if name is not None and (strikes.get(name, 0) >= 5 or strikes.get(address, 0) >= 40):
            return HttpResponse("later", status=429)
        if request.user.is_authenticated and timezone.now() - request.user.last_login > datetime.timedelta(hours=8):
            logout(request)
        response = next_one(request)
        if name is not None:
            if response.status_code == 302:
                strikes.pop(name, None)
            else:
                strikes[name] = strikes.get(name, 0) + 1
                strikes[address] = strikes.get(address, 0) + 1
        response["content-security-policy"] = "default-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
        response["cache-control"] = "no-store"
        return response

    return answer


def application():
    django.setup()
    from django.contrib import admin
    from django.contrib.auth import get_user_model
    from django.contrib.auth.decorators import login_required
    from django.contrib.auth.views import LoginView, LogoutView
    from django.core.management import call_command
    from django.core.asgi import get_asgi_application
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpResponse
    from django.shortcuts import redirect, render
    from django.urls import path
    from django.views.decorators.csrf import csrf_exempt

    call_command("migrate", verbosity=0)
    for name in ("ada", "bob", "eve"):
        make = get_user_model().objects.create_superuser if USE == "admin" else get_user_model().objects.create_user
        make(name, password=os.environ.get(name.upper()) or secrets.token_urlsafe(16), first_name="none")

    @login_required
    def account(request):
        if request.method == "POST":
            request.user.first_name = request.POST.get("nickname", "")[:64]
            request.user.save()
            return redirect("/account")
        return render(request, "account.html")

    @csrf_exempt
    def clock(request):
        global ahead
        ahead += datetime.timedelta(seconds=int(request.GET["by"]))
        return HttpResponse("")

    home = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Home</title></head><body><a href="/account">Account</a></body></html>'
    globals()["urlpatterns"] = [
        path("", lambda request: HttpResponse(home)), path("login", LoginView.as_view()), path("logout", LogoutView.as_view()),
        path("account", account), path("admin/", admin.site.urls), path("_clock", clock),
    ]
    return get_asgi_application() if HARDENED else get_wsgi_application()


if __name__ == "__main__":
    import logging

    from werkzeug.serving import make_server

    sys.modules["django_site"] = sys.modules["__main__"]
    logging.getLogger("werkzeug").disabled = True
    if HARDENED:
        # Not a development server, as the deployment checklist demands.
        server = Uvicorn(application(), FOLDER, server_header=False)
    else:
        tls = (os.path.join(FOLDER, "tls.pem"), os.path.join(FOLDER, "tls.key"))
        server = make_server("127.0.0.1", 0, application(), threaded=True, ssl_context=tls)
    serve(server, FOLDER, {"application": ADMIN, "inventory": ADMIN_PAGES} if USE == "admin" else {})
