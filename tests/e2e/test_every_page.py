"""Every page in a browser, along tests/tour.py, in Ukrainian and with words that are long and run both ways: axe has
nothing to report in light, dark and forced colours, and nothing has to be scrolled for sideways on a phone or at 200 %.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from tests import tour
from tests.concurrency import paused
from tests.conftest import LiveStack
from tests.e2e.looking import ZOOMED, problems, sideways
from tests.factories import World
from workbench.accounts.models import User

Person = Callable[..., Page]
WORDS = "Наднадзвичайноважливогідроелектростанційний причал «שלום»"
# Whatever is folded away is looked at as well; what is fetched only then has a page of its own.
UNFOLD = "document.querySelectorAll('main details:not(:has([hx-get]))').forEach((each) => { each.open = true; })"
SCHEMES: tuple[dict[str, Any], ...] = ({"color_scheme": "dark"}, {"color_scheme": "light", "forced_colors": "active"})


def let_in(page: Page, user: User | None, url: str) -> Page:
    if user:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": url}])
    return page


def faults(page: Page) -> Iterator[str]:
    for width, height in (ZOOMED, (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        yield from (f"{width} wide: {each}" for each in [*sideways(page), *problems(page)])
    for scheme in SCHEMES:
        page.emulate_media(**scheme)
        yield from (f"{scheme}: {each}" for each in problems(page))
    page.emulate_media(color_scheme="light", forced_colors="none")
    page.set_viewport_size({"width": 375, "height": 812})
    yield from (f"375 wide: {each}" for each in sideways(page))


def test_every_page_in_every_look(world: World, person: Person, live_stack: LiveStack) -> None:
    for who in (world.alice, world.bob, world.carol, world.dora):
        who.language = "uk"
        who.save()
    found: dict[str, list[str]] = {}
    walked = Counter[str]()
    browsers: dict[User | None, Page] = {}
    # Everything stays as it was made while it is looked at.
    with paused(live_stack.worker), paused(live_stack.beat):
        for stop in tour.pages(world, WORDS):
            walked[stop.name] += 1
            # Of a page in many states three.
            if walked[stop.name] > 3:
                continue
            if stop.who not in browsers:
                browsers[stop.who] = let_in(person(locale="uk-UA"), stop.who, live_stack.url)
            page = browsers[stop.who]
            page.goto(stop.where)
            expect(page.locator("h1").first).to_be_visible()
            page.evaluate(UNFOLD)
            for each in faults(page):
                found.setdefault(each, []).append(f"{stop.name} {stop.where}")
    assert found == {}
