"""Tokens: draw one, find whose it is, revoke it. The secret exists in the answer to draw() and nowhere else."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from claims.models.rows import read
from workbench.accounts.models import ApiToken, Scope, User

# Writing on every request would make each read of the API a write.
NOTED_EVERY = timedelta(minutes=1)

# As ApiToken.objects.alive() has it, with the owner; written out, since every request of a program begins with it and
# the ORM takes longer to compile it than the database to answer.
COLUMNS = tuple(field.attname for field in ApiToken._meta.concrete_fields)
OWNER_SQL = f"""
    SELECT u.*, {", ".join(f"t.{name} AS token_{name}" for name in COLUMNS)}
      FROM accounts_apitoken t JOIN accounts_user u ON u.id = t.user_id
     WHERE t.digest = %s AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > statement_timestamp())
       AND u.is_active
"""  # noqa: S608 - constants of the code


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
    for user in read(User, OWNER_SQL, [ApiToken.digest_of(secret)]):
        token = ApiToken.from_db(None, COLUMNS, [user.__dict__.pop(f"token_{name}") for name in COLUMNS])
        token.user = user
        _note_use(token)
        return token
    return None


def _note_use(token: ApiToken) -> None:
    stale = Q(last_used_at=None) | Q(last_used_at__lt=Now() - NOTED_EVERY)
    if token.last_used_at is None or _older_than(token.last_used_at, NOTED_EVERY):
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=Now())


def _older_than(moment: datetime, age: timedelta) -> bool:
    return datetime.now(moment.tzinfo) - moment >= age
