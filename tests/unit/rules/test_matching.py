"""The same claim, the same article: what matches, and above all what must not."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.rules import links, matching
from claims.rules.links import UnsafeLink
from claims.rules.matching import Match

SAME = [
    ("Russia has taken Bakhmut.", "Russia has taken Bakhmut"),
    ("Russia has taken Bakhmut.", "RUSSIA HAS TAKEN BAKHMUT"),
    ("Russia has taken Bakhmut.", "Russia  took\u00a0Bakhmut".replace("took", "had taken")),
    ("“Russia has taken Bakhmut.”", "Russia has taken Bakhmut."),
    ("Russia attacks Kherson", "Russia attacked Kherson"),
    ("Ukraine lost 1,000 soldiers in Bakhmut", "Ukraine lost 1000 soldiers at Bakhmut"),
    ("Russia fired two missiles at Kharkiv", "Russia fired 2 missiles at Kharkiv"),
    ("The mayor of Orléans resigned", "The mayor of Orleans resigned"),
    ("Russia isn't targeting civilians", "Russia is not targeting civilians"),
    ("Россия взяла Бахмут.", "Россия взяла Бахмут"),
]
NOT_SAME = [
    ("Russia has taken Bakhmut", "Russia has not taken Bakhmut", "denies"),
    ("Russia has taken Bakhmut", "Russia hasn’t taken Bakhmut", "denies"),
    ("Russia never attacked Ukrainian civilians", "Russia attacked Ukrainian civilians", "denies"),
    ("Russia attacked Ukraine", "Ukraine attacked Russia", "another order"),
    ("Shelling of Kherson killed 10 people", "Shelling of Kherson killed 100 people", "numbers"),
    ("Prices rose by 1.5 percent", "Prices rose by 15 percent", "numbers"),
    ("Russia fired two missiles at Kharkiv", "Russia fired three missiles at Kharkiv", "numbers"),
    ("Russia will attack Kherson", "Russia attacked Kherson", "may or will be"),
    (
        "Russian forces shelled the eastern city of Bakhmut for months before winter came",
        "Russian forces shelled the eastern city of Avdiivka for months before winter came",
        "different parties",
    ),
    (
        "Russia shelled the eastern towns along the river for months before winter came",
        "Ukraine shelled the eastern towns along the river for months before winter came",
        "different parties",
    ),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_claim_in_other_clothes(one: str, other: str) -> None:
    assert matching.compare(one, other).match is Match.SAME


@pytest.mark.parametrize(("one", "other", "why"), NOT_SAME)
def test_alike_is_not_the_same(one: str, other: str, why: str) -> None:
    result = matching.compare(one, other)
    assert result.match is Match.RELATED
    assert why in " ".join(result.differences)


def test_claims_about_other_things_are_different() -> None:
    assert matching.compare("Russia has taken Bakhmut", "Inflation fell in March").match is Match.DIFFERENT
    assert matching.compare("", "Inflation fell").match is Match.DIFFERENT
    assert matching.compare("", "").match is Match.DIFFERENT


def test_look_alike_letters_never_match() -> None:
    """The second "Bakhmut" begins with a Cyrillic letter."""
    assert matching.compare("Bakhmut fell", "\u0412akhmut fell").match is not Match.SAME
    assert matching.fold("\u0430") != matching.fold("a")


@given(st.text(max_size=60), st.text(max_size=60))
def test_comparison_is_symmetric(one: str, other: str) -> None:
    assert matching.compare(one, other) == matching.compare(other, one)


NEWS_WORDS = ["Russia", "took", "Bakhmut", "not", "10", "the", "city", "in", "May", "Kyiv", "said"]
SENTENCES = st.lists(st.sampled_from(NEWS_WORDS), min_size=1)


@given(SENTENCES, SENTENCES)
def test_the_same_always_share_negation_and_numbers(one: list[str], other: list[str]) -> None:
    result = matching.compare(" ".join(one), " ".join(other))
    assert 0 <= result.similarity <= 1
    if result.match is Match.SAME:
        assert one.count("not") % 2 == other.count("not") % 2
        assert one.count("10") == other.count("10")


@given(SENTENCES)
def test_every_claim_is_the_same_as_itself(sentence: list[str]) -> None:
    assert matching.compare(" ".join(sentence), " ".join(sentence)).match is Match.SAME


def test_the_best_of_the_candidates() -> None:
    candidates = [
        (5, "Inflation fell in March"),
        (4, "Russia has not taken Bakhmut"),
        (3, "Russia has taken Bakhmut!"),
        (2, "Russia has taken Bakhmut"),
    ]
    found = matching.best_match("Russia has taken Bakhmut.", candidates)
    assert found is not None
    assert (found[0], found[1].match) == (2, Match.SAME)
    found = matching.best_match("Russia has taken Bakhmut.", candidates[:2])
    assert found is not None
    assert (found[0], found[1].match) == (4, Match.RELATED)
    assert matching.best_match("Russia has taken Bakhmut.", candidates[:1]) is None
    assert matching.best_match("Russia has taken Bakhmut.", []) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Ça  va? ", "ca va"),
        ("Straße", "strasse"),
        ("ﬁnal", "final"),
        ("«Йод»", "йод"),
        ("", ""),
    ],
)
def test_folding(text: str, expected: str) -> None:
    assert matching.fold(text) == expected


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = matching.fold(text)
    assert matching.words(once) == matching.words(text)


@pytest.mark.parametrize("piece", ["an't ", "1,000,", "n't", "a", "1.", "é", "utm_"])
def test_time_grows_with_the_length_and_not_faster(piece: str) -> None:
    """Quadratic work on 400,000 characters would take minutes; the bound only tells the two apart."""
    start = time.process_time()
    matching.words(piece * (400_000 // len(piece)))
    assert time.process_time() - start < 20


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://Example.ORG", "https://example.org"),
        ("https://example.org/", "https://example.org"),
        ("https://example.org./a/", "https://example.org/a"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:80/a", "http://example.org/a"),
        ("http://example.org:443/a", "http://example.org:443/a"),
        ("https://example.org/a#part-2", "https://example.org/a"),
        ("https://example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2"),
        ("https://example.org/a?utm_source=x&UTM_Medium=y&id=7", "https://example.org/a?id=7"),
        ("https://example.org/a?fbclid=1&gclid=2&msclkid=3&mc_cid=4&igshid=5&_ga=6", "https://example.org/a"),
        ("https://example.org/a?", "https://example.org/a"),
        ("https://example.org/a?q=", "https://example.org/a?q="),
        ("https://example.org/a?q=b+c", "https://example.org/a?q=b+c"),
        ("https://example.org/a?q=b%20c", "https://example.org/a?q=b+c"),
        ("https://example.org/a?x=2&x=1", "https://example.org/a?x=1&x=2"),
        ("https://example.org/%7euser/%c3%a9", "https://example.org/~user/%C3%A9"),
        ("https://example.org/~user/é", "https://example.org/~user/%C3%A9"),
        ("https://example.org/a%2fb", "https://example.org/a%2Fb"),
        ("https://example.org/%ff", "https://example.org/%FF"),
        ("https://example.org/a/./b/../c", "https://example.org/a/c"),
        ("https://example.org/../../a", "https://example.org/a"),
        ("https://пример.рф/a", "https://xn--e1afmkfd.xn--p1ai/a"),
        ("https://xn--e1afmkfd.xn--p1ai/a", "https://xn--e1afmkfd.xn--p1ai/a"),
        ("https://example。org。/a", "https://example.org/a"),
        ("http://[2001:DB8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
        ("https://example.org/A", "https://example.org/A"),
        ("  https://example.org/a\n", "https://example.org/a"),
    ],
)
def test_one_page_has_one_address(url: str, canonical: str) -> None:
    assert matching.canonical_url(url) == canonical
    assert matching.canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a", "https://example.org/b"),
        ("https://example.org/a?id=1", "https://example.org/a?id=2"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org/a", "https://www.example.org/a"),
        ("https://example.org/?page=2", "https://example.org/"),
    ],
)
def test_other_pages_keep_other_addresses(one: str, other: str) -> None:
    assert matching.canonical_url(one) != matching.canonical_url(other)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "https://",
        "javascript:alert(1)",
        "http://[::1",
        "https://me@example.org/",
    ],
)
def test_what_is_no_link_has_no_canonical_form(url: str) -> None:
    with pytest.raises(UnsafeLink):
        matching.canonical_url(url)


URL_SIGNS = "ab1.:/@%[]?#&=0。ⓐxX-_é\u200d+~ "


@given(st.one_of(st.text(max_size=30), st.text(alphabet=URL_SIGNS, max_size=30)), st.sampled_from(["", "e.org/"]))
def test_every_link_has_one_canonical_form(text: str, host: str) -> None:
    """A link that was accepted must never fail later on its way into the register."""
    url = f"https://{host}{text}"
    if links.is_safe_link(url):
        once = matching.canonical_url(url)
        assert once.isascii()
        assert matching.canonical_url(once) == once


def test_white_space_does_not_make_another_article() -> None:
    one = matching.content_hash("Kyiv (Reuters) -\r\n\r\nRussia  said\u00a0so.\n")
    assert one == matching.content_hash("  Kyiv (Reuters) - Russia said so.")
    assert one != matching.content_hash("Kyiv (Reuters) - Russia says so.")
    assert len(one) == 64


@given(st.text(min_size=1, max_size=40).filter(str.strip))
def test_composed_and_decomposed_letters_hash_alike(text: str) -> None:
    nfd = unicodedata.normalize("NFD", text)
    assert matching.content_hash(text) == matching.content_hash(nfd)


def test_an_empty_text_has_no_hash() -> None:
    with pytest.raises(ValueError, match="empty"):
        matching.content_hash(" \n\t")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Riverton has repaired 40 bridges.", ["riverton"]),
        ("The mayor of Riverton met Anna Bell.", ["anna", "bell", "riverton"]),
        ("inspectors found 17 cracks in it", ["inspectors", "cracks", "found"]),
        ("It is.", []),
    ],
)
def test_a_search_asks_for_the_names_or_for_the_longest_words(text: str, asked: list[str]) -> None:
    assert matching.key_words(text) == asked
