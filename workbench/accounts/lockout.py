"""The answers to those who try too often: 429 with the time after which another attempt makes sense (RFC 6585)."""

from typing import Any

from axes.helpers import get_cool_off
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

RATE_SECONDS = 60


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """Too many failed sign-ins for this account or from this address (AXES_LOCKOUT_CALLABLE)."""
    cool_off = get_cool_off(request)
    return _answer(request, "account/lockout.html", int(cool_off.total_seconds()) if cool_off else RATE_SECONDS)


def too_many(request: HttpRequest) -> HttpResponse:
    """Too many requests of one kind in a minute (allauth's rate limits)."""
    return _answer(request, "429.html", RATE_SECONDS)


def _answer(request: HttpRequest, template: str, seconds: int) -> HttpResponse:
    answer = render(request, template, status=429)
    answer.headers["Retry-After"] = str(seconds)
    return answer
