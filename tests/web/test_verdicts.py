"""What everybody may read: the verdict, its quote in context, its evidence and versions, and ClaimReview."""

import json
import re
from typing import Any

from django.test import Client

from claims.models.claims import Attribution
from claims.rules.workflow import ReopenReason
from claims.services import attributions, publication
from claims.web import verdicts
from sources import services as register
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn


def claim_review_on(page: str) -> dict[str, Any]:
    script = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert script is not None
    document: dict[str, Any] = json.loads(script.group(1))
    return document


def test_a_published_verdict_is_open_to_everybody(world: World, client: Client) -> None:
    published = factories.published(world)
    page = client.get(f"/verdicts/{published.verdict_id}/").content.decode()
    for words in (
        published.claim.text,
        "Accurate",
        "False",
        "The inspection report says otherwise.",
        "https://records1.example/report",
        'class="s s-source"',
        "Reviewed by <bdi>Alice</bdi>, published by <bdi>Carol</bdi>.",
    ):
        assert words in page
    assert 'rel="noopener noreferrer nofollow"' in page


def test_a_verdict_that_was_not_published_is_not_there(world: World, client: Client, as_: SignedIn) -> None:
    done = factories.reviewed(world)
    for reader in (client, as_(world.carol)):
        assert reader.get(f"/verdicts/{done.verdict.pk}/").status_code == 404
    assert "Nothing was published yet." in client.get("/verdicts/").content.decode()


def test_where_all_was_retracted_nobody_is_told_that_nothing_was_published(world: World, client: Client) -> None:
    published = factories.published(world)
    publication.retract(published.claim_id, actor=world.carol, note="It was another bridge.", reason="A letter.")
    of_desk = f"/corrections/?desk={world.desk.slug}"
    for where, leads in (("/", "/corrections/"), ("/verdicts/", "/corrections/"), ("/publishers/harbour/", of_desk)):
        page = client.get(where).content.decode()
        assert "Nothing was published yet." not in page, where
        assert "Everything that was published has been retracted." in page, where
        assert f'href="{leads}">What was retracted, and why' in page, where
        assert "It was another bridge." in client.get(leads).content.decode()


def test_machines_find_claim_review(world: World, client: Client) -> None:
    published = factories.published(world)
    document = claim_review_on(client.get(f"/verdicts/{published.verdict_id}/").content.decode())
    assert document["@type"] == "ClaimReview"
    assert document["url"].endswith(f"/verdicts/{published.verdict_id}/")
    assert document["reviewRating"]["ratingValue"] == 1
    assert (document["reviewRating"]["bestRating"], document["reviewRating"]["worstRating"]) == (5, 1)
    assert document["itemReviewed"]["@type"] == "Claim"


def test_who_was_marked_as_saying_nothing_is_not_named_in_public(world: World, client: Client) -> None:
    claim, beside = factories.queued_claims(world, 2)
    wrong, right = claim.attributions.get(), beside.attributions.get()
    Attribution.objects.filter(pk=wrong.pk).update(source_entity="Nobody Really")
    Attribution.objects.filter(pk=right.pk).update(source_entity="Anna Bell")
    claim.links.create(attribution=right, stance="asserts")
    attributions.reject(wrong.pk, actor=world.alice)
    published = factories.published(world, factories.reviewed(world, claim=claim))
    page = client.get(f"/verdicts/{published.verdict_id}/").content.decode()
    assert claim_review_on(page)["itemReviewed"]["author"]["name"] == "Anna Bell"
    assert "Nobody Really" not in page
    listed = client.get("/verdicts/").content.decode()
    assert "Anna Bell" in listed
    assert "Nobody Really" not in listed


def test_of_a_merged_source_the_one_is_named_that_readers_see(world: World, client: Client) -> None:
    double, bell = register.create("organisation", "A. Bell"), register.create("person", "Anna Bell")
    register.describe(bell, same_as="https://people.example/bell")
    (claim,) = factories.queued_claims(world, 1)
    said = claim.attributions.get()
    said.resolved_sources.create(source=double, surface="Bell", score=0.9, reason="An alias.", confirmed_by=world.bob)
    register.merge(double, bell, by=world.dora, reason="The same.")
    published = factories.published(world, factories.reviewed(world, claim=claim))
    author = claim_review_on(client.get(f"/verdicts/{published.verdict_id}/").content.decode())["itemReviewed"][
        "author"
    ]
    assert (author["@type"], author["name"], author["sameAs"]) == (
        "Person", "Anna Bell", "https://people.example/bell",
    )  # fmt: skip


def test_nothing_said_in_a_verdict_ends_the_script(world: World, client: Client) -> None:
    rationale = "</script><script>alert(1)</script> & <b>"
    published = factories.published(world, factories.reviewed(world, rationale=rationale))
    page = client.get(f"/verdicts/{published.verdict_id}/").content.decode()
    assert "<script>alert" not in page
    assert page.count("</script>") == page.count("<script")


def test_an_earlier_version_leads_to_the_current_one(world: World, client: Client) -> None:
    first = factories.published(world)
    claim = publication.reopen(first.claim_id, ReopenReason.NEW_EVIDENCE, actor=world.carol)
    done = factories.reviewed(world, world.bob, claim, veracity_verdict="true")
    second = factories.published(world, done, publication.Note("correction", "The report was found."))
    old = client.get(f"/verdicts/{first.verdict_id}/").content.decode()
    assert "This is an earlier version." in old
    assert f'href="/verdicts/{second.verdict_id}/"' in old
    new = client.get(f"/verdicts/{second.verdict_id}/").content.decode()
    assert "The report was found." in new
    listed = client.get("/verdicts/").content.decode()
    assert f"/verdicts/{second.verdict_id}/" in listed
    assert f"/verdicts/{first.verdict_id}/" not in listed


def test_the_front_page_is_for_visitors_and_members_start_at_their_desk(
    world: World, client: Client, as_: SignedIn
) -> None:
    published = factories.published(world)
    assert published.claim.text in client.get("/").content.decode()
    assert as_(world.alice).get("/").headers["Location"] == "/desk/"
    assert as_(world.ruth).get("/").headers["Location"] == "/articles/"
    assert "not a member of any desk" in as_(factories.user("newcomer")).get("/").content.decode()


def test_editors_find_the_way_to_correct(world: World, client: Client, as_: SignedIn) -> None:
    published = factories.published(world)
    where, way = f"/verdicts/{published.verdict_id}/", f'href="/publish/{published.claim_id}/"'
    assert way in as_(world.carol).get(where).content.decode()
    for reader in (client, as_(world.alice), as_(world.mallory)):
        assert way not in reader.get(where).content.decode()


def found(client: Client, query: str) -> list[str]:
    """The claims that a search lists, in its order."""
    page = client.get(f"/verdicts/?{query}").content.decode()
    return re.findall(r'class="row-title"[^>]*>(.*?)</a>', page)


def test_verdicts_are_found_by_words_speaker_rating_desk_and_day(world: World, client: Client) -> None:
    for ending, rating in enumerate(("true", "false", "false")):
        claim = factories.queued_claims(world, 1)[0]
        if ending == 2:
            double, bell = register.create("person", "Ann Bell"), register.create("person", "Anna Bell")
            register.merge(double, bell, by=world.dora, reason="The same.")
            claim.attributions.get().resolved_sources.create(
                source=double, surface="Bell", score=0.9, reason="Alias.", confirmed_by=world.bob
            )
        factories.published(world, factories.reviewed(world, claim=claim, veracity_verdict=rating))
    one, two, three = reversed(found(client, ""))
    number = two.split()[1]
    assert found(client, f"words={number}") == found(client, f"words=BRIDGE+{number}&desk=harbour") == [two]
    assert found(client, "words=bridge") == [three, two, one]
    assert found(client, "rating=true") == [one]
    assert found(client, "rating=false&speaker=anna") == found(client, "speaker=ANN+BELL") == [three]
    assert found(client, "speaker=Anna+Bell&rating=true") == found(client, "speaker=%25") == []
    today = publication_day(client)
    assert found(client, f"since={today}&until={today}") == [three, two, one]
    assert found(client, "until=2020-01-01") == []
    assert "No published verdict matches." in client.get("/verdicts/?words=unheard").content.decode()


def publication_day(client: Client) -> str:
    """The day of the newest publication, in UTC."""
    return str(client.get("/api/v1/verdicts").json()["results"][-1]["published_at"][:10])


def test_further_pages_keep_what_was_asked_for(world: World, client: Client) -> None:
    for claim in factories.queued_claims(world, verdicts.PAGE + 1):
        factories.published(world, factories.reviewed(world, claim=claim))
    page = client.get("/verdicts/?words=bridge&rating=false").content.decode()
    link = re.search(r'rel="next"\s+href="([^"]+)"', page)
    assert link is not None
    assert link.group(1).startswith("?words=bridge&amp;rating=false&amp;before=")
    assert len(found(client, link.group(1).replace("&amp;", "&")[1:])) == 1


def test_a_verdict_is_read_with_the_whole_scale_and_the_whole_digest(world: World, client: Client) -> None:
    done = factories.reviewed(world)
    copy = factories.attempt(done.verdict.evidence.all()[0])
    page = client.get(f"/verdicts/{factories.published(world, done).verdict_id}/").content.decode()
    assert copy.sha256 in page
    for label in ("Mostly true", "Not checkable", "Misattributed", "Altered"):
        assert label in page
    assert page.count('class="is-given"') == 2
