"""Both commands on files, folders and standard input; neither opens a database."""

import gzip
import io
import json
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from claims.extraction import brat, citron, pipeline
from claims.extraction.pipeline import RULES
from claims.extraction.types import Extraction
from claims.management.commands import score_extraction

ROLES = ("source", "cue", "content")
STORY = "Ada Holm said beds were short.\n"
ZIPPED = gzip.compress(json.dumps({"id": 1, "text": STORY}).encode(), mtime=0)
GOLD = {
    "attributions": [
        {"source": [[0, 8]], "cue": [[9, 13]], "content": [[14, 29]]},
        {"source": [], "cue": [], "content": [[14, 18]], "required": False},
    ]
}


def printed(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "beds.txt"
    path.write_text(STORY, "utf-8")
    return path


def test_json_has_the_keys_of_the_wire_format(story: Path) -> None:
    result = json.loads(printed("extract", str(story)))
    assert {"engine", "text_sha256", "article", "attributions", "claims", "restatements"} <= result.keys()
    (found,) = result["attributions"]
    assert found.keys() == {
        *("id", "source", "source_entity", "cue", "content", "quote_type", "stance", "channel", "said_on", "narrator"),
        *("parent", "responds_to", "confidence"),
    }
    assert found["source"] == [{"start": 0, "end": 8, "text": "Ada Holm"}]
    assert result["claims"][0]["attributions"] == [{"id": found["id"], "stance": "asserts"}]


def test_line_ends_count_as_they_stand_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_bytes(b"Late.\r\n\r\nAda Holm said beds were short.\r\n")
    (found,) = json.loads(printed("extract", str(path)))["attributions"]
    assert found["source"][0]["start"] == 9


@pytest.mark.parametrize("name", ["many.jsonl", "many.jsonl.gz"])
def test_jsonl_gives_one_result_a_line_with_its_id(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    lines = "".join(json.dumps({"id": number, "text": STORY}) + "\n" for number in (7, 8))
    path.write_bytes(gzip.compress(lines.encode()) if name.endswith(".gz") else lines.encode())
    rows = [json.loads(line) for line in printed("extract", str(path), "--format", "jsonl").splitlines()]
    assert [row["id"] for row in rows] == [7, 8]
    assert all(len(row["attributions"]) == 1 for row in rows)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(STORY.encode())))
    assert len(json.loads(printed("extract", "-"))["attributions"]) == 1


def test_every_form_holds_the_same_spans(story: Path) -> None:
    words = ["Ada Holm", "said", "beds were short"]
    text, (row,) = citron.read(json.loads(printed("extract", str(story), "--format", "citron")))
    assert text == STORY
    assert [row[role][0]["text"] for role in ROLES] == words
    (row,) = brat.read(printed("extract", str(story), "--format", "brat"), STORY)
    assert [row[role][0]["text"] for role in ROLES] == words
    page = json.loads(printed("extract", str(story), "--format", "webannotation"))
    assert [item["target"]["selector"][0]["exact"] for item in page["items"]] == words


@pytest.mark.parametrize("form", ["json", "citron", "webannotation"])
def test_several_texts_are_one_line_each_with_their_ids(story: Path, form: str) -> None:
    lines = printed("extract", str(story), str(story), "--format", form).splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["beds", "beds"]


def test_several_texts_do_not_fit_in_one_file_of_brat(story: Path) -> None:
    with pytest.raises(CommandError, match="one text at a time"):
        printed("extract", str(story), str(story), "--format", "brat")


def test_text_tells_the_parts_apart_without_colour(story: Path) -> None:
    page = printed("extract", str(story), "--format", "text")
    for line in ("source   Ada Holm", "cue      said", "content  beds were short"):
        assert line in page
    assert "\x1b[" not in page


def test_direction_overrides_do_not_rule_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "odd.txt"
    path.write_text("Ada Holm said \u202ebeds were short.", "utf-8")
    assert "\u202e" not in printed("extract", str(path), "--format", "text")


@pytest.mark.parametrize(
    ("name", "shown"), [("[/x]", "[/x]"), ("[bold]a", "[bold]a"), ("a\u202eb\x1b[31m", "a\\u202eb\\u001b[31m")]
)
def test_an_id_does_not_rule_the_terminal_either(tmp_path: Path, name: str, shown: str) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps({"id": name, "text": STORY}), "utf-8")
    page = printed("extract", str(path), "--format", "text")
    assert f" {shown} " in page.splitlines()[0]
    assert "\u202e" not in page
    assert "\x1b" not in page


def test_the_day_of_publication_resolves_dates(tmp_path: Path) -> None:
    path = tmp_path / "day.txt"
    path.write_text("Ada Holm said the clinic closed on Monday.", "utf-8")
    result = json.loads(printed("extract", str(path), "--published-on", "2023-04-18"))
    assert result["claims"][0]["text"] == "The clinic closed on Monday 17 April 2023."


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("latin.txt", b"Caf\xe9 said", "not UTF-8 at byte 3"),
        ("bad.jsonl", b'{"id": 1}\n', "line 1"),
        ("null.jsonl", b'\n{"id": 1, "text": null}\n', r"null\.jsonl, line 2: .*the text is no string"),
        ("short.jsonl.gz", ZIPPED[:-12], r"short\.jsonl\.gz: Compressed file ended"),
        ("torn.jsonl.gz", ZIPPED[:10] + b"\xff" * 20, r"torn\.jsonl\.gz: Error -3"),
    ],
)
def test_an_unreadable_file_is_named_with_the_reason(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CommandError, match=message):
        printed("extract", str(path))


@pytest.mark.parametrize("name", ["nowhere.txt", "nowhere.jsonl", "nowhere.jsonl.gz"])
def test_a_missing_file_is_named(name: str) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        printed("extract", name)


def _gold(folder: Path, kind: str) -> Path:
    row: dict[str, Any] = {"id": "beds", "text": STORY, **GOLD}
    if kind == "jsonl":
        path = folder / "gold.jsonl"
        path.write_text(json.dumps(row) + "\n", "utf-8")
        return path
    if kind == "beside":
        (folder / "beds.txt").write_text(STORY, "utf-8")
        row.pop("text")
    path = folder / "beds.attributions.json"
    path.write_text(json.dumps(row), "utf-8")
    return folder if kind == "folder" else path


@pytest.mark.parametrize("kind", ["jsonl", "beside", "folder", "inside"])
def test_scores_are_printed_for_every_form_of_gold(tmp_path: Path, kind: str) -> None:
    report = json.loads(printed("score_extraction", str(_gold(tmp_path, kind))))
    assert report["articles"] == 1
    assert report["relation_strict"] == {"p": 100.0, "r": 100.0, "f1": 100.0}


def test_the_interval_comes_when_asked_for(tmp_path: Path) -> None:
    report = json.loads(printed("score_extraction", str(_gold(tmp_path, "jsonl")), "--bootstrap", "--speed"))
    assert report["relation_lenient"]["f1_95"] == [100.0, 100.0]
    assert report["words_per_second"] > 0


def test_gold_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none\.json"):
        printed("score_extraction", str(tmp_path / "none.json"))


def test_the_engine_can_be_the_rules_or_another_model(tmp_path: Path) -> None:
    report = json.loads(printed("score_extraction", str(_gold(tmp_path, "jsonl")), "--rules"))
    assert report["engine"] == " ".join(RULES)
    with pytest.raises(CommandError, match="holds no model"):
        printed("score_extraction", str(tmp_path / "gold.jsonl"), "--model", str(tmp_path))


def test_the_day_of_the_gold_is_told_to_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days: list[date | None] = []

    def extract(text: str, *, published_on: date | None, model: Path | None) -> Extraction:
        days.append(published_on)
        return pipeline.extract(text, published_on=published_on, model=model)

    monkeypatch.setattr(score_extraction, "extract", extract)
    path = tmp_path / "gold.json"
    path.write_text(json.dumps({"text": STORY, "article": {"published_on": "2023-04-18"}, **GOLD}), "utf-8")
    printed("score_extraction", str(path))
    assert days == [date(2023, 4, 18)]


def test_a_page_has_errors_first_and_needs_nothing_else(tmp_path: Path) -> None:
    text = "Ada Holm said beds <i>were</i> short. Nobody knows \u202ewhy. “We tried,” Bo told us."
    wrong = {"source": [[0, 3]], "cue": [[9, 13]], "content": [[14, 36]], "stance": "denies"}
    gold = {"id": "one & two", "text": text, "attributions": [wrong, {"source": [], "cue": [], "content": [[38, 50]]}]}
    (tmp_path / "gold.json").write_text(json.dumps(gold), "utf-8")
    printed(
        *("score_extraction", str(tmp_path / "gold.json"), "--bootstrap", "--speed"),
        *("--html", str(tmp_path / "page.html"), "--json", str(tmp_path / "numbers.json")),
    )
    written = (tmp_path / "page.html").read_text("utf-8")
    assert json.loads((tmp_path / "numbers.json").read_text("utf-8"))["errors"]["missed"] == 1
    assert "one &amp; two" in written
    assert "&lt;i&gt;were&lt;/i&gt;" in written
    assert not re.search(r"<(?:script|link|img|iframe)|https?:|url\(|@import", written)
    assert written.index("<strong>missed</strong>") < written.index("<strong>source bounds</strong>")
    assert '<mark class="source">Ada</mark>' in written
    assert '<mark class="source">Ada Holm</mark>' in written
