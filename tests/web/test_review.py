"""The reviewer's way: take, see, add evidence, give both verdicts, submit; and everything that can come between."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from claims.models.claims import Claim
from claims.models.drafts import Draft
from claims.models.evidence import Evidence
from claims.models.review import Assignment, QueueEntry, Review
from claims.rules.workflow import DeclineReason
from claims.services import review
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn
from workbench.accounts.models import User


@pytest.fixture
def claim(world: World) -> Claim:
    return factories.queued_claims(world, 1)[0]


@pytest.fixture
def alice(world: World, as_: SignedIn) -> Client:
    return as_(world.alice)


def answers(**changed: Any) -> dict[str, Any]:
    complete = {
        "attribution_verdict": "accurate",
        "veracity_verdict": "mixture",
        "rationale": "We read the inspection report.",
        "evidence_url": "https://records.example/report",
        "evidence_relation": "refutes",
        "evidence_tier": "primary",
    }
    return complete | changed


def test_the_next_claim_opens_and_is_submitted(world: World, alice: Client, claim: Claim) -> None:
    opened = alice.post("/desk/next/", follow=True)
    page = opened.content.decode()
    assert opened.redirect_chain == [(f"/desk/claims/{claim.pk}/", 302)]
    assert claim.text in page
    assert "is-current" in page
    answer = alice.post(f"/desk/claims/{claim.pk}/submit/", answers(), follow=True)
    assert "Your review is in" in answer.content.decode()
    stored = Review.objects.get()
    assert (stored.attribution_rating.key, stored.veracity_rating.key) == ("accurate", "mixture")
    assert [piece.url for piece in stored.evidence.all()] == ["https://records.example/report"]


def test_a_review_is_submitted_and_the_next_claim_taken_in_one_step(world: World, alice: Client) -> None:
    first, second = factories.queued_claims(world, 2)
    held = factories.taken(world.alice).claim
    left = second if held == first else first
    alice.post(f"/desk/claims/{held.pk}/submit/", {"then": "next"})
    assert Assignment.objects.count() == 1, "what is refused leads nowhere"
    answer = alice.post(f"/desk/claims/{held.pk}/submit/", answers(then="next"), follow=True)
    assert answer.redirect_chain == [(f"/desk/claims/{left.pk}/", 302)]
    for said in ("Your review is in", "This is the next claim, in your hands now."):
        assert said in answer.content.decode()
    answer = alice.post(f"/desk/claims/{left.pk}/submit/", answers(then="next"), follow=True)
    assert answer.redirect_chain == [("/desk/", 302)]
    for said in ("Your review is in", "Nothing is waiting for you"):
        assert said in answer.content.decode()


def test_both_questions_and_what_stands_beside_them_have_keys(world: World, alice: Client, claim: Claim) -> None:
    factories.taken(world.alice)
    page = alice.get(f"/desk/claims/{claim.pk}/").content.decode()
    for key in ("a", "v", "e", "r", "g", "h", "c", "Mod+Enter"):
        assert f'data-key="{key}"' in page, key
    # As many digits as there are answers: six and eight.
    digits = re.findall(r'<kbd aria-hidden="true">(\d)</kbd>', page)
    assert digits == [*"123456", *"12345678"]


def test_an_empty_queue_says_so(alice: Client, world: World) -> None:
    assert "Nothing is waiting for you" in alice.post("/desk/next/", follow=True).content.decode()
    assert "The queue is empty." in alice.get("/desk/").content.decode()


def test_whoever_is_at_no_desk_is_told_so(as_: SignedIn, world: World) -> None:
    refused = as_(factories.user("newcomer")).get("/desk/")
    assert refused.status_code == 403
    assert "You are not at any desk." in refused.content.decode()
    assert "your role at this desk does not include it" in as_(world.ruth).get("/desk/").content.decode()


def test_who_holds_enough_is_told(world: World, as_: SignedIn, alice: Client) -> None:
    factories.queued_claims(world, 2)
    world.alice.memberships.update(capacity=1)
    alice.post("/desk/next/")
    assert "You hold as many claims as you can: 1." in alice.post("/desk/next/", follow=True).content.decode()
    assert Assignment.objects.count() == 1


def test_what_is_missing_is_listed_and_what_was_typed_stays(world: World, alice: Client, claim: Claim) -> None:
    factories.taken(world.alice)
    answer = alice.post(f"/desk/claims/{claim.pk}/submit/", {"rationale": "Half of a thought"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count('<li class="missing"') == 3
    assert "Half of a thought" in page
    assert "Half of a thought" in alice.get(f"/desk/claims/{claim.pk}/").content.decode()
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"veracity_verdict": "very_true"}, "is not on the desk&#x27;s scale"),
        ({"evidence_url": "javascript:alert(1)"}, "http:// or https://"),
        ({"evidence_relation": "maybe"}, "Select a valid choice"),
        ({"rationale": "x" * 20_001}, "at most 20000 characters"),
    ],
)
def test_an_answer_that_cannot_be_is_named(
    world: World, alice: Client, claim: Claim, changed: dict[str, str], said: str
) -> None:
    factories.taken(world.alice)
    answer = alice.post(f"/desk/claims/{claim.pk}/submit/", answers(**changed))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Review.objects.exists()


def test_evidence_is_added_beside_what_is_being_typed(world: World, alice: Client, claim: Claim) -> None:
    factories.taken(world.alice)
    typed = answers(evidence_url="https://records.example/1", evidence_note="Page 3.")
    part = alice.post(f"/desk/claims/{claim.pk}/evidence/", typed, headers={"HX-Request": "true"}).content.decode()
    assert "https://records.example/1" in part
    assert "<html" not in part
    # It is said, and what a refused review missed is not missing any more.
    assert "The evidence is added." in part
    assert "1 piece stands above" in part, "the list itself may be out of sight"
    assert '<div data-missing="evidence" hidden hx-swap-oob="outerHTML:[data-missing]">' in part
    whole = alice.get(f"/desk/claims/{claim.pk}/").content.decode()
    assert "We read the inspection report." in whole
    assert Draft.objects.get().body.get("evidence_url") is None


def test_evidence_is_added_without_scripts_too(world: World, alice: Client, claim: Claim) -> None:
    factories.taken(world.alice)
    page = alice.post(f"/desk/claims/{claim.pk}/evidence/", answers(), follow=True).content.decode()
    assert "https://records.example/report" in page
    assert "We read the inspection report." in page


def test_bad_evidence_is_named_in_its_place(world: World, alice: Client, claim: Claim) -> None:
    factories.taken(world.alice)
    where = f"/desk/claims/{claim.pk}/evidence/"
    for url, said in (("", "Give the address"), ("ftp://files.example/x", "http:// or https://")):
        part = alice.post(where, answers(evidence_url=url), headers={"HX-Request": "true"}).content.decode()
        assert said in part
        assert "The evidence is added." not in part
        # The button was pressed far below: the focus goes to what is wrong, and to nothing else.
        assert part.count("autofocus") == 1
        assert re.search(r'<(input|textarea)[^>]*name="evidence_url"[^>]*autofocus', part)
    assert not Evidence.objects.exists()


def test_what_was_done_is_said_and_has_the_focus(world: World, alice: Client, claim: Claim) -> None:
    page = alice.post("/desk/next/", follow=True).content.decode()
    assert " ".join(page.split()).count('tabindex="-1" autofocus>The claim is in your hands now.</div>') == 1


def test_a_claim_leads_to_its_article_and_to_the_editor_of_who_said_it(
    world: World, as_: SignedIn, alice: Client, claim: Claim
) -> None:
    page = f"/desk/claims/{claim.pk}/"
    for client, corrects in ((alice, True), (as_(world.ruth), False)):
        shown = client.get(page).content.decode()
        assert f'href="/articles/{claim.article_id}/"' in shown
        (headline,) = re.findall(r"<h1[^>]*>(.*?)</h1>", shown, re.DOTALL)
        assert headline == claim.text, "the page is about the claim"
        assert (f'href="/articles/{claim.article_id}/edit/?attribution=' in shown) is corrects


def test_what_a_review_missed_can_be_taken_from_the_refusal(world: World, alice: Client, claim: Claim) -> None:
    factories.taken(world.alice)
    sent = answers(evidence_url="")
    refused = " ".join(alice.post(f"/desk/claims/{claim.pk}/submit/", sent).content.decode().split())
    assert '<li class="missing" data-missing="evidence">' in refused


def test_evidence_is_withdrawn_by_its_owner_only(world: World, as_: SignedIn, alice: Client, claim: Claim) -> None:
    factories.taken(world.alice)
    alice.post(f"/desk/claims/{claim.pk}/evidence/", answers())
    piece = Evidence.objects.get()
    where = f"/desk/claims/{claim.pk}/evidence/{piece.pk}/withdraw/"
    assert as_(world.bob).post(where).status_code == 404
    alice.post(where, answers())
    piece.refresh_from_db()
    assert piece.withdrawn_at is not None


def test_a_draft_is_kept_while_typing(world: World, alice: Client, claim: Claim) -> None:
    held = factories.taken(world.alice)
    answer = alice.post(f"/desk/claims/{claim.pk}/draft/", {"rationale": "So far", "csrfmiddlewaretoken": "x"})
    assert "Draft saved" in answer.content.decode()
    assert Draft.objects.get(assignment=held).body == {"rationale": "So far"}


def test_a_reader_is_told_whom_a_claim_waits_for(world: World, as_: SignedIn, claim: Claim) -> None:
    page = as_(world.ruth).get(f"/desk/claims/{claim.pk}/").content.decode()
    assert "This claim waits for a reviewer." in page
    assert f"/desk/claims/{claim.pk}/take/" not in page


def test_a_claim_outside_of_the_queue_says_how_it_gets_there(world: World, alice: Client, claim: Claim) -> None:
    review.unqueue(claim.pk, actor=world.carol)
    assert "An editor can put it there." in alice.get(f"/desk/claims/{claim.pk}/").content.decode()


def test_what_comes_too_late_names_the_holder_and_is_kept(world: World, alice: Client, claim: Claim) -> None:
    late = factories.taken(world.alice)
    Assignment.objects.filter(pk=late.pk).update(lease_until=timezone.now() - timedelta(minutes=1))
    review.expire()
    factories.taken(world.bob)
    answer = alice.post(f"/desk/claims/{claim.pk}/submit/", answers())
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Now it is held by Bob." in page
    assert "We read the inspection report." in page
    kept = alice.get(f"/desk/claims/{claim.pk}/").content.decode()
    assert "What you had typed" in kept
    assert "<bdi>Bob</bdi> is reviewing this claim." in kept
    assert "Drafts of claims that you no longer hold" in alice.get("/desk/").content.decode()


def test_what_is_too_late_and_not_complete_is_told_so_first_and_kept(world: World, alice: Client, claim: Claim) -> None:
    late = factories.taken(world.alice)
    Assignment.objects.filter(pk=late.pk).update(lease_until=timezone.now() - timedelta(minutes=1))
    factories.taken(world.bob)
    answer = alice.post(f"/desk/claims/{claim.pk}/submit/", answers(evidence_relation="maybe"))
    assert answer.status_code == 409
    page = answer.content.decode()
    assert page.index("Now it is held by Bob.") < page.index("Select a valid choice")
    assert Draft.objects.get(assignment=late).body["rationale"] == "We read the inspection report."


def test_a_claim_says_why_it_is_not_for_this_person(world: World, as_: SignedIn, claim: Claim) -> None:
    def page(person: User) -> str:
        return as_(person).get(f"/desk/claims/{claim.pk}/").content.decode()

    review.decline(factories.taken(world.alice).pk, world.alice, DeclineReason.NO_TIME)
    assert "You declined this claim. It waits for somebody else." in page(world.alice)
    assert "This claim waits for a reviewer." in page(world.ruth)
    QueueEntry.objects.update(reserved=True)
    assert "reserved for senior reviewers" in page(world.bob)
    review.submit(review.take(world.carol, claim.pk).pk, world.carol, factories.answers())
    assert "This claim is decided; it does not wait for a reviewer." in page(world.bob)
    assert "You may read this claim but not review it." in page(world.ruth)
    # Who can take the next step is led there.
    assert "To its publication" in page(world.dora)
    assert "To its publication" not in page(world.bob)


def test_a_teammate_cannot_act_on_what_another_holds(world: World, as_: SignedIn, claim: Claim) -> None:
    factories.taken(world.alice)
    bob = as_(world.bob)
    for verb in ("submit", "draft", "evidence", "release"):
        assert bob.post(f"/desk/claims/{claim.pk}/{verb}/", answers()).status_code == 404, verb
    page = bob.post(f"/desk/claims/{claim.pk}/take/", follow=True).content.decode()
    assert "<bdi>Alice</bdi> is reviewing this claim." in page
    assert Assignment.objects.count() == 1


def test_a_claim_is_taken_released_and_taken_by_another(
    world: World, as_: SignedIn, alice: Client, claim: Claim
) -> None:
    assert "Take it" in alice.get(f"/desk/claims/{claim.pk}/").content.decode()
    alice.post(f"/desk/claims/{claim.pk}/take/")
    assert "back in the queue" in alice.post(f"/desk/claims/{claim.pk}/release/", follow=True).content.decode()
    as_(world.bob).post(f"/desk/claims/{claim.pk}/take/")
    assert Assignment.objects.active().get().reviewer == world.bob


def test_a_declined_claim_is_not_offered_again(world: World, alice: Client, claim: Claim) -> None:
    factories.taken(world.alice)
    where = f"/desk/claims/{claim.pk}/decline/"
    form = alice.get(f"/desk/claims/{claim.pk}/").content.decode().partition(where)[2].partition("</form>")[0]
    assert '<option value="" selected>choose</option>' in form, "a conflict of interest is declared, not left there"
    assert alice.post(where, {"reason": "boredom"}).status_code == 400
    assert alice.post(where, {"reason": "language", "note": "Not mine."}).status_code == 302
    assert "Nothing is waiting for you" in alice.post("/desk/next/", follow=True).content.decode()


def test_the_queue_goes_on_where_the_page_ended(world: World, alice: Client) -> None:
    claims = factories.queued_claims(world, 30)
    first = alice.get("/desk/").content.decode()
    cursor = first.split("before=")[1].split('"')[0]
    second = alice.get("/desk/", {"before": cursor}).content.decode()
    shown = [sum(f'/desk/claims/{claim.pk}/"' in page for page in (first, second)) for claim in claims]
    assert shown == [1] * 30


@pytest.mark.parametrize(
    ("who", "lists"),
    [
        ("alice", ["Queue", "Claims", "Numbers", "Me"]),
        (
            "carol",
            [
                *("Queue", "Claims", "In whose hands", "Due", "To approve", "To settle", "To publish", "Given up"),
                *("Conflicts of interest", "Numbers", "Agreement", "Me"),
            ],
        ),
        ("ruth", ["Claims", "Numbers", "Me"]),
    ],
)
def test_the_desks_lists_stand_beside_each_other(world: World, as_: SignedIn, who: str, lists: list[str]) -> None:
    client = as_(getattr(world, who))
    (claim,) = factories.queued_claims(world, 1)
    for path, current in (
        ("/desk/claims/", ("page", "Claims")),
        (f"/desk/claims/{claim.pk}/", ("true", "Claims")),
        (f"/claims/{claim.pk}/history/", ("true", "Claims")),
        ("/desk/numbers/", ("page", "Numbers")),
    ):
        menu = client.get(path).content.decode().partition('class="desk-nav"')[2].partition("</nav>")[0]
        found = re.findall(r'<a href="[^"]*"\s*(?:aria-current="(\w+)")?>([^<]+)</a>', menu)
        assert [label for _, label in found] == lists, path
        assert [each for each in found if each[0]] == [current], path
    assert 'class="desk-nav"' not in client.get("/articles/").content.decode()


def test_a_refused_form_comes_back_under_the_list_of_its_page(world: World, as_: SignedIn) -> None:
    claim, other = factories.queued_claims(world, 2)
    review.take(world.alice, claim.pk)
    factories.reviewed(world, world.bob, other)
    for who, address, current in (
        (world.alice, f"/desk/claims/{claim.pk}/submit/", "Claims"),
        (world.carol, f"/publish/{other.pk}/retract/", "To publish"),
    ):
        refused = as_(who).post(address, {})
        assert refused.status_code in (409, 422)
        menu = refused.content.decode().partition('class="desk-nav"')[2].partition("</nav>")[0]
        assert re.findall(r'aria-current="true">([^<]+)</a>', menu) == [current]
