"""What the deciding reviews mark becomes what is marked in the article, with an event, and no person overruled."""

from typing import Any

import pytest
from django.db import transaction

from claims.models.claims import Attribution, Claim
from claims.models.events import Event
from claims.models.review import Review
from claims.rules.refusals import Forbidden, Refused
from claims.services import attributions, claims, conflicts, desks, evidence, review
from claims.services.review import markings
from sources import services as register
from sources.models import Source
from tests import factories
from tests.factories import World, answers
from tests.returns import state


@pytest.fixture
def world(db: None) -> World:
    """One review decides."""
    return factories.world(second_review_share=0.0)


@pytest.fixture
def claim(world: World) -> Claim:
    return factories.queued_claims(world, 1)[0]


def content(claim: Claim) -> review.Marking:
    return next(marking for marking in review.markings_of(claim) if marking.role == "content")


def submits(claim: Claim, person: Any, **fields: Any) -> Review:
    return review.submit(review.take(person, claim.pk).pk, person, answers(**fields))[0]


def shorter(claim: Claim, words: int = 1) -> str:
    """The content without its first words."""
    return " ".join(content(claim).words.split()[words:])


def cut(claim: Claim, person: Any, words: int) -> str:
    """The person takes the first words out of the content in the article; what is left of it."""
    start = content(claim).text.index(left := shorter(claim, words))
    change = {"content": ((start, start + len(left)),)}
    attributions.correct(content(claim).attribution.pk, change, actor=person)
    assert content(claim).words == left
    return left


def marks(claim: Claim, words: str) -> dict[Any, str]:
    return {content(claim).place: words}


def told(claim: Claim) -> list[Event]:
    return list(Event.objects.of("claim", claim.pk).filter(kind="claim.marked"))


def corrections(claim: Claim) -> list[Event]:
    return list(Event.objects.of("article", claim.article_id).filter(kind="attribution.corrected"))


def decision(claim: Claim, **chosen: Any) -> review.Decision:
    return review.Decision("accurate", "false", note="The report is clear.", **chosen)


def chosen(claim: Claim, holds: str, **changed: int) -> review.Decision:
    attribution = content(claim).attribution
    return decision(
        claim, markings={attribution.pk: review.Choice(holds, **{"version": attribution.version} | changed)}
    )


def test_a_review_that_decides_corrects_the_attribution_and_says_so(world: World, claim: Claim) -> None:
    words, label = shorter(claim), content(claim).attribution.label
    made = submits(claim, world.alice, spans=marks(claim, words))
    assert (state(claim), content(claim).words) == ("decided", words)
    attribution = content(claim).attribution
    assert (attribution.decision, attribution.decided_by) == ("corrected", world.alice)
    (event,) = corrections(claim)
    assert event.reason == f"As the review marks it: claim {claim.label}."
    assert (event.data["claim"], event.data["reviews"]) == (claim.pk, [made.pk])
    assert event.data["from"]["content"] != event.data["to"]["content"]
    (step,) = told(claim)
    assert step.reason == f"{label} is corrected."
    assert step.data == {"corrected": [attribution.pk], "kept": []}
    assert made.spans.count() == 3


def test_what_is_left_as_it_was_is_no_decision_on_the_attribution(world: World, claim: Claim) -> None:
    (start, end), *_ = content(claim).spans
    submits(claim, world.alice, spans={content(claim).place: [(start - 1, end)]})
    assert state(claim) == "decided"
    assert (told(claim), corrections(claim)) == ([], [])
    assert content(claim).attribution.decision == "unseen"


def test_two_that_agree_correct_it_and_nothing_is_seen_before(world: World, claim: Claim) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    before, words = content(claim).words, shorter(claim)
    submits(claim, world.alice, spans=marks(claim, words))
    assert (state(claim), content(claim).words) == ("second_review", before)
    assert not corrections(claim)
    submits(claim, world.bob, spans=marks(claim, words + "."))
    assert (state(claim), content(claim).words) == ("decided", words)
    assert corrections(claim)[0].reason == f"As both reviews mark it: claim {claim.label}."
    assert len(corrections(claim)[0].data["reviews"]) == 2
    claim.refresh_from_db()
    assert "claim.marked" in [event.kind for event in evidence.history(claim, world.alice)]


def test_an_approved_review_corrects_it(world: World, claim: Claim) -> None:
    desks.change(world.desk, actor=world.dora, approval_required=True)
    before, words = content(claim).words, shorter(claim)
    submits(claim, world.alice, spans=marks(claim, words))
    assert content(claim).words == before
    review.approve(claim.pk, world.carol)
    assert content(claim).words == words
    assert content(claim).attribution.decided_by == world.carol


def test_what_somebody_corrected_meanwhile_stays_with_an_event(world: World, claim: Claim) -> None:
    held, words = review.take(world.alice, claim.pk), shorter(claim)
    theirs, label = cut(claim, world.carol, 2), content(claim).attribution.label
    review.submit(held.pk, world.alice, answers(spans=marks(claim, words)))
    assert (state(claim), content(claim).words) == ("decided", theirs)
    assert len(corrections(claim)) == 1
    (step,) = told(claim)
    assert step.reason == f"{label} stays as it is: somebody changed it meanwhile."
    assert step.data == {"corrected": [], "kept": [content(claim).attribution.pk]}


def test_what_was_corrected_before_the_claim_was_taken_is_the_reviewers_to_correct(world: World, claim: Claim) -> None:
    cut(claim, world.carol, 1)
    words = shorter(claim)
    submits(claim, world.alice, spans=marks(claim, words))
    assert content(claim).words == words


def test_marks_that_are_no_attribution_are_refused_at_their_field(world: World, claim: Claim) -> None:
    held, place = review.take(world.alice, claim.pk), content(claim).place
    for said, field in (("", f"span_{place[0]}_cue"), ([], "spans")):
        with pytest.raises(Refused, match="link this source") as refused:
            review.submit(held.pk, world.alice, answers(spans={(place[0], "cue"): said}))
        assert [problem.field for problem in refused.value.problems] == [field]
    assert state(claim) == "in_review"


def test_a_review_from_before_marks_had_to_stand_changes_nothing_and_says_why(
    world: World, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    pk, before = content(claim).attribution.pk, content(claim).words
    monkeypatch.setattr(markings, "_standing", lambda *_: [])
    submits(claim, world.alice, spans=marks(claim, shorter(claim)) | {(pk, "cue"): ""})
    assert (state(claim), content(claim).words) == ("decided", before)
    assert told(claim)[0].data["kept"] == [pk]
    assert "stays as it is: Mark the words that link this source to its content." in told(claim)[0].reason


def test_what_a_reviewer_corrected_after_their_review_is_newer_than_it(world: World, claim: Claim) -> None:
    desks.change(world.desk, actor=world.dora, approval_required=True)
    submits(claim, world.alice, spans=marks(claim, shorter(claim)))
    theirs = cut(claim, world.alice, 2)
    review.approve(claim.pk, world.carol)
    assert (state(claim), content(claim).words) == ("decided", theirs)
    assert told(claim)[0].data["kept"] == [content(claim).attribution.pk]


def test_what_a_reviewer_corrected_before_their_review_is_theirs_to_mark_otherwise(world: World, claim: Claim) -> None:
    held, words = review.take(world.alice, claim.pk), shorter(claim)
    cut(claim, world.alice, 2)
    review.submit(held.pk, world.alice, answers(spans=marks(claim, words)))
    assert (state(claim), content(claim).words) == ("decided", words)


# --- Who speaks -------------------------------------------------------------------------------------------------------


def named(claim: Claim, words: str) -> dict[Any, str]:
    return {(content(claim).attribution.pk, "source"): words}


@pytest.fixture
def speaker(db: None) -> Source:
    """Whom "Speaker" names, and "Speaker 0" does not."""
    return register.create("person", "Speaker")


def test_who_stands_near_whom_a_review_marks_cannot_approve_it(world: World, claim: Claim, speaker: Source) -> None:
    desks.change(world.desk, actor=world.dora, approval_required=True)
    conflicts.declare(world.desk.pk, speaker, actor=world.carol)
    submits(claim, world.alice, spans=named(claim, "Speaker"))
    with pytest.raises(Forbidden, match="conflict of interest with Speaker"), transaction.atomic():
        review.approve(claim.pk, world.carol)
    assert (state(claim), corrections(claim)) == ("submitted", [])
    review.approve(claim.pk, world.dora)
    assert content(claim).attribution.resolved_sources.get().source == speaker


def test_who_stands_near_whom_both_mark_cannot_settle_it(world: World, claim: Claim, speaker: Source) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    conflicts.declare(world.desk.pk, speaker, actor=world.carol)
    for person, rating in ((world.alice, "false"), (world.bob, "true")):
        submits(claim, person, veracity_verdict=rating, spans=named(claim, "Speaker"))
    with pytest.raises(Forbidden, match="conflict of interest with Speaker"), transaction.atomic():
        review.adjudicate(claim.pk, world.carol, decision(claim))
    assert (state(claim), corrections(claim)) == ("adjudication", [])
    review.adjudicate(claim.pk, world.dora, decision(claim))
    assert state(claim) == "decided"


def test_a_speaker_whom_somebody_confirmed_stays_where_fewer_words_name_them(world: World, claim: Claim) -> None:
    bell = register.create("person", "Anna Bell")
    claims.confirm_source(content(claim).attribution.pk, bell, actor=world.carol)
    submits(claim, world.alice, spans=named(claim, "Speaker"))
    assert state(claim) == "decided"
    assert len(corrections(claim)) == 1
    link = content(claim).attribution.resolved_sources.get()
    assert (link.source, link.confirmed_by) == (bell, world.carol)


def test_a_speaker_whom_somebody_confirmed_goes_where_other_words_name_another(world: World) -> None:
    claim, other = factories.queued_claims(world, 2)
    row, there = content(claim).attribution, content(other).attribution.spans.get(role="source")
    claims.confirm_source(row.pk, register.create("person", "Anna Bell"), actor=world.carol)
    submits(claim, world.alice, spans={(row.pk, "source"): [(there.start, there.end)]})
    assert len(corrections(claim)) == 1
    assert not row.resolved_sources.exists()


# --- A statement that carries several claims --------------------------------------------------------------------------


@pytest.fixture
def both(world: World) -> tuple[Claim, Claim]:
    """Two claims of one attribution: one review decides on the first, the second is reviewed twice."""
    alone, twice = factories.queued_claims(world, 2)
    twice.links.update(attribution=alone.attributions.get())
    review.review_twice(twice.pk, actor=world.carol, wanted=True)
    return alone, twice


def test_nothing_is_corrected_while_another_of_its_claims_is_reviewed_blind(
    world: World, both: tuple[Claim, Claim]
) -> None:
    alone, twice = both
    before, words, attribution = content(alone).words, shorter(alone), content(alone).attribution
    submits(twice, world.alice)
    submits(alone, world.alice, spans=marks(alone, words))
    assert (state(alone), state(twice), content(twice).words) == ("decided", "second_review", before)
    assert (corrections(alone), content(twice).attribution.version) == ([], attribution.version)
    assert told(alone)[0].reason == f"{attribution.label} waits until its other claims are decided."
    submits(twice, world.bob)
    assert (state(twice), content(twice).words) == ("decided", words)
    (event,) = corrections(alone)
    assert (event.reason, event.actor) == (f"As the review marks it: claim {alone.label}.", world.bob)
    assert event.data["claim"] == alone.pk
    assert [step.reason for step in told(alone)[1:]] == [f"{attribution.label} is corrected."]


def test_what_waited_gives_way_to_what_the_later_decision_marks(world: World, both: tuple[Claim, Claim]) -> None:
    alone, twice = both
    words = shorter(twice, 2)
    submits(twice, world.alice, spans=marks(twice, words))
    submits(alone, world.alice, spans=marks(alone, shorter(alone)))
    submits(twice, world.bob, spans=marks(twice, words))
    assert (state(twice), content(twice).words) == ("decided", words)
    assert "stays as it is: somebody changed it meanwhile." in told(alone)[-1].reason


def test_what_was_rejected_meanwhile_does_not_come_back(world: World, both: tuple[Claim, Claim]) -> None:
    alone, twice = both
    attribution = content(alone).attribution
    submits(twice, world.alice)
    submits(alone, world.alice, spans=marks(alone, shorter(alone)))
    attributions.reject(attribution.pk, actor=world.carol)
    submits(twice, world.bob)
    attribution.refresh_from_db()
    assert (state(twice), attribution.decision) == ("decided", "rejected")
    assert told(alone)[-1].data["kept"] == [attribution.pk]


def test_what_waits_for_approval_is_waited_for_as_well(world: World, both: tuple[Claim, Claim]) -> None:
    alone, twice = both
    desks.change(world.desk, actor=world.dora, approval_required=True)
    review.review_twice(twice.pk, actor=world.carol, wanted=False)
    before, words = content(alone).words, shorter(alone)
    submits(alone, world.alice, spans=marks(alone, words))
    submits(twice, world.bob)
    review.approve(alone.pk, world.carol)
    assert (state(alone), content(alone).words) == ("decided", before)
    review.approve(twice.pk, world.carol)
    assert content(alone).words == words


def test_what_an_adjudicator_chose_waits_and_is_corrected_by_whoever_settles_the_other(
    world: World, both: tuple[Claim, Claim]
) -> None:
    alone, twice = both
    review.review_twice(alone.pk, actor=world.carol, wanted=True)
    before, words, attribution = content(alone).words, shorter(alone), content(alone).attribution
    submits(alone, world.alice)
    submits(alone, world.bob, spans=marks(alone, words))
    for person, rating in ((world.alice, "false"), (world.bob, "true")):
        submits(twice, person, veracity_verdict=rating)
    made = review.adjudicate(alone.pk, world.carol, chosen(alone, "second"))
    assert (made.markings, content(alone).words) == ({str(attribution.pk): "second"}, before)
    review.adjudicate(twice.pk, world.dora, decision(twice))
    assert content(alone).words == words
    assert corrections(alone)[0].reason == f"As the second review marks it, settled by Carol: claim {alone.label}."


# --- Two that differ --------------------------------------------------------------------------------------------------


@pytest.fixture
def disputed(world: World, claim: Claim) -> Claim:
    """alice leaves the words as they are marked, bob's are fewer."""
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    submits(claim, world.alice)
    submits(claim, world.bob, spans=marks(claim, shorter(claim)))
    assert state(claim) == "adjudication"
    return claim


@pytest.mark.parametrize(("holds", "fewer"), [("first", 0), ("second", 1), ("article", 0)])
def test_the_adjudicator_chooses_whose_marking_holds(world: World, disputed: Claim, holds: str, fewer: int) -> None:
    words = shorter(disputed, fewer)
    made = review.adjudicate(disputed.pk, world.carol, chosen(disputed, holds))
    assert content(disputed).words == words
    assert made.markings == {str(content(disputed).attribution.pk): holds}
    assert [event.reason for event in corrections(disputed)] == [
        f"As the second review marks it, settled by Carol: claim {disputed.label}."
    ] * fewer


def test_without_a_choice_nothing_is_settled(world: World, disputed: Claim) -> None:
    other = Attribution.objects.exclude(claims=disputed).first()
    wrong = [decision(disputed), chosen(disputed, "neither")]
    wrong += [decision(disputed, markings={(other.pk if other else 0): review.Choice("first", 1)})]
    for each in wrong:
        with pytest.raises(Refused, match=r"Choose whose marking of A\d+ holds") as refused:
            review.adjudicate(disputed.pk, world.carol, each)
        assert {problem.field for problem in refused.value.problems} == {"markings"}
    assert state(disputed) == "adjudication"


def test_what_was_changed_since_the_adjudicator_read_it_stays(world: World, disputed: Claim) -> None:
    read = chosen(disputed, "second")
    theirs = cut(disputed, world.dora, 2)
    made = review.adjudicate(disputed.pk, world.carol, read)
    assert (content(disputed).words, made.markings) == (theirs, {str(content(disputed).attribution.pk): "kept"})
    assert told(disputed)[0].data["kept"] == [content(disputed).attribution.pk]


def test_what_they_agree_on_is_corrected_although_their_verdicts_differ(world: World, claim: Claim) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    words = shorter(claim)
    for person, rating in ((world.alice, "false"), (world.bob, "true")):
        submits(claim, person, veracity_verdict=rating, spans=marks(claim, words))
    made = review.adjudicate(claim.pk, world.carol, decision(claim))
    assert (content(claim).words, made.markings) == (words, {})
    assert corrections(claim)[0].reason == f"As both reviews mark it: claim {claim.label}."
