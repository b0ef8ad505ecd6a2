"""``Idempotency-Key``: the same request sent again has the same answer and no second effect.

For unsafe requests to the API (draft-ietf-httpapi-idempotency-key-header). The first one takes the key by an insert
that others cannot make; who comes while it is under way gets 409, who comes with another body 422, who comes later the
stored answer. Answers from 500 on are not kept: trying again is the right thing then. Of an answer with a secret all
but the secret is kept (``Once``).
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta

from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import UnreadablePostError
from django.urls import Resolver404, resolve

from claims.api.bodies import Once
from claims.api.errors import problem
from workbench.accounts.authentication import token_of
from workbench.accounts.models import IdempotencyKey

KEPT_FOR = timedelta(hours=24)
# Longer than any request may take: whoever took the key then is dead, and the next one may have it.
TAKEN_FOR = timedelta(minutes=2)
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
HEADERS = ("Content-Type", "Location", "ETag")
FIELD = "Idempotency-Key"
KEY = re.compile(r"[!-~]{1,200}")
BOUNDARY = re.compile(rb'boundary="?([^";,]+)"?')


class IdempotencyMiddleware:
    """Stands behind the session and before the views. Requests without the header, or of nobody, pass through."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = request.META.get("HTTP_IDEMPOTENCY_KEY")
        if key is None or request.method not in UNSAFE or not request.path_info.startswith("/api/"):
            return self.get_response(request)
        owner = owner_of(request)
        if owner is None or not has_operation(request):
            return self.get_response(request)
        if not KEY.fullmatch(key):
            return problem(400, FIELD, "invalid", "Send a key of 1 to 200 visible ASCII signs, such as a UUID.")
        try:
            fingerprint = fingerprint_of(request)
        except RequestDataTooBig:
            return problem(413, "body", "too_large", "The request is larger than this server takes.")
        except UnreadablePostError:
            return problem(400, "body", "unreadable", "The request cannot be read.")
        return self._once(request, owner, key, fingerprint)

    def _once(self, request: HttpRequest, owner: str, key: str, fingerprint: str) -> HttpResponseBase:
        taken = take(owner, key, fingerprint)
        if taken is None:
            return answer_known(IdempotencyKey.objects.filter(owner=owner, key=key).first(), fingerprint)
        try:
            answer = self.get_response(request)
        except BaseException:
            taken.delete()
            raise
        keep(taken, answer)
        return answer


def has_operation(request: HttpRequest) -> bool:
    """Whether the address knows the method; where it does not, 404 or 405 says more than anything about the key."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    return hasattr(getattr(view, "cls", view), (request.method or "").lower())


def owner_of(request: HttpRequest) -> str | None:
    """A digest of who asks, whether by token or by session; None for nobody."""
    token = token_of(request)
    user = token.user_id if token is not None else None
    if "HTTP_AUTHORIZATION" not in request.META and hasattr(request, "user"):
        user = request.user.pk
    return hashlib.sha256(f"user {user}".encode()).hexdigest() if user is not None else None


def fingerprint_of(request: HttpRequest) -> str:
    """A digest of method, address and body. A form's boundary does not count: clients draw it anew each time."""
    body = request.body
    boundary = BOUNDARY.search(request.META.get("CONTENT_TYPE", "").encode("utf-8", "replace"))
    if boundary:
        body = body.replace(boundary[1], b"")
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode("utf-8", "replace"))
    digest.update(body)
    return digest.hexdigest()


def take(owner: str, key: str, fingerprint: str) -> IdempotencyKey | None:
    """The key, if nobody has it. What is too old is forgotten first, whoever's it was."""
    IdempotencyKey.objects.filter(created_at__lt=Now() - KEPT_FOR).delete()
    IdempotencyKey.objects.filter(owner=owner, key=key, status=None, created_at__lt=Now() - TAKEN_FOR).delete()
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(owner=owner, key=key, fingerprint=fingerprint)
    except IntegrityError:
        return None


def answer_known(known: IdempotencyKey | None, fingerprint: str) -> HttpResponseBase:
    """The answer to whoever came second."""
    if known is None or (known.status is None and known.fingerprint == fingerprint):
        answer = problem(409, FIELD, "in_flight", "The first request with this key is still under way. Try again.")
        answer["Retry-After"] = "1"
        return answer
    if known.fingerprint != fingerprint:
        return problem(422, FIELD, "reused", "This key was used for another request. Draw a new key for each request.")
    replay = HttpResponse(bytes(known.body), status=known.status, headers=known.headers)
    replay["Idempotent-Replayed"] = "true"
    return replay


def keep(taken: IdempotencyKey, answer: HttpResponseBase) -> None:
    """Store the answer, or let go of the key when there is none that would be right to give again."""
    if answer.status_code >= 500 or not isinstance(answer, HttpResponse):
        taken.delete()
        return
    headers = {name: answer[name] for name in HEADERS if name in answer}
    body = answer.content
    if isinstance(answer, Once):
        body = json.dumps({name: value for name, value in json.loads(body).items() if name not in answer.once}).encode()
    # An update, and no save(): when this took so long that the key was given to another request, it stays theirs.
    IdempotencyKey.objects.filter(pk=taken.pk).update(status=answer.status_code, headers=headers, body=body)
