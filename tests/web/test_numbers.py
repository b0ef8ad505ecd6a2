"""The page of a desk's numbers: for its members, each with its table, its CSV and an address that shows it again."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims.models.desks import Role
from claims.services import attributions, desks, review
from claims.services import claims as claim_services
from claims.web import numbers
from sources import services as register
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn, bare
from tests.web.test_agreement import Shapes


@pytest.fixture
def working(world: World) -> World:
    """A desk with something in each section: one claim published, one held, one waiting."""
    done, held, _waiting = factories.queued_claims(world, 3)
    for claim in (done, held):
        attributions.confirm(claim.attributions.get().pk, actor=world.alice)
    bell = register.create("person", "=Anna Bell")
    done.attributions.get().resolved_sources.create(source=bell, surface="Bell", score=0.9, reason="An alias.")
    factories.published(world, factories.reviewed(world, claim=done))
    review.take(world.bob, held.pk)
    return world


def page(client: Client, query: str = "", status: int = 200) -> str:
    answer = client.get(f"/desk/numbers/{query}")
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def rows(client: Client, query: str) -> list[dict[str, str]]:
    answer = client.get(f"/desk/numbers/csv/{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_every_member_sees_the_desk_and_editors_alone_the_persons(working: World, as_: SignedIn) -> None:
    for person, sees in ((working.ruth, False), (working.alice, False), (working.carol, True), (working.dora, True)):
        client = as_(person)
        assert ("By person" in page(client)) == sees
        assert client.get("/desk/numbers/csv/?of=people").status_code == (200 if sees else 404)
    assert rows(as_(working.carol), "?of=people")[0] == {
        "person": "Alice", "reviews": "1", "median_hours": "0.00", "dated": "0", "kept": "0", "held": "0",
    }  # fmt: skip


def test_each_section_has_its_table_and_its_csv(working: World, as_: SignedIn) -> None:
    client = as_(working.carol)
    text = page(client)
    for of in ("backlog", "throughput", "stays", "due", "in_time", "engine", "sources", "people"):
        assert f'id="of-{of}"' in text
        assert rows(client, f"?of={of}"), of
    assert rows(client, "?of=backlog")[-1] | {"day": ""} == {
        "day": "", "open": "2", "queued": "1", "came": "3", "done": "1",
    }  # fmt: skip
    assert rows(client, "?of=engine")[-1] == {
        "confidence": "all", "n": "2", "confirmed": "2", "corrected": "0", "rejected": "0",
        "right_percent": "100", "low_percent": "34", "high_percent": "100",
    }  # fmt: skip
    client.cookies["django_language"] = "uk"
    assert [row["due"] for row in rows(client, "?of=due")] == ["overdue", "soon", "later", "undated"]
    assert {row["state"] for row in rows(client, "?of=stays")} >= {"extracted", "queued"}, "in every language"
    assert rows(client, "?of=sources")[0]["source"] == "'=Anna Bell", "no formula"
    assert client.get("/desk/numbers/csv/?of=nothing").status_code == 404


def test_the_plots_have_words_and_no_inline_style(working: World, as_: SignedIn) -> None:
    text = page(as_(working.carol))
    shapes = Shapes(text).found
    plots = [about for tag, about in shapes if tag == "svg" and about.get("role") == "img"]
    assert len(plots) == 6, "all but what waits, of which there is no line in a desk's first day, and what was in time"
    assert all(about["aria-labelledby"] for about in plots)
    assert {about["class"] for tag, about in shapes if tag == "rect"} >= {"plot-bar of-1", "plot-bar of-2"}
    assert not [about for _, about in shapes if "style" in about]
    assert "2026-" not in "".join(about.get("x", "") or "" for _, about in shapes)


def test_days_are_written_as_people_read_them_and_for_programs_alike(working: World, as_: SignedIn) -> None:
    client, today = as_(working.carol), review.database_now()
    assert f"{today.day} {today:%b %Y}" in page(client)
    client.cookies["django_language"] = "uk"
    assert f"{today:%d.%m.%Y}" in page(client)
    assert rows(client, "?of=backlog")[-1]["day"] == f"{today:%Y-%m-%d}"


def test_a_name_from_right_to_left_turns_no_number_around_in_a_plot(working: World, as_: SignedIn) -> None:
    waiting = working.desk.claims.get(state="queued").attributions.get()
    claim_services.confirm_source(waiting.pk, register.create("person", "سامح شكري"), actor=working.carol)
    assert "\u2068سامح شكري\u2069: 1 open, 0 decided</text>" in page(as_(working.carol))


def test_the_link_shows_the_same_again(working: World, as_: SignedIn) -> None:
    source = register.create("person", "Mark Osei")
    text = page(as_(working.carol), "?source=Mark Osei")
    today = f"{review.database_now():%Y-%m-%d}"
    link = f"desk=harbour&amp;since={today}&amp;until={today}&amp;source=%23{source.pk}"
    assert f'href="/desk/numbers/?{link}"' in text
    assert f'href="/desk/numbers/csv/?{link}&amp;of=backlog"' in text
    again = page(as_(working.dora), f"?{link.replace('&amp;', '&')}")
    assert f'<a href="/sources/{source.pk}/" dir="auto">Mark Osei</a>' in again


def test_days_and_sources_that_are_none_stand_beside_their_field(working: World, as_: SignedIn) -> None:
    client = as_(working.carol)
    for query in (
        "?since=yesterday", "?since=2026-04-02&until=2026-04-01", "?until=0001-01-01", "?source=Nobody",
        "?source=%23999999999", "?desk=%00", "?source=%00",
    ):  # fmt: skip
        assert 'aria-invalid="true"' in page(client, query, 422), query
        assert client.get(f"/desk/numbers/csv/{query}").status_code == 422


def test_another_desk_looks_like_none(working: World, as_: SignedIn) -> None:
    mallory = as_(working.mallory)
    for path in ("/desk/numbers/", "/desk/numbers/csv/"):
        foreign, absent = (mallory.get(f"{path}?desk={desk}") for desk in ("harbour", "nowhere"))
        assert (foreign.status_code, absent.status_code) == (404, 404)
        assert bare(foreign) == bare(absent)
    assert "Valley Desk" in page(mallory)


def test_ones_desks_beside_each_other(working: World, as_: SignedIn) -> None:
    assert "My desks" not in page(as_(working.carol))
    desks.set_member(working.elsewhere, working.carol, Role.READER)
    text = page(as_(working.carol), "?desk=valley")
    assert "My desks" in text
    assert "By person" not in text, "a reader there"
    assert "desk=harbour" in text
    assert [row["desk"] for row in rows(as_(working.carol), "?desk=valley&of=desks")] == ["Harbour Desk", "Valley Desk"]
    assert as_(working.alice).get("/desk/numbers/csv/?of=desks").status_code == 404, "one desk is beside none"


def test_lengths_of_time_are_told_in_a_unit_that_fits(working: World, as_: SignedIn) -> None:
    text = page(as_(working.carol))
    assert re.search(r"<td>\s*(\d+|under 1) s\s*</td>", text), "what took seconds is not 0.0 hours"
    assert numbers._lasted(timedelta(seconds=61)) == "1 min"
    assert numbers._lasted(timedelta(minutes=90)) == "1.5 h"
    assert numbers._lasted(timedelta(hours=60)) == "2.5 days"


def test_the_source_is_chosen_from_a_list(working: World, as_: SignedIn) -> None:
    bell = register.create("person", "Bell Again")
    client = as_(working.carol)
    text = page(client)
    assert 'hx-get="/sources/options/"' in text
    assert '<datalist id="numbers-sources">' in text
    assert f"#{bell.pk}" in client.get("/sources/options/?source=Bell Ag").content.decode()
    assert 'aria-invalid="true"' not in page(client, f"?source=Bell Again %23{bell.pk}")
    assert f'href="/sources/{bell.pk}/"' in page(client, f"?source=%23{bell.pk}")


def test_it_is_among_the_lists_of_the_desk(world: World, as_: SignedIn) -> None:
    for person in (world.ruth, world.carol):
        assert 'href="/desk/numbers/"' in page(as_(person))
    assert 'href="/desk/numbers/?desk=harbour"' in as_(world.ruth).get("/desks/harbour/").content.decode()


def test_the_same_questions_however_much_there_is(world: World, as_: SignedIn) -> None:
    client, counts = as_(world.carol), []
    desks.set_member(world.elsewhere, world.carol, Role.READER)
    for size in (1, 15):
        for claim in factories.queued_claims(world, size):
            factories.published(world, factories.reviewed(world, claim=claim))
        page(client)
        with CaptureQueriesContext(connection) as queries:
            page(client)
        counts.append(len(queries))
    assert counts[0] == counts[1]
