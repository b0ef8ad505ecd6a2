"""The one settings file; what differs between installations comes from the environment (docs/settings.md)."""

import os
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from claims import jobs
from workbench.env import EnvError, Environment, broker_url

env = Environment(os.environ)
BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.boolean("DEBUG", default=False)
# Commands that need no database (extract, check, makemigrations --check) run without any of these three; everything
# else is given them by manage.py or by the deployment, and a deployment that forgets one fails at its first request.
OFFLINE = env.boolean("WORKBENCH_OFFLINE", default=False)
SECRET_KEY = env.text("SECRET_KEY", default="offline" if OFFLINE else None)
DATABASE = env.database("DATABASE_URL") if not OFFLINE else {"NAME": "offline"}
REDIS_URL = env.redis("REDIS_URL") if not OFFLINE else "redis://localhost"

ALLOWED_HOSTS = list(env.words("ALLOWED_HOSTS", default=("localhost", "127.0.0.1", "[::1]")))
CSRF_TRUSTED_ORIGINS = list(env.words("CSRF_TRUSTED_ORIGINS"))
# The public address, for links that leave the site: feeds, ClaimReview, mails.
PUBLIC_URL = env.text("PUBLIC_URL", default="http://localhost:8000").rstrip("/")
HTTPS = env.boolean("HTTPS", default=False)
# How many proxies of our own stand in front, each of which appends to X-Forwarded-For.
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0, low=0, high=10)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "pgtrigger",
    "pghistory",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "django_filters",
    "django_structlog",
    "rest_framework",
    "drf_spectacular",
    "rules.apps.AutodiscoverRulesConfig",
    "workbench.accounts",
    "workbench.health",
    "workbench.stack",
    "sources",
    "claims",
]

MIDDLEWARE = [
    "workbench.accounts.addresses.RequestLogMiddleware",
    # Programs go from here to the other end.
    "workbench.accounts.short_way.ShortWay",
    "workbench.room.with_room",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "workbench.accounts.language.LanguageMiddleware",
    "workbench.accounts.way_back.WayBackMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "django.middleware.common.CommonMiddleware",
    "workbench.accounts.short_way.ShortWayEnd",
    "workbench.accounts.idempotency.IdempotencyMiddleware",
]

ROOT_URLCONF = "workbench.urls"
WSGI_APPLICATION = "workbench.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "workbench" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- The record: PostgreSQL -------------------------------------------------------------------------------------------

DATABASES = {
    "default": {
        "ENGINE": "workbench.postgresql",
        **DATABASE,
        "CONN_MAX_AGE": env.integer("CONN_MAX_AGE", 600, low=0, high=86_400),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            "application_name": "workbench",
            # PostgreSQL reckons with disks that turn, for which a small table read whole beats its index, until it has
            # grown; and to compile a page's statements takes longer than they do.
            "options": "-c random_page_cost=1.1 -c jit=off",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- The messenger: Celery over the Redis protocol --------------------------------------------------------------------

CELERY_BROKER_URL = broker_url(REDIS_URL)
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = env.integer("JOB_TIME_LIMIT", 600, low=10, high=3600)
CELERY_TASK_SOFT_TIME_LIMIT = CELERY_TASK_TIME_LIMIT - 5
CELERY_TASK_DEFAULT_QUEUE = jobs.DEFAULT_QUEUE
CELERY_TASK_ROUTES = {name: {"queue": queue} for name, queue in jobs.QUEUES.items()}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Publishing gives up quickly: the job row is the record, and the dispatcher sends it again.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Above the hard time limit, so that a running task is not handed to a second worker.
    "visibility_timeout": CELERY_TASK_TIME_LIMIT + 300,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 5,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_TIMEZONE = "UTC"
# One form of log line for all processes.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "workbench.health.beat.TickingScheduler"
# Jobs in flight at once, about four for each worker process: what waits, waits in PostgreSQL.
JOBS_IN_FLIGHT = env.integer("JOBS_IN_FLIGHT", 8, low=1, high=10_000)

# --- Who is there: sign-in --------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "rules.permissions.ObjectPermissionBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "workbench.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "workbench.accounts.forms.SignInForm",
    "change_password": "workbench.accounts.forms.NewPasswordForm",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Verification Workbench"
AXES_FAILURE_LIMIT = env.integer("SIGN_IN_TRIES", 10, low=1, high=1000)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_CALLABLE = "workbench.accounts.lockout.locked_out"
# Failed sign-ins are counted in one place: allauth's own limit would answer first, without 429 and Retry-After.
# What is posted to the page behind the link of an invitation, which is open to everybody.
ACCOUNT_RATE_LIMITS = {"login_failed": "", "invitation": "30/m/ip"}
AXES_USERNAME_FORM_FIELD = "login"
AXES_VERBOSE = False
# What was typed wrongly is stored. Where to go afterwards may be the link of an invitation, which is in the mail alone.
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "next"]
AXES_CLIENT_IP_CALLABLE = "workbench.accounts.addresses.client_address"
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
AXES_ENABLE_ADMIN = False
EMAIL_BACKEND = env.text("EMAIL_BACKEND", default="django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.text("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 25, low=1, high=65_535)
EMAIL_HOST_USER = env.text("EMAIL_USER", default="")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD", default="")
EMAIL_USE_TLS = env.boolean("EMAIL_STARTTLS", default=False)
EMAIL_USE_SSL = env.boolean("EMAIL_TLS", default=False)
if EMAIL_USE_TLS and EMAIL_USE_SSL:
    raise EnvError("EMAIL_STARTTLS and EMAIL_TLS are both set. Choose the one that the mail server speaks.")
# A mail server that does not answer costs an attempt of the job, and not the worker.
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", default="workbench@localhost")

# --- What the browser may do ------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# An article may have 10 MB; form encoding adds to that. The intake answers what is larger with 413.
ARTICLE_LIMIT_BYTES = env.integer("ARTICLE_LIMIT_BYTES", 10_000_000, low=1_000, high=100_000_000)
DATA_UPLOAD_MAX_MEMORY_SIZE = ARTICLE_LIMIT_BYTES * 4
FILE_UPLOAD_MAX_MEMORY_SIZE = ARTICLE_LIMIT_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# Exact IP addresses inside that outgoing requests may reach all the same; for tests with servers of their own.
EGRESS_ALLOW = env.words("EGRESS_ALLOW")

# --- Static files -----------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = env.text("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
STATICFILES_HASHED = env.boolean("STATICFILES_HASHED", default=False)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATICFILES_HASHED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not STATICFILES_HASHED

# --- Language and time ------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("uk", _("Ukrainian"))]
LOCALE_PATHS = [BASE_DIR / "workbench" / "locale"]
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
USE_I18N = True
FORMAT_MODULE_PATH = ["workbench.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

# --- REST -------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "workbench.accounts.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "claims.api.negotiation.JsonFirst",
    "DEFAULT_PARSER_CLASSES": [
        "claims.api.bodies.BoundedJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "claims.api.errors.problem_response",
    "DEFAULT_PAGINATION_CLASS": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Verification Workbench",
    "DESCRIPTION": "Attributed claims, who said them, whether it was said and whether it is true.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v[0-9]",
    "ENUM_NAME_OVERRIDES": {
        "ClaimState": "claims.api.claims.STATES",
        "DismissReason": "claims.api.claims.DISMISSALS",
        "BulkState": "claims.api.bulk.BULK_STATES",
        "BulkVerb": "claims.api.bulk.VERBS",
        "DeskRole": "claims.models.desks.Role",
        "AssignmentRole": "claims.api.review.ROLES",
        "SpanRole": "claims.models.claims.SpanRole",
        "AssignmentState": "claims.api.review.STATES",
        "HoldReason": "claims.api.review.HOLDS",
        "NotificationKind": "claims.api.notifications.KINDS",
        "NotificationWay": "claims.api.notifications.WAYS",
        "JobState": "claims.models.jobs.JobState",
        "ArticleStatus": "claims.models.articles.ArticleStatus",
        "VerdictStatus": "claims.api.verdicts.STATUS",
        "Stance": "claims.models.claims.Stance",
        "SourceKind": "sources.models.SourceKind",
        "AliasKind": "sources.models.AliasKind",
        "RelationKind": "sources.models.RelationKind",
        "LinkKind": "claims.rules.links.LinkKind",
        "CorrectionKind": "claims.models.publication.CorrectionKind",
        "ChangeKind": "claims.api.publication.CHANGES",
        "WebhookState": "claims.models.webhooks.WebhookState",
        "WebhookKind": "claims.api.webhooks.KINDS",
        "DeliveryState": "claims.models.webhooks.DeliveryState",
        "DeliveryKind": "claims.api.webhooks.SENT",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "claims.api.schema.complete",
    ],
}

# --- Logs -------------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "workbench.logs.formatter", "colours": DEBUG}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", default="INFO")},
    "loggers": {"axes": {"level": "WARNING"}, "trafilatura": {"level": "ERROR"}, "warcio": {"level": "ERROR"}},
}
DJANGO_STRUCTLOG_CELERY_ENABLED = True
