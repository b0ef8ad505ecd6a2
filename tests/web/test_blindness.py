"""While a second review is open, no page holds a word of the other one; the walk is over the map of addresses."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from claims.models.desks import Role
from claims.models.review import Unblinding
from claims.rules.workflow import AssignmentRole
from claims.services import review
from claims.web.urls import urlpatterns
from tests import factories
from tests.blind import (
    FIRST,
    NOTE,
    SECOND,
    SENT_BACK,
    SETTLED,
    HalfReviewed,
    asked_in_the_first_review,
    both_in,
    half_reviewed,
)
from tests.factories import World
from tests.web.conftest import SignedIn


@pytest.fixture
def world(db: None) -> World:
    return factories.world(second_review_share=1.0)


@pytest.fixture
def half(world: World) -> HalfReviewed:
    return half_reviewed(world)


def walk(client: Client, ids: dict[str, int | str]) -> dict[str, str]:
    """What each page answers that opens, by its name; addresses that need another row are left out."""
    found = {}
    for route in urlpatterns:
        if not set(route.pattern.converters) <= set(ids):
            continue
        where = reverse(f"web:{route.name}", kwargs={key: ids[key] for key in route.pattern.converters})
        answer: Any = client.get(where, follow=True)
        if answer.status_code == 200:
            found[str(route.name)] = answer.getvalue().decode(errors="replace")
    return found


def ids_of(half: HalfReviewed, rows: dict[str, int]) -> dict[str, int | str]:
    return {"claim_id": half.claim.pk, "article_id": half.claim.article_id, "slug": half.claim.desk.slug, **rows}


def test_the_second_reviewer_meets_no_word_of_the_first(world: World, as_: SignedIn, half: HalfReviewed) -> None:
    pages = walk(as_(world.bob), ids_of(half, half.first))
    assert {"claim", "claim_history", "desk", "article", "notes"} <= set(pages)
    assert "capture" not in pages, "a copy of the other's evidence opened"
    for name, page in pages.items():
        # The scale offers every rating, to everybody.
        for word in (FIRST, NOTE[FIRST], "misleading"):
            assert word not in page.replace('value="misleading"', ""), (name, word)
    # On the claim's page she is one of those who can be mentioned.
    assert "Alice" not in pages["claim_history"]


def test_nor_the_first_of_the_second(world: World, as_: SignedIn, half: HalfReviewed) -> None:
    for name, page in walk(as_(world.alice), ids_of(half, half.second)).items():
        assert SECOND not in page, name


@pytest.mark.parametrize("who", ["carol", "dora", "ruth"])
def test_nor_anybody_else_of_either(world: World, as_: SignedIn, half: HalfReviewed, who: str) -> None:
    """Whoever looks on may be the next to review it."""
    for rows in (half.first, half.second):
        for name, page in walk(as_(getattr(world, who)), ids_of(half, rows)).items():
            assert FIRST not in page, name
            assert SECOND not in page, name


def test_an_editor_who_reads_the_first_reviewers_words_is_no_blind_second(world: World, as_: SignedIn) -> None:
    claim, ids = asked_in_the_first_review(world)
    carol, telling = as_(world.carol), []
    for route in urlpatterns:
        if not set(route.pattern.converters) <= set(ids):
            continue
        where = reverse(f"web:{route.name}", kwargs={key: ids[key] for key in route.pattern.converters})
        with transaction.atomic():
            answer: Any = carol.get(where)
            page = answer.getvalue().decode(errors="replace") if answer.status_code == 200 else ""
            read = Unblinding.objects.filter(claim=claim, user=world.carol).exists()
            transaction.set_rollback(True)
        if FIRST in page or NOTE[FIRST] in page:
            telling.append(route.name)
            assert read, route.name
    assert {"claim", "notes", "desk", "held", "assignment"} <= set(telling)


def test_the_history_tells_no_counts(world: World, as_: SignedIn, half: HalfReviewed) -> None:
    page = as_(world.carol).get(f"/claims/{half.claim.pk}/history/").content.decode()
    for sentence in ("Evidence added", "Review submitted", "Claimant asked", "Copy of the evidence"):
        assert sentence not in page
    assert "Put before a second reviewer" in page


def test_what_belongs_to_the_other_cannot_be_answered_or_asked_for_again(
    world: World, as_: SignedIn, half: HalfReviewed
) -> None:
    bob = as_(world.bob)
    desk = f"/desk/claims/{half.claim.pk}"
    answer = bob.post(f"{desk}/claimant/{half.first['contact_id']}/", {"answer": "Yes."})
    again = bob.post(f"{desk}/evidence/{half.first['evidence_id']}/capture/")
    assert (answer.status_code, again.status_code) == (404, 404)


def test_both_see_all_of_it_once_it_is_settled(world: World, as_: SignedIn, half: HalfReviewed) -> None:
    both_in(half)
    assert as_(world.bob).get(f"/captures/{half.first['capture_id']}/").status_code == 404
    review.adjudicate(half.claim.pk, world.carol, SETTLED)
    page = as_(world.alice).get(f"/claims/{half.claim.pk}/history/").content.decode()
    assert page.count("Review submitted") == 2
    assert as_(world.bob).get(f"/captures/{half.first['capture_id']}/").status_code == 200


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("role", ["first", "second"])
def test_whose_review_is_sent_back_meets_no_word_of_the_other(
    world: World, as_: SignedIn, half: HalfReviewed, role: str, begun: bool
) -> None:
    """Nor anybody else: who gives it up is followed by somebody who has to be blind as well."""
    both_in(half)
    asked = review.request_changes(half.claim.pk, world.carol, SENT_BACK, role=AssignmentRole(role))
    if begun:
        review.save_draft(asked.pk, asked.reviewer, {"rationale": "More."})
    theirs, foreign, word = {
        "first": (half.first, half.second, SECOND),
        "second": (half.second, half.first, FIRST),
    }[role]
    for rows in (theirs, foreign):
        for name, page in walk(as_(asked.reviewer), ids_of(half, rows)).items():
            assert word not in page, name
            assert NOTE[word] not in page, name
    assert SENT_BACK in walk(as_(asked.reviewer), ids_of(half, theirs))["claim"]
    for name, page in walk(as_(world.ruth), ids_of(half, theirs)).items():
        for hidden in (FIRST, SECOND, SENT_BACK, *NOTE.values()):
            assert hidden not in page, (name, hidden)


SENTENCE = "Review sent back to its writer"


@pytest.mark.parametrize("role", ["first", "second"])
def test_that_it_was_sent_back_stands_in_the_history_of_its_writer_and_of_who_judges(
    world: World, as_: SignedIn, half: HalfReviewed, role: str
) -> None:
    both_in(half)
    judge = factories.member(world.desk, "erin", Role.EDITOR)
    review.dispute_of(half.claim, judge)
    asked = review.request_changes(half.claim.pk, world.carol, SENT_BACK, role=AssignmentRole(role))
    where = f"/claims/{half.claim.pk}/history/"
    (other,) = {world.alice, world.bob} - {asked.reviewer}
    for person, knows in (
        (asked.reviewer, True), (world.carol, True), (judge, True),
        (other, False), (world.dora, False), (world.ruth, False),
    ):  # fmt: skip
        page = as_(person).get(where).content.decode()
        assert (SENTENCE in page) == knows, person
        if person not in (world.carol, world.dora):
            assert SENT_BACK not in page, person
    for name, page in walk(as_(other), ids_of(half, half.first)).items():
        assert SENTENCE not in page, name
        assert SENT_BACK not in page, name
