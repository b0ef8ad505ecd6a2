"""The pages of a desk's policy: a part on each, nothing lost between two admins, and what makes no policy is said."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from claims.models.desks import POLICY, Desk
from claims.services import desks
from claims.services import sources as register
from claims.web import policy
from tests.factories import World
from tests.web.conftest import SignedIn
from tests.web.test_desks import text


@pytest.fixture
def dora(world: World, as_: SignedIn) -> Client:
    return as_(world.dora)


class Sent(HTMLParser):
    """What a browser sends of the fields on a page when nobody touches them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.name = self.text = ""
        self.options: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "input" and given.get("type") == "checkbox":
            if "checked" in given:
                self.fields.setdefault(name, []).append(given.get("value") or "on")
        elif tag == "input" and name:
            self.fields.setdefault(name, []).append(given.get("value") or "")
        elif tag in ("select", "textarea"):
            self.name, self.text, self.options = name, "", []
        elif tag == "option":
            self.options.append((given.get("value") or "", "selected" in given))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.fields[self.name] = [self.text.removeprefix("\n")]
        elif tag == "select" and self.options:
            chosen = [value for value, selected in self.options if selected]
            self.fields[self.name] = chosen or [self.options[0][0]]


def part_of(name: str) -> policy.Part:
    """The part of the policy to which a field belongs, or a piece of a field."""
    return next(part for part in policy.PARTS if any(name.startswith(each.name) for each in part.settings))


def page_of(name: str) -> str:
    return f"/desks/harbour/policy/{part_of(name).key}/"


def typed(desk: Desk, **changed: str | list[str]) -> dict[str, Any]:
    """What a browser sends that changes nothing else; the fields are of one part."""
    (part,) = {part_of(name).key: part_of(name) for name in changed}.values()
    sent: dict[str, Any] = Sent(str(policy.PolicyForm(desk, part, initial=desk.policy()))).fields
    return sent | {"version": str(desk.version)} | changed


def test_saving_the_page_untouched_changes_nothing(world: World, dora: Client) -> None:
    source = register.create("person", "Anna Bell")
    chosen: dict[str, Any] = {
        "url": "https://desk.example",
        "method_url": "https://desk.example/method",
        "second_review_priority": 70,
        "second_review_share": 0.25,
        "second_review_sources": [source],
        "approval_required": True,
        "gate_requires": ["method"],
        "worthiness_weights": {"figures": 0.3},
        "routing_weights": {"due": 30.0, "topics": {"health": 10.0}},
        "senior_priority": 90,
        "senior_share": 0.1,
        "senior_second_reviews": True,
        "push": True,
        "timezone": "Europe/Kyiv",
        "working_time": {
            "hours": {"mon": [["09:00", "12:30"], ["13:30", "17:00"]]},
            "country": "DE",
            "subdivision": "BE",
            "closed": ["2026-12-24"],
            "open": {"2026-12-19": [["10:00", "14:00"]], "2026-12-20": []},
        },
        "due_hours": [{"from_priority": 80, "hours": 4}, {"from_priority": 0, "hours": 36.5}],
        "escalate_after_hours": 8,
        "lead": world.carol,
    }
    desks.change(world.desk, actor=world.dora, **chosen)
    before = Desk.objects.get(pk=world.desk.pk)
    for part in policy.PARTS:
        where = f"/desks/harbour/policy/{part.key}/"
        page = Sent(text(dora.get(where)))
        assert dora.post(where, page.fields).status_code == 302
    after = Desk.objects.get(pk=world.desk.pk)
    assert (after.policy(), after.version) == (before.policy(), before.version)
    # Nor is anything lost from a form that comes back because of another field.
    page = Sent(text(dora.get(page_of("due_hours"))))
    again = Sent(text(dora.post(page_of("due_hours"), page.fields | {"remind_share": "2"}), 422))
    assert again.fields["due_hours_hours_2"] == ["36.5"]


def test_a_tick_stands_before_its_words_and_no_lead_is_called_nobody(dora: Client) -> None:
    reviews = dora.get("/desks/harbour/policy/reviews/").content.decode()
    label = re.search(r"<label[^>]*>(?:(?!</label>).)*An editor approves every single review", reviews, re.DOTALL)
    assert label is not None
    assert 'type="checkbox"' in label[0]
    assert '<option value="" selected>nobody</option>' in dora.get("/desks/harbour/policy/time/").content.decode()


def test_the_pages_ask_for_every_field_of_a_policy(world: World) -> None:
    """A field that the table has and no page does could be changed by nobody but staff."""
    asked = [setting.name for part in policy.PARTS for setting in part.settings]
    missing = sorted(set(POLICY) - set(asked))
    assert missing == [], f"Add a Setting for {missing} to PARTS in claims/web/policy.py."
    assert sorted(asked) == sorted(POLICY)


def test_a_policy_is_written_in_words() -> None:
    said = [policy.written("gate_requires", value) for value in (True, False, None, [], ["sources"], 0, 0.25)]
    assert said == ["yes", "no", "—", "—", "two independent sources", "0", "0.25"]


def test_an_admin_changes_the_policy(world: World, dora: Client) -> None:
    changed: dict[str, Any] = {
        "lease_minutes": "30",
        "second_review_share": "0.25",
        "gate_requires": ["method", "sources"],
        "worthiness_weights_figures": "0.3",
        "routing_weights_due": "30",
        "routing_weights_topics": "Health: 10",
        "due_hours_from_1": "80",
        "due_hours_hours_1": "4",
        "working_time_mon": "9–12:30, 13:30–17",
        "working_time_country": "GB",
        "timezone": "Europe/Kyiv",
        "lead": "carol",
    }
    for part in policy.PARTS:
        mine = {name: value for name, value in changed.items() if part_of(name) == part}
        if mine:
            answer = dora.post(f"/desks/harbour/policy/{part.key}/", typed(world.desk, **mine), follow=True)
            assert answer.redirect_chain == [(f"/desks/harbour/policy/{part.key}/", 302)]
            assert "The policy was saved." in text(answer)
            world.desk.refresh_from_db()
    assert (world.desk.lease_minutes, world.desk.second_review_share) == (30, 0.25)
    assert world.desk.gate_requires == ["method", "sources"]
    assert world.desk.worthiness_weights == {"figures": 0.3}
    assert world.desk.routing_weights == {"due": 30, "topics": {"health": 10}}
    assert world.desk.due_hours == [{"from_priority": 80, "hours": 4}]
    monday = [["09:00", "12:30"], ["13:30", "17:00"]]
    assert world.desk.working_time == {"hours": {"mon": monday}, "country": "GB"}
    shown = text(dora.get("/desks/harbour/"))
    for words in (
        "Monday 09:00–12:30, 13:30–17:00; not on public holidays of GB",
        "from 80: 4 h",
        "gives a figure: 0.3",
    ):
        assert words in shown
    assert (world.desk.timezone, world.desk.lead) == ("Europe/Kyiv", world.carol)
    assert (world.desk.slug, world.desk.name) == ("harbour", "Harbour Desk")
    # What is emptied is the table's own again.
    nothing: dict[str, Any] = {"worthiness_weights_figures": "", "lead": "", "gate_requires": []}
    for name, value in nothing.items():
        assert dora.post(page_of(name), typed(world.desk, **{name: value})).status_code == 302
        world.desk.refresh_from_db()
    assert (world.desk.worthiness_weights, world.desk.lead, world.desk.gate_requires) == ({}, None, [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lease_minutes", "0"),
        ("second_review_share", "1.5"),
        ("second_review_priority", "101"),
        ("timezone", "Moon/Base"),
        ("gate_requires", "luck"),
        ("worthiness_weights_figures", "2"),
        ("worthiness_weights_figures", "much"),
        ("routing_weights_topics", "health"),
        ("due_hours_from_1", "80"),
        ("due_hours_hours_1", "-1"),
        ("working_time_tue", "mornings"),
        ("working_time_tue", "17:00–09:00"),
        ("working_time_country", "ZZ"),
        ("working_time_closed", "Christmas"),
        ("working_time_open", "2026-12-19 noon"),
        ("lead", "mallory"),
        ("name", ""),
    ],
)
def test_what_makes_no_policy_is_said_beside_its_field(world: World, dora: Client, name: str, value: str) -> None:
    page = text(dora.post(page_of(name), typed(world.desk, **{name: value})), 422)
    assert 'class="errorlist"' in page
    world.desk.refresh_from_db()
    assert world.desk.version == 1


def test_two_admins_who_save_at_once_lose_nothing(world: World, dora: Client) -> None:
    mine = typed(world.desk, second_review_priority="30", second_review_share="0.5")
    desks.change(world.desk, actor=world.carol, second_review_priority=90)
    page = text(dora.post(page_of("second_review_share"), mine), 409)
    assert "Somebody changed this desk" in page
    assert "Keep theirs" in page
    assert 'name="keep_second_review_priority"' in page
    assert 'name="version" value="2"' in " ".join(page.split())
    assert Desk.objects.get(slug="harbour").second_review_priority == 90
    chosen = mine | {"version": "2", "keep_second_review_priority": "theirs", "keep_second_review_share": "yours"}
    assert dora.post(page_of("second_review_share"), chosen).status_code == 302
    stored = Desk.objects.get(slug="harbour")
    assert (stored.second_review_priority, stored.second_review_share) == (90, 0.5)


def test_what_somebody_saved_of_another_part_is_kept_and_keeps_nobody(world: World, dora: Client) -> None:
    mine = typed(world.desk, second_review_share="0.5")
    desks.change(world.desk, actor=world.carol, lease_minutes=90)
    assert dora.post(page_of("second_review_share"), mine).status_code == 302
    stored = Desk.objects.get(slug="harbour")
    assert (stored.lease_minutes, stored.second_review_share) == (90, 0.5)
    # Theirs was the older version, and now it is one of the same part.
    desks.change(stored, actor=world.carol, second_review_share=0.25)
    desks.change(stored, actor=world.carol, lease_minutes=60)
    page = text(dora.post(page_of("second_review_share"), mine | {"version": "2"}), 409)
    assert ("keep_second_review_share" in page, "keep_lease_minutes" in page) == (True, False)
    assert dora.post(page_of("second_review_share"), mine | {"version": "99"}).status_code == 409


def test_an_admin_lists_whose_claims_are_reviewed_twice(world: World, as_: SignedIn, dora: Client) -> None:
    bell, osei = register.create("person", "Anna Bell"), register.create("person", "Mark <i>Osei</i>")
    register.create("person", "Anna Bell")
    chosen = typed(world.desk, second_review_sources=[f"Anna Bell #{bell.pk}", "", "Mark <i>Osei</i>", "  "])
    assert dora.post(page_of("second_review_sources"), chosen).status_code == 302
    world.desk.refresh_from_db()
    assert (world.desk.version, world.desk.twice_sources()) == (2, [bell, osei])
    page = text(dora.get(page_of("second_review_sources")))
    assert f'value="Anna Bell #{bell.pk}"' in page
    assert f'value="Mark &lt;i&gt;Osei&lt;/i&gt; #{osei.pk}"' in page
    assert page.count('name="second_review_sources"') == 5
    shown = text(as_(world.ruth).get("/desks/harbour/"))
    named = "Anna Bell, Mark &lt;i&gt;Osei&lt;/i&gt;"
    assert shown.count(named) == 2  # in the policy, and in the history
    assert f"<bdi>—</bdi> → <bdi>{named}</bdi>" in shown
    into = register.create("person", "Mark Osei")
    register.merge(osei, into, actor=world.dora, reason="The same")
    assert f'value="Mark Osei #{into.pk}"' in text(dora.get(page_of("second_review_sources")))
    assert dora.post(page_of("second_review_sources"), typed(world.desk, second_review_sources=[])).status_code == 302
    assert world.desk.twice_sources() == []


def test_a_line_that_names_no_source_is_said_with_what_was_typed(world: World, dora: Client) -> None:
    register.create("person", "Anna Bell")
    for _twice in range(2):
        register.create("person", "Mark Osei")
    lines = ["Anna Bell", "Nobody at all", "Mark Osei", "#999999999999999999999999", "x" * 321]
    page = text(dora.post(page_of("second_review_sources"), typed(world.desk, second_review_sources=lines)), 422)
    assert "Nobody at all: There is no source" in page
    assert "Mark Osei: Several sources have this name" in page
    assert 'value="Nobody at all"' in page
    page = text(dora.post(page_of("second_review_sources"), typed(world.desk, second_review_sources=["A"] * 101)), 422)
    assert "At most 100 sources can be listed." in page
    assert world.desk.twice_sources() == []
    assert Desk.objects.get(pk=world.desk.pk).version == 1


def test_lists_that_two_admins_save_at_once_are_shown_side_by_side(world: World, dora: Client) -> None:
    bell, osei = register.create("person", "Anna Bell"), register.create("person", "Mark Osei")
    mine = typed(world.desk, second_review_sources=["Anna Bell"])
    desks.change(world.desk, actor=world.carol, second_review_sources=[osei])
    page = text(dora.post(page_of("second_review_sources"), mine), 409)
    versions = page[page.index("data-differing") : page.index('name="second_review_priority"')]
    assert ("Mark Osei" in versions, "Anna Bell" in versions) == (True, True)
    kept = mine | {"version": "2", "keep_second_review_sources": "theirs"}
    assert dora.post(page_of("second_review_sources"), kept).status_code == 302
    assert world.desk.twice_sources() == [osei]
    yours = mine | {"version": str(Desk.objects.get(pk=world.desk.pk).version)}
    assert dora.post(page_of("second_review_sources"), yours).status_code == 302
    assert world.desk.twice_sources() == [bell]


def test_the_parts_of_the_policy_are_pages_beside_each_other(dora: Client) -> None:
    first = policy.PARTS[0]
    opened = dora.get("/desks/harbour/policy/", follow=True)
    assert opened.redirect_chain == [(f"/desks/harbour/policy/{first.key}/", 302)]
    for part in policy.PARTS:
        page = text(dora.get(f"/desks/harbour/policy/{part.key}/"))
        for other in policy.PARTS:
            current = 'aria-current="page"' if other == part else ""
            link = rf'<a href="/desks/harbour/policy/{other.key}/"\s*{current}>{other.title}</a>'
            assert re.search(link, page), (part.key, other.key)
        form = page.partition('class="form"')[2].partition("</form>")[0]
        asked = [each.name for one in policy.PARTS for each in one.settings if f'name="{each.name}' in form]
        assert set(asked) >= {each.name for each in part.settings if each.name not in policy.PIECEWISE}
        assert not set(asked) & {each.name for one in policy.PARTS if one != part for each in one.settings}
    assert dora.get("/desks/harbour/policy/weather/").status_code == 404
