"""Which statements the address of an article's page asks for, and what it offers to ask for."""

import pytest
from django.http import QueryDict

from claims.web.shown import GROUPS, OWN, RESTATED, Shown, options, tokens


def facets(**having: str) -> dict[str, frozenset[str]]:
    return {group: frozenset(having[group].split("|")) if group in having else frozenset() for group in GROUPS}


BELL = facets(who="Anna Bell", quote="direct", state="queued")
OSEI = facets(who="Mark Osei|the union", quote="indirect", state="decided", outlet=RESTATED)
OUTLET = facets(state="queued", outlet=OWN)


def asked(query: str) -> Shown:
    return Shown.asked(QueryDict(query))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", "bell osei outlet"),
        ("quote=", "bell osei outlet"),
        ("at=500&page=2", "bell osei outlet"),
        ("quote=direct", "bell"),
        ("quote=direct&quote=indirect", "bell osei"),
        ("who=the+union", "osei"),
        ("who=Anna+Bell&quote=indirect", ""),
        ("state=queued", "bell outlet"),
        ("outlet=own&outlet=restated", "osei outlet"),
        ("who=Nobody", ""),
        ("below=80", "osei"),
        ("below=81", "bell osei"),
        ("below=1", ""),
        ("below=0", "bell osei outlet"),
        ("below=101", "bell osei outlet"),
        ("below=x", "bell osei outlet"),
        ("below=-5", "bell osei outlet"),
        ("below=٨٠", "bell osei outlet"),
        ("below=99999999999999999999999", "bell osei outlet"),
    ],
)
def test_what_is_shown(query: str, shown: str) -> None:
    ask = asked(query)
    having = {"bell": (BELL, 0.801), "osei": (OSEI, 0.41), "outlet": (OUTLET, None)}
    assert [name for name, (each, sure) in having.items() if ask.lets(each, sure)] == shown.split()
    assert ask.everything == (shown == "bell osei outlet")


def test_what_is_offered_is_what_occurs_with_how_often() -> None:
    found = [(1, BELL), (2, OSEI), (2, OSEI), (3, facets(who="the union", quote="indirect", state="queued"))]
    choice = options(found, asked("quote=direct"))
    assert [(each.value, each.count) for each in choice["who"]] == [
        ("the union", 2),
        ("Anna Bell", 1),
        ("Mark Osei", 1),
    ]
    assert [(each.value, each.count, each.ticked) for each in choice["quote"]] == [
        ("direct", 1, True),
        ("indirect", 2, False),
    ]
    assert [each.value for each in choice["outlet"]] == [RESTATED]


def test_what_is_asked_for_and_does_not_occur_is_offered_with_none() -> None:
    choice = options([(1, BELL)], asked("who=Nobody&state=on_hold&state=asleep"))
    assert [(each.value, each.count, each.ticked) for each in choice["who"]] == [
        ("Anna Bell", 1, False),
        ("Nobody", 0, True),
    ]
    assert [(each.value, each.label) for each in choice["state"]] == [
        ("queued", "in the queue"),
        ("on_hold", "on hold"),
    ]


def test_a_statement_names_its_values_as_the_boxes_do() -> None:
    choice = options([(1, BELL), (2, OSEI)], asked(""))
    assert set(tokens(OSEI, choice).split()) == {
        option.token for group in GROUPS for option in choice[group] if option.value in OSEI[group]
    }
    boxes = [option.token for group in GROUPS for option in choice[group]]
    assert len(set(boxes)) == len(boxes)
