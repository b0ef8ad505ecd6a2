"""Doing something to many claims of the list, the preview, and what became of it, as an editor sees them."""

import re
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client

from claims.models.bulk import BulkAction
from claims.models.claims import Claim, ClaimLink
from claims.rules.bulk import UNDO_FOR, BulkVerb, Order
from claims.services import review
from claims.web.bulk import LISTED_TO_STAY
from sources import services as register
from tests import factories
from tests.bulk import DISMISS, done, ordered, states, undone
from tests.factories import World
from tests.web.conftest import SignedIn

PREVIEW, BEGIN = "/desk/bulk/preview/", "/desk/bulk/begin/"


@pytest.fixture
def carol(world: World, as_: SignedIn) -> Client:
    return as_(world.carol)


def page_of(answer: Any) -> str:
    page: str = answer.content.decode()
    return page


def listed(client: Client, query: str = "") -> list[int]:
    """The ids of the claims on the page, in its order."""
    answer: Any = client.get(f"/desk/claims/?{query}")
    assert answer.status_code == 200
    return [row.claim.pk for row in answer.context["rows"]]


def hidden(answer: Any, name: str) -> str:
    """What the form of a preview carries on."""
    return page_of(answer).split(f'name="{name}" value="')[1].split('"')[0]


# --- The list ---------------------------------------------------------------------------------------------------------


def test_the_newest_come_first_and_of_one_state_the_most_important(world: World, carol: Client) -> None:
    claims = factories.queued_claims(world, 4)
    for priority, claim in zip((10, 50, 30, 50), claims, strict=True):
        Claim.objects.filter(pk=claim.pk).update(priority=priority)
    ids = [claim.pk for claim in claims]
    assert listed(carol) == ids[::-1]
    assert listed(carol, "state=queued") == [ids[n] for n in (1, 3, 2, 0)]
    assert listed(carol, "state=published") == []
    assert "No claim of this desk matches." in page_of(carol.get("/desk/claims/?state=published"))


def test_each_filter_narrows_and_stands_in_the_address(world: World, carol: Client) -> None:
    claims, others = factories.queued_claims(world, 3), factories.queued_claims(world, 1)
    one, two, three = claims
    review.unqueue(one.pk, actor=world.carol)
    Claim.objects.filter(pk=two.pk).update(priority=90, narrator_claim=True, checkability="opinion")
    bell = register.create("person", "Anna Bell")
    three.attributions.get().resolved_sources.create(source=bell, surface="Bell", score=0.9, reason="An alias.")
    ClaimLink.objects.create(from_claim=one, to_claim=three, kind="same_as", score=0.9)
    for query, found in (
        ("state=triaged", [one]),
        ("checkability=opinion", [two]),
        (f"article={others[0].article_id}", others),
        ("source=Anna+Bell", [three]),
        (f"source=%23{bell.pk}", [three]),
        ("priority_from=80", [two]),
        ("priority_to=80&state=queued", [three, *others]),
        ("narrator_claim=1", [two]),
        (f"narrator_claim=0&article={one.article_id}", [three, one]),
        ("suspected=on", [three, one]),
        (f"q=bridge+-safe&article={one.article_id}", []),
    ):
        assert listed(carol, query) == [claim.pk for claim in found], query
    page = page_of(carol.get("/desk/claims/?priority_from=80&checkability=opinion&q="))
    assert 'name="query" value="checkability=opinion&amp;priority_from=80"' in page
    double = page_of(carol.get("/desk/claims/?suspected=on"))
    assert "Seems to be the same as" in double


def test_pages_go_on_by_key_in_both_orders(world: World, carol: Client) -> None:
    ids = [claim.pk for claim in factories.queued_claims(world, 60)]
    for query in ("", "state=queued&"):
        answer: Any = carol.get(f"/desk/claims/?{query}")
        first, following = listed(carol, query), answer.context["page"].next
        assert f"{query.replace('&', '&amp;')}before={following}" in page_of(answer)
        rest = listed(carol, f"{query}before={following}")
        assert (len(first), len(rest)) == (50, 10)
        assert sorted(first + rest) == ids
    for cursor in ("x", "1-2-3", "-1"):
        assert carol.get(f"/desk/claims/?before={cursor}").status_code == 400
        assert carol.get(f"/desk/claims/?state=queued&before={cursor}").status_code == 400


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("priority_from=101", "less than or equal to 100"),
        ("state=lost", "Select a valid choice"),
        ("source=Nobody", "There is no source with this name"),
        ("article=x", "Enter a whole number"),
    ],
)
def test_a_filter_that_is_none_is_named(world: World, carol: Client, query: str, words: str) -> None:
    factories.queued_claims(world, 1)
    answer = carol.get(f"/desk/claims/?{query}")
    assert answer.status_code == 422
    assert words in page_of(answer)
    assert "row-title" not in page_of(answer)


def test_each_desk_has_its_own(world: World, carol: Client) -> None:
    (ours,), (theirs,) = factories.queued_claims(world, 1), factories.queued_claims(world, 1, desk=world.elsewhere)
    assert listed(carol) == [ours.pk]
    assert carol.get(f"/desk/claims/?desk={world.elsewhere.pk}").status_code == 422
    world.carol.memberships.create(desk=world.elsewhere, role="editor")
    assert listed(carol, f"desk={world.elsewhere.pk}") == [theirs.pk]
    assert carol.post(PREVIEW, {"desk": 10**9, "verb": "dismiss", "claim": [ours.pk]}).status_code == 404


# --- The preview ------------------------------------------------------------------------------------------------------


def test_from_the_ticks_over_the_preview_to_the_end_and_back(world: World, carol: Client) -> None:
    claims = factories.queued_claims(world, 3)
    review.take(world.alice, claims[2].pk)
    ids = [claim.pk for claim in claims]
    seen = carol.post(PREVIEW, {"verb": "dismiss", "claim": ids})
    page = page_of(seen)
    assert "2 claims will change" in page
    assert "1 claim stays as it is" in page
    assert "Somebody has it in their hands." in page
    assert states(claims) == ["queued", "queued", "assigned"]
    sent = {"verb": "dismiss", "claims": hidden(seen, "claims"), "reason": "not_checkable", "note": "Taste."}
    begun = carol.post(BEGIN, sent | {"seen": hidden(seen, "seen")})
    action = BulkAction.objects.get()
    where = f"/desk/bulk/{action.pk}/"
    assert begun.headers["Location"] == where
    assert '<progress id="bulk-percent" max="100" value="0">' in page_of(carol.get(where))
    assert '<progress id="bulk-percent"' in page_of(carol.get(f"{where}progress/"))
    factories.perform()
    assert carol.get(f"{where}progress/").headers["HX-Refresh"] == "true"
    page = page_of(carol.get(where))
    for words in ("2 claims changed", "1 claim was left as it was", "Somebody has it in their hands.", "Undo"):
        assert words in page
    assert Claim.objects.get(pk=ids[0]).state_reason == "not checkable: Taste."
    carol.post(f"{where}undo/")
    assert "Being undone" in page_of(carol.get(where))
    factories.perform()
    assert "2 claims were brought back" in page_of(carol.get(where))
    assert states(claims) == ["queued", "queued", "assigned"]
    assert "3 claims" in page_of(carol.get("/desk/bulk/"))


def test_a_merger_stands_in_the_history_of_both(world: World, carol: Client) -> None:
    stays, double = factories.queued_claims(world, 2)
    undone(world, done(world, Order(BulkVerb.MERGE, into=stays.pk), [double]))
    for claim in (stays, double):
        page = page_of(carol.get(f"/claims/{claim.pk}/history/"))
        assert "Linked to another claim" in page
        assert "A link to another claim ended" in page


def test_what_was_changed_on_the_page_is_shown_before_it_is_done(world: World, carol: Client) -> None:
    ids = [claim.pk for claim in factories.queued_claims(world, 2)]
    first = page_of(carol.post(PREVIEW, {"verb": "set_priority", "claim": ids}))
    assert "will change" not in first, "there is no priority to show it for"
    sent = {"verb": "set_priority", "claims": f"{ids[0]},{ids[1]}", "note": "The vote.", "priority": 70}
    empty = carol.post(PREVIEW, sent | {"note": "", "seen": ""})
    assert empty.status_code == 422
    seen = carol.post(PREVIEW, sent | {"seen": ""})
    assert "2 claims will change" in page_of(seen)
    other = carol.post(BEGIN, sent | {"priority": 7, "seen": hidden(seen, "seen")})
    assert other.status_code == 200
    assert not BulkAction.objects.exists()
    assert carol.post(BEGIN, sent | {"priority": 7, "seen": hidden(other, "seen")}).status_code == 302
    assert BulkAction.objects.get().parameters == {"priority": 7, "note": "The vote."}


def test_all_that_match_are_those_of_the_filter(world: World, carol: Client) -> None:
    claims, _others = factories.queued_claims(world, 60), factories.queued_claims(world, 5)
    sent = {"verb": "unqueue", "all": "1", "query": f"article={claims[0].article_id}", "claim": [claims[0].pk]}
    seen = carol.post(PREVIEW, sent)
    assert "60 claims will change" in page_of(seen)
    assert "… and 40 more." in page_of(seen)
    assert sorted(hidden(seen, "claims").split(",")) == sorted(str(claim.pk) for claim in claims)


def test_no_more_than_the_limit_are_taken_and_it_is_said(
    world: World, carol: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claims.web.bulk.LIMIT", 3)
    factories.queued_claims(world, 5)
    page = page_of(carol.post(PREVIEW, {"verb": "queue", "all": "1", "query": "state=queued"}))
    assert "More claims match; the first 3 are taken" in page


def test_duplicates_are_compared_with_the_one_that_stays(world: World, carol: Client) -> None:
    claims = factories.queued_claims(world, 4)
    for claim, text in zip(
        claims,
        (
            "Riverton repaired 40 bridges.",
            "Riverton has repaired 40 bridges.",
            "Riverton repaired 14 bridges.",
            "Rain.",
        ),
        strict=True,
    ):
        Claim.objects.filter(pk=claim.pk).update(text=text)
    seen = carol.post(PREVIEW, {"verb": "merge", "claim": [claim.pk for claim in claims]})
    page = page_of(seen)
    for words in ("3 claims will change", "says the same", "look twice", "They name different numbers."):
        assert words in page
    assert hidden(seen, "seen").startswith(f"{claims[0].pk}/"), "the oldest stays, until somebody says otherwise"
    review.take(world.alice, claims[2].pk)
    again = carol.post(PREVIEW, {"verb": "merge", "claim": [claim.pk for claim in claims]})
    assert hidden(again, "seen").startswith(f"{claims[2].pk}/"), "what somebody has cannot be dropped"


def test_among_very_many_the_one_that_stays_is_named_by_its_number(world: World, carol: Client) -> None:
    claims = factories.queued_claims(world, LISTED_TO_STAY + 2)
    Claim.objects.filter(pk=claims[9].pk).update(text="Riverton has 40 bridges.")
    order: dict[str, Any] = {"verb": "merge", "claim": [claim.pk for claim in claims]}
    first = carol.post(PREVIEW, order)
    assert f'name="into" value="{claims[0].pk}"' in page_of(first), "the oldest, until somebody says otherwise"
    assert 'type="radio"' not in page_of(first)
    chosen = {"verb": "merge", "claims": hidden(first, "claims"), "into": claims[9].pk, "seen": hidden(first, "seen")}
    second = carol.post(BEGIN, chosen)
    assert "51 claims will change" in page_of(second), "what stays was changed: it is shown before it is done"
    assert "Riverton has 40 bridges.</a>" in page_of(second)
    assert carol.post(BEGIN, chosen | {"into": "the best"}).status_code == 422
    strange = carol.post(PREVIEW, chosen | {"into": 10**9})
    assert "There is no such claim at this desk." in page_of(strange)
    begun = carol.post(BEGIN, chosen | {"seen": hidden(second, "seen")})
    assert begun.status_code == 302
    factories.perform()
    assert states(claims).count("dismissed") == LISTED_TO_STAY + 1
    assert states([claims[9]]) == ["queued"]
    action = undone(world, BulkAction.objects.get())
    assert action.undone == LISTED_TO_STAY + 1
    assert set(states(claims)) == {"queued"}


def test_an_order_without_claims_leads_back_to_the_list(world: World, carol: Client) -> None:
    answer = carol.post(PREVIEW, {"verb": "queue", "query": "state=queued"}, follow=True)
    assert answer.redirect_chain == [("/desk/claims/?state=queued", 302)]
    assert "Choose at least one claim." in page_of(answer)


@pytest.mark.parametrize(
    "wrong",
    [
        {"verb": "explode", "claim": ["1"]},
        {"claim": ["1"]},
        {"verb": "queue", "claim": ["x"]},
        {"verb": "queue", "claims": "1;2"},
        {"verb": "queue", "all": "1", "query": "state=lost"},
        {"verb": "queue", "claim": ["9" * 30]},
    ],
)
def test_what_no_page_sends_is_refused(carol: Client, wrong: dict[str, Any]) -> None:
    for where in (PREVIEW, BEGIN):
        assert carol.post(where, wrong).status_code == 400
    assert not BulkAction.objects.exists()


def test_claims_of_another_desk_are_passed_over(world: World, carol: Client) -> None:
    (ours,), (theirs,) = factories.queued_claims(world, 1), factories.queued_claims(world, 1, desk=world.elsewhere)
    page = page_of(carol.post(PREVIEW, {"verb": "unqueue", "claim": [ours.pk, theirs.pk]}))
    assert "1 claim will change" in page


# --- Its end ----------------------------------------------------------------------------------------------------------


def test_cancelled_by_a_button(world: World, carol: Client) -> None:
    claims = factories.queued_claims(world, 2)
    action = ordered(world, DISMISS, claims)
    page = page_of(carol.post(f"/desk/bulk/{action.pk}/cancel/", follow=True))
    assert "Cancelled. What was done until then can be undone." in page
    assert "2 claims were no longer looked at" in page
    factories.perform()
    assert states(claims) == ["queued", "queued"]
    assert "It has ended" in page_of(carol.post(f"/desk/bulk/{action.pk}/cancel/", follow=True))


def test_when_it_is_too_late_there_is_no_button_and_no_way(world: World, carol: Client) -> None:
    action = done(world, DISMISS, factories.queued_claims(world, 1))
    where = f"/desk/bulk/{action.pk}/"
    page = page_of(carol.get(where))
    assert f'action="{where}undo/"' in page
    # The time is counted down: "ends in 9 minutes", for which "until" is the wrong word.
    assert re.search(r'time ends\s+<time [^>]*data-local="left"', page)
    BulkAction.objects.update(finished_at=Now() - UNDO_FOR)
    assert f'action="{where}undo/"' not in page_of(carol.get(where))
    assert "within 10 minutes after its end" in page_of(carol.post(f"{where}undo/", follow=True))
