"""The pages in the language that a person chose; whoever chose none gets what their browser asks for.

Visitors may choose at the foot of a page, which a cookie keeps. Programs are always answered in English: they compare
sentences, keep them in logs, and send whatever Accept-Language their library thinks right.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

KNOWN = frozenset(code for code, _name in settings.LANGUAGES)


PROGRAMS = ("/api/", "/v1alpha1/")


class LanguageMiddleware:
    """After LocaleMiddleware, whose choice by the browser this one overrules, and after the person is known."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(PROGRAMS):
            speak(request, settings.LANGUAGE_CODE)
        # A request without a session is nobody's, and costs no question.
        elif settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            chosen = request.user.language
            if chosen in KNOWN:
                speak(request, chosen)
        return self.answer(request)


def speak(request: HttpRequest, language: str) -> None:
    """Answer the request in this language."""
    translation.activate(language)
    request.LANGUAGE_CODE = language
