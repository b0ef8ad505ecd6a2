"""The roof of the house: settings, addresses, sign-in, the worker's app and the embedded servers."""

from workbench.celery import app as celery_app

__all__ = ["celery_app"]
