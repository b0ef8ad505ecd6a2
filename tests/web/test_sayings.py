"""Who says what, of an article and of a topic: boxes that lead on, denials dashed, and the same as a table."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims.models.articles import Article
from claims.models.claims import Attribution, Claim, ClaimAttribution
from claims.services import attributions
from claims.web import sayings
from sources import services as register
from sources.models import Source
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn, bare
from tests.web.test_agreement import Shapes


@pytest.fixture
def claims(world: World) -> list[Claim]:
    """Three claims of one article: Bell makes the first, which Osei denies; the second is hers, the third nobody's."""
    claims = factories.queued_claims(world, 3)
    bell, osei = register.create("person", "Anna Bell"), register.create("person", "Mark <b>Osei")
    for claim, source in zip(claims, (bell, bell), strict=False):
        claim.attributions.get().resolved_sources.create(source=source, surface="x", score=0.9, reason="An alias.")
    first = claims[0].attributions.get()
    denial = Attribution.objects.create(
        revision=first.revision,
        label="A99",
        quote_type="indirect",
        stance="denies",
        confidence=0.9,
        engine="x 1",
    )
    denial.resolved_sources.create(source=osei, surface="Osei", score=0.9, reason="An alias.")
    ClaimAttribution.objects.create(claim=claims[0], attribution=denial, stance="denies")
    Attribution.objects.filter(pk=denial.pk).update(responds_to=first)
    Article.objects.filter(pk=claims[0].article_id).update(topics=["bridges"])
    return claims


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def drawn(text: str) -> tuple[list[str], list[str]]:
    """Where the boxes lead, and the kinds of the edges."""
    shapes = Shapes(text).found
    assert not [about for _, about in shapes if "style" in about]
    links = [about for tag, about in shapes if tag == "a" and "node" in (about.get("class") or "")]
    boxes = [about.get("xlink:href") or "" for about in links]
    edges = [about["class"] or "" for tag, about in shapes if tag == "path" and "edge " in (about.get("class") or "")]
    return boxes, edges


def test_an_article(world: World, as_: SignedIn, claims: list[Claim]) -> None:
    text = page(as_(world.ruth), f"/articles/{claims[0].article_id}/graph/")
    boxes, edges = drawn(text)
    assert {f"/desk/claims/{claim.pk}/" for claim in claims} <= set(boxes)
    assert len([box for box in boxes if box.startswith("/sources/")]) == 2
    assert sorted(edges) == [*["edge edge-denies"] * 2, *["edge edge-plain"] * 3], "of the claim, and of who made it"
    assert text.count("<tr>") == 5 + 2
    assert "<b>Osei" not in text
    assert "&lt;b&gt;Osei denies: " in text, "who points at an edge is told what it is"


def test_a_denial_says_whom_it_answers(world: World, as_: SignedIn, claims: list[Claim]) -> None:
    client, where = as_(world.ruth), f"/articles/{claims[0].article_id}/graph/"
    first = claims[0].attributions.get(label="A0")
    text = page(client, where)
    assert "Who answers whom" in text
    assert text.rindex("Anna Bell") > text.index("Who answers whom")
    attributions.reject(first.pk, actor=world.carol)
    assert "Who answers whom" not in page(client, where), "what is no statement is answered by nobody"


def test_who_made_no_claim_is_answered_as_well(world: World, as_: SignedIn, claims: list[Claim]) -> None:
    first = claims[0].attributions.get(label="A0")
    ClaimAttribution.objects.filter(claim=claims[0], attribution=first).delete()
    text = page(as_(world.ruth), f"/articles/{claims[0].article_id}/graph/")
    assert "Who answers whom" in text
    assert text.rindex("Anna Bell") > text.index("Who answers whom")


def test_each_line_leads_to_the_words_in_the_text(world: World, as_: SignedIn, claims: list[Claim]) -> None:
    article = claims[0].article_id
    lines = [
        about
        for tag, about in Shapes(page(as_(world.ruth), f"/articles/{article}/graph/")).found
        if "data-from" in about
    ]
    said = {row.pk: row.spans.order_by("start").first() for row in Attribution.objects.all()}
    wanted = {f"/articles/{article}/?at={span.start if span else 0}#a-{pk}" for pk, span in said.items()}
    assert {line["xlink:href"] for line in lines} == wanted
    (answer,) = [line for line in lines if not (line["data-to"] or "").startswith("claim")]
    bell, osei = (Source.objects.get(name=name) for name in ("Anna Bell", "Mark <b>Osei"))
    assert (answer["data-from"], answer["data-to"]) == (f"source {osei.pk}", f"source {bell.pk}")


def test_whoever_speaks_together_is_drawn_each(world: World, as_: SignedIn, claims: list[Claim]) -> None:
    west = register.create("collective", "The West")
    claims[0].attributions.get(label="A0").resolved_sources.create(source=west, surface="x", score=0.9, reason="Named.")
    boxes, edges = drawn(page(as_(world.ruth), f"/articles/{claims[0].article_id}/graph/"))
    assert f"/sources/{west.pk}/" in boxes
    assert edges.count("edge edge-denies") == 1 + 2, "the claim is denied, and with it what both say"


def test_the_most_said_are_drawn_first(world: World, as_: SignedIn, claims: list[Claim]) -> None:
    more = factories.queued_claims(world, 12)
    Article.objects.filter(pk=more[0].article_id).update(topics=["bridges"])
    Claim.objects.filter(pk__in=[claim.pk for claim in more]).update(priority=1)
    boxes, _edges = drawn(page(as_(world.ruth), "/desk/topics/graph/?topic=bridges&most=10"))
    shown = [box for box in boxes if box.startswith("/desk/claims/")]
    assert len(shown) == 10
    assert f"/desk/claims/{claims[0].pk}/" in shown, "of which two speak, however little it matters"


def test_the_article_leads_there_and_it_to_its_topics(world: World, as_: SignedIn, claims: list[Claim]) -> None:
    client, where = as_(world.ruth), f"/articles/{claims[0].article_id}/"
    assert f'href="{where}graph/"' in page(client, where)
    assert 'href="/desk/topics/graph/?desk=harbour&amp;topic=bridges"' in page(client, f"{where}graph/")


def test_filters_are_in_the_address(world: World, as_: SignedIn, claims: list[Claim]) -> None:
    client, where = as_(world.ruth), f"/articles/{claims[0].article_id}/graph/"
    boxes, edges = drawn(page(client, f"{where}?stance=denies"))
    assert (len(boxes), edges) == (2, ["edge edge-denies"])
    bell = claims[0].attributions.get(label="A0").resolved_sources.get().source
    boxes, edges = drawn(page(client, f"{where}?who=source+{bell.pk}"))
    assert (len(boxes), len(edges)) == (3, 2)
    assert "Nobody says anything" in page(client, f"{where}?who=named+Nobody")
    for wrong in ("?stance=shouts", "?most=9", "?who=%00"):
        assert 'aria-invalid="true"' in page(client, where + wrong, 422)


def test_what_does_not_stand_is_not_drawn(world: World, as_: SignedIn, claims: list[Claim]) -> None:
    attributions.reject(claims[2].attributions.get().pk, actor=world.alice, reason="no statement")
    boxes, _edges = drawn(page(as_(world.ruth), f"/articles/{claims[0].article_id}/graph/"))
    assert f"/desk/claims/{claims[2].pk}/" not in boxes


def test_a_topic_joins_the_articles_of_one_desk(world: World, as_: SignedIn, claims: list[Claim]) -> None:
    (more,) = factories.queued_claims(world, 1)
    (foreign,) = factories.queued_claims(world, 1, desk=world.elsewhere)
    Article.objects.filter(pk__in=[more.article_id, foreign.article_id]).update(topics=["bridges", "water"])
    client = as_(world.ruth)
    boxes, _edges = drawn(page(client, "/desk/topics/graph/?topic=Bridges"))
    assert {box for box in boxes if box.startswith("/desk/claims/")} == {
        f"/desk/claims/{claim.pk}/" for claim in (*claims, more)
    }
    assert "Enter a topic" in page(client, "/desk/topics/graph/")
    assert "Nobody says anything" in page(client, "/desk/topics/graph/?topic=harvest")
    foreign_desk, absent = (client.get(f"/desk/topics/graph/?desk={desk}&topic=water") for desk in ("valley", "none"))
    assert (foreign_desk.status_code, absent.status_code) == (404, 404)
    assert bare(foreign_desk) == bare(absent)


def test_a_large_article_is_drawn_in_part_and_told_whole(world: World, as_: SignedIn) -> None:
    claims = factories.queued_claims(world, sayings.CLAIMS + 3)
    text = page(as_(world.ruth), f"/articles/{claims[0].article_id}/graph/")
    boxes, _edges = drawn(text)
    assert len([box for box in boxes if box.startswith("/desk/claims/")]) == sayings.CLAIMS
    assert "3 claims are in the table alone" in text
    assert text.count("<tr>") == 1 + len(claims)


def test_the_same_questions_for_many_claims(world: World, as_: SignedIn) -> None:
    client, counts = as_(world.ruth), []
    for size in (1, 20):
        made = factories.queued_claims(world, size)
        for number, claim in enumerate(made):
            source = register.create("person", f"Person {number} of {size}")
            claim.attributions.get().resolved_sources.create(source=source, surface="x", score=0.9, reason="An alias.")
        where = f"/articles/{made[0].article_id}/graph/"
        page(client, where)
        with CaptureQueriesContext(connection) as queries:
            page(client, where)
        counts.append(len(queries))
    assert counts[0] == counts[1]
