"""What people decided comes out as marked stories that the corpus's own readers take."""

import io
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from claims.extraction import annotated, marks
from claims.models.articles import Article
from claims.models.claims import Attribution
from claims.services import attributions, claims, sources
from tests import factories
from tests.factories import World
from tests.integration.services.test_attributions import QUOTED, at, of, text_of
from tests.integration.services.test_rereading import suggestion


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.fixture
def article(world: World) -> Article:
    return factories.ready_article(world, title="Bridges | {repaired}")


def confirm_all(world: World, article: Article) -> None:
    for row in Attribution.objects.filter(revision__article=article, decision="unseen"):
        attributions.confirm(row.pk, actor=world.alice)


def export(out: Path, *options: str, desk: str = "harbour") -> str:
    printed = io.StringIO()
    call_command("export_corrections", "--desk", desk, "--out", str(out), *options, stdout=printed, stderr=printed)
    return printed.getvalue()


def test_confirmed_corrected_and_added_go_in_and_rejected_stay_out(
    world: World, article: Article, tmp_path: Path
) -> None:
    quoted, denied, rejected = (of(article, words) for words in (QUOTED, "bridge was safe", "hiding the inspection"))
    change = {
        "stance": "evaluates", "channel": "letter", "said_on": date(2026, 3, 2), "narrator": "contradicts",
        "responds_to": denied.label, "source_entity": "Anna Bell",
    }  # fmt: skip
    attributions.correct(quoted.pk, change, actor=world.alice)
    union = sources.create("organisation", "Transport Union; Riverton")
    claims.confirm_source(denied.pk, union, actor=world.alice)
    attributions.reject(rejected.pk, actor=world.bob)
    added = attributions.Reading(
        (at(article, "17\ncracks in the bridge"),), (at(article, "had found"),), (at(article, "inspectors"),)
    )
    attributions.add(article.pk, added, actor=world.bob)
    confirm_all(world, article)
    assert "1 written" in export(tmp_path / "new" / "corrections")
    (file,) = (tmp_path / "new" / "corrections").iterdir()
    assert file.name == f"harbour-{article.pk}.txt"
    story = marks.read(file.read_text("utf-8"))
    text = text_of(article)
    assert (story.kind, story.title, story.text) == ("other", "Bridges | {repaired}", text.rstrip("\n "))
    assert story.published_on == date(2026, 3, 3)
    rows = {text[slice(*row.content[0])]: row for row in story.attributions}
    assert len(rows) == Attribution.objects.filter(revision__article=article).count() - 1
    assert not any("hiding" in words for words in rows)
    own = next(row for words, row in rows.items() if QUOTED in words)
    denial = next(row for words, row in rows.items() if words.endswith("harbour bridge was safe"))
    assert (own.stance, own.channel, own.said_on, own.narrator) == (
        "evaluates", "letter", date(2026, 3, 2), "contradicts",
    )  # fmt: skip
    assert (own.responds_to, own.entities) == (denial.id, ["Anna Bell"])
    assert denial.entities == ["Transport Union, Riverton"], (
        "the confirmed source goes before what the engine made of it"
    )
    more = rows["17\ncracks in the bridge"]
    assert (text[slice(*more.cue[0])], text[slice(*more.source[0])]) == ("had found", "inspectors")
    assert [row.id for row in story.attributions] == list(range(1, len(rows) + 1))


def test_what_trains_the_engine_reads_it(world: World, tmp_path: Path) -> None:
    for _ in range(3):
        confirm_all(world, factories.ready_article(world))
    export(tmp_path)
    read = list(annotated.articles(tmp_path))
    assert len(read) == 3
    assert {each.kind for each in read} == {"other"}
    assert all(each.attributions for each in read)


def test_all_must_be_decided_on_unless_parts_are_asked_for(world: World, article: Article, tmp_path: Path) -> None:
    untouched = factories.ready_article(world)
    attributions.confirm(of(article, QUOTED).pk, actor=world.alice)
    said = export(tmp_path)
    rows = Attribution.objects.filter(revision__article=article).count()
    assert "0 written" in said
    assert f"article {article.pk} left out: not everything was decided on: {rows - 1} of {rows}" in said
    assert f"article {untouched.pk} left out: nothing was decided on" in said
    assert "1 written" in export(tmp_path, "--partial")
    story = marks.read((tmp_path / f"harbour-{article.pk}.txt").read_text("utf-8"))
    assert len(story.attributions) == 1


def test_a_suggestion_that_waits_is_not_decided_on(world: World, article: Article, tmp_path: Path) -> None:
    confirm_all(world, article)
    row = suggestion(world, article, "17\ncracks")
    assert "0 written" in export(tmp_path)
    attributions.reject(row.pk, actor=world.alice)
    assert "1 written" in export(tmp_path)


def test_a_text_in_which_nothing_was_said_is_worth_knowing(world: World, article: Article, tmp_path: Path) -> None:
    for row in Attribution.objects.filter(revision__article=article):
        attributions.reject(row.pk, actor=world.alice)
    assert "1 written" in export(tmp_path)
    (read,) = annotated.articles(tmp_path)
    assert not read.attributions


def test_signs_of_the_written_form_are_kept_apart(world: World, tmp_path: Path) -> None:
    odd = f"A list {{s1:of}} signs \\ here.\n\n===\n\n{factories.TEXT}"
    article = factories.ready_article(world, odd)
    confirm_all(world, article)
    assert "1 written" in export(tmp_path)
    assert marks.read(next(tmp_path.iterdir()).read_text("utf-8")).text == text_of(article).rstrip("\n ")


def test_what_marks_cannot_hold_is_left_out_with_the_reason(world: World, article: Article, tmp_path: Path) -> None:
    confirm_all(world, article)
    row = of(article, QUOTED)
    cue = row.spans.get(role="cue")
    row.spans.create(role="cue", start=cue.start - 5, end=cue.start - 1)
    said = export(tmp_path)
    assert "0 written" in said
    assert "cannot be written with marks: line" in said


def test_another_desks_articles_stay_there(world: World, article: Article, tmp_path: Path) -> None:
    confirm_all(world, article)
    assert "0 written to" in export(tmp_path, desk="valley")
    with pytest.raises(CommandError, match="There are: harbour, valley"):
        export(tmp_path, desk="nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError):
        export(tmp_path / "file")
