"""The web process's entry for granian or any other WSGI server."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from workbench.room import with_room

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workbench.settings")

application = with_room(get_wsgi_application())
# Loads every view now, and not while the first person waits.
import_module(settings.ROOT_URLCONF)
# What is loaded by now stays. The garbage collector would look through all of it again and again, and whoever asked for
# a page at that moment waited a fifth of a second for it.
gc.collect()
gc.freeze()
