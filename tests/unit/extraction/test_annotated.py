"""Annotated articles from files that other programs wrote."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from claims.extraction import brat, citron
from claims.extraction.annotated import AnnotationError, articles

TEXT = "Ada Holm said beds were short.\n"
ROW: dict[str, Any] = {
    "source": [{"start": 0, "end": 8}],
    "cue": [{"start": 9, "end": 13}],
    "content": [{"start": 14, "end": 29}],
}


def read(path: Path) -> tuple[str, str, list[str]]:
    (found,) = articles(path)
    (row,) = found.attributions
    return found.name, found.text, [row[role][0]["text"] for role in ("source", "cue", "content")]


def test_a_document_of_citron(tmp_path: Path) -> None:
    path = tmp_path / "beds.json"
    path.write_text(json.dumps(citron.write(TEXT, [ROW])), "utf-8")
    assert read(path) == ("beds", TEXT, ["Ada Holm", "said", "beds were short"])
    assert read(tmp_path) == read(path)


def test_what_citron_found_beside_its_text(tmp_path: Path) -> None:
    (tmp_path / "beds.txt").write_text(TEXT, "utf-8")
    quotes = citron.write(TEXT, [ROW])["quotes"]
    path = tmp_path / "beds.citron.json"
    path.write_text(json.dumps({"quotes": quotes, "source": {"application": "citron-extractor"}}), "utf-8")
    assert read(path) == ("beds", TEXT, ["Ada Holm", "said", "beds were short"])


def test_documents_of_citron_in_lines(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text(json.dumps({"id": "beds", **citron.write(TEXT, [ROW])}) + "\n\n", "utf-8")
    assert read(path) == ("beds", TEXT, ["Ada Holm", "said", "beds were short"])


def test_stand_off_beside_its_text(tmp_path: Path) -> None:
    (tmp_path / "beds.txt").write_text(TEXT, "utf-8")
    (tmp_path / "beds.ann").write_text(brat.write(TEXT, [ROW]), "utf-8")
    assert read(tmp_path) == ("beds", TEXT, ["Ada Holm", "said", "beds were short"])


def test_a_line_end_in_the_words_of_a_span_is_no_line_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "beds.txt").write_text(TEXT, "utf-8")
    written = "T1\tCue 9 13\tsa\rE9\tCue:T1\r\nT2\tContent 14 29\tx\r\nE1\tCue:T1 Content:T2\r\n"
    (tmp_path / "beds.ann").write_bytes(written.encode())
    (found,) = articles(tmp_path / "beds.ann")
    assert [row["id"] for row in found.attributions] == ["E1"]


def test_the_folders_of_polnear(tmp_path: Path) -> None:
    for folder in ("text", "attributions"):
        (tmp_path / folder).mkdir()
    (tmp_path / "text" / "post_2016-09-10_beds.txt").write_text(TEXT, "utf-8")
    (tmp_path / "attributions" / "post_2016-09-10_beds_6b86.ann").write_text(brat.write(TEXT, [ROW]), "utf-8")
    name, text, words = read(tmp_path / "attributions")
    assert (name, text, words[0]) == ("post_2016-09-10_beds_6b86", TEXT, "Ada Holm")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bad.json", '{"text": "Ada", "quotes": [{"cue": {"start": 0, "end": 9}}]}'),
        ("bad.json", '{"text": "Ada", "quotes": [{"cue": {"start": 0}}]}'),
        ("bad.json", "[]"),
        ("bad.ann", "T1\tCue 0\tAda\n"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    (tmp_path / "bad.txt").write_text("Ada", "utf-8")
    with pytest.raises(AnnotationError, match="bad"):
        list(articles(tmp_path / name))


@pytest.mark.parametrize("cut", [slice(-12), slice(10)])
def test_a_torn_archive_is_named(tmp_path: Path, cut: slice) -> None:
    path = tmp_path / "gold.jsonl.gz"
    torn = gzip.compress(json.dumps({"text": TEXT, "attributions": [ROW]}).encode())[cut]
    path.write_bytes(torn + b"\xff" * 20 if len(torn) == 10 else torn)
    with pytest.raises(AnnotationError, match=r"gold\.jsonl\.gz: "):
        list(articles(path))
