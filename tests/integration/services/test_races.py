"""Two verbs at the same moment, each on a connection of its own: one acts and is in the history, the other is told."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from claims.models.claims import Claim
from claims.models.drafts import Draft
from claims.models.events import Event
from claims.models.review import Assignment
from claims.rules.refusals import Conflict
from claims.rules.workflow import DeclineReason, DismissReason, HoldReason
from claims.services import claims, review
from tests import factories
from tests.concurrency import at_once
from tests.factories import World, answers

Verb = Callable[[World, Assignment], Any]


def hold(world: World, held: Assignment) -> Any:
    return review.hold(held.pk, world.alice, HoldReason.CLAIMANT, note="The mayor was asked.")


def release(world: World, held: Assignment) -> Any:
    return review.release(held.pk, world.alice)


def decline(world: World, held: Assignment) -> Any:
    return review.decline(held.pk, world.alice, DeclineReason.NO_TIME)


def submit(world: World, held: Assignment) -> Any:
    return review.submit(held.pk, world.alice, answers())


def take_back(world: World, held: Assignment) -> Any:
    return review.take_back(held.pk, world.carol, reason="It waits too long.")


# What each leaves in the history when it acts.
EVENTS = {
    hold: "review.held",
    release: "claim.released",
    decline: "claim.declined",
    submit: "review.submitted",
    take_back: "claim.taken_back",
}
PAIRS = [(hold, hold), (release, decline), (submit, release), (submit, take_back), (submit, submit)]


def told(call: Callable[[], Any]) -> str:
    """Nothing for who acted; what the other reads."""
    try:
        call()
    except Conflict as conflict:
        return str(conflict)
    return ""


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_acts_and_nothing_that_was_typed_is_lost() -> None:
    world = factories.world()
    *made, triaged = factories.queued_claims(world, len(PAIRS) + 1)
    for claim, pair in zip(made, PAIRS, strict=True):
        held = review.take(world.alice, claim.pk)
        review.save_draft(held.pk, world.alice, {"rationale": "So far"})
        said = at_once([partial(told, partial(verb, world, held)) for verb in pair])
        (refused,) = [words for words in said if words]
        assert any(words in refused for words in ("This claim is", "Nobody holds this", "You submitted this")), refused
        acted = EVENTS[pair[1] if said[0] else pair[0]]
        kinds = list(Event.objects.of("claim", claim.pk).values_list("kind", flat=True))
        assert [kind for kind in kinds if kind in EVENTS.values()] == [acted], pair
        # A review that comes too late is kept as the draft; one that is in holds what was typed.
        assert acted == "review.submitted" or Draft.objects.get(assignment=held).body["rationale"]

    review.unqueue(triaged.pk, actor=world.carol)
    dismiss = partial(claims.dismiss, triaged.pk, DismissReason.DUPLICATE, actor=world.carol)
    queue = partial(review.queue_claim, triaged.pk, actor=world.dora)
    said = at_once([partial(told, dismiss), partial(told, queue)])
    assert sorted(map(bool, said)) == [False, True]
    assert Claim.objects.get(pk=triaged.pk).state == ("queued" if said[0] else "dismissed")
    assert factories.history_is_whole()
