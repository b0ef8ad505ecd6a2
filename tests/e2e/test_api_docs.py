"""The browsable description in a real browser: it renders, offline, under the same strict policy as every page."""

from playwright.sync_api import Page

from tests.conftest import LiveStack


def test_the_docs_render_without_the_network_or_a_violation(live_stack: LiveStack, page: Page) -> None:
    told: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/api/docs/")
    page.get_by_text("/api/v1/queue/next").wait_for()
    page.get_by_text("/api/v1/queue/next").click()
    page.get_by_text("Take the most important claim").wait_for()
    assert told == []
    assert [url for url in asked if not url.startswith((live_stack.url, "data:"))] == []
