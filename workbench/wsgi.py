"""The web process's entry for granian or any other WSGI server."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.cache import close_caches
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, reset_queries

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workbench.settings")

application = get_wsgi_application()
# Loads every view now, and not while the first person waits.
import_module(settings.ROOT_URLCONF)
# Django looks after a thread's connections before and after each request. Between two of them nothing uses one, so that
# before is enough, unless none is to stay open.
if settings.DATABASES["default"]["CONN_MAX_AGE"]:
    request_finished.disconnect(close_old_connections)
# What was asked of the database, which is forgotten then, is kept with DEBUG alone.
if not settings.DEBUG:
    request_started.disconnect(reset_queries)
# The only cache is in this process's memory: there is no connection to close.
request_finished.disconnect(close_caches)
# What is loaded by now stays. The garbage collector would look through all of it again and again, and whoever asked for
# a page at that moment waited a fifth of a second for it.
gc.collect()
gc.freeze()
