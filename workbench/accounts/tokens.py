"""Tokens: draw one, find whose it is, revoke it. The secret exists in the answer to draw() and nowhere else."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from workbench.accounts.models import ApiToken, Scope, User

# Writing on every request would make each read of the API a write.
NOTED_EVERY = timedelta(minutes=1)


class TokenError(ValueError):
    """The token cannot be drawn like this; ``field`` names what to mend, the message how."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


@transaction.atomic
def draw(user: User, name: str, scopes: Iterable[str], expires_at: datetime | None = None) -> str:
    """A new token of ``user``; returns its secret, which cannot be shown again. Raises TokenError."""
    chosen = sorted(set(scopes))
    unknown = [scope for scope in chosen if scope not in Scope.values]
    if unknown or not chosen:
        raise TokenError("scopes", f"Choose at least one of: {', '.join(Scope.values)}.")
    called = " ".join(name.split())
    if not called or len(called) > 100:
        raise TokenError("name", "Say in up to 100 characters what uses this token.")
    secret = ApiToken.draw()
    ApiToken.objects.create(
        user=user, name=called, digest=ApiToken.digest_of(secret), scopes=chosen, expires_at=expires_at
    )
    return secret


def revoke(token: ApiToken) -> None:
    """From now on the token signs nobody in. Doing it twice changes nothing."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=Now())


def find(secret: str) -> ApiToken | None:
    """The living token with this secret and, in the same query, its active user; None when there is none."""
    if not secret.startswith(ApiToken.PREFIX):
        return None
    alive = ApiToken.objects.alive().filter(user__is_active=True)
    token = alive.filter(digest=ApiToken.digest_of(secret)).select_related("user").first()
    if token is not None:
        _note_use(token)
    return token


def _note_use(token: ApiToken) -> None:
    stale = Q(last_used_at=None) | Q(last_used_at__lt=Now() - NOTED_EVERY)
    if token.last_used_at is None or _older_than(token.last_used_at, NOTED_EVERY):
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=Now())


def _older_than(moment: datetime, age: timedelta) -> bool:
    return datetime.now(moment.tzinfo) - moment >= age
