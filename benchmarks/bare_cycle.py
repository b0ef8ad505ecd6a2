"""The yardstick of a review: two views that take a row and hand it in, without sign-in, checks or history."""

import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path

from workbench.env import Environment

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="bare",  # noqa: S106 -- guards nothing
        MIDDLEWARE=[],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                **Environment(os.environ).database("DATABASE_URL"),
                "CONN_MAX_AGE": 600,
            }
        },
    )

TABLES = """
    CREATE TABLE bare_queue (id bigserial PRIMARY KEY, claim bigint NOT NULL, priority smallint NOT NULL);
    CREATE INDEX bare_queue_by_priority ON bare_queue (priority DESC, id);
    CREATE TABLE bare_assignment (id bigserial PRIMARY KEY, claim bigint NOT NULL, taken timestamptz DEFAULT now());
    CREATE TABLE bare_review (id bigserial PRIMARY KEY, assignment bigint NOT NULL, body text NOT NULL);
"""
TAKE = """
    WITH taken AS (DELETE FROM bare_queue WHERE id = (
        SELECT id FROM bare_queue ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING claim)
    INSERT INTO bare_assignment (claim) SELECT claim FROM taken RETURNING id
"""
HAND_IN = "INSERT INTO bare_review (assignment, body) VALUES (%s, %s) RETURNING id"


def take(request: HttpRequest) -> JsonResponse:
    with connection.cursor() as cursor:
        cursor.execute(TAKE)
        return JsonResponse({"id": cursor.fetchone()[0]})


def hand_in(request: HttpRequest, assignment_id: int) -> JsonResponse:
    with connection.cursor() as cursor:
        cursor.execute(HAND_IN, [assignment_id, request.body.decode()])
        return JsonResponse({"review": cursor.fetchone()[0]})


urlpatterns = [path("next", take), path("assignments/<int:assignment_id>/submit", hand_in)]
django.setup()
application = WSGIHandler()
