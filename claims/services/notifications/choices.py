"""How each person wants to be told, and when their digest goes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from claims.models.desks import Desk
from claims.models.notifications import Digest, NotificationChoice
from claims.rules.notifications import DEFAULTS, DigestTime, Kind, Way
from claims.rules.refusals import Conflict, Refused
from claims.rules.workflow import Missing
from claims.services.events import verb


@dataclass(frozen=True)
class Choices:
    """The way for every kind, and the time of the digest."""

    ways: dict[Kind, Way]
    digest: DigestTime

    @property
    def tag(self) -> str:
        """The same for the same choices, and for no others."""
        ways = sorted((kind.value, way.value) for kind, way in self.ways.items())
        when = (self.digest.hour, sorted(self.digest.days), self.digest.zone)
        return sha256(repr((ways, when)).encode()).hexdigest()[:32]


def of(user: Any) -> Choices:
    """What the person chose; the rest as the rules have it, in the zone of their first desk."""
    chosen = {Kind(kind): Way(way) for kind, way in _rows(user).values_list("kind", "way")}
    return Choices({**DEFAULTS, **chosen}, digest_time(user, Digest.objects.filter(user=user.pk).first()))


def digest_time(user: Any, row: Digest | None, *, zone: str | None = None) -> DigestTime:
    """When the digest goes out, by the person's row or by default; ``zone`` of their first desk, where it is known."""
    if row is not None and row.timezone:
        zone = row.timezone
    if zone is None:
        zone = Desk.objects.of(user).order_by("pk").values_list("timezone", flat=True).first() or "UTC"
    return DigestTime(zone=zone) if row is None else DigestTime(row.hour, tuple(row.days), zone)


def _rows(user: Any) -> Any:
    return NotificationChoice.objects.filter(user=user.pk)


@verb
def choose(
    user: Any, ways: Mapping[Kind, Way], digest: DigestTime | None = None, *, seen: str | None = None
) -> Choices:
    """Be told of these kinds in these ways from now on, and have the digest then.

    ``seen`` is the tag of the Choices that the person had before them. Raises Refused, and Conflict when they were
    changed since.
    """
    # One change of a person's choices at a time: there may be no row of them yet that could be locked.
    get_user_model().objects.select_for_update(no_key=True).filter(pk=user.pk).first()
    if seen is not None and seen != of(user).tag:
        message = "You chose otherwise on another page meanwhile. Look at both versions, then save again."
        raise Conflict.with_details("ways", "changed_meanwhile", message)
    if digest is not None:
        wanted = {"hour": digest.hour, "days": sorted(set(digest.days)), "timezone": digest.zone}
        try:
            Digest(user=user, **wanted).full_clean(validate_unique=False)
        except ValidationError as error:
            wrong = error.message_dict.items()
            raise Refused([Missing(_field(field), "invalid", " ".join(said)) for field, said in wrong]) from error
        # By its columns: a plan may note at the same moment that today's digest went out.
        Digest.objects.update_or_create(user=user, defaults=wanted)
    rows = [NotificationChoice(user=user, kind=kind.value, way=way.value) for kind, way in ways.items()]
    NotificationChoice.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["user", "kind"], update_fields=["way"]
    )
    return of(user)


def _field(name: str) -> str:
    return name if name in ("hour", "days", "timezone") else "digest"
