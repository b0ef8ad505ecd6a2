"""Every "no" of the API as problem+json (RFC 9457), whoever said it: a verb, the framework, or an address that is none.

``type`` and ``title`` name the kind of problem, ``detail`` says it to a person, and ``errors`` has one entry for each
field: its name, a stable code, and the way out. What a conflict is about (holder, article, …) stands beside them.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponsePermanentRedirect,
    JsonResponse,
)
from django.http.request import UnreadablePostError
from django.urls import Resolver404, resolve
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from claims.rules.refusals import Absent, Conflict, Forbidden, Refused, TooLarge

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:problem-type:"


class ProblemEntry(serializers.Serializer[dict[str, Any]]):
    """What is wrong with one field."""

    field = serializers.CharField(help_text="The field, or what the problem is about.")
    code = serializers.CharField(help_text="A stable word for programs.")
    detail = serializers.CharField(help_text="A sentence for a person, with the way out.")


class Problem(serializers.Serializer[dict[str, Any]]):
    """RFC 9457. Conflicts add members of their own, such as `holder` and `lease_until`, or `article`."""

    type = serializers.CharField(help_text="A URN with the code of the first error.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors: Any = ProblemEntry(many=True)  # a field, not the attribute


class NotSaid(exceptions.APIException):
    """The caller does not say what they read, and what they decide on may have changed since (RFC 6585, 3)."""

    status_code = 428
    default_code = "not_said"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


def problems(*statuses: int) -> dict[tuple[int, str], type[Problem]]:
    """For the OpenAPI description: these statuses are answered with a Problem."""
    return {(status, MEDIA_TYPE): Problem for status in statuses}


def entry(field: str, code: str, detail: str) -> dict[str, str]:
    return {"field": field, "code": code, "detail": detail}


def body(status: int, errors: list[dict[str, str]], details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The members of a problem; ``details`` never hide the standard ones."""
    return {
        **(details or {}),
        "type": f"{TYPE}{errors[0]['code']}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": " ".join(dict.fromkeys(error["detail"] for error in errors)),
        "errors": errors,
    }


def problem(status: int, field: str, code: str, detail: str, **details: Any) -> JsonResponse:
    """A problem from outside of the views: middleware and handlers."""
    return JsonResponse(body(status, [entry(field, code, detail)], details), status=status, content_type=MEDIA_TYPE)


def problem_response(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler. None for what nobody foresaw: Django logs that, and server_error() answers."""
    # Whatever else the view can answer in, such as YAML: a problem is JSON.
    context["request"].accepted_renderer, context["request"].accepted_media_type = (
        JSONRenderer(),
        JSONRenderer.media_type,
    )
    if isinstance(error, Refused):
        return _response(_refused_status(error, context), *_refused(error))
    if isinstance(error, RequestDataTooBig):
        return _response(413, [entry("body", "too_large", "The request is larger than this server takes.")])
    if isinstance(error, SuspiciousOperation | UnreadablePostError):
        return _response(400, [entry("body", "unreadable", "The request cannot be read.")])
    if isinstance(error, OperationalError | InterfaceError):
        unavailable = entry("server", "unavailable", "The database cannot be reached at the moment. Try again.")
        return _response(503, [unavailable], headers={"Retry-After": "5"})
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.APIException):
        return _framework(error)
    return None


def _response(
    status: int,
    errors: list[dict[str, str]],
    details: Mapping[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    return Response(body(status, errors, details), status=status, headers=headers, content_type=MEDIA_TYPE)


STATUSES: tuple[tuple[type[Refused], int], ...] = ((TooLarge, 413), (Forbidden, 403), (Absent, 404), (Conflict, 409))


def _refused_status(error: Refused, context: Mapping[str, Any]) -> int:
    stale = error.problems[0].code in ("changed_meanwhile", "draft_changed")
    if stale and "HTTP_IF_MATCH" in context["request"].META:
        return 412
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 400)


def _refused(error: Refused) -> tuple[list[dict[str, str]], dict[str, Any]]:
    errors = [entry(missing.field, missing.code, missing.message) for missing in error.problems]
    return errors, error.details if isinstance(error, Conflict) else {}


def _framework(error: exceptions.APIException) -> Response:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    if isinstance(error, exceptions.ValidationError):
        return _response(400, list(_flat(error.detail)), headers=headers)
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else error.default_code
    field = error.field if isinstance(error, NotSaid) else "request"
    return _response(error.status_code, [entry(field, code, str(error.detail))], headers=headers)


def _flat(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested errors as a list, the field's place written ``evidence.0.url``."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else str(name)
            yield from _flat(inner, ".".join(part for part in (path, own) if part))
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            yield from _flat(inner, f"{path}.{number}" if isinstance(inner, dict) else path)
    else:
        yield entry(path or "body", getattr(detail, "code", "invalid"), str(detail))


# --- Addresses and faults outside of the views ------------------------------------------------------------------------


@csrf_exempt  # it changes nothing, and a 404 says more than a refused sign
def nowhere(request: HttpRequest) -> HttpResponseBase:
    """Every address under /api/ that no view has. A superfluous slash at the end is taken off."""
    bare = request.path_info.rstrip("/")
    if bare != request.path_info and _leads_somewhere(bare):
        query = request.META.get("QUERY_STRING", "")
        # 308 keeps method and body, which 301 would let clients drop.
        answer = HttpResponsePermanentRedirect(bare + (f"?{query}" if query else ""))
        answer.status_code = 308
        return answer
    return problem(404, "request", "not_found", "There is nothing at this address. See /api/docs/ for what there is.")


def _leads_somewhere(path: str) -> bool:
    try:
        return resolve(path).func is not nowhere
    except Resolver404:
        return False


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not request.path_info.startswith("/api/"):
        return defaults.bad_request(request, exception)
    return problem(400, "request", "bad_request", "The request cannot be read.")


def server_error(request: HttpRequest) -> HttpResponse:
    if not request.path_info.startswith("/api/"):
        return defaults.server_error(request)
    return problem(500, "server", "error", "Something broke on our side. It was recorded; nothing saved is lost.")
