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
        self.host = ""
        self.https = settings.HTTPS
        self.over_http, self.over_https = _security(secure=False), _security(secure=True)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_a_program(request):
            return self.answer(request)
        speak(request, settings.LANGUAGE_CODE)
        self._refuse_others_hosts(request)
        answer = self.short(request)
        # As CommonMiddleware.
        if isinstance(answer, HttpResponse):
            answer.headers["Content-Length"] = str(len(answer.content))
        for name, value in self.over_https if self.https and request.is_secure() else self.over_http:
            if name not in answer.headers:
                answer.headers[name] = value
        return answer

    def _refuse_others_hosts(self, request: HttpRequest) -> None:
        """As CommonMiddleware, but not again for the host that was asked for last: it is nearly always the same."""
        host = request.META.get("HTTP_HOST", "")
        if not host or host != self.host:
            request.get_host()
            self.host = host


def _security(*, secure: bool) -> list[tuple[str, str]]:
    """The headers that SecurityMiddleware gives every answer; it puts the same together for each."""
    request, bare = HttpRequest(), HttpResponse()
    if secure and settings.SECURE_PROXY_SSL_HEADER:
        name, value = settings.SECURE_PROXY_SSL_HEADER
        request.META[name] = value
    own = set(bare.headers)
    answer = SecurityMiddleware(lambda _request: bare).process_response(request, bare)
    return [(name, value) for name, value in answer.items() if name not in own]


def is_a_program(request: HttpRequest) -> bool:
    """Whether the request is for the API and no session signs it in: by token, or by nothing.

    A token comes first where both are sent (DEFAULT_AUTHENTICATION_CLASSES). A session needs its mark against forgery.
    """
    if not request.path_info.startswith(PROGRAMS):
        return False
    return secret_of(request) is not None or settings.SESSION_COOKIE_NAME not in request.COOKIES
