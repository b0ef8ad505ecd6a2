"""Tokens: draw one, find whose it is, revoke it. The secret exists in the answer to draw() and nowhere else."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from claims.models.rows import run
from claims.services import rights
from workbench.accounts.models import ApiToken, Scope, User

# Writing on every request would make each read of the API a write.
NOTED_EVERY = timedelta(minutes=1)

# As ApiToken.objects.alive() has it, with the owner and, as rights.roles() has them, the owner's desks; written out,
# since every request of a program begins with it and the ORM takes longer to compile it than the database to answer.
# What is left out of the two rows is read when it is asked for.
OF_TOKEN = ("id", "user_id", "scopes")
OF_OWNER = tuple(
    field.attname
    for field in User._meta.concrete_fields
    if field.attname not in ("password", "last_login", "date_joined")
)
OWNER_SQL = f"""
    SELECT {", ".join(f"u.{name}" for name in OF_OWNER)}, {", ".join(f"t.{name}" for name in OF_TOKEN)},
           (t.last_used_at > statement_timestamp() - interval '{NOTED_EVERY.seconds} seconds') IS NOT TRUE AS stale,
           (SELECT json_object_agg(m.desk_id, m.role)
              FROM claims_membership m WHERE m.user_id = u.id AND m.active) AS roles
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
    with connection.cursor() as cursor:
        run(cursor, OWNER_SQL, [ApiToken.digest_of(secret)])
        found = cursor.fetchone()
    if found is None:
        return None
    *values, stale, roles = found
    user = User.from_db(DEFAULT_DB_ALIAS, OF_OWNER, values[: len(OF_OWNER)])
    token = ApiToken.from_db(DEFAULT_DB_ALIAS, OF_TOKEN, values[len(OF_OWNER) :])
    token.user = user
    rights.remember(user, {int(desk): role for desk, role in (roles or {}).items()})
    if stale:
        _note_use(token)
    return token


def _note_use(token: ApiToken) -> None:
    stale = Q(last_used_at=None) | Q(last_used_at__lt=Now() - NOTED_EVERY)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=Now())
