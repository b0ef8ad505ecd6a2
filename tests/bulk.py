"""The steps that tests of bulk actions share: order, carry out, undo, and look at what it came to."""

from collections.abc import Iterable
from typing import Any

from claims.models.bulk import BulkAction
from claims.models.claims import Claim, ClaimLink
from claims.models.events import Event
from claims.models.review import QueueEntry
from claims.rules.bulk import BulkVerb, Order
from claims.services import bulk, review
from tests import factories
from tests.factories import World

DISMISS = Order(BulkVerb.DISMISS, reason="out_of_scope", note="Not ours.")


def ordered(world: World, order: Order, claims: Iterable[Claim]) -> BulkAction:
    return bulk.begin(world.desk, order, [claim.pk for claim in claims], actor=world.carol)


def done(world: World, order: Order, claims: Iterable[Claim]) -> BulkAction:
    """The action, carried out."""
    return performed(ordered(world, order, claims))


def performed(action: BulkAction) -> BulkAction:
    factories.perform()
    return BulkAction.objects.get(pk=action.pk)


def undone(world: World, action: BulkAction) -> BulkAction:
    return performed(bulk.undo(action.pk, actor=world.carol))


def states(claims: Iterable[Claim]) -> list[str]:
    rows = Claim.objects.in_bulk([claim.pk for claim in claims])
    return [rows[claim.pk].state for claim in claims]


def kinds(claim: Claim, action: BulkAction) -> list[str]:
    rows = Event.objects.of("claim", claim.pk).filter(data__bulk=action.pk)
    return list(rows.values_list("kind", flat=True))


def of_the_desk(world: World) -> list[str]:
    rows = Event.objects.of("desk", world.desk.pk).filter(kind__startswith="bulk.")
    return list(rows.values_list("kind", flat=True))


def triaged(world: World, count: int) -> list[Claim]:
    """As many claims outside of the queue."""
    claims = factories.queued_claims(world, count)
    for claim in claims:
        review.unqueue(claim.pk, actor=world.carol)
    return claims


def snapshot(claims: Iterable[Claim]) -> list[Any]:
    ids = [claim.pk for claim in claims]
    columns = ("id", "state", "state_reason", "round", "review_twice", *review.PRIORITY)
    place = ("claim", "queued_at", "priority", "scored_at", "reserved")
    places = QueueEntry.objects.filter(claim__in=ids).order_by("claim").values_list(*place)
    links = ClaimLink.objects.standing().order_by("pk").values_list("pk", "confirmed_by", "score")
    return [
        list(Claim.objects.filter(pk__in=ids).order_by("pk").values_list(*columns)),
        list(places),
        list(links),
    ]
