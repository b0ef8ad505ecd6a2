"""Drafts in versions: whatever two open pages type, neither writes over the other unseen, and nothing is lost."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.models.desks import Desk
from claims.models.drafts import Draft
from claims.models.review import Assignment
from claims.rules.refusals import Conflict
from claims.rules.workflow import AssignmentRole
from claims.services import review
from tests import factories
from tests.concurrency import at_once
from tests.factories import World, answers, taken


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.fixture
def held(world: World) -> Assignment:
    factories.queued_claims(world, 1)
    return taken(world.alice)


def typed(held: Assignment, words: str, version: int | None = None, page: str = "") -> Draft:
    return review.save_draft(held.pk, held.reviewer, {"rationale": words}, version=version, page=page)


def kept(held: Assignment) -> str:
    claim = Claim.objects.get(pk=held.claim_id)
    return str(review.draft_of(claim, held.reviewer).get("rationale", ""))


def test_a_version_counts_what_changed(held: Assignment) -> None:
    assert typed(held, "One").version == 1
    assert typed(held, "Two", 1).version == 2
    assert typed(held, "Two", 2).version == 2, "the same once more is no change"


def test_the_second_page_is_refused_and_told_what_the_first_one_saved(held: Assignment) -> None:
    typed(held, "One", 0, "left")
    typed(held, "Of the left page", 1, "left")
    with pytest.raises(Conflict) as refused:
        typed(held, "Of the right page", 1, "right")
    assert refused.value.problems[0].code == "draft_changed"
    details = refused.value.details
    assert (details["draft"], details["version"]) == ({"rationale": "Of the left page"}, 2)
    assert details["saved_at"]
    assert kept(held) == "Of the left page"
    # Having seen it, the person decides; now it is the left page that has to look.
    assert typed(held, "Of both", 2, "right").version == 3
    with pytest.raises(Conflict):
        typed(held, "More of the left page", 2, "left")


def test_a_page_whose_answer_got_lost_goes_on(held: Assignment) -> None:
    typed(held, "One", 0, "left")
    typed(held, "Two", 1, "left")
    assert typed(held, "Three", 1, "left").version == 3


def test_the_same_words_are_no_difference(held: Assignment) -> None:
    typed(held, "One", 0, "left")
    assert typed(held, "One", 0, "right").version == 1


def test_who_names_no_version_writes_over_what_is_there(held: Assignment) -> None:
    typed(held, "One", 0, "left")
    assert typed(held, "Two").version == 2


def test_a_claim_given_back_and_taken_again_keeps_counting(world: World, held: Assignment) -> None:
    """The page shows what was typed before; a page that is older than that must not pass for a newer one."""
    typed(held, "One", 0, "left")
    review.release(held.pk, world.alice)
    again = review.take(world.alice, held.claim_id)
    assert typed(again, "Two", 1, "left").version == 2
    with pytest.raises(Conflict):
        typed(again, "Of an old page", 1, "right")


def test_a_review_is_not_handed_in_over_what_another_page_typed(world: World, held: Assignment) -> None:
    typed(held, "One", 0, "left")
    typed(held, "Of the left page", 1, "left")
    with pytest.raises(Conflict) as refused:
        review.submit(held.pk, world.alice, answers(), version=1, page="right")
    assert refused.value.problems[0].code == "draft_changed"
    assert kept(held) == "Of the left page"
    submitted, verdict = review.submit(held.pk, world.alice, answers(), version=2, page="right")
    assert submitted.rationale == answers().rationale
    assert verdict is not None


def test_what_another_page_types_after_the_review_is_in_is_told_and_can_be_kept(world: World, held: Assignment) -> None:
    typed(held, "One", 0, "left")
    review.submit(held.pk, world.alice, answers(), version=1, page="left")
    assert kept(held) == ""
    assert not review.stranded(world.alice).exists()
    with pytest.raises(Conflict) as refused:
        typed(held, "Late", 1, "right")
    assert "submitted this review in another window" in str(refused.value)
    typed(held, "Late", refused.value.details["version"], "right")
    assert [draft.body for draft in review.stranded(world.alice)] == [{"rationale": "Late"}]


def test_what_a_page_took_over_from_the_time_before_goes_in_with_the_review(world: World, held: Assignment) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(approval_required=True)
    typed(held, "One", 0, "left")
    Assignment.objects.filter(pk=held.pk).update(lease_until=Now() - timedelta(seconds=1))
    review.expire()
    assert review.stranded(world.alice).exists()
    again = review.take(world.alice, held.claim_id)
    assert not review.stranded(world.alice).exists(), "the page has it"
    review.submit(again.pk, world.alice, answers(), version=1, page="left")
    assert kept(held) == ""
    assert not review.stranded(world.alice).exists()
    review.request_changes(held.claim_id, world.carol, "Look again.", role=AssignmentRole.FIRST)
    assert kept(held) == "", "and does not come back"


def test_a_late_draft_is_kept_and_a_late_review_does_not_write_over_a_newer_one(world: World, held: Assignment) -> None:
    typed(held, "One", 0, "left")
    Assignment.objects.filter(pk=held.pk).update(lease_until=Now() - timedelta(seconds=1))
    assert review.expire() == 1
    assert typed(held, "After the lease", 1, "left").version == 2
    with pytest.raises(Conflict) as refused:
        review.submit(held.pk, world.alice, answers(), version=1, page="right")
    assert refused.value.problems[0].code == "draft_changed"
    assert kept(held) == "After the lease"
    with pytest.raises(Conflict) as late:
        review.submit(held.pk, world.alice, answers(), version=2, page="right")
    assert late.value.problems[0].code == "not_active"
    assert kept(held) == answers().rationale


@pytest.mark.django_db(transaction=True)
def test_of_two_pages_at_the_same_moment_one_is_kept_and_the_other_is_told(world: World, held: Assignment) -> None:
    typed(held, "One", 0, "left")

    def save(page: str) -> str:
        try:
            return f"saved as {typed(held, f'Of the {page} page', 1, page).version}"
        except Conflict as conflict:
            return str(conflict.details["draft"]["rationale"])

    results = at_once([lambda page=page: save(page) for page in ("right", "middle")])  # type: ignore[misc]  # a default
    assert "saved as 2" in results
    assert sorted(results) == sorted(["saved as 2", kept(held)])


@pytest.mark.django_db(transaction=True)
def test_the_same_save_ten_times_at_once_acts_once(world: World, held: Assignment) -> None:
    typed(held, "One", 0, "left")
    versions = at_once([lambda: typed(held, "Two", 1, "left").version] * 10)
    assert versions == [2] * 10
