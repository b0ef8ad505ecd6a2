"""The stories: readable, as many and as varied as was promised, and split for good."""

import importlib.util
import io
import json
import shutil
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from claims.extraction import marks
from claims.extraction.annotated import Annotated, AnnotationError, articles
from claims.extraction.corpus import FOLDER, SECOND, STORIES, is_held_out
from claims.extraction.encoder import FOLDER as MODEL
from claims.extraction.encoder import TOKENIZER
from claims.extraction.marks import Story


@pytest.fixture(scope="module")
def stories() -> dict[str, Story]:
    return {path.stem: marks.read(path.read_text("utf-8")) for path in sorted(STORIES.glob("*.txt"))}


def test_there_are_as_many_stories_words_and_attributions_as_promised(stories: dict[str, Story]) -> None:
    assert len(stories) >= 150
    assert sum(len(story.text.split()) for story in stories.values()) >= 45_000
    assert sum(len(story.attributions) for story in stories.values()) >= 3_000


def test_every_kind_of_news_and_of_attribution_is_there(stories: dict[str, Story]) -> None:
    kinds = Counter(story.kind for story in stories.values())
    assert set(kinds) >= marks.KINDS - {"other"}
    rows = [(story, row) for story in stories.values() for row in story.attributions]
    assert sum(parent is not None for story in stories.values() for parent in story.parents()) >= 300
    assert sum(row.responds_to is not None for _, row in rows) >= 100
    assert sum(len(row.content) > 1 for _, row in rows) >= 300
    assert sum(not row.source for _, row in rows) >= 100
    assert sum(len(row.entities) > 1 for _, row in rows) >= 20
    assert sum(len(story.restatements) for story in stories.values()) >= 20
    assert {row.stance for _, row in rows} >= {
        "asserts",
        "denies",
        "accuses",
        "declares",
        "questions",
        "predicts",
        "evaluates",
    }


def test_no_two_stories_are_the_same(stories: dict[str, Story]) -> None:
    assert len({story.text for story in stories.values()}) == len(stories)


def test_a_tenth_is_held_out_and_stays_so(stories: dict[str, Story]) -> None:
    held_out = [name for name in stories if is_held_out(name)]
    assert 0.05 <= len(held_out) / len(stories) <= 0.15
    assert is_held_out("business-shipyard-interview")


def test_check_corpus_reads_all_of_it(stories: dict[str, Story]) -> None:
    out = io.StringIO()
    call_command("check_corpus", "--agreement", stdout=out)
    counts = {name: int(n) for n, _, name in (line.strip().partition(" ") for line in out.getvalue().splitlines()[:-1])}
    assert counts["STORIES"] == len(stories)
    assert counts["ATTRIBUTIONS"] == sum(len(story.attributions) for story in stories.values())
    assert counts["SECOND ANNOTATIONS"] == len(list(SECOND.glob("*.txt")))
    agreement = json.loads(next(line for line in out.getvalue().splitlines() if line.startswith("{")))
    assert agreement["articles"] == len(list(SECOND.glob("*.txt"))) >= 20
    assert agreement["relation_lenient"]["f1"] > 60
    assert set(agreement["unitizing_alpha"]) == {"source", "cue", "content"}
    assert all(0.6 < alpha < 1 for alpha in agreement["unitizing_alpha"].values())


def test_check_corpus_names_the_file_and_line_of_a_mistake(tmp_path: Path) -> None:
    story = next(STORIES.glob("*.txt")).read_text("utf-8")
    (tmp_path / "torn.txt").write_text(story.replace("}", "", 1))
    with pytest.raises(CommandError, match="1 of 1 files have mistakes"):
        call_command("check_corpus", str(tmp_path / "torn.txt"), stdout=io.StringIO(), stderr=(err := io.StringIO()))
    assert "torn.txt: line " in err.getvalue()


def test_what_no_cue_and_no_quotation_covers_is_listed(tmp_path: Path) -> None:
    (tmp_path / "forgotten.txt").write_text(
        "title: t\nkind: other\nstyle: wire\npublished_on: 2024-01-01\n\nThe mayor said no.\n\n“I claimed.”\n\n===\n"
    )
    out = io.StringIO()
    call_command("check_corpus", str(tmp_path / "forgotten.txt"), "--doubts", stdout=out)
    (doubt,) = [line for line in out.getvalue().splitlines() if "no cue" in line]
    assert "no cue: …The mayor said no." in doubt


def test_the_same_article_is_read_from_every_form(tmp_path: Path) -> None:
    story = marks.read(next(STORIES.glob("sport-*.txt")).read_text("utf-8"))
    row = {"id": "one", **story.as_json()}
    (tmp_path / "a.txt").write_text(marks.write(story))
    (tmp_path / "b.json").write_text(json.dumps(row))
    (tmp_path / "c.jsonl").write_text(json.dumps(row) + "\n")
    read = [next(articles(tmp_path / name)) for name in ("a.txt", "b.json", "c.jsonl")]
    assert {one.text for one in read} == {story.text}
    assert {json.dumps(one.attributions) for one in read} == {json.dumps(row["attributions"])}
    assert {one.published_on for one in read} == {story.published_on}


@pytest.mark.parametrize(
    ("name", "content"), [("x.json", "{}"), ("x.jsonl", "{"), ("x.txt", "no head"), ("gone.json", None)]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: str | None) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(AnnotationError, match=name):
        list(articles(tmp_path / name))


def test_the_readme_says_how_to_add_a_story() -> None:
    assert "## Adding a story" in (FOLDER / "README.md").read_text("utf-8")


def test_training_without_its_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "claims.extraction.training.loop", raising=False)
    monkeypatch.delitem(sys.modules, "claims.extraction.training.network", raising=False)
    with pytest.raises(CommandError, match="--extra training"):
        call_command("train_extraction", "--out", str(tmp_path), stdout=io.StringIO())


def told(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[set[str], set[str]]:
    """The names of what a training with these arguments would learn from, and of what it would be measured on."""
    found: list[set[str]] = []

    def train(learn: list[Annotated], held: list[Annotated], *_: Any, **__: Any) -> dict[str, Any]:
        found.extend({article.name for article in articles} for articles in (learn, held))
        return {}

    loop = ModuleType("claims.extraction.training.loop")
    loop.train, loop.Settings = train, SimpleNamespace  # type: ignore[attr-defined]  # stands in for the one with torch
    monkeypatch.setitem(sys.modules, loop.__name__, loop)
    call_command("train_extraction", *arguments, stdout=io.StringIO())
    learn, held = found
    return learn, held


def test_what_is_measured_on_is_never_learned(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stories: dict[str, Story]
) -> None:
    kept = {name for name in stories if is_held_out(name)}
    one = min(stories.keys() - kept)
    out = ("--out", str(tmp_path / "model"))
    assert told(monkeypatch, *out) == (stories.keys() - kept, kept)
    learn, held = told(monkeypatch, *out, "--dev", str(STORIES / f"{one}.txt"))
    assert (learn, held) == (stories.keys() - kept - {one}, {one})
    files = [str(STORIES / f"{name}.txt") for name in (one, min(kept), max(stories.keys() - kept))]
    learn, _ = told(monkeypatch, *out, "--dev", files[0], "--corpus", *files)
    assert learn == {Path(files[2]).stem}
    with pytest.raises(CommandError, match="nothing is left to learn from"):
        told(monkeypatch, *out, "--dev", files[0], "--corpus", *files[:2])


def test_only_our_own_corpus_holds_stories_out_beside_dev(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name = "business-shipyard-interview"
    copied = tmp_path / f"{name}.txt"
    copied.write_text((STORIES / f"{name}.txt").read_text("utf-8"), "utf-8")
    other = next(path for path in sorted(STORIES.glob("*.txt")) if path.stem != name)
    arguments = ("--out", str(tmp_path / "model"), "--corpus", str(copied), "--dev", str(other))
    assert told(monkeypatch, *arguments) == ({name}, {other.stem})


@pytest.mark.parametrize("option", ["--corpus", "--dev"])
def test_an_empty_file_to_train_with_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, option: str) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    with pytest.raises(CommandError, match=rf"{option}: .*empty\.jsonl holds no articles"):
        told(monkeypatch, "--out", str(tmp_path), option, str(empty))


def test_a_folder_that_cannot_be_written_is_named_before_the_training(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match=r"--out .*file/model: Not a directory"):
        told(monkeypatch, "--out", str(tmp_path / "file" / "model"))


def small_training(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    """The manifest of a model that learned six stories once."""
    corpus = tmp_path / "stories"
    corpus.mkdir()
    for path in sorted(STORIES.glob("*.txt"))[:6]:
        (corpus / path.name).write_text(path.read_text("utf-8"))
    held = tmp_path / "held"
    held.mkdir()
    last = sorted(STORIES.glob("*.txt"))[-1]
    (held / last.name).write_text(last.read_text("utf-8"))
    paths = ["--corpus", str(corpus), "--dev", str(held), "--out", str(tmp_path / "model")]
    options = ["--epochs", "1", "--layers", "1", *arguments]
    call_command("train_extraction", *paths, *options, stdout=(out := io.StringIO()))
    assert json.loads(out.getvalue().splitlines()[-1])["articles"] == 1
    manifest: dict[str, Any] = json.loads((tmp_path / "model" / "manifest.json").read_text("utf-8"))
    return manifest


with_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs the extra training")


@with_torch
def test_a_small_training_gives_a_model_that_extracts(tmp_path: Path) -> None:
    manifest = small_training(tmp_path)
    assert manifest["data"]["corpus"] == ["stories"]
    assert manifest["settings"]["layers"] == 1
    assert [sorted(losses) for losses in manifest["curve"]] == [["real", "roles", "stance", "tags"]]


@with_torch
def test_a_base_of_another_width_is_taken(tmp_path: Path) -> None:
    from transformers import BertConfig, BertModel

    base = tmp_path / "narrow"
    sizes = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 96}
    BertModel(BertConfig(**sizes), add_pooling_layer=False).save_pretrained(base)
    shutil.copyfile(MODEL / TOKENIZER, base / TOKENIZER)
    assert small_training(tmp_path, "--base", str(base))["base"] == "narrow"
