"""The data of the first start fit the tables, and the article is the text that it says it is."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from claims.models.desks import EDITORS, REVIEWERS, Role
from sources.models import AliasKind, RelationKind, SourceKind
from sources.names import fold, has_hidden_characters, is_mixed_script

SEEDS = Path(__file__).parents[2] / "seeds"


def read(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((SEEDS / name).read_text(encoding="utf-8"))
    return rows


SOURCES = read("sources.json")


def dated(row: dict[str, str]) -> bool:
    begin, end = (date.fromisoformat(row[name]) if name in row else None for name in ("valid_from", "valid_to"))
    return begin is None or end is None or begin < end


def test_sources_have_one_name_each_and_a_kind_that_exists() -> None:
    names = [row["name"] for row in SOURCES]
    assert len(set(names)) == len(names)
    assert {row["kind"] for row in SOURCES} <= set(SourceKind.values)


def test_aliases_can_be_stored_as_they_are() -> None:
    for row in SOURCES:
        aliases = row.get("aliases", [])
        keys = [(alias["kind"], alias["name"], alias.get("valid_from")) for alias in aliases]
        assert len(set(keys)) == len(keys), row["name"]
        for alias in aliases:
            assert alias["kind"] in AliasKind.values, alias
            assert fold(alias["name"]), alias
            assert not has_hidden_characters(alias["name"]), alias
            assert not is_mixed_script(alias["name"]), alias
            assert dated(alias), alias


def test_relations_lead_to_other_sources() -> None:
    names = {row["name"] for row in SOURCES}
    for row in SOURCES:
        for relation in row.get("relations", []):
            assert relation["kind"] in RelationKind.values, relation
            assert relation["to"] in names - {row["name"]}, relation
            assert dated(relation), relation


def test_the_first_desk_has_the_people_whom_the_demo_needs() -> None:
    roles = [member["role"] for member in read("desks.json")[0]["members"]]
    assert set(roles) <= set(Role.values)
    assert sum(role in REVIEWERS and role not in EDITORS for role in roles) >= 2
    assert Role.EDITOR in roles
    assert Role.ADMIN in roles


@pytest.mark.parametrize("file", sorted((SEEDS / "articles").glob("*.txt")), ids=lambda file: file.stem)
def test_an_article_is_the_text_that_is_described_beside_it(file: Path) -> None:
    about = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    assert hashlib.sha256(file.read_bytes()).hexdigest() == about["text_sha256"]
    assert date.fromisoformat(about["published_on"])
