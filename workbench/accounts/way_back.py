"""Nobody ends at an address that only takes what is sent to it: after signing in anew, or by opening it again."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme


class WayBackMiddleware:
    """For the pages of the workbench alone; programs keep their plain answers."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.answer(request)
        if request.resolver_match is None or request.resolver_match.namespace != "web":
            return response
        if request.method == "POST" and _asks_to_sign_in(response):
            return redirect_to_login(_page_before(request))
        # A browser names what it can show; a program that takes anything wants the plain answer.
        pages = "text/html" in request.headers.get("Accept", "")
        if request.method == "GET" and response.status_code == 405 and pages:
            return redirect(_nearest_above(request.path_info))
        return response


def _asks_to_sign_in(response: HttpResponse) -> bool:
    where = response.headers.get("Location", "")
    return response.status_code == 302 and urlsplit(where).path == resolve_url(settings.LOGIN_URL)


def _page_before(request: HttpRequest) -> str:
    """The page on which the form stood, as a path of this site."""
    before = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(before, {request.get_host()}):
        return _nearest_above(request.path_info)
    parts = urlsplit(before)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _nearest_above(path: str) -> str:
    """The page to which an address belongs: one above it that is known, such as a claim's for what is sent to it."""
    while path != "/":
        path = path.rstrip("/").rpartition("/")[0] + "/"
        try:
            resolve(path)
        except Resolver404:
            continue
        return path
    return path
