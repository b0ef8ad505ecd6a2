"""A claim's history in words, an excerpt with the paragraphs that hold it, and what an editor does before the queue."""

import re

import pytest
from django.test import Client
from django.utils.html import strip_tags

from claims.models.claims import Attribution, Claim, ClaimAttribution
from claims.models.events import Event
from claims.models.review import QueueEntry
from claims.rules.refusals import Absent, Refused
from claims.services import claims
from claims.web import reading
from claims.web.highlight import Block, Open, Span, Text
from sources import services as register
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn


def test_the_history_tells_the_way_of_a_claim(world: World, as_: SignedIn) -> None:
    claim = factories.published(world).claim
    page = as_(world.ruth).get(f"/claims/{claim.pk}/history/").content.decode()
    told = ("Found in the article", "Taken for review", "Decided", "Published")
    places = [page.index(f"<strong>{sentence}</strong>") for sentence in told]
    assert places == sorted(places)
    assert "in review → handed in" in page
    assert "the machine" in page


def test_a_stance_reads_right_for_one_speaker_and_for_several(world: World, as_: SignedIn) -> None:
    claim = factories.queued_claims(world, 1)[0]
    Attribution.objects.filter(links__claim=claim).update(
        source_entity="The <b>Port</b> and the town", stance="accuses"
    )
    claim.links.update(stance="accuses")
    factories.published(world, factories.reviewed(world, claim=factories.queued_claims(world, 1)[0]))
    for path in ("/desk/", f"/articles/{claim.article_id}/"):
        page = strip_tags(as_(world.alice).get(path).content.decode())
        assert "The &lt;b&gt;Port&lt;/b&gt; and the town: accuses" in page, path
    assert re.search(r"\w: (asserts|denies)\b", strip_tags(as_().get("/verdicts/").content.decode()))


def words(blocks: list[Block]) -> str:
    return "|".join("".join(t.text for t in block.tokens if isinstance(t, Text)).strip() for block in blocks)


def test_an_excerpt_holds_the_marked_paragraphs_only() -> None:
    text = "First.\n\nSecond says a thing.\n\nThird.\n\nFourth says more.\n\nFifth."
    spans = [Span(text.index("Second"), text.index("Second") + 6, 1, "source"), Span(44, 48, 1, "content")]
    assert words(reading.excerpt(text, spans).blocks) == "Second says a thing.|Fourth says more."
    assert reading.excerpt(text, []).blocks == []


def test_windows_cover_a_long_text_without_gap() -> None:
    text = "\n\n".join(f"Paragraph {number}. " + "word " * 200 for number in range(400))
    spans = [Span(at, at + 50, at, "content") for at in range(0, len(text) - 50, 997)]
    seen, at = "", 0
    while True:
        part = reading.read(text, spans, reading.part_of(text, at))
        seen += "".join(token.text for block in part.blocks for token in block.tokens if isinstance(token, Text))
        if part.later is None:
            break
        at = part.later
    assert seen == text


def test_a_long_text_without_blank_lines_is_cut_all_the_same() -> None:
    text = "x" * 500_000
    part = reading.read(text, [Span(0, 500_000, 1, "content")], reading.part_of(text))
    assert part.later == reading.WINDOW
    opened = [token for block in part.blocks for token in block.tokens if isinstance(token, Open)]
    assert [(token.start, token.end) for token in opened] == [(0, reading.WINDOW)]


# --- Before the queue -------------------------------------------------------------------------------------------------


@pytest.fixture
def opinion(world: World) -> Claim:
    """A claim that the machine did not put into the queue."""
    beside = factories.queued_claims(world, 1)[0]
    words = {"label": "C9", "text": "It is ugly.", "checkability": "opinion", "state": "triaged"}
    claim = Claim.objects.create(desk=world.desk, article=beside.article, **words)
    ClaimAttribution.objects.create(claim=claim, attribution=beside.attributions.get(), stance="asserts")
    return claim


@pytest.fixture
def carol(world: World, as_: SignedIn) -> Client:
    return as_(world.carol)


def test_an_editor_dismisses_on_the_card_and_brings_back(carol: Client, opinion: Claim) -> None:
    article, opened = f"/articles/{opinion.article_id}/", f"/claims/{opinion.pk}/found/"
    assert f'hx-get="{opened}"' in carol.get(article).content.decode()
    assert f'action="/claims/{opinion.pk}/dismiss/"' in carol.get(opened).content.decode()
    why = {"reason": "duplicate", "note": "see <b>C7</b>", "back": f"{article}#c-{opinion.pk}"}
    answer = carol.post(f"/claims/{opinion.pk}/dismiss/", why)
    assert answer.headers["Location"] == f"{article}#c-{opinion.pk}"
    assert "duplicate: see &lt;b&gt;C7&lt;/b&gt;" in carol.get(article).content.decode()
    page = carol.get(opened).content.decode()
    assert f'action="/claims/{opinion.pk}/restore/"' in page
    assert f'action="/claims/{opinion.pk}/dismiss/"' not in page
    back = carol.post(f"/claims/{opinion.pk}/restore/", {"back": "//elsewhere.example/"})
    assert back.headers["Location"] == f"/desk/claims/{opinion.pk}/", "never to another site"
    opinion.refresh_from_db()
    assert (opinion.state, opinion.state_reason) == ("triaged", "")


def test_an_editor_sends_to_the_reviewers_what_the_machine_held_back(carol: Client, opinion: Claim) -> None:
    page = carol.get(f"/desk/claims/{opinion.pk}/").content.decode()
    assert f'action="/claims/{opinion.pk}/queue/"' in page
    page = carol.post(f"/claims/{opinion.pk}/queue/", follow=True).content.decode()
    assert "The claim waits for a reviewer now." in page
    assert "Take it" in page
    assert QueueEntry.objects.filter(claim=opinion).exists()
    twice = carol.post(f"/claims/{opinion.pk}/queue/", follow=True).content.decode()
    assert "only a triaged one can be sent" in twice


def test_what_the_reviewers_have_is_not_dismissed_and_the_way_out_is_named(world: World, carol: Client) -> None:
    claim = factories.queued_claims(world, 1)[0]
    ways = (
        ("queued", "in the queue", "Take it out of the queue first."),
        ("assigned", "taken", "answer “Not checkable”"),
    )
    for state, name, way in ways:
        page = carol.post(f"/claims/{claim.pk}/dismiss/", {"reason": "duplicate"}, follow=True).content.decode()
        assert f"This claim is {name}" in page
        assert way in page
        claim.refresh_from_db()
        assert claim.state == state
        if state == "queued":
            factories.taken(world.alice)


def test_an_editor_takes_a_claim_out_of_the_queue(world: World, carol: Client) -> None:
    claim = factories.queued_claims(world, 1)[0]
    assert f'action="/claims/{claim.pk}/unqueue/"' in carol.get(f"/claims/{claim.pk}/found/").content.decode()
    page = carol.post(f"/claims/{claim.pk}/unqueue/", follow=True).content.decode()
    assert "The claim is out of the queue." in page
    assert f'action="/claims/{claim.pk}/dismiss/"' in page
    twice = carol.post(f"/claims/{claim.pk}/unqueue/", follow=True).content.decode()
    assert "This claim is triaged; only what nobody has is taken out." in twice
    assert "Taken out of the queue" in carol.get(f"/claims/{claim.pk}/history/").content.decode()


@pytest.mark.parametrize("wrong", [{}, {"reason": "dull"}, {"reason": "duplicate", "note": "x" * 401}])
def test_a_dismissal_without_a_reason_is_none(carol: Client, opinion: Claim, wrong: dict[str, str]) -> None:
    assert carol.post(f"/claims/{opinion.pk}/dismiss/", wrong).status_code == 400
    opinion.refresh_from_db()
    assert opinion.state == "triaged"


def test_whoever_may_not_is_not_offered_it(world: World, as_: SignedIn, opinion: Claim) -> None:
    for person in (world.alice, world.ruth):
        client = as_(person)
        for page in (f"/claims/{opinion.pk}/found/", f"/desk/claims/{opinion.pk}/"):
            assert "/dismiss/" not in client.get(page).content.decode()
        for verb in ("dismiss", "restore", "queue", "unqueue"):
            assert client.post(f"/claims/{opinion.pk}/{verb}/", {"reason": "duplicate"}).status_code == 403
    assert as_(world.mallory).post(f"/claims/{opinion.pk}/queue/").status_code == 404


# --- Who speaks -------------------------------------------------------------------------------------------------------


@pytest.fixture
def said(world: World) -> Attribution:
    """An attribution for which the machine suggests one source of the register."""
    attribution = factories.queued_claims(world, 1)[0].attributions.get()
    guess = register.create("person", "Anna Bell")
    attribution.resolved_sources.create(source=guess, surface="Speaker 0", score=0.6, reason="An alias.")
    return attribution


def test_a_reviewer_confirms_the_suggested_source(world: World, as_: SignedIn, said: Attribution) -> None:
    article = f"/articles/{said.revision.article_id}/"
    alice, guess = as_(world.alice), said.resolved_sources.get().source
    assert f'name="source" value="#{guess.pk}"' in alice.get(f"/claims/{said.claims.get().pk}/found/").content.decode()
    answer = alice.post(f"/attributions/{said.pk}/source/", {"source": f"#{guess.pk}", "back": article})
    assert answer.headers["Location"] == article
    link = said.resolved_sources.get()
    assert (link.source, link.confirmed_by, link.score) == (guess, world.alice, 0.6)
    event = Event.objects.of("article", said.revision.article_id).last()
    assert event is not None
    assert (event.kind, event.data["before"]) == ("attribution.source_confirmed", [guess.pk])


def test_a_reviewer_names_somebody_else_from_what_is_offered(world: World, as_: SignedIn, said: Attribution) -> None:
    other = register.create("office", "Office of Anna Bell")
    register.create("person", "Mark Osei")
    alice = as_(world.alice)
    offered = alice.get("/sources/options/", {"source": "anna"}).content.decode()
    assert f'value="Office of Anna Bell #{other.pk}"' in offered
    assert f"office, № {other.pk} in the register" in offered
    assert "Mark Osei" not in offered
    assert "<option" not in alice.get("/sources/options/", {"source": "\0 "}).content.decode()
    alice.post(f"/attributions/{said.pk}/source/", {"source": f"Office of Anna Bell #{other.pk}"})
    link = said.resolved_sources.get()
    assert (link.source, link.confirmed_by) == (other, world.alice), "and the suggestion is gone"


@pytest.mark.parametrize("wrong", ["", "Nobody", "#999999999", "9" * 30, "#"])
def test_a_source_that_is_not_there_changes_nothing(world: World, as_: SignedIn, said: Attribution, wrong: str) -> None:
    page = as_(world.alice).post(f"/attributions/{said.pk}/source/", {"source": wrong}, follow=True)
    assert 'class="note error"' in page.content.decode()
    assert said.resolved_sources.get().confirmed_by is None


def test_nobody_else_says_who_speaks(world: World, as_: SignedIn, said: Attribution) -> None:
    guess = {"source": "Anna Bell"}
    assert as_(world.ruth).post(f"/attributions/{said.pk}/source/", guess).status_code == 403
    assert as_(world.mallory).post(f"/attributions/{said.pk}/source/", guess).status_code == 404
    assert "/attributions/" not in as_(world.ruth).get(f"/articles/{said.revision.article_id}/").content.decode()
    with pytest.raises(Absent):
        claims.confirm_source(said.pk, said.resolved_sources.get().source, actor=world.ruth)
    assert said.resolved_sources.get().confirmed_by is None


def test_of_a_merged_source_readers_see_what_it_was_merged_into(world: World, as_: SignedIn, said: Attribution) -> None:
    guess, other = said.resolved_sources.get().source, register.create("person", "Annabel Bell")
    said.resolved_sources.create(source=other, surface="Speaker 0", score=0.5, reason="An alias.")
    register.merge(guess, other, by=world.dora, reason="The same.")
    alice, claim = as_(world.alice), said.claims.get()
    for path in (f"/claims/{claim.pk}/found/", f"/desk/claims/{claim.pk}/"):
        page = alice.get(path).content.decode()
        assert page.count(f'name="source" value="#{other.pk}"') == 1, "two that are one now are offered once"
        assert f"/sources/{other.pk}/" in page
        assert "Anna Bell" not in page, path
        assert f"/sources/{guess.pk}/" not in page, path
    reading = alice.get(f"/articles/{claim.article_id}/")
    assert "Anna Bell" not in reading.content.decode()
    speakers = reading.context["margin"].options["who"]
    assert [(option.value, option.count) for option in speakers] == [("Annabel Bell", 1)]
    alice.post(f"/attributions/{said.pk}/source/", {"source": f"#{other.pk}"})
    link = said.resolved_sources.get()
    assert (link.source, link.confirmed_by) == (other, world.alice)


def test_a_merged_source_is_not_named(world: World, said: Attribution) -> None:
    guess, other = said.resolved_sources.get().source, register.create("person", "A. Bell")
    register.merge(guess, other, by=world.dora, reason="The same.")
    guess.refresh_from_db()
    with pytest.raises(Refused) as refused:
        claims.confirm_source(said.pk, guess, actor=world.alice)
    assert "name A. Bell" in refused.value.problems[0].message
