"""The one entry: spans point into the text exactly as given."""

import hashlib
import json
from pathlib import Path

from claims.extraction.encoder import MANIFEST, version_of
from claims.extraction.pipeline import RULES, engine, extract


def test_one_sentence_yields_source_cue_and_content() -> None:
    (found,) = extract("The mayor said the bridge would open in May.").attributions
    assert [span.text for span in found.source] == ["The mayor"]
    assert [span.text for span in found.cue] == ["said"]
    assert [span.text for span in found.content] == ["the bridge would open in May"]


def test_the_engine_is_known_without_reading_a_text(tmp_path: Path) -> None:
    found = extract("The mayor said the bridge would open in May.")
    assert engine() == (found.engine, found.version)
    assert engine(model=None) == RULES
    (tmp_path / "weights").write_bytes(b"heavy")
    manifest = {"version": "7", "files": {"weights": hashlib.sha256(b"heavy").hexdigest()}}
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    assert engine(model=tmp_path) == ("encoder", f"7.{RULES[1]}"), "what the rules tell it changes what it finds"
    version_of.cache_clear()
    (tmp_path / "weights").write_bytes(b"other")
    assert engine(model=tmp_path) == RULES, "load() would not take it either"
