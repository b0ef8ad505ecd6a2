"""The editor of an article's statements: its page, the one door for changes, both versions, and what was before."""

import json
from typing import Any

import pytest
from django.test import Client

from claims.models.articles import Article
from claims.models.claims import Attribution
from claims.services import attributions, rereading, sources
from claims.web import reading
from tests import factories
from tests.factories import World
from tests.integration.services.test_attributions import QUOTED, at, of
from tests.integration.services.test_rereading import suggestion
from tests.web.conftest import SignedIn
from tests.web.test_queries import asked

JSON = {"Accept": "application/json"}


@pytest.fixture
def article(world: World) -> Article:
    return factories.ready_article(world)


def data_of(page: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.partition('id="editor-data" type="application/json">')[2].partition("<")[0])
    return found


def edit(client: Client, article: Article, row: Attribution | None = None) -> str:
    where = f"/articles/{article.pk}/edit/" + (f"?attribution={row.pk}" if row else "")
    answer = client.get(where)
    assert answer.status_code == 200
    return answer.content.decode()


def typed(row: Attribution | None, **fields: Any) -> dict[str, Any]:
    """The form as the page has it without scripts, with these fields typed otherwise."""
    known: dict[str, Any] = {"stance": "asserts", "narrator": "neutral", "revision": 1}
    if row:
        found = attributions.reading_of(row)
        text = row.revision.text
        known |= {role: " … ".join(text[a:b] for a, b in getattr(found, role)) for role in ("source", "cue", "content")}
        known |= {name: getattr(found, name) for name in ("stance", "narrator", "quote_type", "channel")}
        known |= {"version": row.version, "source_entity": found.source_entity, "responds_to": found.responds_to}
    return known | fields


def send(client: Client, row: Attribution, **fields: Any) -> Any:
    return client.post(f"/attributions/{row.pk}/correct/", typed(row, **fields))


def marked(row: Attribution, **roles: Any) -> str:
    """What the page's script sends as the spans."""
    found = attributions.reading_of(row)
    return json.dumps({role: roles.get(role, getattr(found, role)) for role in ("source", "cue", "content")})


# --- The page ---------------------------------------------------------------------------------------------------------


def test_the_page_has_the_text_the_marks_and_the_statement(world: World, as_: SignedIn, article: Article) -> None:
    row = of(article, QUOTED)
    page = edit(as_(world.alice), article, row)
    data = data_of(page)
    assert (data["version"], data["reading"]["content"]) == (1, [list(r) for r in attributions.reading_of(row).content])
    assert row.pk not in [other["id"] for other in data["others"]]
    assert f'action="/attributions/{row.pk}/correct/"' in page
    assert 'data-start="' in page
    assert data_of(edit(as_(world.alice), article))["reading"] is None


def test_a_reader_and_a_stranger_see_no_editor(world: World, as_: SignedIn, article: Article) -> None:
    row = of(article, QUOTED)
    where, verb = f"/articles/{article.pk}/edit/", f"/attributions/{row.pk}/correct/"
    for who, status in ((world.ruth, 403), (world.mallory, 404)):
        client = as_(who)
        assert client.get(where).status_code == client.post(verb, typed(row, channel="x")).status_code == status
    row.refresh_from_db()
    assert row.decision == "unseen"
    assert where not in as_(world.ruth).get(f"/articles/{article.pk}/").content.decode()
    assert where in as_(world.alice).get(f"/articles/{article.pk}/").content.decode()


def test_an_article_that_is_not_ready_leads_back_to_its_page(world: World, as_: SignedIn) -> None:
    waiting = factories.article(world)
    answer = as_(world.alice).get(f"/articles/{waiting.pk}/edit/", follow=True)
    assert answer.redirect_chain[-1][0] == f"/articles/{waiting.pk}/"
    assert "when the article is ready" in answer.content.decode()


def test_what_is_of_another_article_or_no_number_is_not_found(world: World, as_: SignedIn, article: Article) -> None:
    other = of(factories.ready_article(world), QUOTED)
    alice = as_(world.alice)
    assert alice.get(f"/articles/{article.pk}/edit/?attribution={other.pk}").status_code == 404
    assert alice.get(f"/articles/{article.pk}/edit/?attribution=x").status_code == 400


def test_only_a_window_of_a_long_article_is_sent(
    world: World, as_: SignedIn, article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "WINDOW", 300)
    first, last = of(article, "Riverton had repaired"), of(article, "hiding the inspection report")
    alice = as_(world.alice)
    page = edit(alice, article, last)
    assert "hiding the inspection report" in page
    assert "Riverton had repaired" not in page.partition("editor-list")[2]
    assert first.pk not in [other["id"] for other in data_of(page)["others"]]
    assert "?at=" in page


def test_the_page_asks_the_same_number_of_times_for_few_and_many(world: World, as_: SignedIn) -> None:
    few = factories.queued_claims(world, 2)[0].article
    many = factories.queued_claims(world, 12)[0].article
    alice = as_(world.alice)
    edit(alice, few)
    assert asked(alice, f"/articles/{few.pk}/edit/") == asked(alice, f"/articles/{many.pk}/edit/")


# --- The door ---------------------------------------------------------------------------------------------------------


def test_typed_words_correct_a_statement_without_scripts(world: World, as_: SignedIn, article: Article) -> None:
    row = of(article, QUOTED)
    answer = send(as_(world.alice), row, content="harbour bridge carries … a day", stance="evaluates", channel="radio")
    assert answer.headers["Location"] == f"/articles/{article.pk}/edit/?attribution={row.pk}"
    row.refresh_from_db()
    found = attributions.reading_of(row)
    assert found.content == (at(article, "harbour bridge carries"), at(article, "a day"))
    assert (found.stance, found.channel, found.quote_type) == ("evaluates", "radio", "indirect")
    assert (row.decision, row.decided_by) == ("corrected", world.alice)


def test_a_teammate_goes_on_from_there_and_nothing_changed_confirms(
    world: World, as_: SignedIn, article: Article
) -> None:
    row = of(article, QUOTED)
    send(as_(world.bob), row)
    row.refresh_from_db()
    assert (row.decision, row.decided_by) == ("confirmed", world.bob)
    send(as_(world.carol), row, narrator="contradicts", said_on="2026-03-02")
    row.refresh_from_db()
    assert (row.decided_by, row.narrator, str(row.said_on)) == (world.carol, "contradicts", "2026-03-02")


def test_the_page_s_script_sends_ranges_and_gets_the_statement_back(
    world: World, as_: SignedIn, article: Article
) -> None:
    row, other = of(article, QUOTED), of(article, "harbour bridge was safe")
    spans = marked(row, content=[at(article, '"The old'), at(article, "cars a day,")])
    fields = typed(row, spans=spans, responds_to=other.label)
    answer = as_(world.alice).post(f"/attributions/{row.pk}/correct/", fields, headers=JSON)
    found = answer.json()
    assert (answer.status_code, found["version"], found["decision"]) == (200, 2, "corrected")
    assert found["reading"]["content"] == [list(at(article, '"The old')), list(at(article, "cars a day,"))]
    assert found["reading"]["responds_to"] == other.label
    assert found["reading"]["parent"] == ""


def test_what_cannot_be_is_named_by_field(world: World, as_: SignedIn, article: Article) -> None:
    row, alice = of(article, QUOTED), as_(world.alice)
    where = f"/attributions/{row.pk}/correct/"
    fields = typed(row, spans=marked(row, cue=[]), parent=row.label, stance="mumbles")
    answer = alice.post(where, fields, headers=JSON)
    assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (422, ["stance"])
    answer = alice.post(where, fields | {"stance": "asserts"}, headers=JSON)
    assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (422, ["cue"])
    page = send(alice, row, content="no such words")
    assert (page.status_code, "does not stand in the article like this" in page.content.decode()) == (422, True)
    for spans in ("[]", "{", '{"source": 1}', marked(row, cue=[["a", 1]]), marked(row, cue=[[True, 9]]), "[" * 9_000):
        assert alice.post(where, typed(row, spans=spans), headers=JSON).status_code == 400, spans[:20]
    row.refresh_from_db()
    assert row.decision == "unseen"


def test_what_was_missed_is_added_once(world: World, as_: SignedIn, article: Article) -> None:
    alice, where = as_(world.alice), f"/articles/{article.pk}/attributions/"
    fields = typed(None, content="17 cracks in the bridge", cue="had found", source="inspectors")
    first = alice.post(where, fields, headers=JSON)
    assert first.status_code == 201
    assert alice.post(where, fields, headers=JSON).json()["address"] == first.json()["address"]
    row = Attribution.objects.get(decision="added")
    assert attributions.reading_of(row).content == (at(article, "17\ncracks in the bridge"),)
    assert first.json()["address"].endswith(f"?attribution={row.pk}")
    stale = alice.post(where, fields | {"revision": 7}, headers=JSON)
    assert stale.status_code == 409
    assert alice.post(where, {}).status_code == 422


def test_the_speaker_is_chosen_from_the_register_or_named(world: World, as_: SignedIn, article: Article) -> None:
    row, bell = of(article, QUOTED), sources.create("person", "Anna Bell")
    send(as_(world.alice), row, source_entity=f"Anna Bell #{bell.pk}")
    link = row.resolved_sources.get()
    assert (link.source, link.confirmed_by) == (bell, world.alice)
    row.refresh_from_db()
    assert row.source_entity == "Anna Bell"
    page = send(as_(world.alice), row, source_entity=f"Anna Bell #{bell.pk + 9}")
    assert "no source with this number" in page.content.decode()
    send(as_(world.alice), row, source_entity="Nobody in the register")
    row.refresh_from_db()
    assert (row.source_entity, row.resolved_sources.count()) == ("Nobody in the register", 0)


def test_only_who_keeps_the_register_is_offered_to_add_to_it(world: World, as_: SignedIn, article: Article) -> None:
    row = of(article, QUOTED)
    assert "new_kind" not in edit(as_(world.alice), article, row)
    assert send(as_(world.alice), row, source_entity="The Bells", new_kind="organisation").status_code == 403
    assert 'name="new_kind"' in edit(as_(world.dora), article, row)
    send(as_(world.dora), row, source_entity="The Bells", new_kind="organisation")
    assert row.resolved_sources.get(confirmed_by=world.dora).source.kind == "organisation"
    row.refresh_from_db()
    refused = send(as_(world.dora), row, source_entity="", new_kind="organisation")
    assert refused.status_code == 422


# --- Two at once ------------------------------------------------------------------------------------------------------


def test_the_second_of_two_sees_both_and_chooses(world: World, as_: SignedIn, article: Article) -> None:
    row, bob = of(article, QUOTED), as_(world.bob)
    send(as_(world.alice), row, channel="radio", stance="evaluates")
    late = bob.post(f"/attributions/{row.pk}/correct/", typed(row, channel="letter"), headers=JSON)
    assert (late.status_code, late.json()["version"], late.json()["current"]["channel"]) == (409, 2, "radio")
    page = send(bob, row, channel="letter")
    shown = page.content.decode()
    assert page.status_code == 409
    assert {"keep_channel", "keep_stance"} <= {name for name in ("keep_channel", "keep_stance") if name in shown}
    assert "keep_source_entity" not in shown, "they do not differ there"
    assert 'name="version" value="2"' in shown
    send(bob, row, version=2, channel="letter", keep_channel="yours", keep_stance="theirs")
    row.refresh_from_db()
    assert (row.channel, row.stance) == ("letter", "evaluates")


# --- Why, and what was before -----------------------------------------------------------------------------------------


def test_it_says_why_it_is_there_and_what_was_before(world: World, as_: SignedIn, article: Article) -> None:
    row, where = of(article, QUOTED), f"/attributions/{of(article, QUOTED).pk}/"
    alice = as_(world.alice)
    page = alice.get(where).content.decode()
    assert rereading.engine_of_today() in page
    assert "a quotation before the words of saying" in page
    assert f"{round(100 * row.confidence)} %" in page
    send(alice, row, channel="radio", content="harbour bridge carries")
    part = alice.get(where, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    for words in ("Corrected", "Alice", "harbour bridge carries", "The old harbour bridge", "radio"):
        assert words in part, words
    assert "<form" not in as_(world.ruth).get(where).content.decode().partition("about-statement")[2]


def test_one_press_brings_it_back(world: World, as_: SignedIn, article: Article) -> None:
    row, alice = of(article, QUOTED), as_(world.alice)
    found = attributions.reading_of(row)
    send(alice, row, channel="radio", content="harbour bridge carries")
    row.refresh_from_db()
    event = attributions.history(row)[0].pk
    where = f"/attributions/{row.pk}/restore/"
    assert as_(world.ruth).post(where, {"event": event, "version": 2}).status_code == 403
    stale = alice.post(where, {"event": event, "version": 1}, follow=True).content.decode()
    assert "Somebody changed this attribution" in stale
    assert alice.post(where, {"event": event}).status_code == 404
    answer = alice.post(where, {"event": event, "version": 2}, follow=True).content.decode()
    assert "as it was before" in answer
    row.refresh_from_db()
    assert attributions.reading_of(row) == found
    assert "Brought back" in alice.get(f"/attributions/{row.pk}/").content.decode()


def test_nobody_is_named_while_a_second_review_is_open(world: World, as_: SignedIn) -> None:
    claim = factories.queued_claims(world, 1)[0]
    row = claim.attributions.get()
    attributions.correct(row.pk, {"channel": "radio"}, actor=world.alice)
    attributions.reject(row.pk, actor=world.alice, reason="It is a caption.")
    factories.reviewed_twice(claim, (world.alice, "true"))
    for state in ("assigned", "in_review", "submitted", "second_review"):
        type(claim).objects.filter(pk=claim.pk).update(state=state)
    page = as_(world.bob).get(f"/attributions/{row.pk}/").content.decode().partition("about-statement")[2]
    assert "radio" in page
    assert "Alice" not in page
    assert "caption" not in page


def test_a_suggestion_is_listed_and_can_be_worked_on(world: World, as_: SignedIn, article: Article) -> None:
    row = suggestion(world, article, "17\ncracks")
    page = edit(as_(world.alice), article, row)
    assert "suggestion" in page.partition("editor-list")[2]
    send(as_(world.alice), row, channel="radio")
    row.refresh_from_db()
    assert (row.suggested, row.decision) == (False, "corrected")
