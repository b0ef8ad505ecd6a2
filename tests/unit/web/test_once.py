"""What many things on a page show alike is rendered once for the page."""

from collections.abc import Callable, Iterable

import pytest
from django.template import Context, Engine
from django.utils.translation import override

Render = Callable[..., str]


@pytest.fixture
def asked() -> list[str]:
    """What was looked up, in order."""
    return []


@pytest.fixture
def render(asked: list[str]) -> Render:
    """Renders a template on which ``looked`` says a word that nobody has said yet."""

    def looked() -> str:
        asked.append(f"answer {len(asked)}")
        return asked[-1]

    def rendered(source: str, parts: Iterable[tuple[str, str]] = (), **values: object) -> str:
        stored = ("django.template.loaders.locmem.Loader", dict(parts))
        loaders = [("django.template.loaders.cached.Loader", [stored])]
        libraries = {"once": "claims.templatetags.once", "i18n": "django.templatetags.i18n"}
        page = Engine(loaders=loaders, libraries=libraries, builtins=["claims.templatetags.once"])
        return page.from_string(source).render(Context({"looked": looked, **values}))

    return rendered


def test_it_is_rendered_where_it_first_occurs_and_written_again(render: Render, asked: list[str]) -> None:
    assert render("{% for each in '123' %}{{ each }}{% once %} {{ looked }}; {% endonce %}{% endfor %}") == (
        "1 answer 0; 2 answer 0; 3 answer 0; "
    )
    assert asked == ["answer 0"]


def test_each_place_and_each_page_has_its_own(render: Render) -> None:
    twice = "{% once %}{{ looked }} {% endonce %}{% once %}{{ looked }} {% endonce %}"
    assert render(twice) == "answer 0 answer 1 "
    assert render(twice) == "answer 2 answer 3 "


def test_it_is_rendered_for_each_value(render: Render, asked: list[str]) -> None:
    within = "{{ state }}{{ many }} {{ looked }}; "
    source = "{% for state, many in rows %}{% once state many %}" + within + "{% endonce %}{% endfor %}"
    rows = [("open", 1), ("shut", 1), ("open", 1), ("open", 2)]
    assert render(source, rows=rows) == "open1 answer 0; shut1 answer 1; open1 answer 0; open2 answer 2; "


def test_a_partial_that_is_included_again_repeats_it(render: Render, asked: list[str]) -> None:
    card = ("card.html", "{{ n }}{% once %} {{ looked }}; {% endonce %}")
    source = "{% for each in '12' %}{% include 'card.html' with n=each %}{% endfor %}{% include 'card.html' with n=3 %}"
    assert render(source, [card]) == "1 answer 0; 2 answer 0; 3 answer 0; "
    assert asked == ["answer 0"]


def test_what_is_written_again_is_escaped_once(render: Render) -> None:
    source = "{% for each in '12' %}{% once who %}<b>{{ who }}</b>{% endonce %}{% endfor %}"
    assert render(source, who="<i>") == "<b>&lt;i&gt;</b>" * 2


def test_each_page_has_the_language_of_its_reader(render: Render) -> None:
    source = "{% load i18n %}{% once %}{% translate 'Confirm' %}{% endonce %}"
    with override("en"):
        assert render(source) == "Confirm"
    with override("uk"):
        assert render(source) == "Підтвердити"
