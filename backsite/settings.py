"""The one settings file. What differs between machines comes from the environment
through the typed reader in `backsite.lib.env`; docs/operators.md lists the variables.
"""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlsplit

from backsite.lib import analytics, catalogues, env, media_store, secrets, task_engine
from backsite.lib.mail import backends as mail_backends
from backsite.lib.mail import mailbox_address
from backsite.lib.postgres import Server

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("BACKSITE_DATA", str(BASE_DIR / "var"))).expanduser().resolve()

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY", "") or secrets.kept_in(DATA_DIR / "secret_key")

# The address under which readers reach the site: every link in a mail begins with it.
SITE_URL = env.web_address("SITE_URL", "http://localhost:8000")
HTTPS = SITE_URL.startswith("https://")
SITE_HOST = urlsplit(SITE_URL).hostname or "localhost"
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", [SITE_HOST, "localhost", "127.0.0.1", "[::1]"])

INSTALLED_APPS = [
    "backsite.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "crispy_forms",
    "django_recaptcha",
    "django_tasks",
    "django_tasks_db",
    "anymail",
    "django_prose_editor",
    "backsite.lib.mail",
    "backsite.lib.services",
    "articles",
    "comments",
    "newsletter",
    "backsite.apps.BacksiteConfig",
]

# Sessions, CSRF cookies, logins and messages exist for the staff only, under /admin/:
# every public page is the same for everyone and sets no cookie. Public forms are
# protected by the browser's own word on where a POST comes from (OriginGuard).
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "backsite.lib.web.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "backsite.lib.web.DatabaseOutage",
    "backsite.lib.web.ReadableForms",
    "django.middleware.common.CommonMiddleware",
    "backsite.lib.web.StaffSessions",
    "backsite.lib.web.StaffCsrf",
    "backsite.lib.web.StaffAuthentication",
    "backsite.lib.web.StaffMessages",
    "backsite.lib.web.OriginGuard",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "backsite.urls"
WSGI_APPLICATION = "backsite.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "backsite.lib.web.site_address",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "backsite"
CRISPY_TEMPLATE_PACK = "backsite"

# With DATABASE_URL unset the site keeps a private server in its data folder.
EMBEDDED_DATABASE = (outside := env.database("DATABASE_URL")) is None
DATABASES = {
    "default": outside
    or {"ENGINE": "django.db.backends.postgresql", **Server(DATA_DIR).connection},
}
# A connection that a restarted server has dropped is found out before it is used.
DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}

# Tasks are hints that make due work start at once (backsite/lib/work.py); the database
# carries them, or Redis where TASKS_URL=redis://host:6379/0 names one.
TASKS, RQ_QUEUES = task_engine.read(env.text("TASKS_URL", ""))

# EMAIL_URL unset: nothing leaves this machine; staff read each message in the admin.
MAIL_LEAVES = bool(address := env.text("EMAIL_URL", ""))
globals().update(
    mail_backends.read(address)
    if address
    else {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
)
# Whether any room holds anything of an address.
IS_KNOWN = "backsite.one_person.is_known"
# Says in words why a message must not go to its address, or nothing.
WHY_MAIL_IS_HELD = "backsite.held_mail.why_held"
DEFAULT_FROM_EMAIL = env.text("FROM_EMAIL", f"letters@{SITE_HOST}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Providers set the envelope themselves, and tell of bounces by webhook.
RETURN_ADDRESS = env.return_address("RETURN_ADDRESS")
SETS_ENVELOPE = bool(RETURN_ADDRESS) and not str(globals()["EMAIL_BACKEND"]).startswith("anymail.")
# The mailbox that they come back to; the worker reads it every few minutes.
BOUNCES = mailbox_address.read(env.text("BOUNCES_URL", ""))
# What providers show when they post what came back (newsletter/webhooks.py).
WEBHOOK_SECRET = env.pair("WEBHOOK_SECRET")
WEBHOOK_KEYS = dict(
    env.pair("WEBHOOK_KEYS", word).split(":", 1) for word in env.words("WEBHOOK_KEYS", [])
)
# So many failures that may pass, of different mails in so many days, and an address gets no more.
SOFT_BOUNCES = env.integer("SOFT_BOUNCES", 3, least=1, most=100)
SOFT_BOUNCE_DAYS = env.integer("SOFT_BOUNCE_DAYS", 30, least=1, most=3_650)
# How long the text of a mail that came back is kept for staff, once nobody needs it.
BOUNCE_MAIL_DAYS = env.integer("BOUNCE_MAIL_DAYS", 30, least=1, most=365)
# Whoever has left is erased after so long: claims about a consent lapse after three years in
# most places, which begin with the end of one.
PROOF_YEARS = env.integer("PROOF_YEARS", 4, least=1, most=30)

# Letters signed by our own key (manage.py make_dkim_key); no selector: whoever takes them
# from us signs.
DKIM_SELECTOR = env.text("DKIM_SELECTOR", "")
DKIM_KEY = env.text("DKIM_KEY", str(DATA_DIR / "dkim.pem"))
# To the mail server at the same time, by each `manage.py send`.
SEND_CONNECTIONS = env.integer("SEND_CONNECTIONS", 8, least=1, most=200)
# How long its answer to a whole letter may take (RFC 5321, 4.5.3.2.6).
MAIL_PATIENCE_SECONDS = env.integer("MAIL_PATIENCE_SECONDS", 600, least=1, most=3_600)

# One language for everybody: pages are kept, and the same for all. Nobody's browser is asked.
LANGUAGE_CODE = catalogues.known_language("SITE_LANGUAGE", env.text("SITE_LANGUAGE", "en"))
TIME_ZONE = env.text("TIME_ZONE", "UTC")
USE_I18N = True
# The texts themselves are English, and need no catalogue.
LOCALE_PATHS = (
    [catalogues.compiled(BASE_DIR / "locale", DATA_DIR / "locale")] if LANGUAGE_CODE != "en" else []
)
FORMAT_MODULE_PATH = ["backsite.formats"]
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
# MEDIA_STORE=s3://KEY:SECRET@HOST/BUCKET keeps pictures in a bucket instead of MEDIA_ROOT.
STORAGES = {
    **media_store.read("MEDIA_STORE", env.text("MEDIA_STORE", "")),
    "staticfiles": {"BACKEND": "backsite.lib.static.SiteStaticFiles"},
}

# The form of an article has a dozen fields for each of its references.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# reCAPTCHA is off until both keys are set; only then does anything go to Google.
RECAPTCHA_PUBLIC_KEY = env.text("RECAPTCHA_PUBLIC_KEY", "")
RECAPTCHA_PRIVATE_KEY = env.text("RECAPTCHA_PRIVATE_KEY", "")
RECAPTCHA_ON = bool(RECAPTCHA_PUBLIC_KEY and RECAPTCHA_PRIVATE_KEY)

# Seconds; only the worker waits, and a service that hangs is not asked again at once.
RECAPTCHA_VERIFY_REQUEST_TIMEOUT = 8

# None by default; one that sets no cookie, on a host of the operator's own.
ANALYTICS = analytics.read("ANALYTICS")

# Akismet is off until its key is set; only then does anything go there.
AKISMET_KEY = env.text("AKISMET_KEY", "")
# Akismet calls some spam blatant. 1 = that goes to the trash instead of the spam pile.
AKISMET_DISCARD = env.boolean("AKISMET_DISCARD", default=False)
AKISMET_SENDS_EMAIL = env.boolean("AKISMET_SENDS_EMAIL", default=True)
# 1 = Akismet answers, and learns nothing from what this site says (for trying things out).
AKISMET_TEST = env.boolean("AKISMET_TEST", default=False)
AKISMET_URL = env.web_address("AKISMET_URL", "https://rest.akismet.com", tls=True)

# Returns the addresses of those who are told when something of the site fails.
SITE_OWNER = "comments.models.alert.named_owner"

# Once an hour the worker posts a comment through the real form, of which nothing stays.
# 0 where this machine cannot reach SITE_URL.
WATCH_FORM = env.boolean("WATCH_FORM", default=True)

# How many proxies of ours stand before the site: that many entries at the end of
# X-Forwarded-For can be believed. 0 = the header is ignored.
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0, least=0, most=5)

# Whole public pages kept in each process of the web server; 0 keeps none.
PAGE_CACHE_MEGABYTES = env.integer("PAGE_CACHE_MEGABYTES", 64, least=0, most=65_536)
# For a cache in front of us that is told to drop pages (by their `Cache-Tag`): how long it
# may keep one. Nothing but such a cache should see anything else than 0.
SHARED_CACHE_SECONDS = env.integer("SHARED_CACHE_SECONDS", 0, least=0, most=31_536_000)

# Network address, browser and referring page of a comment are kept for the checks that long.
COMMENT_ORIGIN_DAYS = env.integer("COMMENT_ORIGIN_DAYS", 30, least=1, most=365)

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"

SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Binds every subdomain for a year: the operator's own choice.
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.boolean("HSTS_SUBDOMAINS", default=False)
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/admin/"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "backsite.resume.csrf_failure"  # hands back what staff typed
X_FRAME_OPTIONS = "SAMEORIGIN"  # the admin shows mails in a sandboxed frame of its own
SILENCED_SYSTEM_CHECKS = [
    # It looks for CsrfViewMiddleware itself: ours is StaffCsrf, and OriginGuard for readers.
    "security.W003",
    # It wants DENY everywhere: the public pages say frame-ancestors 'none' in their CSP,
    # and the admin frames its own mails.
    "security.W019",
    # HSTS for all subdomains is switched on by HSTS_SUBDOMAINS.
    "security.W005",
    "security.W021",
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
    },
    "filters": {
        "tokens": {"()": "backsite.lib.logs.WithoutTokens"},
        "brief": {"()": "backsite.lib.logs.BriefAboutClients"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "stream": sys.stderr,
            "filters": ["tokens", "brief"],
        },
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        # A reader's mistake or an unknown address is no fault of the site's.
        "django.request": {"level": "ERROR"},
        "backsite": {
            "handlers": ["console"],
            "level": env.text("LOG_LEVEL", "INFO"),
            "propagate": False,
        },
        # The worker reports what it does itself, in words for operators.
        "django_tasks": {"level": "ERROR"},
        "django_tasks_db": {"level": "ERROR"},
    },
}
