"""The register: searched by any name, changed by admins, a merge undone exactly."""

import re

import pytest
from django.test import Client
from django.utils.html import strip_tags

from claims.services import sources
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
    assert "Added to the register." in dora.get(f"/sources/{made.pk}/").content.decode()
    dora.post(f"/sources/{made.pk}/rename/", {"name": "Port Office"})
    dora.post(f"/sources/{made.pk}/aliases/", {"kind": "metonym", "name": "the quay", "valid_from": "2020-01-01"})
    page = dora.get(f"/sources/{made.pk}/").content.decode()
    assert "Renamed." in page
    assert "Name added." in page
    for name in ("Port Office", "The Harbour Office", "the quay"):
        assert name in page
    named = page.partition("<h2>Also called")[2].partition("</ul>")[0]
    assert re.findall(r'<span dir="auto">(.*?)</span>', named) == ["the quay", "The Harbour Office"], "and not itself"
    alias = made.aliases.get(name="the quay")
    assert dora.post(f"/sources/{made.pk}/aliases/{alias.pk}/remove/").status_code == 302
    assert not made.aliases.filter(name="the quay").exists()
    made.aliases.exclude(name="Port Office").delete()
    assert "<h2>Also called" not in dora.get(f"/sources/{made.pk}/").content.decode()


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
    form = dora.get(f"/sources/{double.pk}/").content.decode().partition("/merge/")[2].partition("</form>")[0]
    assert 'hx-get="/sources/options/"' in form, "what may be meant is offered while somebody types"
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


# --- What happened to a source ----------------------------------------------------------------------------------------


def steps(client: Client, source: Source) -> list[str]:
    """The lines of the timeline, oldest first, each without its markup."""
    page = client.get(f"/sources/{source.pk}/history/").content.decode()
    timeline = page.split('<ol class="timeline">')[1].split("</ol>")[0]
    return [" ".join(strip_tags(line).split()) for line in timeline.split("<li>")[1:]]


def test_the_history_tells_who_changed_what_from_what_to_what(world: World, as_: SignedIn) -> None:
    made = sources.create("office", "The Harbour Office", actor=world.dora)
    town = register.create("government", "Riverton")
    sources.rename(made, "Port <b>Office</b>", actor=world.dora)
    sources.describe(made, actor=world.carol, description="Counts ships.", kind="organisation")
    sources.remove_alias(sources.add_alias(made, "metonym", "the quay", actor=world.dora), actor=world.dora)
    relation = sources.relate(made, "part_of", town, actor=world.dora)
    sources.unrelate(relation, actor=world.dora)
    told = steps(as_(world.ruth), made)
    expected = [
        ("Added to the register Dora", "The Harbour Office office"),
        ("Renamed Dora", "Name: The Harbour Office → Port &lt;b&gt;Office&lt;/b&gt;"),
        ("Description changed Carol", "Description: — → Counts ships."),
        ("Name added Dora", "the quay metonym"),
        ("Name removed Dora", "the quay"),
        ("Relation added Dora", "part of Riverton"),
        ("Relation removed Dora", "part of Riverton"),
    ]
    assert len(told) == len(expected)
    for line, (begins, holds) in zip(told, expected, strict=True):
        assert line.startswith(begins)
        assert holds in line
        assert f"{made.created_at.year}" in line, "when"
    assert "Kind: office → organisation" in told[2]


def test_a_merge_that_was_undone_is_told_on_both_sides(world: World, as_: SignedIn, source: Source) -> None:
    double, third = register.create("person", "Wolodymyr Selenskyj"), register.create("person", "Nobody Else")
    merged = sources.merge(double, source, actor=world.dora, reason="The same person in <i>German</i>.")
    sources.undo_merge(merged.pk, actor=world.carol)
    sources.merge(double, third, actor=world.dora, reason="A second try.")
    arrow = f"{double.name} → {source.name}"
    for side, count in ((source, 2), (double, 3)):
        told = steps(as_(world.alice), side)
        assert len(told) == count, "what happened between two others is not told here"
        assert told[0].startswith("Merged Dora")
        assert told[0].endswith(f"The same person in &lt;i&gt;German&lt;/i&gt;. {arrow}")
        assert told[1].startswith("Merge undone Carol")
        assert told[1].endswith(arrow)


def test_the_history_is_one_step_from_the_source(world: World, as_: SignedIn, source: Source) -> None:
    page = as_(world.ruth).get(f"/sources/{source.pk}/").content.decode()
    assert f'href="/sources/{source.pk}/history/"' in page
    assert "Nobody has changed it" in as_(world.ruth).get(f"/sources/{source.pk}/history/").content.decode()
    assert as_().get(f"/sources/{source.pk}/history/").headers["Location"].startswith("/accounts/login/")
    assert as_(world.ruth).get("/sources/999999999/history/").status_code == 404
