"""What everybody may read of a desk: how it works, its ratings and corrections, its feed; and nothing unpublished."""

import re
from xml.etree import ElementTree

import pytest
from django.templatetags.static import static
from django.test import Client

from claims.models.desks import Desk
from claims.models.publication import Publication
from claims.rules.workflow import DismissReason, ReopenReason
from claims.services import claims, desks, evidence, publication, review
from sources import services as register
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn, parsed

SECRET = "Words that nobody outside may read."
ATOM = {"a": "http://www.w3.org/2005/Atom"}
PAGES = ("/", "/verdicts/", "/corrections/", "/feed.atom", "/sitemap.xml", "/sitemap-0.xml", "/publishers/harbour/")
SEARCHES = ("/verdicts/?words=bridge", "/verdicts/?desk=harbour", "/verdicts/?rating=true", "/verdicts/?speaker=Bell")


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code in (200, 404), path
    return str(answer.content.decode())


def entries(client: Client) -> list[ElementTree.Element]:
    """What the desk's feed holds, the newest first."""
    address = "/feed.atom?desk=harbour"
    assert client.get(address).headers["Content-Type"].startswith("application/atom+xml")
    return parsed(client, address).findall("a:entry", ATOM)


def corrected(world: World, first: Publication, note: str, **fields: str) -> Publication:
    """The claim of this publication reviewed anew by bob, and published with a note."""
    claim = publication.reopen(first.claim_id, ReopenReason.NEW_EVIDENCE, actor=world.carol)
    done = factories.reviewed(world, world.bob, claim, **fields)
    return factories.published(world, done, publication.Note("correction", note))


def test_a_desk_tells_how_it_works_and_what_its_ratings_mean(world: World, client: Client) -> None:
    desks.change(world.desk, actor=world.dora, gate_requires=["sources"], method_url="https://harbour.example/method")
    published = factories.published(world, factories.reviewed(world))
    page = text(client, "/publishers/harbour/")
    for words in (
        "Harbour Desk",
        published.claim.text,
        "https://harbour.example/method",
        "at least two independent sources",
        "misattributed",
        "mostly false",
        'href="/feed.atom?desk=harbour"',
        "Nothing has had to be corrected yet.",
    ):
        assert words.lower() in page.lower(), words
    assert "Whoever made the claim is asked" not in page, "the desk does not ask for it"


def test_nobody_hears_of_a_desk_that_has_published_nothing(world: World, client: Client) -> None:
    factories.reviewed(world)
    for path in (
        "/publishers/harbour/",
        "/corrections/?desk=harbour",
        "/feed.atom?desk=harbour",
        "/publishers/nowhere/",
    ):
        assert client.get(path).status_code == 404, path
    assert client.get("/verdicts/?desk=harbour").status_code == 400
    for path in ("/", "/verdicts/", "/sitemap-0.xml", "/feed.atom"):
        assert "arbour" not in text(client, path), path


def test_what_is_not_published_is_on_no_page_of_everybody(world: World, client: Client) -> None:
    """Drafts, reviews, dismissed claims, and the round that follows a published verdict."""
    draft, decided, dismissed, again = factories.queued_claims(world, 4)
    held = review.take(world.alice, draft.pk)
    review.save_draft(held.pk, world.alice, {"rationale": SECRET})
    factories.reviewed(world, claim=decided, rationale=SECRET)
    review.unqueue(dismissed.pk, actor=world.carol)
    claims.dismiss(dismissed.pk, DismissReason.NOT_CHECKABLE, actor=world.carol, note=SECRET)
    first = factories.published(world, factories.reviewed(world, claim=again, veracity_verdict="true"))
    publication.reopen(again.pk, ReopenReason.NEW_EVIDENCE, actor=world.carol, note=SECRET)
    factories.reviewed(world, world.bob, again, veracity_verdict="misleading", rationale=SECRET)
    for path in (*PAGES, *SEARCHES, f"/verdicts/{first.verdict_id}/"):
        page = text(client, path)
        assert SECRET not in page, path
        for claim in (draft, decided, dismissed):
            assert claim.text not in page, path
    newer = again.verdicts.get(version=2)
    for path in (f"/verdicts/{newer.pk}/", f"/verdicts/{newer.pk}/picture-{first.position}.png"):
        assert client.get(path).status_code == 404, path
    assert again.text in text(client, "/verdicts/?rating=true")
    assert again.text not in text(client, "/verdicts/?rating=misleading")


def test_whoever_was_asked_for_the_next_version_was_not_asked_for_this_one(world: World, client: Client) -> None:
    first = factories.published(world)
    claim = publication.reopen(first.claim_id, ReopenReason.NEW_EVIDENCE, actor=world.carol)
    review.take(world.bob, claim.pk)
    evidence.contact(claim, "e-mail", "Why?", actor=world.bob)
    assert "The claimant was asked" not in text(client, f"/verdicts/{first.verdict_id}/")


def test_corrections_and_retractions_are_listed_with_what_changed(world: World, client: Client) -> None:
    first = factories.published(world, factories.reviewed(world, veracity_verdict="true"))
    second = corrected(world, first, "The report was found.", veracity_verdict="false")
    page = text(client, "/corrections/?desk=harbour")
    assert "The report was found." in page
    assert "True → False" in page
    assert "The report was found." in text(client, "/publishers/harbour/")
    publication.retract(second.claim_id, actor=world.carol, note="The report was forged.")
    for path in ("/corrections/", f"/verdicts/{first.verdict_id}/", f"/verdicts/{second.verdict_id}/"):
        assert "The report was forged." in text(client, path), path
    for path in ("/verdicts/", "/verdicts/?words=bridge", "/sitemap-0.xml"):
        assert f"/verdicts/{second.verdict_id}/" not in text(client, path), path


def test_a_corrected_verdict_says_so_at_the_top_and_a_retracted_one_in_its_title(world: World, client: Client) -> None:
    first = factories.published(world)
    second = corrected(world, first, "The report was found.")
    page = text(client, f"/verdicts/{second.verdict_id}/")
    assert page.index("The report was found.") < page.index("<h1")
    publication.retract(second.claim_id, actor=world.carol, note="The report was forged.")
    page = text(client, f"/verdicts/{second.verdict_id}/")
    assert page.index("This verdict was retracted.") < page.index("<h1")
    assert 'property="og:title" content="Retracted: ' in page
    assert "application/ld+json" not in page


def test_previews_of_a_link_have_words_and_a_picture(world: World, client: Client) -> None:
    first = factories.published(world)
    page = text(client, f"/verdicts/{first.verdict_id}/")
    where = f"/verdicts/{first.verdict_id}/picture-{first.position}.png"
    assert f'property="og:image" content="http://localhost:8000{where}"' in page
    assert 'name="twitter:card" content="summary_large_image"' in page
    assert f'rel="canonical" href="http://localhost:8000/verdicts/{first.verdict_id}/"' in page
    answer = client.get(where)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert "max-age=86400" in answer.headers["Cache-Control"]
    second = corrected(world, first, "The report was found.")
    moved = client.get(where)
    newest = f"/verdicts/{second.verdict_id}/picture-{second.position}.png"
    assert moved.headers["Location"] == newest
    old = text(client, f"/verdicts/{first.verdict_id}/")
    assert f'property="og:image" content="http://localhost:8000{newest}"' in old
    assert 'property="og:title" content="Earlier version, False: ' in old


def test_the_feed_has_each_step_once_and_repeats_nothing_that_was_taken_back(world: World, client: Client) -> None:
    first = factories.published(world, factories.reviewed(world, rationale="As the ledger has it."))
    second = corrected(world, first, "The report was found.")
    publication.retract(second.claim_id, actor=world.carol, note="The report was forged.")
    found = entries(client)
    titles = [entry.findtext("a:title", "", ATOM).split(":")[0] for entry in found]
    assert titles == ["Retracted"] * 3
    assert {entry.findtext("a:summary", "", ATOM) for entry in found} == {"The report was forged."}
    assert len({entry.findtext("a:updated", "", ATOM) for entry in found}) == 1, "readers that hold them hear of it"
    assert len({entry.findtext("a:id", "", ATOM) for entry in found}) == 3


def test_the_feed_says_of_a_corrected_version_only_that_there_is_a_newer_one(world: World, client: Client) -> None:
    first = factories.published(world, factories.reviewed(world, rationale="As the ledger has it."))
    corrected(world, first, "The report was found.", rationale="As the report has it.")
    newer, older = entries(client)
    assert newer.findtext("a:summary", "", ATOM) == "The report was found. As the report has it."
    assert older.findtext("a:title", "", ATOM).startswith("Earlier version, False: ")
    assert older.findtext("a:summary", "", ATOM) == "The report was found."
    assert older.findtext("a:updated", "", ATOM) == newer.findtext("a:updated", "", ATOM)


def test_the_feed_has_what_people_wrote_as_text_whatever_it_is(world: World, client: Client) -> None:
    """Readers take a summary for HTML, and XML holds no control characters."""
    Desk.objects.filter(pk=world.desk.pk).update(name="Desk\x0b\uffff")
    factories.published(world, factories.reviewed(world, rationale="<img src=x> if a < b\ufffe"))
    (entry,) = entries(client)
    assert entry.findtext("a:summary", "", ATOM) == "&lt;img src=x&gt; if a &lt; b\ufffd"
    assert entry.findtext("a:author/a:name", "", ATOM) == "Desk[U+000B]\ufffd"


def test_no_day_is_too_late_to_be_asked_for(world: World, client: Client) -> None:
    found = factories.published(world)
    assert found.claim.text in text(client, "/verdicts/?until=9999-12-31")
    assert client.get("/api/v1/verdicts/search?until=9999-12-31").json()["results"]


def test_crawlers_find_every_page_that_holds(world: World, client: Client) -> None:
    kept = factories.published(world)
    gone = factories.published(world)
    publication.retract(gone.claim_id, actor=world.carol, note="The report was forged.")
    assert "<loc>http://localhost:8000/sitemap-0.xml</loc>" in text(client, "/sitemap.xml")
    pages = text(client, "/sitemap-0.xml").replace("</loc>", "<loc>").split("<loc>")
    assert f"http://localhost:8000/verdicts/{kept.verdict_id}/" in pages
    assert "http://localhost:8000/publishers/harbour/" in pages
    assert f"http://localhost:8000/verdicts/{gone.verdict_id}/" not in pages
    assert client.get("/sitemap-1.xml").status_code == 404
    assert client.get(f"/sitemap-{10**30}.xml").status_code == 404
    robots = text(client, "/robots.txt")
    assert "Sitemap: http://localhost:8000/sitemap.xml" in robots
    assert "Disallow: /sources/\n" not in robots, "pages of sources are public, the register is not"
    sign = client.get("/favicon.ico")
    assert (sign.status_code, sign["Location"]) == (302, static("claims/img/mark.svg"))


def test_crawlers_find_whoever_said_something_that_was_published(world: World, client: Client) -> None:
    bell, osei, quiet = (register.create("person", name) for name in ("Anna Bell", "Mark Osei", "Jane Roe"))
    for source, publish in ((bell, True), (quiet, False)):
        (claim,) = factories.queued_claims(world, 1)
        claims.confirm_source(claim.attributions.get().pk, source, actor=world.carol)
        done = factories.reviewed(world, claim=claim)
        if publish:
            factories.published(world, done)
    register.merge(bell, osei, by=world.dora, reason="The same.")
    pages = re.findall("<loc>([^<]*)</loc>", text(client, "/sitemap-0.xml"))
    listed = [page for page in pages if "/sources/" in page]
    assert listed == [f"http://localhost:8000/sources/{osei.pk}/"]
    assert client.get(f"/sources/{osei.pk}/").status_code == 200
    assert client.get(f"/sources/{quiet.pk}/").status_code == 404
    assert text(client, "/sitemap-0.xml").count("<url>") == len(set(pages)), "each once"


def test_visitors_pages_are_kept_for_a_minute_and_members_pages_by_nobody(
    world: World, client: Client, as_: SignedIn
) -> None:
    first = factories.published(world)
    for path in (*PAGES, f"/verdicts/{first.verdict_id}/"):
        answer = client.get(path)
        assert answer.headers["Cache-Control"] == "public, max-age=0, s-maxage=60", path
        assert "Cookie" in answer.headers["Vary"], path
        again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b""), path
        own = as_(world.alice).get(path)
        assert "public" not in own.headers.get("Cache-Control", ""), path
    before = client.get(f"/verdicts/{first.verdict_id}/").headers["ETag"]
    publication.retract(first.claim_id, actor=world.carol, note="The report was forged.")
    after = client.get(f"/verdicts/{first.verdict_id}/", headers={"If-None-Match": before})
    assert after.status_code == 200


def test_the_page_asks_no_script_of_others_and_leads_to_its_data(world: World, client: Client) -> None:
    verdict = factories.published(world).verdict_id
    page = text(client, f"/verdicts/{verdict}/")
    assert 'src="http' not in page
    assert 'href="mailto:?subject=' in page
    assert f'href="/api/v1/verdicts/{verdict}"' in page
    assert client.get(f"/api/v1/verdicts/{verdict}").json()["id"] == verdict


@pytest.mark.parametrize(
    "query", ["words=\0", "since=yesterday", "desk=nowhere", "rating=nonsense", "speaker=" + "x" * 300]
)
def test_a_search_for_what_cannot_be_is_answered_in_words(world: World, client: Client, query: str) -> None:
    factories.published(world)
    answer = client.get(f"/verdicts/?{query}")
    assert answer.status_code == 400
    assert "errorlist" in answer.content.decode()
