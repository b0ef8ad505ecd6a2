"""What reviewers mark, in the form and beside each other."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from claims.models.claims import Claim
from claims.models.drafts import Draft
from claims.models.review import Assignment, Review
from claims.rules.workflow import AssignmentRole
from claims.services import review
from tests import factories
from tests.factories import World
from tests.returns import read
from tests.web.conftest import SignedIn
from tests.web.test_review import answers


@pytest.fixture
def world(db: None) -> World:
    return factories.world(second_review_share=1.0)


@pytest.fixture
def held(world: World) -> Assignment:
    factories.queued_claims(world, 1)
    return factories.taken(world.alice)


@pytest.fixture
def alice(world: World, as_: SignedIn) -> Client:
    return as_(world.alice)


def content(held: Assignment, role: str = "content") -> review.Marking:
    claim = Claim.objects.get(pk=held.claim_id)
    return next(marking for marking in review.markings_of(claim) if marking.role == role)


def as_marked(held: Assignment, **changed: str) -> dict[str, Any]:
    """The whole form as a browser sends it."""
    marked = {each.name: each.words for each in review.markings_of(Claim.objects.get(pk=held.claim_id))}
    return answers(veracity_verdict="false") | marked | changed


def test_the_form_has_the_words_as_they_are_marked(alice: Client, held: Assignment) -> None:
    page = alice.get(f"/desk/claims/{held.claim_id}/").content.decode()
    for marking in review.markings_of(Claim.objects.get(pk=held.claim_id)):
        assert f'name="{marking.name}"' in page
        assert f">\n{marking.words}</textarea>" in page


def test_other_words_are_kept_while_typing_and_handed_in(alice: Client, held: Assignment) -> None:
    marking = content(held)
    shorter = " ".join(marking.words.split()[1:])
    where = f"/desk/claims/{held.claim_id}"
    alice.post(f"{where}/draft/", as_marked(held, **{marking.name: shorter}))
    kept = Draft.objects.get().body
    assert kept[marking.name] == shorter
    assert [name for name in kept if name.startswith("span_")] == [marking.name]
    assert f">\n{shorter}</textarea>" in alice.get(f"{where}/").content.decode()
    assert alice.post(f"{where}/submit/", as_marked(held, **{marking.name: shorter})).status_code == 302
    (span,) = Review.objects.get().spans.filter(role="content")
    assert marking.text[span.start : span.end] == shorter


def test_what_is_emptied_stays_empty_while_typing_and_when_it_comes_back(
    world: World, alice: Client, held: Assignment
) -> None:
    marking = content(held, "source")
    where, empty = f"/desk/claims/{held.claim_id}", f'name="{marking.name}"'
    alice.post(f"{where}/draft/", as_marked(held, **{marking.name: ""}))
    assert Draft.objects.get().body[marking.name] == ""

    def shown() -> str:
        page = alice.get(f"{where}/").content.decode()
        return page[page.index(empty) :].split(">", 1)[1].split("</textarea>")[0].strip()

    assert shown() == ""
    assert alice.post(f"{where}/submit/", as_marked(held, **{marking.name: ""})).status_code == 302
    assert not Review.objects.get().spans.filter(role="source").exists()
    review.submit(review.take(world.bob, held.claim_id).pk, world.bob, factories.answers())
    review.request_changes(held.claim_id, world.carol, "Look again.", role=AssignmentRole.FIRST)
    assert shown() == ""


def test_another_page_sees_that_it_was_emptied(alice: Client, held: Assignment) -> None:
    marking = content(held, "source")
    where = f"/desk/claims/{held.claim_id}/draft/"
    alice.post(where, as_marked(held, **{marking.name: ""}) | {"draft_version": "0", "draft_page": "left"})
    right = as_marked(held) | {"draft_version": "0", "draft_page": "right"}
    answer = alice.post(where, right, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert f'name="keep_{marking.name}"' in answer.content.decode()


def test_words_that_do_not_stand_there_are_named_at_their_field(alice: Client, held: Assignment) -> None:
    marking = content(held)
    answer = alice.post(f"/desk/claims/{held.claim_id}/submit/", as_marked(held, **{marking.name: "Never said"}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="#id_{marking.name}"' in page
    assert "“Never said” does not stand in the article" in page
    assert ">\nNever said</textarea>" in page


def test_both_sides_show_what_differs(world: World, alice: Client, as_: SignedIn, held: Assignment) -> None:
    marking = content(held)
    first, rest = marking.words.split(" ", 1)
    where = f"/desk/claims/{held.claim_id}/submit/"
    alice.post(where, as_marked(held, rationale="The report says so."))
    review.take(world.bob, held.claim_id)
    changed = {marking.name: rest, "rationale": "The report denies it.", "evidence_url": "https://bob.example/1"}
    as_(world.bob).post(where, as_marked(held, **changed))
    page = as_(world.carol).get(f"/desk/claims/{held.claim_id}/adjudication/").content.decode()
    assert "what is marked in the article" in page
    assert f'<mark class="only-here">{first} </mark>{rest}' in page
    assert '<mark class="only-here">says so</mark>' in page or '<mark class="only-here">says</mark>' in page
    assert '<mark class="only-here">underlined words</mark>' in page


def test_the_adjudicator_chooses_whose_marking_holds(
    world: World, alice: Client, as_: SignedIn, held: Assignment
) -> None:
    marking = content(held)
    _, rest = marking.words.split(" ", 1)
    where = f"/desk/claims/{held.claim_id}"
    alice.post(f"{where}/submit/", as_marked(held))
    review.take(world.bob, held.claim_id)
    as_(world.bob).post(
        f"{where}/submit/", as_marked(held, **{marking.name: rest, "evidence_url": "https://bob.example/1"})
    )
    carol, pk = as_(world.carol), marking.attribution.pk
    page = carol.get(f"{where}/adjudication/").content.decode()
    assert page.count(f'name="holds_{pk}"') == 3
    assert f"content: {rest}" in page
    decided: dict[str, Any] = {"attribution_verdict": "accurate", "veracity_verdict": "false", "note": "So it is."}
    decided |= {"review": read(held.claim)}
    missing = carol.post(f"{where}/adjudicate/", decided | {f"version_{pk}": marking.attribution.version})
    assert (missing.status_code, "Choose whose marking holds." in missing.content.decode()) == (422, True)
    chosen = decided | {f"version_{pk}": marking.attribution.version, f"holds_{pk}": "second"}
    settled = carol.post(f"{where}/adjudicate/", chosen, follow=True).content.decode()
    assert "As the second review marks it" in settled
    assert content(held).words == rest
    history = alice.get(reverse("web:claim_history", args=[held.claim_id])).content.decode()
    assert f"{marking.attribution.label} is corrected." in history
