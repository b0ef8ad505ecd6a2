"""What reviewers mark: taken over, typed otherwise, refused, compared, and never changed."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from claims.models.claims import Attribution, Claim
from claims.models.markings import ReviewSpan
from claims.rules.refusals import Refused
from claims.rules.workflow import AssignmentRole
from claims.services import attributions, review
from claims.services.review import markings
from tests import factories
from tests.factories import World, answers


@pytest.fixture
def world(db: None) -> World:
    return factories.world(second_review_share=1.0)


@pytest.fixture
def claim(world: World) -> Claim:
    return factories.queued_claims(world, 1)[0]


def content(claim: Claim) -> review.Marking:
    return next(marking for marking in review.markings_of(claim) if marking.role == "content")


def submits(claim: Claim, person: Any, **fields: Any) -> Any:
    held = review.take(person, claim.pk)
    return review.submit(held.pk, person, answers(**fields))


def state(claim: Claim) -> str:
    return Claim.objects.get(pk=claim.pk).state


def test_what_is_not_said_stays_as_it_is_marked(world: World, claim: Claim) -> None:
    made, _ = submits(claim, world.alice)
    stored = {(row.attribution_id, row.role, row.start, row.end) for row in made.spans.all()}
    marked = {(*marking.place, *span) for marking in review.markings_of(claim) for span in marking.spans}
    assert stored == marked
    assert len(marked) == 3
    submits(claim, world.bob)
    assert state(claim) == "decided"


def test_other_words_send_it_to_an_adjudicator_although_the_verdicts_agree(world: World, claim: Claim) -> None:
    marking = content(claim)
    words = " ".join(marking.words.split()[1:])
    submits(claim, world.alice)
    made, verdict = submits(claim, world.bob, spans={marking.place: words})
    assert (verdict, state(claim)) == (None, "adjudication")
    (span,) = made.spans.filter(role="content")
    assert marking.text[span.start : span.end] == words
    claim.refresh_from_db()
    dispute = review.dispute_of(claim, world.carol)
    assert "spans" in dispute.differences
    assert [(each.marking.role, each.same) for each in dispute.marked] == [
        ("source", True), ("cue", True), ("content", False),
    ]  # fmt: skip
    first, second = dispute.marked[2].sides
    assert [piece.text for piece in first if not piece.shared] == [marking.words.split()[0] + " "]
    assert all(piece.shared for piece in second)


def test_blanks_and_points_at_the_edge_are_no_difference(world: World, claim: Claim) -> None:
    marking = content(claim)
    (start, end), *_ = marking.spans
    submits(claim, world.alice)
    submits(claim, world.bob, spans={marking.place: [(start - 1, end)]})
    assert state(claim) == "decided"


def test_a_review_is_held_against_what_is_marked_in_the_article(world: World, claim: Claim) -> None:
    marking = content(claim)
    (start, end), *_ = marking.spans
    made, _ = submits(claim, world.alice)
    assert all(each.same for each in review.compared_with_article(claim, made))
    attributions.correct(marking.attribution.pk, {"content": ((start + 7, end),)}, actor=world.carol)
    *_, changed = review.compared_with_article(claim, made)
    assert (changed.same, changed.spans) == (False, ([(start, end)], [(start + 7, end)]))


def test_what_is_not_said_is_what_the_pages_show(world: World, claim: Claim) -> None:
    """The statement that does without the article's text, and the queryset that has it."""
    article = factories.ready_article(world)
    carried = Claim.objects.filter(article=article)
    claims = [claim, *carried]
    rejected = carried.filter(attributions__isnull=False).order_by("pk")[0].attributions.get()
    Attribution.objects.filter(pk=rejected.pk).update(
        decision="rejected", decided_by=world.carol, decided_at=claim.created_at
    )
    for each in claims:
        shown = {marking.place: marking.spans for marking in review.markings_of(each)}
        assert markings.marks(each, {}) == (shown, False, [])
    assert any(not markings.marks(each, {})[0] for each in claims)
    assert any(len(markings.marks(each, {})[0]) >= 3 for each in claims)


def test_a_review_that_marks_nothing_is_not_held_against_the_article(world: World, claim: Claim) -> None:
    made, _ = factories.reviewed_twice(claim, (world.alice, "true"), (world.bob, "true"))
    assert review.compared_with_article(claim, made) == []


def test_several_stretches_and_no_source(world: World, claim: Claim) -> None:
    marking = content(claim)
    first, last = marking.words.split()[0], marking.words.split()[-1]
    made, _ = submits(claim, world.alice, spans={marking.place: f"{first} … {last}", (marking.place[0], "source"): ""})
    assert made.spans.filter(role="content").count() == 2
    assert not made.spans.filter(role="source").exists()


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ("nowhere to be found", "span_", "does not stand in the article"),
        ("", "span_", "cannot be empty"),
        ([(5, 5)], "spans", "empty"),
        ([(0, 10**9)], "spans", "leaves the article"),
        ([(0, 9), (4, 12)], "spans", "overlaps"),
        ([(n * 2, n * 2 + 1) for n in range(51)], "spans", "at most 50"),
    ],
)
def test_what_cannot_be_marked_is_named_and_kept(world: World, claim: Claim, said: Any, field: str, words: str) -> None:
    held, place = review.take(world.alice, claim.pk), content(claim).place
    with pytest.raises(Refused, match=words) as refused:
        review.submit(held.pk, world.alice, answers(spans={place: said}))
    assert refused.value.problems[0].field.startswith(field)
    kept = review.draft_of(claim, world.alice)
    assert kept[f"span_{place[0]}_content"] == said if isinstance(said, str) else len(kept["spans"]) == len(said)


def test_an_attribution_of_another_claim_is_refused(world: World, claim: Claim) -> None:
    (other,) = factories.queued_claims(world, 1)
    held = review.take(world.alice, claim.pk)
    with pytest.raises(Refused, match="of this claim"):
        review.submit(held.pk, world.alice, answers(spans={content(other).place: [(0, 3)]}))


def test_an_attribution_that_is_corrected_in_between_is_compared_as_each_saw_it(world: World, claim: Claim) -> None:
    submits(claim, world.alice)
    marking = content(claim)
    (start, end), *_ = marking.spans
    attributions.correct(marking.attribution.pk, {"content": ((start + 7, end),)}, actor=world.carol)
    submits(claim, world.bob)
    assert state(claim) == "adjudication"


def test_too_many_stretches_are_refused_before_they_are_searched_for(
    world: World, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    marking = content(claim)
    searched: list[str] = []

    def located(_text: str, words: str, _near: int) -> list[Any]:
        searched.append(words)
        return []

    monkeypatch.setattr("claims.rules.markings.located", located)
    with pytest.raises(Refused) as refused:
        submits(claim, world.alice, spans={marking.place: " … ".join(["bridge"] * 51)})
    assert refused.value.problems[0].message == "Mark the content in at most 50 stretches."
    assert searched == []


def test_an_answer_has_marks_of_its_own(world: World, claim: Claim) -> None:
    marking = content(claim)
    words = " ".join(marking.words.split()[1:])
    submits(claim, world.alice)
    submits(claim, world.bob, spans={marking.place: words})
    held = review.request_changes(claim.pk, world.carol, "Look at the words.", role=AssignmentRole.FIRST)
    made, verdict = review.submit(held.pk, world.alice, answers(evidence=[], spans={marking.place: words}))
    assert verdict is not None
    before = review.marked_in([made.assignment.reviews.get(number=1)])
    assert marking.place in next(iter(before.values()))


def test_marks_come_with_the_review_and_stay(world: World, claim: Claim) -> None:
    made, _ = submits(claim, world.alice)
    row = made.spans.first()
    again = {"review": made, "attribution_id": row.attribution_id, "role": "cue", "start": 0, "end": 1}
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewSpan.objects.create(**again)
    for step in (lambda: made.spans.update(end=99), made.spans.all().delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            step()
