"""What a journey sees besides its own steps: mistakes that the browser reports, and how each page looks to whom."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, WebError, expect

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# A phone held upright, a tablet, a desk.
SIZES = {375: 812, 820: 1180, 1440: 900}
# Runs outside the page's own policy, as everything that the driver adds does.
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  window.reportViolation(`${event.violatedDirective} by ${event.blockedURI} in ${event.sourceFile}`))
"""
# A desk's screen zoomed to 200 % (WCAG 1.4.4, 1.4.10): half as many of CSS's pixels each way.
ZOOMED = (720, 450)
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What reaches beyond the right edge, for the message; what scrolls inside an element of its own is all right.
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .filter((each) => {
    for (let place = each; place; place = place.parentElement)
      if (getComputedStyle(place).overflowX !== "visible") return false;
    return true;
  })
  .filter((each, _at, all) => !all.some((other) => other !== each && each.contains(other)))
  .slice(0, 5).map((each) => each.outerHTML.slice(0, 120))"""


@dataclass
class Watch:
    """Collects what no page may do: break the content policy, log an error, fail a request, or ask another host."""

    url: str
    found: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.expose_binding("reportViolation", lambda _source, what: self.found.append(f"policy: {what}"))
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

    @contextmanager
    def expecting(self, *words: str) -> Iterator[None]:
        """Inside the block a finding with one of these words in it is what the test provokes."""
        before, self.found = self.found, []
        try:
            yield
        finally:
            self.found = before + [each for each in self.found if not any(word in each for word in words)]

    def _console(self, message: ConsoleMessage) -> None:
        # A refused form is answered with 4xx, which Chromium logs as an error; _response judges every status itself.
        if message.type == "error" and not message.text.startswith("Failed to load resource: the server responded"):
            self.found.append(f"console: {message.text} ({message.location['url']})")

    def _error(self, error: WebError) -> None:
        self.found.append(f"script: {error.error}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.netloc != urlsplit(self.url).netloc:
            self.found.append(f"left the host: {request.url}")

    def _failed(self, request: Request) -> None:
        # Whoever leaves a page gives up what it still asks for, such as the next look at a reading's progress.
        if request.failure != "net::ERR_ABORTED":
            self.found.append(f"failed: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        refused_form = response.request.is_navigation_request() and response.status < 500
        if response.status >= 400 and not refused_form:
            self.found.append(f"status {response.status}: {response.url}")


def sideways(page: Page) -> list[str]:
    """What has to be scrolled for sideways."""
    return [f"scrolls sideways: {page.evaluate(TOO_WIDE)}"] if page.evaluate(SIDEWAYS) > 0 else []


def fits(page: Page, name: str) -> None:
    """Nothing has to be scrolled for sideways."""
    assert sideways(page) == [], name


def problems(page: Page, *rules: str) -> list[str]:
    """What axe has to report of the page as it stands, by all of its rules or by these alone."""
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    return [
        f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}"
        for violation in Axe().run(page, options=options).response["violations"]
        for node in violation["nodes"]
    ]


def clean(page: Page, name: str) -> None:
    """axe has nothing to report of the whole page; afterwards its scripts have run, and keys act."""
    expect(page.locator("h1").first).to_be_visible()
    page.wait_for_load_state("load")
    assert problems(page) == [], name


@dataclass(frozen=True)
class Look:
    """Call it on every page of a journey: it fits every width, axe has nothing to report; and pictures, if wanted.

    Afterwards the page's scripts have run, as after ``pages.ready``.
    """

    folder: Path | None

    def __call__(self, page: Page, name: str) -> None:
        before = page.viewport_size
        assert before is not None
        expect(page.locator("h1").first).to_be_visible()
        page.wait_for_load_state("load")
        for width, height in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            fits(page, f"{name} at {width}")
            for scheme in SCHEMES if self.folder else ():
                page.emulate_media(color_scheme=scheme)
                page.evaluate("scrollTo(0, 0)")  # what sticks to the top is drawn where the page was scrolled to
                page.screenshot(path=f"{self.folder}/{name}-{width}-{scheme}.png", full_page=True)
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": ZOOMED[0], "height": ZOOMED[1]})
        fits(page, f"{name} at 200 %")
        clean(page, f"{name}, dark, at 200 %")
        page.set_viewport_size(before)
        page.emulate_media(color_scheme="light")
        clean(page, f"{name}, light")
