"""Two reviews of one claim while the second is open, each full of words that the other reviewer must not meet."""

from dataclasses import dataclass

from claims.models.claims import Claim
from claims.models.evidence import Evidence
from claims.models.review import Assignment
from claims.rules.workflow import HoldReason
from claims.services import evidence, notes, review
from tests import factories
from tests.factories import World
from workbench.accounts.models import User

FIRST = "quartzite"
SECOND = "heliotrope"
NOTE = {FIRST: "feldspar", SECOND: "hornblende"}  # Editors read notes, whoever wrote them.

SENT_BACK = "wollastonite"
SETTLED = review.Decision("accurate", "unproven", note="So it is.", rationale="The report.")


@dataclass(frozen=True)
class HalfReviewed:
    """The claim, and all rows of it that addresses can name; ``first`` and ``second`` are those of each reviewer."""

    claim: Claim
    first: dict[str, int]
    second: dict[str, int]


def half_reviewed(world: World) -> HalfReviewed:
    """alice has submitted, bob holds it and has written as much; the world needs ``second_review_share=1``."""
    (claim,) = factories.queued_claims(world, 1)
    first = _work(world, claim, world.alice, FIRST)
    typed = factories.answers(rationale=FIRST, attribution_rationale=FIRST, evidence=[], veracity_verdict="misleading")
    review.submit(first["assignment_id"], world.alice, typed)
    claim.refresh_from_db()
    second = _work(world, claim, world.bob, SECOND)
    review.save_draft(second["assignment_id"], world.bob, {"rationale": SECOND, "veracity_verdict": "mostly_true"})
    claim.refresh_from_db()
    assert claim.state == "second_review"
    return HalfReviewed(claim, first, second)


def asked_in_the_first_review(world: World) -> tuple[Claim, dict[str, int]]:
    """alice holds the claim, has asked the editors, and waits; each in words of her own. And the rows of it."""
    (claim,) = factories.queued_claims(world, 1)
    held = review.take(world.alice, claim.pk)
    note = notes.add(claim.pk, NOTE[FIRST], actor=world.alice, kind="question")
    review.hold(held.pk, world.alice, HoldReason.EVIDENCE, note=FIRST)
    return claim, {"claim_id": claim.pk, "assignment_id": held.pk, "note_id": note.pk, "article_id": claim.article_id}


def both_in(half: HalfReviewed) -> None:
    """bob submits his as well, which differs from alice's."""
    bob = Assignment.objects.get(pk=half.second["assignment_id"]).reviewer
    typed = factories.answers(rationale=SECOND, evidence=[], veracity_verdict="mostly_true")
    review.submit(half.second["assignment_id"], bob, typed)
    half.claim.refresh_from_db()
    assert half.claim.state == "adjudication"


def _work(world: World, claim: Claim, person: User, word: str) -> dict[str, int]:
    """Everything that somebody can leave on a claim before submitting, with the word in each of its texts."""
    # Given back once, with a reason, and taken again: that is in the history too.
    review.release(review.take(person, claim.pk).pk, person, reason=word)
    held = review.take(person, claim.pk)
    review.hold(held.pk, person, HoldReason.EVIDENCE, note=word)
    review.resume(held.pk, person)
    pieces = [
        factories.piece(1, url=f"https://{word}.example/report", note=word, quote=word, independence_group=word),
        factories.piece(2, url="", file_name=f"{word}.txt", content=word.encode()),
    ]
    row, _ = evidence.add(claim, pieces, actor=person)
    failed = factories.attempt(row, stored=False)
    evidence.capture_again(row.pk, actor=person)
    stored = factories.attempt(row, word.encode())
    asked = evidence.contact(claim, word, word, actor=person)
    evidence.answer(asked.pk, word, actor=person)
    note = notes.add(claim.pk, NOTE[word], actor=person)
    notes.reply(note.pk, f"Why {NOTE[word]}?", actor=world.carol, claim_id=claim.pk)
    assert failed.evidence_id == stored.evidence_id
    assert Evidence.objects.filter(added_by=person.pk).count() == 2
    assert Assignment.objects.get(pk=held.pk).state == "active"
    return {
        "assignment_id": held.pk,
        "evidence_id": row.pk,
        "capture_id": stored.pk,
        "contact_id": asked.pk,
        "note_id": note.pk,
    }
