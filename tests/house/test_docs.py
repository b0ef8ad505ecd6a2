"""The documents lead somewhere: links, commands, the list of decisions, the addresses of the API."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from workbench.accounts.management.commands import roles

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "seeds").glob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_files_and_headings_lead_there(page: Path) -> None:
    broken = []
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / unquote(name)).resolve() if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


def anchors(page: Path) -> set[str]:
    """The anchors that forges give to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_decision_is_listed_and_has_its_parts() -> None:
    folder = ROOT / "docs" / "decisions"
    decisions = sorted(file for file in folder.glob("*.md") if file.name != "README.md")
    listed = LINK.findall((folder / "README.md").read_text(encoding="utf-8"))
    assert listed == [file.name for file in decisions]
    assert [int(file.name[:4]) for file in decisions] == list(range(1, len(decisions) + 1))
    for file in decisions:
        headings = re.findall(r"^## (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], file.name


def test_every_make_target_that_the_documents_name_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        named = set(re.findall(r"`make ([a-z]+)|^make ([a-z]+)(?:\s+#.*)?$", text, re.MULTILINE))
        assert {first or second for first, second in named} <= targets, page


def routes(patterns: Sequence[URLPattern | URLResolver], prefix: str = "/") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


def test_every_address_of_the_api_is_documented() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    known = {
        re.sub(r"\{\w+\}", "{}", path).rstrip("/") for path in re.findall(r"/(?:api|livez|readyz)[\w/{}.-]*", page)
    }
    addresses = {re.sub(r"<[^>]+>", "{}", route).rstrip("/") for route in routes(get_resolver().url_patterns)}
    ours = {address for address in addresses if address.startswith("/api/")} | {"/livez", "/readyz"}
    assert len(ours) > 10, "the addresses were not found at all"
    assert sorted(ours - known) == []


def test_the_page_of_roles_is_what_the_code_says() -> None:
    page = (ROOT / "docs" / "roles.md").read_text(encoding="utf-8")
    again = "WORKBENCH_OFFLINE=1 python manage.py roles > docs/roles.md"
    assert page == roles.page(), f"The rights or the addresses changed. Print the page anew: {again}"
