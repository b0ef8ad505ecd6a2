"""What people decide on attributions: four verbs, who may, what they refuse, and what they leave behind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from claims.extraction import pipeline
from claims.models.articles import Article
from claims.models.claims import Attribution
from claims.models.events import Event
from claims.rules.attributions import Range
from claims.rules.refusals import Absent, Conflict, Refused
from claims.services import attributions, claims, rereading, sources
from claims.services.attributions import Reading
from tests import factories
from tests.concurrency import at_once
from tests.factories import World
from tests.integration.services.test_rereading import suggestion

QUOTED = "The old harbour bridge carries 12,000 cars a day"


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.fixture
def article(world: World) -> Article:
    return factories.ready_article(world)


def of(article: Article, words: str) -> Attribution:
    """The attribution with the smallest content that holds the words."""
    start = text_of(article).index(words)
    spans = [
        (span.end - span.start, row)
        for row in Attribution.objects.filter(revision__article=article)
        for span in row.spans.filter(role="content", start__lte=start, end__gte=start + len(words))
    ]
    return min(spans, key=lambda pair: pair[0])[1]


def text_of(article: Article) -> str:
    return article.revisions.get().text


def at(article: Article, words: str) -> Range:
    start = text_of(article).index(words)
    return start, start + len(words)


def last_event(article: Article) -> Event:
    event = Event.objects.of("article", article.pk).last()
    assert event is not None
    return event


def test_confirming_is_noted_once(world: World, article: Article) -> None:
    row = attributions.confirm(of(article, QUOTED).pk, actor=world.alice)
    assert (row.decision, row.decided_by, row.version) == ("confirmed", world.alice, 2)
    assert row.decided_at is not None
    event = last_event(article)
    assert (event.kind, event.actor, event.from_state, event.to_state) == (
        "attribution.confirmed", world.alice, "unseen", "confirmed",
    )  # fmt: skip
    before = Event.objects.count()
    again = attributions.confirm(row.pk, actor=world.bob)
    assert (again.decided_by, again.version, Event.objects.count()) == (world.alice, 2, before)


def test_a_correction_keeps_what_the_engine_had_found(world: World, article: Article) -> None:
    row = of(article, QUOTED)
    found = attributions.reading_of(row)
    change = {"content": (at(article, "harbour bridge carries"),), "stance": "predicts", "channel": "interview"}
    attributions.correct(row.pk, change | {"said_on": date(2026, 3, 2)}, actor=world.alice)
    row.refresh_from_db()
    after = attributions.reading_of(row)
    assert (row.decision, row.stance, row.channel, row.said_on) == (
        "corrected", "predicts", "interview", date(2026, 3, 2),
    )  # fmt: skip
    assert (after.content, after.cue, after.source) == (change["content"], found.cue, found.source)
    assert after.quote_type == "indirect", "it follows from the content"
    data = last_event(article).data
    assert data["from"]["content"] == [list(span) for span in found.content]
    assert data["from"]["stance"] == "asserts"
    assert data["to"]["content"] == [list(change["content"][0])]
    assert factories.history_is_whole()


def test_a_correction_without_a_difference_is_a_confirmation(world: World, article: Article) -> None:
    row = of(article, QUOTED)
    blank = at(article, " Bell told")[0]
    change = {"stance": "asserts", "source": ((blank, blank + len(" Bell ")),)}
    row = attributions.correct(row.pk, change, actor=world.bob)
    assert row.decision == "confirmed"


def test_another_speaker_is_looked_up_anew(world: World, article: Article) -> None:
    union = sources.create("organisation", "transport union")
    row = attributions.correct(of(article, QUOTED).pk, {"source_entity": "transport union"}, actor=world.alice)
    assert [link.source for link in row.resolved_sources.all()] == [union]


def test_what_stands_inside_follows_the_spans(world: World, article: Article) -> None:
    outer, inner = of(article, "Riverton had repaired"), of(article, QUOTED)
    assert inner.parent is None
    start, end = at(article, "Riverton had repaired")[0], at(article, "told reporters")[1]
    attributions.correct(outer.pk, {"content": ((start, end),)}, actor=world.alice)
    inner.refresh_from_db()
    assert inner.parent == outer
    attributions.correct(outer.pk, {"content": (at(article, "Riverton had repaired"),)}, actor=world.alice)
    inner.refresh_from_db()
    assert inner.parent is None


def nested_in(article: Article, world: World) -> tuple[Attribution, Attribution]:
    """Two of the article, the second made to stand inside the first."""
    outer, inner = of(article, "Riverton had repaired"), of(article, QUOTED)
    start, end = at(article, "Riverton had repaired")[0], at(article, "told reporters")[1]
    attributions.correct(outer.pk, {"content": ((start, end),)}, actor=world.alice)
    inner.refresh_from_db()
    assert inner.parent == outer
    return outer, inner


def test_what_is_no_statement_holds_none(world: World, article: Article) -> None:
    outer, inner = nested_in(article, world)
    top = of(article, "harbour bridge was safe")
    Attribution.objects.filter(pk=outer.pk).update(parent=top)
    version = inner.version
    attributions.reject(outer.pk, actor=world.alice)
    inner.refresh_from_db()
    assert (inner.parent, inner.version) == (top, version + 1)


def test_what_counts_again_holds_again(world: World, article: Article) -> None:
    outer, inner = nested_in(article, world)
    attributions.reject(outer.pk, actor=world.alice)
    inner.refresh_from_db()
    assert inner.parent is None
    attributions.confirm(outer.pk, actor=world.bob)
    inner.refresh_from_db()
    assert inner.parent == outer


def test_what_counts_again_is_what_it_was_before(world: World, article: Article) -> None:
    """Else the engine would be said to have been right about words that a person gave it."""
    corrected, _ = nested_in(article, world)
    missed = Reading(content=(at(article, "17\ncracks in the bridge"),), cue=(at(article, "had found"),))
    added = attributions.add(article.pk, missed, actor=world.alice)
    confirmed = attributions.confirm(of(article, "harbour bridge was safe").pk, actor=world.alice)
    for row, decision in ((corrected, "corrected"), (added, "added"), (confirmed, "confirmed")):
        for _ in range(2):
            attributions.reject(row.pk, actor=world.alice)
            assert attributions.confirm(row.pk, actor=world.bob).decision == decision


def test_an_accepted_suggestion_finds_what_holds_it(world: World, article: Article) -> None:
    row = suggestion(world, article, "cars a day")
    start, end = at(article, "Riverton had repaired")[0], at(article, "told reporters")[1]
    outer = of(article, "Riverton had repaired")
    attributions.correct(outer.pk, {"content": ((start, end),)}, actor=world.alice)
    quoted = of(article, "The old harbour bridge")
    row = attributions.confirm(row.pk, actor=world.alice)
    assert (row.parent, row.decision) == (quoted, "confirmed")


def test_two_that_would_hold_each_other_do_not(world: World, article: Article) -> None:
    outer, inner = nested_in(article, world)
    spans = attributions.reading_of(outer)
    around = (min(spans.source + spans.cue)[0], max(spans.source + spans.cue)[1])
    attributions.correct(inner.pk, {"content": (around, at(article, "12,000 cars a day"))}, actor=world.alice)
    for row in (outer, inner):
        row.refresh_from_db()
    assert {outer.parent, inner.parent} in ({None, outer}, {None, inner})


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"content": ()}, {"content"}),
        ({"cue": ((0, 10**9),)}, {"cue"}),
        ({"cue": (), "stance": "mumbles"}, {"cue", "stance"}),
        ({"quote_type": "loud"}, {"quote_type"}),
        ({"narrator": "unsure"}, {"narrator"}),
        ({"responds_to": "A99"}, {"responds_to"}),
        ({"content": ((5, 3),), "narrator": "unsure"}, {"content", "narrator"}),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    world: World, article: Article, change: dict[str, Any], fields: set[str]
) -> None:
    row = of(article, "harbour bridge was safe")
    before = attributions.reading_of(row)
    with pytest.raises(Refused) as refused:
        attributions.correct(row.pk, change, actor=world.alice)
    assert {problem.field for problem in refused.value.problems} == fields
    row.refresh_from_db()
    assert (attributions.reading_of(row), row.decision) == (before, "unseen")


def test_an_answer_names_another_of_the_same_text(world: World, article: Article) -> None:
    row, other = of(article, "harbour bridge was safe"), of(article, QUOTED)
    with pytest.raises(Refused):
        attributions.correct(row.pk, {"responds_to": row.label}, actor=world.alice)
    attributions.correct(row.pk, {"responds_to": other.label}, actor=world.alice)
    row.refresh_from_db()
    assert row.responds_to == other


def test_what_it_answers_is_checked_only_when_that_changes(world: World, article: Article) -> None:
    row, other = of(article, "harbour bridge was safe"), of(article, QUOTED)
    attributions.correct(row.pk, {"responds_to": other.label}, actor=world.alice)
    attributions.reject(other.pk, actor=world.alice)
    row = attributions.correct(row.pk, {"channel": "letter"}, actor=world.bob)
    assert (row.channel, row.responds_to) == ("letter", other)
    attributions.correct(row.pk, {"responds_to": ""}, actor=world.bob)
    with pytest.raises(Refused):
        attributions.correct(row.pk, {"responds_to": other.label}, actor=world.bob)


def test_another_speaker_is_not_the_one_that_was_confirmed(world: World, article: Article) -> None:
    bell, union = sources.create("person", "Anna Bell"), sources.create("organisation", "transport union")
    row = of(article, QUOTED)
    claims.confirm_source(row.pk, bell, actor=world.alice)
    attributions.correct(row.pk, {"channel": "letter"}, actor=world.bob)
    assert [link.source for link in row.resolved_sources.all()] == [bell]
    attributions.correct(row.pk, {"source_entity": "transport union"}, actor=world.bob)
    link = row.resolved_sources.get()
    assert (link.source, link.confirmed_by) == (union, None)
    assert last_event(article).data["sources"] == [bell.pk]


def test_links_with_the_old_stance_follow_a_correction(world: World, article: Article) -> None:
    row = of(article, QUOTED)
    same = row.links.get()
    denied = row.links.create(claim=of(article, "harbour bridge was safe").claims.get(), stance="denies")
    attributions.correct(row.pk, {"stance": "predicts"}, actor=world.alice)
    for link in (same, denied):
        link.refresh_from_db()
    assert (same.stance, denied.stance) == ("predicts", "denies")


def test_of_two_corrections_the_second_is_told(world: World, article: Article) -> None:
    row = of(article, QUOTED)
    attributions.correct(row.pk, {"channel": "interview"}, actor=world.alice, version=1)
    with pytest.raises(Conflict) as refused:
        attributions.correct(row.pk, {"channel": "report"}, actor=world.bob, version=1)
    assert refused.value.details["current"]["channel"] == "interview"


def test_what_was_missed_is_added(world: World, article: Article) -> None:
    bell = sources.create("person", "Mark Osei")
    reading = Reading(
        content=(at(article, "17\ncracks in the bridge"),),
        cue=(at(article, "had found"),),
        source=(at(article, "inspectors"),),
        source_entity="Mark Osei",
        stance="evaluates",
    )
    row = attributions.add(article.pk, reading, actor=world.bob)
    assert (row.decision, row.found_by, row.decided_by, row.engine) == ("added", world.bob, world.bob, "")
    assert (row.suggested, row.quote_type, row.stance) == (False, "indirect", "evaluates")
    numbers = sorted(int(each.label[1:]) for each in Attribution.objects.filter(revision__article=article))
    assert row.label == f"A{numbers[-1]}"
    assert len(set(numbers)) == len(numbers)
    assert row.parent == of(article, "inspectors had found")
    assert [link.source for link in row.resolved_sources.all()] == [bell]
    assert last_event(article).kind == "attribution.added"
    with pytest.raises(Refused):
        attributions.add(article.pk, Reading(content=((0, 3),)), actor=world.bob)


def test_nothing_is_added_before_the_engine_has_read(world: World) -> None:
    """Its label would be one that the engine is about to give."""
    article = factories.article(world)
    reading = Reading(content=(at(article, "17\ncracks in the bridge"),), cue=(at(article, "had found"),))
    with pytest.raises(Conflict) as refused:
        attributions.add(article.pk, reading, actor=world.bob)
    assert (refused.value.problems[0].code, refused.value.details) == ("not_ready", {"article_status": "queued"})
    factories.perform()
    article.refresh_from_db()
    assert article.status == "ready"
    assert attributions.add(article.pk, reading, actor=world.bob).decision == "added"


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_labels_of_their_own_while_it_is_read_again() -> None:
    world = factories.world()
    article = factories.ready_article(world)
    row = of(article, QUOTED)
    reading = Reading(content=(at(article, "cars a day"),), cue=(at(article, "carries"),))
    revision = article.revisions.get()
    again = pipeline.extract(revision.text)

    def reread() -> object:
        with transaction.atomic():
            return rereading.reconcile(revision, again)

    calls: list[Callable[[], object]] = [
        partial(attributions.add, article.pk, replace(reading, channel=name), actor=world.bob) for name in "abcd"
    ]
    calls += [partial(attributions.correct, row.pk, {"channel": name}, actor=world.alice) for name in ("x", "y", "z")]
    at_once([*calls, reread, reread])
    labels = list(Attribution.objects.filter(revision=revision).values_list("label", flat=True))
    assert len(labels) == len(set(labels))
    assert Attribution.objects.filter(decision="added").count() == 4
    row.refresh_from_db()
    assert (row.decision, row.version >= 4) == ("corrected", True)
    assert factories.history_is_whole()


Verb = Callable[[Article, Any], object]
VERBS: dict[str, Verb] = {
    "confirm": lambda article, actor: attributions.confirm(of(article, QUOTED).pk, actor=actor),
    "correct": lambda article, actor: attributions.correct(of(article, QUOTED).pk, {"channel": "x"}, actor=actor),
    "reject": lambda article, actor: attributions.reject(of(article, QUOTED).pk, actor=actor),
    "restore": lambda article, actor: attributions.restore(of(article, QUOTED).pk, 1, actor=actor),
    "add": lambda article, actor: attributions.add(article.pk, Reading(((0, 2),), ((3, 7),)), actor=actor),
}


@pytest.mark.parametrize("name", VERBS)
@pytest.mark.parametrize("who", ["ruth", "mallory"])
def test_whoever_is_no_reviewer_of_the_desk_finds_nothing(world: World, article: Article, name: str, who: str) -> None:
    before = Event.objects.count()
    with pytest.raises(Absent):
        VERBS[name](article, getattr(world, who))
    assert Event.objects.count() == before


def test_a_speaker_named_by_a_person_counts_as_a_change(world: World, article: Article) -> None:
    row = of(article, QUOTED)
    claims.confirm_source(row.pk, sources.create("person", "Anna Bell"), actor=world.alice)
    with pytest.raises(Conflict):
        attributions.correct(row.pk, {"channel": "x"}, actor=world.alice, version=row.version)
