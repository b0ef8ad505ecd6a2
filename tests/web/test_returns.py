"""The editor's list of reviews to approve, both answers, and what the reviewer sees of a review that was sent back."""

import re
from typing import Any

import pytest
from django.test import Client

from claims.models.claims import Claim
from claims.models.returns import ChangeRequest
from claims.models.review import Review, Unblinding
from claims.rules.workflow import AssignmentRole
from claims.services import desks, review
from claims.services.review.submission import reviews_of
from tests import factories
from tests.factories import World, answers
from tests.returns import answer as answered
from tests.returns import read
from tests.web.conftest import SignedIn

NOTE = "Look at page 4 of the <report>."
SHOWN = "Look at page 4 of the &lt;report&gt;."


@pytest.fixture
def world(db: None) -> World:
    return factories.world(approval_required=True)


@pytest.fixture
def claim(world: World) -> Claim:
    (made,) = factories.queued_claims(world, 1)
    review.submit(review.take(world.alice, made.pk).pk, world.alice, answers(rationale="As the report says."))
    return made


@pytest.fixture
def carol(world: World, as_: SignedIn) -> Client:
    return as_(world.carol)


def state(claim: Claim) -> str:
    return Claim.objects.get(pk=claim.pk).state


def send_back(client: Client, claim: Claim, **body: str) -> str:
    said: dict[str, Any] = {"note": NOTE, "role": "first"} | body
    if "review" not in body:
        said["review"] = reviews_of(claim)[AssignmentRole(said["role"])].pk
    answer = client.post(f"/desk/claims/{claim.pk}/send-back/", said, follow=True)
    return answer.content.decode()


def test_an_editor_finds_it_reads_it_and_approves_it(world: World, carol: Client, claim: Claim) -> None:
    assert "Reviews to approve" in carol.get("/desk/").content.decode()
    listed = carol.get("/desk/approvals/").content.decode()
    assert f"/desk/claims/{claim.pk}/approval/" in listed
    page = carol.get(f"/desk/claims/{claim.pk}/approval/").content.decode()
    for words in ("As the report says.", "Alice", "https://records1.example/report", "Approve", "Send it back"):
        assert words in page
    assert Unblinding.objects.filter(user=world.carol, claim=claim).exists()
    answer = carol.post(f"/desk/claims/{claim.pk}/approve/", {"review": read(claim)}, follow=True)
    assert "Approved. The verdict waits for publication." in answer.content.decode()
    assert "No review waits for approval." in answer.content.decode()
    assert state(claim) == "decided"
    assert "Review approved" in carol.get(f"/claims/{claim.pk}/history/").content.decode()


def test_the_next_and_the_one_before_are_a_key_away(world: World, carol: Client, claim: Claim) -> None:
    second, third = factories.queued_claims(world, 2)
    for each in (second, third):
        review.submit(review.take(world.alice, each.pk).pk, world.alice, answers())
    page = carol.get(f"/desk/claims/{second.pk}/approval/").content.decode()
    assert re.findall(r'rel="(\w+)"\s+href="([^"]+)"\s+data-key="(\w)"', page) == [
        ("prev", f"/desk/claims/{third.pk}/approval/", "k"),
        ("next", f"/desk/claims/{claim.pk}/approval/", "j"),
    ]
    for key in ("Mod+Enter", "r", "b"):
        assert f'data-key="{key}"' in page
    first = carol.get(f"/desk/claims/{third.pk}/approval/").content.decode()
    assert 'rel="next"' in first
    assert 'rel="prev"' not in first


def test_what_the_review_marks_stands_beside_what_is_marked(world: World, carol: Client, claim: Claim) -> None:
    page = carol.get(f"/desk/claims/{claim.pk}/approval/").content.decode()
    assert "Marked in the article" in page
    assert "as the article is marked" not in page
    assert 'class="only-here"' not in page
    (other,) = factories.queued_claims(world, 1)
    content = next(each for each in review.markings_of(other) if each.role == "content")
    first, rest = content.words.split(" ", 1)
    review.submit(review.take(world.alice, other.pk).pk, world.alice, answers(spans={content.place: rest}))
    page = carol.get(f"/desk/claims/{other.pk}/approval/").content.decode()
    assert "content, as the article is marked" in page
    assert f'<mark class="only-here">{first} </mark>{rest}' in page


def test_feedback_reaches_the_writer(world: World, as_: SignedIn, carol: Client, claim: Claim) -> None:
    alice, where = as_(world.alice), f"/desk/claims/{claim.pk}"
    too_long = carol.post(f"{where}/approve/", {"feedback": "x" * 4001})
    assert (too_long.status_code, state(claim)) == (422, "submitted")
    assert alice.get(f"{where}/approval/").status_code == 302
    carol.post(
        f"{where}/approve/", {"review": read(claim), "note": "It is <clear>.", "feedback": "Page 4 was worth it."}
    )
    assert "Carol approved your review, with feedback for you." in alice.get("/notifications/").content.decode()
    assert f"{where}/approval/" in alice.get(f"{where}/").content.decode()
    page = alice.get(f"{where}/approval/").content.decode()
    for words in ("Carol", "It is &lt;clear&gt;.", "Page 4 was worth it."):
        assert words in page
    assert "/approve/" not in page
    assert as_(world.ruth).get(f"{where}/approval/").status_code == 403


def test_the_page_names_claim_and_attribution_and_shows_what_was_marked_before(
    world: World, carol: Client, claim: Claim
) -> None:
    content = next(each for each in review.markings_of(claim) if each.role == "content")
    send_back(carol, claim)
    _, rest = content.words.split(" ", 1)
    answered(claim, world.alice, spans={content.place: rest})
    page = carol.get(f"/desk/claims/{claim.pk}/approval/").content.decode()
    assert f"Claim {claim.label}" in page
    where = f"/articles/{claim.article_id}/?at={content.begins}#a-{content.attribution.pk}"
    assert page.count(f'href="{where}"') == 2
    assert f"paragraph {content.paragraph} of the article" in page
    earlier = page[page.index("Review 1, which was sent back") :]
    assert earlier.index("Marked in the article") < earlier.index(content.words)


def test_the_reviewer_is_told_that_an_editor_reads_it(world: World, as_: SignedIn, claim: Claim) -> None:
    alice = as_(world.alice)
    assert "An editor reads it before it takes effect." in alice.get(f"/desk/claims/{claim.pk}/").content.decode()
    (other,) = factories.queued_claims(world, 1)
    review.take(world.alice, other.pk)
    typed = {
        "attribution_verdict": "accurate", "veracity_verdict": "false", "rationale": "So.",
        "evidence_url": "https://records.example/1", "evidence_relation": "refutes", "evidence_tier": "primary",
    }  # fmt: skip
    done = alice.post(f"/desk/claims/{other.pk}/submit/", typed, follow=True)
    assert "It takes effect once an editor has read it." in done.content.decode()


def test_it_goes_back_and_stands_first_on_its_writers_desk(
    world: World, as_: SignedIn, carol: Client, claim: Claim
) -> None:
    assert "Sent back to Alice, with your note." in send_back(carol, claim)
    alice = as_(world.alice)
    desk = alice.get("/desk/").content.decode()
    assert SHOWN in desk
    assert desk.index("Sent back to you") < desk.index("In my hands")
    assert desk.count(f'href="/desk/claims/{claim.pk}/"') == 1
    page = alice.get(f"/desk/claims/{claim.pk}/").content.decode()
    assert page.index("Your review was sent back") < page.index('id="review"')
    assert SHOWN in page
    assert ">\nAs the report says.</textarea>" in page
    assert "You cannot take it again." in page
    assert "for anybody, including you" not in page
    assert "Review sent back to its writer" in carol.get(f"/claims/{claim.pk}/history/").content.decode()
    typed = {"attribution_verdict": "accurate", "veracity_verdict": "mixture", "rationale": "Page 4 says more."}
    alice.post(f"/desk/claims/{claim.pk}/submit/", typed)
    assert list(Review.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    waiting = carol.get(f"/desk/claims/{claim.pk}/approval/").content.decode()
    for words in ("Page 4 says more.", "Review 1, which was sent back", SHOWN, "As the report says."):
        assert words in waiting


def test_what_was_typed_meanwhile_comes_before_the_earlier_review(
    world: World, as_: SignedIn, carol: Client, claim: Claim
) -> None:
    send_back(carol, claim)
    alice = as_(world.alice)
    alice.post(f"/desk/claims/{claim.pk}/draft/", {"rationale": "Half an answer"})
    assert ">\nHalf an answer</textarea>" in alice.get(f"/desk/claims/{claim.pk}/").content.decode()


def test_without_a_note_the_page_says_so_and_keeps_nothing_else(carol: Client, claim: Claim) -> None:
    answer = carol.post(f"/desk/claims/{claim.pk}/send-back/", {"note": "  ", "role": "first"})
    assert answer.status_code == 422
    assert "Say what should be looked at again" in answer.content.decode()
    assert not ChangeRequest.objects.exists()


def test_from_a_difference_one_of_the_two_goes_back(world: World, as_: SignedIn, carol: Client) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    claim = factories.disputed(world)
    page = carol.get(f"/desk/claims/{claim.pk}/adjudication/").content.decode()
    assert page.count("Send this review back instead") == 2
    assert len(re.findall(r'<textarea name="note"[^>]* required', page)) == 2, "asked for while the form is open"
    assert "Say what should be looked at again" in send_back(carol, claim, note="", role="second")
    assert state(claim) == "adjudication"
    assert "Sent back to Bob, with your note." in send_back(carol, claim, role="second")
    assert SHOWN in as_(world.bob).get(f"/desk/claims/{claim.pk}/").content.decode()
    assert "Your review was sent back" not in as_(world.alice).get(f"/desk/claims/{claim.pk}/").content.decode()


def test_who_wrote_it_is_led_to_the_claim(world: World, as_: SignedIn) -> None:
    (made,) = factories.queued_claims(world, 1)
    review.submit(review.take(world.carol, made.pk).pk, world.carol, answers())
    carol = as_(world.carol)
    assert f"/desk/claims/{made.pk}/" not in carol.get("/desk/approvals/").content.decode()
    led = carol.get(f"/desk/claims/{made.pk}/approval/", follow=True)
    assert "Somebody else has to approve it." in led.content.decode()
    assert carol.post(f"/desk/claims/{made.pk}/approve/").status_code == 403


def test_a_claim_of_which_no_review_waits_leads_to_its_page(world: World, carol: Client) -> None:
    (made,) = factories.queued_claims(world, 1)
    led = carol.get(f"/desk/claims/{made.pk}/approval/", follow=True)
    assert "No review of this claim waits for approval." in led.content.decode()
    assert not Unblinding.objects.exists()


def shown(client: Client, where: str) -> list[str]:
    """The reviews that the forms of the page name."""
    return re.findall(r'name="review" value="(\d+)"', client.get(where).content.decode())


def test_a_page_that_is_older_than_the_review_decides_nothing(
    world: World, as_: SignedIn, carol: Client, claim: Claim
) -> None:
    where = f"/desk/claims/{claim.pk}"
    first = str(Review.objects.get().pk)
    assert shown(carol, f"{where}/approval/") == [first, first]
    send_back(as_(world.dora), claim, review=first)
    alice = as_(world.alice)
    typed = {"attribution_verdict": "accurate", "veracity_verdict": "true", "rationale": "Page 4 says more."}
    alice.post(f"{where}/submit/", typed)
    stale = carol.post(f"{where}/approve/", {"review": first}, follow=True).content.decode()
    assert "The review that you read is no longer the newest." in stale
    again = carol.post(f"{where}/send-back/", {"note": NOTE, "role": "first", "review": first})
    assert (again.status_code, state(claim)) == (409, "submitted")
    for text in ("no longer the newest", "Page 4 says more.", "Look at page 4"):
        assert text in again.content.decode()
    for unread in ({"review": "x"}, {"review": "9" * 5000}, {}):
        refused = carol.post(f"{where}/approve/", unread, follow=True).content.decode()
        assert "no longer the newest" in refused
    unread_too = carol.post(f"{where}/send-back/", {"note": NOTE, "role": "first"})
    assert (unread_too.status_code, state(claim)) == (409, "submitted")
    carol.post(f"{where}/approve/", {"review": shown(carol, f"{where}/approval/")[0]})
    assert state(claim) == "decided"


def test_a_page_that_is_older_than_one_of_two_reviews_settles_nothing(world: World, carol: Client) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    claim = factories.disputed(world)
    where, settle = (f"/desk/claims/{claim.pk}/{step}/" for step in ("adjudication", "adjudicate"))
    numbers = [str(pk) for pk in Review.objects.order_by("pk").values_list("pk", flat=True)]
    # One for the form of each side, and both for the decision.
    assert sorted(shown(carol, where)) == sorted(numbers * 2)
    decision = {"attribution_verdict": "accurate", "veracity_verdict": "false", "note": "So it is."}
    for unread in ({"review": [numbers[0], "0"]}, {}):
        stale = carol.post(settle, decision | unread)
        assert (stale.status_code, state(claim)) == (409, "adjudication")
        assert "no longer the newest" in stale.content.decode()
    carol.post(settle, decision | {"review": numbers})
    assert state(claim) == "decided"
