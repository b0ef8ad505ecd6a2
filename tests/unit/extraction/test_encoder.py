"""The model that comes with the project: whole, small, clean, the same for every thread, and dispensable."""

import json
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from claims.extraction import encoder
from claims.extraction.corpus import STORIES, is_held_out
from claims.extraction.encoder import ENCODER, FOLDER, MANIFEST, Encoder, ModelError, load
from claims.extraction.pipeline import RULES, extract

TEXT = "The mayor said the bridge would open in May.\n\n“It is late,” Ann Lee told reporters, adding that it was dear."
SHIPPED = {"corpus"}
"""What the weights may have learned from, by its name in the manifest: the stories of this project."""


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Each test loads the model anew, and so does the file that comes next: here it may have been taken away."""
    load.cache_clear()
    yield
    load.cache_clear()


def test_the_weights_come_from_text_that_may_be_shipped_and_nothing_else() -> None:
    manifest = encoder.manifest(FOLDER)
    assert set(manifest["data"]["corpus"]) == SHIPPED
    assert "Apache-2.0" in manifest["base"]
    stories = {path.stem for path in STORIES.glob("*.txt")}
    held_out = {name for name in stories if is_held_out(name)}
    assert set(manifest["data"]["held_out"]) == held_out
    assert manifest["data"]["articles"] == len(stories - held_out)


def test_the_model_is_at_most_25_megabytes() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 25_000_000


def test_an_altered_file_is_not_used(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "model")
    (folder / ENCODER).write_bytes((folder / ENCODER).read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="is not the file that the manifest names"):
        Encoder(folder)
    assert load(folder) is None


@pytest.mark.parametrize("written", ["", "{}", json.dumps({"files": {"gone.onnx": "0"}})])
def test_a_folder_without_a_whole_model_leaves_the_rules_alone(tmp_path: Path, written: str) -> None:
    (tmp_path / MANIFEST).write_text(written)
    found = extract(TEXT, model=tmp_path)
    assert (found.engine, found.version) == RULES
    assert found.attributions == extract(TEXT, model=None).attributions


def test_without_onnxruntime_the_rules_go_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    found = extract(TEXT)
    assert (found.engine, found.version) == RULES
    assert found.attributions


def test_every_thread_reads_the_same() -> None:
    texts = [TEXT.replace("bridge", word) for word in ("bridge", "school", "harbour", "market")] * 4
    alone = [extract(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(extract, texts)) == alone


def test_what_is_found_in_a_paragraph_does_not_depend_on_texts_read_before() -> None:
    alone = extract(TEXT)
    extract("Somebody else said something else entirely, and at some length. " * 40)
    assert extract(TEXT) == alone


def test_one_process_loads_a_model_once() -> None:
    assert load() is load()


def test_the_engine_says_which_model_it_is() -> None:
    found = extract(TEXT)
    assert found.engine == "encoder"
    assert found.version == f"{encoder.manifest(FOLDER)['version']}.{RULES[1]}"
