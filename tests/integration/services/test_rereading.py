"""Reading an article again: what people decided stays, what is found again stays the same, what is new is suggested."""

import hashlib
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from django.db import connection, transaction

from claims.extraction import pipeline
from claims.extraction import types as found
from claims.models.articles import Article, Revision
from claims.models.claims import Attribution, Claim
from claims.models.events import Event
from claims.models.jobs import Job, JobState
from claims.models.restatements import Restatement
from claims.models.spans import Span
from claims.rules.refusals import Conflict
from claims.services import articles, attributions, rereading
from claims.services import claims as claim_services
from claims.services import jobs as queue
from tests import factories
from tests.factories import World

TEXT = "Bell said the bridge was safe. Osei denied that the bridge was safe. Reyes warned that the pier was rotten."
BELL = ("Bell", "said", "the bridge was safe")
OSEI = ("Osei", "denied", "that the bridge was safe")
REYES = ("Reyes", "warned", "that the pier was rotten")
Row = tuple[str, str, str]


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def extraction(
    text: str, *rows: Row, engine: str = "2", claims: dict[str, tuple[str, ...]] | None = None, **options: Any
) -> found.Extraction:
    """As if an engine had found the rows, A1 onwards; each has a claim of its own, unless ``claims`` says otherwise."""

    def span(words: str) -> found.Span:
        return found.Span.of(text, text.index(words), text.index(words) + len(words))

    made = tuple(
        found.Attribution(
            f"A{n}", (span(who),), (span(how),), (span(what),), "indirect", "asserts", 0.9, "invented", who, **options
        )
        for n, (who, how, what) in enumerate(rows, start=1)
    )
    carried = claims if claims is not None else {what: (f"A{n}",) for n, (_, _, what) in enumerate(rows, start=1)}
    stated = tuple(
        found.Claim(f"C{n}", words, tuple(found.ClaimLink(label, "asserts") for label in by), "checkable", 0.5, ())
        for n, (words, by) in enumerate(carried.items(), start=1)
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    return found.Extraction("invented", engine, digest, found.FrontMatter(), made, stated)


def suggestion(world: World, article: Article, words: str) -> Attribution:
    """What reading again added: a find of another engine, with a cue of its own in front of the words."""
    revision = article.revisions.get()
    start = revision.text.index(words)
    before = revision.text[:start].rsplit(None, 2)[1]
    cue = revision.text.rindex(before, 0, start)
    linking, said = (found.Span.of(revision.text, *each) for each in ((cue, cue + 1), (start, start + len(words))))
    own = found.Attribution("A1", (), (linking,), (said,), "indirect", "asserts", 0.9, "invented")
    claim = found.Claim("C1", f"{words} indeed", (found.ClaimLink("A1", "asserts"),), "checkable", 0.5, ())
    known = extraction(revision.text)
    with transaction.atomic():
        rereading.reconcile(
            revision, found.Extraction("invented", "9", known.text_sha256, known.article, (own,), (claim,))
        )
    return Attribution.objects.get(revision=revision, suggested=True, spans__role="content", spans__start=start)


@pytest.fixture
def revision(world: World) -> Revision:
    """A text that an older engine read: it found two statements, and their claims are in the queue."""
    article = Article.objects.create(desk=world.desk, origin="text", title="Bridges", status="ready")
    revision = Revision.objects.create(article=article, text=TEXT, sha256=hashlib.sha256(TEXT.encode()).hexdigest())
    with transaction.atomic():
        claim_services.store(revision, extraction(TEXT, BELL, OSEI, engine="1"))
        queue.enqueue("claims.open_review", f"open review {article.pk}", {"article": article.pk})
    factories.perform()
    return revision


def reconcile(revision: Revision, *rows: Row, **options: Any) -> rereading.Counts:
    with transaction.atomic():
        counts = rereading.reconcile(revision, extraction(revision.text, *rows, **options))
    factories.perform()
    return counts


def named(label: str) -> Attribution:
    return Attribution.objects.get(label=label)


def everything() -> list[list[Any]]:
    """Every row that reading again may touch, without the log of it."""
    tables = (Article, Attribution, Span, Claim, Restatement)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def test_what_is_found_again_keeps_row_label_and_claims(revision: Revision) -> None:
    before = list(Attribution.objects.order_by("pk").values("pk", "label", "claims", "engine", "decision"))
    counts = reconcile(revision, BELL, ("Osei", "denied", "the bridge was safe. Reyes"))
    assert (counts.again, counts.new, counts.missing) == (2, 0, 0)
    assert list(Attribution.objects.order_by("pk").values("pk", "label", "claims", "engine", "decision")) == before
    assert set(Attribution.objects.values_list("last_found", flat=True)) == {"invented 2"}
    assert set(Claim.objects.values_list("state", flat=True)) == {"queued"}
    assert Article.objects.get().read_by == "invented 2"


def test_what_is_new_is_suggested_with_the_next_numbers(revision: Revision) -> None:
    counts = reconcile(revision, REYES, BELL, OSEI)
    assert (counts.again, counts.new, counts.claims) == (2, 1, 1)
    new = named("A3")
    assert (new.suggested, new.decision, new.engine, new.last_found) == (True, "unseen", "invented 2", "invented 2")
    assert new.source_entity == "Reyes"
    claim = new.claims.get()
    assert (claim.label, claim.state, claim.queue_entries.count()) == ("C3", "extracted", 0)
    event = Event.objects.of("article", revision.article_id).last()
    assert event is not None
    assert (event.kind, event.data["new"], event.data["engine"], event.data["before"]) == (
        "article.reextracted", 1, "invented 2", "invented 1",
    )  # fmt: skip
    assert factories.history_is_whole()


def test_what_is_not_found_any_more_stays_and_says_so(revision: Revision) -> None:
    counts = reconcile(revision, BELL)
    assert (counts.again, counts.missing) == (1, 1)
    gone = named("A2")
    assert (gone.last_found, gone.revision.article.read_by) == ("invented 1", "invented 2")
    assert gone.claims.get().state == "queued"


@pytest.mark.parametrize("decide", ["confirm", "correct", "reject", "add"])
def test_what_a_person_decided_stays_exactly_as_it_is(world: World, revision: Revision, decide: str) -> None:
    row, article = named("A1"), revision.article_id
    if decide == "confirm":
        attributions.confirm(row.pk, actor=world.alice)
    elif decide == "correct":
        attributions.correct(row.pk, {"content": ((10, 20),), "channel": "letter"}, actor=world.alice)
    elif decide == "reject":
        attributions.reject(row.pk, actor=world.alice)
    else:
        start = TEXT.index("rotten")
        reading = attributions.Reading(((start, start + 6),), ((start - 4, start - 1),))
        row = attributions.add(article, reading, actor=world.alice)

    def decided() -> list[Any]:
        rows = Attribution.objects.filter(pk=row.pk).values()
        return [*rows, *Span.objects.filter(attribution=row).order_by("pk").values()]

    before = decided()
    reconcile(revision, BELL, OSEI)
    assert decided() == before, "found again"
    reconcile(revision, OSEI, engine="3")
    assert decided() == before, "not found any more"
    assert not Attribution.objects.filter(suggested=True).exists()


def test_a_rejected_suggestion_is_not_made_again(world: World, revision: Revision) -> None:
    reconcile(revision, BELL, OSEI, REYES)
    attributions.reject(named("A3").pk, actor=world.alice)
    counts = reconcile(revision, BELL, OSEI, REYES, engine="3")
    assert (counts.new, counts.decided) == (0, 1)
    assert Attribution.objects.count() == 3


def test_a_suggestion_that_waits_is_found_again_like_the_rest(revision: Revision) -> None:
    reconcile(revision, REYES)
    reconcile(revision, REYES, engine="3")
    row = named("A3")
    assert (row.suggested, row.last_found, row.version) == (True, "invented 3", 2)


def test_twice_changes_nothing_more(revision: Revision) -> None:
    text = revision.text
    read = extraction(
        text, REYES, OSEI, claims={"the pier was rotten": ("A1",), "that the bridge was safe": ("A2", "A1")}
    )
    restated = found.Restatement(found.Span.of(text, 5, 9), "A1")
    read = found.Extraction(
        read.engine, read.version, read.text_sha256, read.article, read.attributions, read.claims, (restated,)
    )
    with transaction.atomic():
        rereading.reconcile(revision, read)
    factories.perform()
    once = everything()
    assert Restatement.objects.count() == 1
    with transaction.atomic():
        rereading.reconcile(revision, read)
    factories.perform()
    assert everything() == once


def test_a_new_voice_on_a_known_claim_is_linked_to_it(world: World, revision: Revision) -> None:
    known = named("A1").claims.get()
    reconcile(revision, REYES, BELL, claims={known.text: ("A1", "A2")})
    assert Claim.objects.count() == 2
    assert [link.attribution.label for link in known.links.order_by("pk")] == ["A1", "A3"]
    assert [link.attribution.label for link in known.links.counting()] == ["A1"], "until a person accepts it"
    attributions.reject(named("A3").pk, actor=world.alice)
    known.refresh_from_db()
    assert known.state == "queued"


def test_of_several_voices_those_that_stand_count(world: World, revision: Revision) -> None:
    known = named("A1").claims.get()
    known.links.create(attribution=named("A2"), stance="denies")
    reconcile(revision, REYES, BELL, claims={known.text: ("A1", "A2")})

    def counting() -> list[str]:
        return [link.attribution.label for link in known.links.counting().order_by("pk")]

    assert counting() == ["A1", "A2"]
    attributions.reject(named("A1").pk, actor=world.alice)
    assert counting() == ["A2"]
    attributions.reject(named("A2").pk, actor=world.alice)
    assert counting() == ["A1", "A2"], "where it is from, rather than what nobody accepted"
    known.links.exclude(attribution=named("A3")).delete()
    assert counting() == ["A3"]


def test_relations_lead_to_the_labels_of_the_desk(revision: Revision) -> None:
    read = extraction(TEXT, REYES, OSEI, BELL)
    first, second, third = read.attributions
    found_by_new = found.Attribution(
        "A1", first.source, first.cue, first.content, "indirect", "denies", 0.9, "invented", "Reyes", parent="A3",
        responds_to="A2",
    )  # fmt: skip
    with transaction.atomic():
        rereading.reconcile(
            revision,
            found.Extraction(
                "invented", "2", read.text_sha256, read.article, (found_by_new, second, third), read.claims
            ),
        )
    new = named("A3")
    assert new.parent is not None
    assert new.responds_to is not None
    assert (new.parent.label, new.responds_to.label) == ("A1", "A2")


def test_what_was_rejected_holds_no_suggestion(world: World, revision: Revision) -> None:
    Attribution.objects.filter(label="A2").update(parent=named("A1"))
    attributions.reject(named("A2").pk, actor=world.alice)
    read = extraction(TEXT, BELL, OSEI)
    inside = extraction(TEXT, REYES).attributions[0]
    inside = replace(inside, id="A3", parent="A2")
    with transaction.atomic():
        rereading.reconcile(revision, replace(read, attributions=(*read.attributions, inside)))
    assert named("A3").parent == named("A1")


def test_what_was_read_before_engines_were_kept_gets_their_names(world: World, revision: Revision) -> None:
    """What the migration does to the rows of an older installation."""
    reconcile(revision, BELL, REYES)
    Attribution.objects.update(last_found="")
    Article.objects.update(read_by="")
    nothing = Article.objects.create(desk=world.desk, origin="text", title="Nothing was said in it")
    with connection.cursor() as cursor:
        cursor.execute(import_module("claims.migrations.0005_people_decide_on_attributions").KNOWN_ENGINES_SQL)
    assert all(row.last_found == row.engine for row in Attribution.objects.all())
    assert Article.objects.get(pk=revision.article_id).read_by == "invented 2"
    nothing.refresh_from_db()
    assert nothing.read_by == ""


# --- The job ----------------------------------------------------------------------------------------------------------


def test_the_job_reads_with_the_engine_of_today(world: World) -> None:
    article = factories.ready_article(world)
    assert article.read_by == rereading.engine_of_today() == " ".join(pipeline.engine())
    before = everything()
    job = rereading.ask(article, actor=world.carol)
    assert rereading.ask(article, actor=world.carol) == job, "twice is once"
    factories.perform()
    job.refresh_from_db()
    assert (job.name, job.state, job.progress) == ("claims.reextract_article", JobState.DONE, 100)
    assert everything() == before, "the same engine finds the same"
    kinds = list(Event.objects.of("article", article.pk).values_list("kind", flat=True))
    assert kinds[-1] == "article.reextracted"
    assert articles.job_of(article) == job


def test_the_job_finds_what_the_older_engine_missed(world: World, revision: Revision) -> None:
    rereading.ask(revision.article, actor=world.carol)
    factories.perform()
    new = Attribution.objects.get(suggested=True)
    assert [TEXT[span.start : span.end] for span in new.spans.filter(role="source")] == ["Reyes"]
    assert {row.last_found for row in Attribution.objects.all()} == {rereading.engine_of_today()}


@pytest.mark.parametrize("status", ["queued", "extracting"])
def test_an_article_that_is_not_ready_is_not_read_again(world: World, status: str) -> None:
    article = factories.ready_article(world)
    Article.objects.filter(pk=article.pk).update(status=status)
    with pytest.raises(Conflict) as refused:
        rereading.ask(article, actor=world.carol)
    assert refused.value.details["article_status"] == status
    assert not Job.objects.filter(name="claims.reextract_article").exists()


def test_a_worker_that_comes_too_late_changes_nothing(revision: Revision) -> None:
    with transaction.atomic():
        job = queue.enqueue("claims.reextract_article", "again", {"article": revision.article_id})
    before = everything()
    with pytest.raises(queue.Fenced):
        rereading.reextract(job)  # nobody claimed it: it does not run
    assert everything() == before


def test_when_it_is_given_up_the_article_stays_and_the_history_says_so(world: World, revision: Revision) -> None:
    job = rereading.ask(revision.article, actor=world.carol)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=Job.MAX_ATTEMPTS)
    job.refresh_from_db()
    queue.fail(job, "It crashed.")
    assert Article.objects.get().status == "ready"
    event = Event.objects.of("article", revision.article_id).last()
    assert event is not None
    assert (event.kind, event.reason) == ("article.reextraction_failed", "It crashed.")
