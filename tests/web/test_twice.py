"""The same button pressed twice, in two tabs or by two people: one acts, the other is told, and nothing is lost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape

import pytest

from claims.models.claims import Claim
from claims.models.drafts import Draft
from claims.models.events import Event
from claims.models.review import Assignment, Review
from claims.rules.workflow import HoldReason
from claims.services import desks, notes, review
from tests import factories
from tests.factories import World, answers
from tests.returns import read
from tests.web.conftest import SignedIn


@dataclass(frozen=True)
class Press:
    """Who presses which button of a claim (``where`` has its number, and that of the assignment), with what typed."""

    who: str
    where: str
    typed: dict[str, str] = field(default_factory=dict)


def waiting(world: World) -> Claim:
    return factories.queued_claims(world, 1)[0]


def held(world: World) -> Claim:
    """By alice, who typed something."""
    claim = factories.queued_claims(world, 1)[0]
    assignment = review.take(world.alice, claim.pk)
    review.save_draft(assignment.pk, world.alice, {"rationale": "What alice typed."})
    return claim


def on_hold(world: World) -> Claim:
    claim = held(world)
    review.hold(claim.assignments.get().pk, world.alice, HoldReason.CLAIMANT, note="The mayor was asked.")
    return claim


def disputed(world: World) -> Claim:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    return factories.disputed(world)


def to_approve(world: World) -> Claim:
    desks.change(world.desk, actor=world.dora, approval_required=True)
    claim = factories.queued_claims(world, 1)[0]
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, answers())
    return claim


def decided(world: World) -> Claim:
    return factories.reviewed(world).claim


def published(world: World) -> Claim:
    done = factories.reviewed(world)
    factories.published(world, done)
    return done.claim


def triaged(world: World) -> Claim:
    claim = waiting(world)
    review.unqueue(claim.pk, actor=world.carol)
    return claim


def asked(world: World) -> Claim:
    claim = held(world)
    notes.add(claim.pk, "Which report?", actor=world.alice)
    return claim


HOLD = {"reason": "claimant", "note": "The mayor was asked."}
WHY = {"reason": "It waits too long."}
NO_TIME = {"reason": "no_time"}
SETTLE = {
    "attribution_verdict": "accurate",
    "veracity_verdict": "false",
    "note": "The report is clear.",
    "review": "{reviews}",
}
APPROVE = {"review": "{review}", "note": "Clear."}
SEND_BACK = {"note": "Look again.", "role": "first", "review": "{review}"}
DUPLICATE = {"reason": "duplicate"}
DOUBTS = {"reason": "challenge", "note": "Somebody doubts it."}
FORGED = {"note": "The report was forged."}

TAKE, RELEASE, DECLINE = (f"/desk/claims/{{claim}}/{step}/" for step in ("take", "release", "decline"))
HOLDING, RESUME = "/desk/claims/{claim}/hold/", "/desk/claims/{claim}/resume/"
BACK, GIVE = "/desk/held/{assignment}/take-back/", "/desk/held/{assignment}/reassign/"
APPROVING, SENDING = "/desk/claims/{claim}/approve/", "/desk/claims/{claim}/send-back/"
SETTLING, RESOLVE = "/desk/claims/{claim}/adjudicate/", "/desk/claims/{claim}/notes/{note}/resolve/"
PUBLISH, RETRACT, REOPEN = (f"/publish/{{claim}}/{step}/" for step in ("publish", "retract", "reopen"))
DISMISS, UNQUEUE = "/claims/{claim}/dismiss/", "/claims/{claim}/unqueue/"

GONE = "This claim is not in your hands any more: "
RELEASED, DECLINED = GONE + "it went back to the queue.", GONE + "you declined it."
Made = Callable[[World], Claim]
# How it begins, who acts, who comes second, and what they are told.
RACES: dict[str, tuple[Made, Press, Press, str]] = {
    "taken twice": (waiting, Press("alice", TAKE), Press("alice", TAKE), "You have this claim already."),
    "taken by two": (waiting, Press("alice", TAKE), Press("bob", TAKE), "<bdi>Alice</bdi> is reviewing this claim."),
    "held twice": (held, Press("alice", HOLDING, HOLD), Press("alice", HOLDING, HOLD), "This claim is on hold."),
    "resumed twice": (on_hold, Press("alice", RESUME), Press("alice", RESUME), "This claim is not on hold"),
    "released twice": (held, Press("alice", RELEASE), Press("alice", RELEASE), RELEASED),
    "declined twice": (
        held,
        Press("alice", DECLINE, NO_TIME),
        Press("alice", DECLINE, NO_TIME),
        DECLINED,
    ),
    "released and declined": (
        held,
        Press("alice", RELEASE),
        Press("alice", DECLINE, NO_TIME),
        RELEASED,
    ),
    "released and held": (
        held,
        Press("alice", RELEASE),
        Press("alice", HOLDING, HOLD),
        RELEASED,
    ),
    "taken back and released": (
        held,
        Press("carol", BACK, WHY),
        Press("alice", RELEASE),
        RELEASED,
    ),
    "taken back and held": (
        held,
        Press("carol", BACK, WHY),
        Press("alice", HOLDING, HOLD),
        RELEASED,
    ),
    "taken back by two": (held, Press("carol", BACK, WHY), Press("dora", BACK, WHY), "Nobody holds this any longer"),
    "given on and taken back": (
        held,
        Press("carol", GIVE, WHY | {"reviewer": "bob"}),
        Press("dora", BACK, WHY),
        "Nobody holds this any longer",
    ),
    "approved by two": (
        to_approve,
        Press("carol", APPROVING, APPROVE),
        Press("dora", APPROVING, APPROVE),
        "no review of it waits for approval",
    ),
    "approved and sent back": (
        to_approve,
        Press("carol", APPROVING, APPROVE),
        Press("dora", SENDING, SEND_BACK),
        "no such review to send back",
    ),
    "sent back and approved": (
        to_approve,
        Press("carol", SENDING, SEND_BACK),
        Press("dora", APPROVING, APPROVE),
        "no review of it waits for approval",
    ),
    "settled by two": (
        disputed,
        Press("carol", SETTLING, SETTLE),
        Press("dora", SETTLING, SETTLE),
        "there is nothing to settle",
    ),
    "published by two": (decided, Press("carol", PUBLISH), Press("dora", PUBLISH), "This verdict is public already."),
    "retracted by two": (
        published,
        Press("carol", RETRACT, FORGED),
        Press("dora", RETRACT, FORGED),
        "is retracted already",
    ),
    "reopened by two": (
        published,
        Press("carol", REOPEN, DOUBTS),
        Press("dora", REOPEN, DOUBTS),
        "cannot become reopened",
    ),
    "dismissed by two": (
        triaged,
        Press("carol", DISMISS, DUPLICATE),
        Press("dora", DISMISS, DUPLICATE),
        "This claim is dismissed already.",
    ),
    "unqueued by two": (waiting, Press("carol", UNQUEUE), Press("dora", UNQUEUE), "only what nobody has is taken out"),
    "taken and unqueued": (waiting, Press("alice", TAKE), Press("dora", UNQUEUE), "only what nobody has is taken out"),
    "taken and dismissed": (
        waiting,
        Press("alice", TAKE),
        Press("dora", DISMISS, DUPLICATE),
        "what the reviewers have can no longer be dismissed",
    ),
    # The same end, and nobody has typed anything: the thread says by whom.
    "a note resolved by two": (asked, Press("carol", RESOLVE), Press("dora", RESOLVE), "Carol"),
}


def press(as_: SignedIn, world: World, claim: Claim, button: Press) -> tuple[int, str]:
    """The status of the page to which it leads at last, and its text."""
    ids = {
        "claim": claim.pk,
        "assignment": Assignment.objects.filter(claim=claim).values_list("pk", flat=True).first(),
        "review": Review.objects.filter(assignment__claim=claim).values_list("pk", flat=True).first(),
        "note": claim.notes.values_list("pk", flat=True).first(),
    }
    typed = {name: read(claim) if value == "{reviews}" else value.format(**ids) for name, value in button.typed.items()}
    answer = as_(getattr(world, button.who)).post(button.where.format(**ids), typed, follow=True)
    return answer.status_code, " ".join(unescape(answer.content.decode()).split())


@pytest.mark.parametrize("race", RACES)
def test_one_acts_and_the_other_is_told(world: World, as_: SignedIn, race: str) -> None:
    made, first, second, told = RACES[race]
    claim = made(world)
    before = Event.objects.count()
    status, _page = press(as_, world, claim, first)
    assert status == 200
    after = Event.objects.count()
    assert after > before, "what was done is in the history"
    done = Claim.objects.filter(pk=claim.pk).values("state", "changed_at", "round").get()
    typed = list(Draft.objects.values_list("assignment", "body"))

    status, page = press(as_, world, claim, second)
    assert status in (200, 409)
    assert told in page
    assert Event.objects.count() == after, "nothing was done twice"
    assert Claim.objects.filter(pk=claim.pk).values("state", "changed_at", "round").get() == done
    assert list(Draft.objects.values_list("assignment", "body")) == typed, "nothing that was typed is lost"
