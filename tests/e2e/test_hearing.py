"""What a screen reader is given of the article's page: read from the browser's accessibility tree, in its order."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from claims.models.articles import Article
from claims.models.claims import Attribution
from tests.e2e import pages
from tests.factories import World

Person = Callable[..., Page]
Node = dict[str, Any]
LANDMARKS = ("banner", "navigation", "main", "search", "region", "contentinfo")
# Said with their names, whatever words they are made of.
WHOLE = ("link", "button", "checkbox", "heading", "DisclosureTriangle")


# One statement within another's content, and one that the words of who speaks part in two.
NESTED_AND_PARTED = """The Kremlin said on Monday that Kyiv had admitted that its forces had left Bakhmut.

"The city is in our hands," Zelenskiy said on Tuesday, "and the Russian army has lost two brigades."
"""


@pytest.fixture
def page(world: World, person: Person) -> Page:
    return opened(world, person, pages.seed_text())


def opened(world: World, person: Person, text: str) -> Page:
    """The page of an article with this text, as alice reads it."""
    return opened_as_it_is(world, person, pages.read_by_worker(world, text))


def opened_as_it_is(world: World, person: Person, article: Article) -> Page:
    page = person()
    pages.sign_in(page, world.alice)
    page.goto(f"/articles/{article.pk}/")
    expect(page.locator(".story.is-placed")).to_be_visible()
    return page


def tree(page: Page) -> Iterator[Node]:
    """What is not hidden, in the order of the page, each with the ``way`` of roles that lead to it."""
    session = page.context.new_cdp_session(page)
    nodes: list[Node] = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    by_id = {node["nodeId"]: node for node in nodes}

    def walk(node: Node, way: tuple[str, ...]) -> Iterator[Node]:
        if not node["ignored"]:
            way = (*way, role(node))
            yield node | {"way": way}
        for child in node.get("childIds", ()):
            if child in by_id:
                yield from walk(by_id[child], way)

    return walk(nodes[0], ())


def role(node: Node) -> str:
    return str(node["role"]["value"])


def name(node: Node) -> str:
    return " ".join(str(node.get("name", {}).get("value", "")).split())


def property_of(node: Node, wanted: str) -> Any:
    return next((each["value"].get("value") for each in node.get("properties", ()) if each["name"] == wanted), None)


def heard(page: Page) -> list[str]:
    """The page as it is read out: text as it flows, and what is more than text with its role and description."""
    said: list[str] = []
    flows = False
    for node in tree(page):
        kind, words = role(node), name(node)
        if kind == "StaticText" and not set(node["way"]) & set(WHOLE):
            said[-1:] = [f"{said[-1]} {words}"] if flows else [*said[-1:], words]
            flows = True
        elif (kind in WHOLE or kind in ("article", "group", *LANDMARKS)) and words:
            description = str(node.get("description", {}).get("value", ""))
            said.append(f"{kind}: {words}" + (f" ({' '.join(description.split())})" if description else ""))
            flows = False
        elif kind in ("paragraph", "listitem"):
            flows = False
    return [re.sub(r" ([,.])", r"\1", " ".join(each.split())) for each in said]


def test_landmarks_and_headings(page: Page) -> None:
    nodes = list(tree(page))
    found = [(role(node), name(node)) for node in nodes if role(node) in LANDMARKS]
    assert found == [
        ("banner", ""),
        ("navigation", "Main"),
        ("main", ""),
        ("search", "Which statements are shown"),
        ("navigation", "Map of the text"),
        ("region", "Article"),
        ("contentinfo", ""),
    ]
    levels = [property_of(node, "level") for node in nodes if role(node) == "heading"]
    assert levels[0] == 1
    assert all(deeper <= above + 1 for above, deeper in pairwise(levels))


def test_a_sentence_is_heard_whole_and_then_what_was_found_in_it(page: Page) -> None:
    """Who speaks is a link that says with which stance; the cards follow their paragraph, each named by its claim."""
    said = heard(page)
    begins = said.index("link: Kiev and the West (Government of Ukraine and the West: accuses)")
    ends = next(at for at, each in enumerate(said) if each.startswith("Kherson, Zaporizhzhia, Luhansk and Donetsk are"))
    claim = "Russian forces have committed war crimes in occupied Ukrainian territory."
    assert said[begins:ends] == [
        "link: Kiev and the West (Government of Ukraine and the West: accuses)",
        "accuse Russian forces of committing war crimes in occupied Ukrainian territory, which",
        "link: Moscow (Government of Russia: denies)",
        "denies.",
        "group: Found in this paragraph",
        f"article: {claim}",
        f"heading: {claim}",
        f"link: {claim}",
        "link: Government of Ukraine and the West",
        ": accuses indirect",
        "button: Confirm that Government of Ukraine and the West said this",
        "link: Correct it A5",
        "denied by:",
        "link: Government of Russia",
        "link: Government of Russia",
        ": denies indirect",
        "button: Confirm that Government of Russia said this",
        "link: Correct it A6",
        "denies:",
        "link: Government of Ukraine and the West",
        "(accuses) in the queue",
        "DisclosureTriangle: Why this was found, how surely, and what can be done",
    ]


def test_what_stands_in_two_places_is_heard_in_the_order_of_the_text(page: Page) -> None:
    """“what … were fake referendums” is one statement, said within a sentence of somebody else's."""
    said = heard(page)
    begins = said.index("link: Putin (Vladimir Putin: declares)")
    assert said[begins - 1 : begins + 4] == [
        "Kherson, Zaporizhzhia, Luhansk and Donetsk are the four regions",
        "link: Putin (Vladimir Putin: declares)",
        "proclaimed annexed last September after what",
        "link: Ukraine (Government of Ukraine: asserts)",
        "said were fake referendums. Russian forces only partially control the four regions.",
    ]


def test_a_statement_within_a_statement_and_one_in_two_parts(world: World, person: Person) -> None:
    """Each sentence is heard as it stands, with one link for each statement, and then the cards in that order."""
    said = heard(opened(world, person, NESTED_AND_PARTED))
    inner, outer = "Ukraine’s forces had left Bakhmut.", "Kyiv had admitted that its forces had left Bakhmut."
    parted = "Zelenskiy said: “The city is in our hands, and the Russian army has lost two brigades.”"
    more = "DisclosureTriangle: Why this was found, how surely, and what can be done"
    begins, ends = said.index("region: Article") + 1, said.index("DisclosureTriangle: Correct outlet, byline, date")
    assert said[begins:ends] == [
        "link: The Kremlin (Kremlin: asserts)",
        "said on Monday that",
        "link: Kyiv (Government of Ukraine: asserts)",
        "had admitted that its forces had left Bakhmut.",
        "group: Found in this paragraph",
        f"article: {outer}",
        f"heading: {outer}",
        f"link: {outer}",
        "link: Kremlin",
        ": asserts indirect",
        "button: Confirm that Kremlin said this",
        "link: Correct it A1",
        "in the queue",
        more,
        f"article: {inner}",
        f"heading: {inner}",
        f"link: {inner}",
        "link: Government of Ukraine",
        ": asserts indirect",
        "button: Confirm that Government of Ukraine said this",
        "link: Correct it A2",
        "within what is said by",
        "link: Kremlin",
        "in the queue",
        more,
        '"The city is in our hands,"',
        "link: Zelenskiy (Zelenskiy: asserts)",
        'said on Tuesday, "and the Russian army has lost two brigades."',
        "group: Found in this paragraph",
        f"article: {parted}",
        f"heading: {parted}",
        f"link: {parted}",
        "link: Zelenskiy",
        ": asserts direct",
        "button: Confirm that Zelenskiy said this",
        "link: Correct it A3",
        "in the queue",
        more,
    ]


def test_a_statement_whose_every_part_holds_another_one_is_no_link(world: World, person: Person) -> None:
    """A link cannot hold a link: it is heard within the sentence, and its card leads to it all the same."""
    article = pages.read_by_worker(world, NESTED_AND_PARTED)
    outer = Attribution.objects.get(revision__article=article, source_entity="Kremlin")
    outer.spans.exclude(role="content").delete()
    page = opened_as_it_is(world, person, article)
    said = heard(page)
    begins = said.index("region: Article") + 1
    assert said[begins : begins + 4] == [
        "The Kremlin said on Monday that",
        "link: Kyiv (Government of Ukraine: asserts)",
        "had admitted that its forces had left Bakhmut.",
        "group: Found in this paragraph",
    ]
    card = page.get_by_role("article", name="Kyiv had admitted that its forces had left Bakhmut.")
    card.get_by_role("link", name="Kremlin", exact=True).press("Enter")
    words = page.locator(f"#a-{outer.pk}")
    expect(words).to_be_focused()
    expect(words).to_have_accessible_description("Kremlin: asserts")


def test_links_of_the_map_are_named_once(page: Page) -> None:
    marks = [node for node in tree(page) if role(node) == "link" and "SvgRoot" in node["way"]]
    assert [name(node) for node in marks][:2] == ["Government of Russia: asserts", "Kremlin: asserts"]
    assert {node.get("description", {}).get("value", "") for node in marks} == {""}


def test_what_changes_is_said_politely_and_briefly(page: Page) -> None:
    page.evaluate("""() => {
      window.told = [];
      new MutationObserver((changes) => changes.forEach(({ target }) => {
        const place = (target.nodeType === 1 ? target : target.parentElement).closest("[role=status], [aria-live]");
        if (place) window.told.push(place.textContent.trim());
      })).observe(document.body, { subtree: true, childList: true, characterData: true });
    }""")
    page.get_by_role("checkbox", name="Kremlin").check()
    expect(page.get_by_text("4 of 13 claims are shown")).to_be_visible()
    card = page.locator(".claim-card:visible").first
    card.locator("summary").click()
    expect(card.get_by_text("% sure")).to_be_visible()
    expect(card.locator("summary").first).to_be_focused()
    assert set(page.evaluate("window.told")) == {"4 of 13 claims are shown"}
    loud = [each for each in (property_of(node, "live") for node in tree(page)) if each]
    assert set(loud) == {"polite"}
