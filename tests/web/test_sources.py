"""The register: searched by any name, changed by admins, a merge undone exactly."""

import pytest
from django.test import Client

from sources import services as register
from sources.models import Merge, Source
from tests.factories import World
from tests.web.conftest import SignedIn


@pytest.fixture
def dora(world: World, as_: SignedIn) -> Client:
    return as_(world.dora)


@pytest.fixture
def source(world: World) -> Source:
    return register.create("person", "Volodymyr Zelenskyy")


def test_a_source_is_found_by_any_spelling(world: World, dora: Client, source: Source) -> None:
    register.add_alias(source, "transliteration", "Selenskyj")
    for search in ("zelens", "SELENSK", "Volodymyr"):
        assert source.name in dora.get("/sources/", {"search": search}).content.decode(), search
    assert "No source is known by" in dora.get("/sources/", {"search": "nobody"}).content.decode()


@pytest.mark.parametrize("search", ["'; DROP TABLE", "%", "\0", "!!!", "x" * 10_000, "<script>"])
def test_odd_searches_are_answered(world: World, dora: Client, source: Source, search: str) -> None:
    answer = dora.get("/sources/", {"search": search})
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode().split("<main")[1]


def test_an_admin_adds_renames_and_names(world: World, dora: Client) -> None:
    answer = dora.post("/sources/new/", {"kind": "office", "name": "The Harbour Office"})
    made = Source.objects.get(name="The Harbour Office")
    assert answer.headers["Location"] == f"/sources/{made.pk}/"
    dora.post(f"/sources/{made.pk}/rename/", {"name": "Port Office"})
    dora.post(f"/sources/{made.pk}/aliases/", {"kind": "metonym", "name": "the quay", "valid_from": "2020-01-01"})
    page = dora.get(f"/sources/{made.pk}/").content.decode()
    for name in ("Port Office", "The Harbour Office", "the quay"):
        assert name in page
    alias = made.aliases.get(name="the quay")
    assert dora.post(f"/sources/{made.pk}/aliases/{alias.pk}/remove/").status_code == 302
    assert not made.aliases.filter(name="the quay").exists()


@pytest.mark.parametrize(
    ("verb", "sent", "said"),
    [
        ("rename", {"name": "  "}, "This field is required."),
        ("rename", {"name": "…"}, "no letter or digit"),
        ("aliases", {"name": "x", "kind": "nickname"}, "Select a valid choice"),
        ("aliases", {"name": "x", "kind": "name", "valid_from": "2020-02-01", "valid_to": "2020-01-01"}, "before"),
        ("merge", {"into": "Nobody", "reason": "same"}, "no source with this name"),
    ],
)
def test_bad_input_is_named(
    world: World, dora: Client, source: Source, verb: str, sent: dict[str, str], said: str
) -> None:
    answer = dora.post(f"/sources/{source.pk}/{verb}/", sent)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_merge_and_its_undo(world: World, dora: Client, source: Source) -> None:
    double = register.create("person", "Wolodymyr Selenskyj")
    sent = {"into": str(source.pk), "reason": "The same person in German."}
    assert dora.post(f"/sources/{double.pk}/merge/", sent).status_code == 302
    assert "Merged; readers see" in dora.get(f"/sources/{double.pk}/").content.decode()
    merge = Merge.objects.get()
    assert dora.post(f"/sources/{double.pk}/merges/{merge.pk}/undo/").status_code == 302
    double.refresh_from_db()
    assert double.merged_into is None


def test_the_register_goes_on_where_the_page_ended(world: World, dora: Client) -> None:
    made = [register.create("person", f"Person {number:02}") for number in range(60)]
    first = dora.get("/sources/").content.decode()
    cursor = first.split("before=")[1].split('"')[0]
    second = dora.get("/sources/", {"before": cursor}).content.decode()
    assert [sum(f'/sources/{each.pk}/"' in page for page in (first, second)) for each in made] == [1] * 60
