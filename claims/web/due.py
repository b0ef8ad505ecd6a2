"""For editors: what is due at their desks, and what is overdue, by time."""

from datetime import UTC, datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from claims.rules.rights import Right
from claims.rules.workflow import AssignmentRole
from claims.services import review
from claims.web import paging, permissions

PAGE = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ROLES = [role.value for role in AssignmentRole]


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    permissions.some_desk(request, Right.OVERSEE)
    cursor = request.GET.get("before", "")
    found = review.coming(request.user, PAGE + 1, after=_key(cursor) if cursor else None)
    page = paging.Page(found[:PAGE], _cursor(found[PAGE - 1].key) if len(found) > PAGE else None)
    return render(request, "claims/due/index.html", {"page": page})


def _cursor(key: review.Key) -> str:
    at, claim, role = key
    return f"{(at - EPOCH) // MICROSECOND}-{claim}-{role}"


def _key(cursor: str) -> review.Key:
    """The key of the last row that was shown; raises BadRequest on a cursor that is none."""
    parts = cursor.split("-")
    if len(parts) != 3 or parts[2] not in ROLES:
        raise BadRequest("This page of the list does not exist.")
    try:
        at = EPOCH + paging.number(parts[0]) * MICROSECOND
    except OverflowError:
        raise BadRequest("This page of the list does not exist.") from None
    return at, paging.number(parts[1]), parts[2]
