"""The pages in the language that a person chose; whoever chose none, and visitors, get what their browser asks for."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

KNOWN = frozenset(code for code, _name in settings.LANGUAGES)


class LanguageMiddleware:
    """After LocaleMiddleware, whose choice by the browser this one overrules, and after the person is known."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # A request without a session is nobody's, and costs no question.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            chosen = request.user.language
            if chosen in KNOWN:
                translation.activate(chosen)
                request.LANGUAGE_CODE = chosen
        return self.answer(request)
