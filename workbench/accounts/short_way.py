"""Programs go round what only pages need: sessions, messages, languages, marks against forgery, the browser's policy.

Two middlewares are the ends of the way, and what stands between them in the settings is passed by. Two of these do a
little that answers to programs need as well, which is done here.
"""

from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.security import SecurityMiddleware

from workbench.accounts.authentication import secret_of
from workbench.accounts.language import speak

Answer = Callable[[HttpRequest], HttpResponseBase]

PROGRAMS = "/api/v1/"
# Django builds the middlewares from the last to the first: the one that begins the way finds here where it leads.
_leads_to: ContextVar[Answer] = ContextVar("leads_to")


class ShortWayEnd:
    """What comes after it is for everybody."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        _leads_to.set(answer)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.answer(request)


class ShortWay:
    """From here programs go straight to ShortWayEnd, as the database and the log see no difference."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.short = _leads_to.get()
        self.security = SecurityMiddleware(answer)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_a_program(request):
            return self.answer(request)
        speak(request, settings.LANGUAGE_CODE)
        # As CommonMiddleware, which also refuses a host that is none of ours.
        request.get_host()
        answer = self.short(request)
        if isinstance(answer, HttpResponse):
            answer.headers["Content-Length"] = str(len(answer.content))
        return self.security.process_response(request, answer)  # type: ignore[arg-type]  # it sets headers alone


def is_a_program(request: HttpRequest) -> bool:
    """Whether the request is for the API and no session signs it in: by token, or by nothing.

    A token comes first where both are sent (DEFAULT_AUTHENTICATION_CLASSES). A session needs its mark against forgery.
    """
    if not request.path_info.startswith(PROGRAMS):
        return False
    return secret_of(request) is not None or settings.SESSION_COOKIE_NAME not in request.COOKIES
