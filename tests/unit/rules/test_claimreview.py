"""Published verdicts in the formats of others, as those others read them."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.rules import claimreview, ratings
from claims.rules.claimreview import Answer, Claimant, ClaimSaid, CorrectionNote, PublishedReview, Question
from claims.rules.links import UnsafeLink

PUBLISHED = datetime(2023, 4, 18, 9, 30, 15, 999, tzinfo=timezone(timedelta(hours=3)))
CLAIM = ClaimSaid(
    "Russia has taken Bakhmut.",
    Claimant("Yevgeny Prigozhin", same_as="https://www.wikidata.org/wiki/Q1"),
    date(2023, 4, 3),
    "https://news.example/1",
    ("https://news.example/1", "https://paper.example/2"),
)
REVIEW = PublishedReview(
    url="https://www.desk.example/verdicts/7",
    title="Has Russia taken Bakhmut?",
    rating=ratings.VERACITY.get("mostly_false"),
    scale=ratings.VERACITY,
    explanation="Parts of the city were still held.",
    publisher_name="The Desk",
    publisher_url="https://desk.example/",
    language="en",
    published_at=PUBLISHED,
)


def test_a_whole_claim_review() -> None:
    corrected = replace(
        REVIEW,
        modified_at=PUBLISHED + timedelta(days=1),
        corrections=(CorrectionNote("The date was wrong.", PUBLISHED + timedelta(days=1)),),
    )
    assert claimreview.claim_review(CLAIM, corrected) == {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": "https://www.desk.example/verdicts/7",
        "claimReviewed": "Russia has taken Bakhmut.",
        "author": {"@type": "Organization", "name": "The Desk", "url": "https://desk.example/"},
        "datePublished": "2023-04-18T09:30:15+03:00",
        "dateModified": "2023-04-19T09:30:15+03:00",
        "inLanguage": "en",
        "itemReviewed": {
            "@type": "Claim",
            "author": {
                "@type": "Person",
                "name": "Yevgeny Prigozhin",
                "sameAs": "https://www.wikidata.org/wiki/Q1",
            },
            "datePublished": "2023-04-03",
            "firstAppearance": {"@type": "CreativeWork", "url": "https://news.example/1"},
            "appearance": [
                {"@type": "CreativeWork", "url": "https://news.example/1"},
                {"@type": "CreativeWork", "url": "https://paper.example/2"},
            ],
        },
        "reviewRating": {
            "@type": "Rating",
            "alternateName": "Mostly false",
            "ratingValue": 2,
            "bestRating": 5,
            "worstRating": 1,
            "ratingExplanation": "Parts of the city were still held.",
        },
        "correction": [
            {
                "@type": "CorrectionComment",
                "text": "The date was wrong.",
                "datePublished": "2023-04-19T09:30:15+03:00",
            }
        ],
    }


def test_nothing_is_made_up_where_nothing_is_known() -> None:
    document = claimreview.claim_review(ClaimSaid("Prices doubled."), replace(REVIEW, explanation=" "))
    assert document["itemReviewed"] == {"@type": "Claim"}
    assert "dateModified" not in document
    assert "correction" not in document
    assert "ratingExplanation" not in document["reviewRating"]


def test_an_organisation_is_no_person() -> None:
    claim = replace(CLAIM, claimant=Claimant("The Kremlin", is_person=False))
    author = claimreview.claim_review(claim, REVIEW)["itemReviewed"]["author"]
    assert author == {"@type": "Organization", "name": "The Kremlin"}


@pytest.mark.parametrize("rating", ratings.VERACITY.ratings, ids=lambda rating: rating.key)
def test_only_numbered_ratings_carry_a_value(rating: ratings.Rating) -> None:
    rated = claimreview.claim_review(CLAIM, replace(REVIEW, rating=rating))["reviewRating"]
    assert rated["alternateName"] == rating.label
    assert rated.get("ratingValue") == rating.number
    assert ("bestRating" in rated) == ("worstRating" in rated) == (rating.number is not None)


@pytest.mark.parametrize(
    "change",
    [
        {"url": "/verdicts/7"},
        {"url": "javascript:alert(1)"},
        {"publisher_url": "data:text/html,x"},
    ],
)
def test_unsafe_addresses_are_never_published(change: dict[str, Any]) -> None:
    with pytest.raises(UnsafeLink):
        replace(REVIEW, **change)


def test_a_review_stands_on_its_own_host() -> None:
    with pytest.raises(ValueError, match="host of its publisher"):
        claimreview.claim_review(CLAIM, replace(REVIEW, url="https://elsewhere.example/7"))


def test_a_rating_of_another_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="not of the veracity scale"):
        replace(REVIEW, rating=ratings.ATTRIBUTION.get("altered"))


def test_a_time_without_zone_is_refused() -> None:
    naive = replace(REVIEW, published_at=PUBLISHED.replace(tzinfo=None))
    with pytest.raises(ValueError, match="zone"):
        claimreview.claim_review(CLAIM, naive)
    with pytest.raises(ValueError, match="zone"):
        claimreview.search_item(CLAIM, [naive])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Short.", "Short."),
        ("two\n lines", "two lines"),
        ("a" * 74, "a" * 74),
        ("a" * 75, "a" * 73 + "…"),
        ("word " * 14 + "word", "word " * 14 + "word"),
        ("word " * 15 + "word", ("word " * 14).strip() + "…"),
        ("b" * 36 + " " + "a" * 60, "b" * 36 + " " + "a" * 36 + "…"),
        ("b" * 73 + " after", "b" * 73 + "…"),
        ("b" * 60 + ", next " + "c" * 20, "b" * 60 + ", next…"),
    ],
)
def test_the_claim_is_cut_between_words(text: str, expected: str) -> None:
    assert claimreview.shorten(text) == expected


@given(st.text(max_size=200))
def test_the_claim_stays_under_75_characters(text: str) -> None:
    short = claimreview.shorten(text)
    assert len(short) < 75
    assert " ".join(text.split()).startswith(short.removesuffix("…").rstrip())


def test_nothing_closes_the_script_element() -> None:
    claim = replace(CLAIM, text="</script><script>alert(1)</script> & <!--")
    text = claimreview.script_text(claimreview.claim_review(claim, REVIEW))
    assert not set(text) & set("<>&")
    assert json.loads(text)["claimReviewed"] == "</script><script>alert(1)</script> & <!--"


def test_an_item_of_the_search_answer() -> None:
    assert claimreview.search_item(CLAIM, [REVIEW]) == {
        "text": "Russia has taken Bakhmut.",
        "claimant": "Yevgeny Prigozhin",
        "claimDate": "2023-04-03T00:00:00Z",
        "claimReview": [
            {
                "publisher": {"name": "The Desk", "site": "desk.example"},
                "url": "https://www.desk.example/verdicts/7",
                "title": "Has Russia taken Bakhmut?",
                "reviewDate": "2023-04-18T06:30:15Z",
                "textualRating": "Mostly false",
                "languageCode": "en",
            }
        ],
    }
    assert claimreview.search_item(ClaimSaid("Prices doubled."), []) == {"text": "Prices doubled.", "claimReview": []}


def test_an_averitec_item() -> None:
    questions = [
        Question(
            "Who held the west of the city?",
            (
                Answer(
                    "Ukrainian troops.", source_url="https://maps.example/a", cached_source_url="https://a.example/b"
                ),
            ),
        ),
        Question("Did anybody see it?", (Answer("No answer could be found.", "Unanswerable", source_medium=""),)),
    ]
    item = claimreview.averitec_item(
        CLAIM, REVIEW, questions, cached_claim_url="https://archive.example/1", reporting_source="Reuters"
    )
    assert item == {
        "claim": "Russia has taken Bakhmut.",
        "label": "Refuted",
        "justification": "Parts of the city were still held.",
        "claim_date": "3-4-2023",
        "speaker": "Yevgeny Prigozhin",
        "original_claim_url": "https://news.example/1",
        "cached_original_claim_url": "https://archive.example/1",
        "fact_checking_article": "https://www.desk.example/verdicts/7",
        "reporting_source": "Reuters",
        "questions": [
            {
                "question": "Who held the west of the city?",
                "answers": [
                    {
                        "answer": "Ukrainian troops.",
                        "answer_type": "Extractive",
                        "source_url": "https://maps.example/a",
                        "cached_source_url": "https://a.example/b",
                        "source_medium": "Web text",
                    }
                ],
            },
            {
                "question": "Did anybody see it?",
                "answers": [
                    {
                        "answer": "No answer could be found.",
                        "answer_type": "Unanswerable",
                        "source_url": None,
                        "cached_source_url": None,
                        "source_medium": "",
                    }
                ],
            },
        ],
    }


def test_an_averitec_item_of_little_knowledge() -> None:
    item = claimreview.averitec_item(ClaimSaid("Prices doubled."), REVIEW, [])
    unknown = ("claim_date", "speaker", "original_claim_url", "cached_original_claim_url", "reporting_source")
    assert [item[name] for name in unknown] == [None] * 5
    assert item["questions"] == []


def test_every_normalised_label_has_its_word_in_averitec() -> None:
    assert set(claimreview.AVERITEC_LABELS) == set(ratings.NormalisedLabel)


def test_the_site_is_the_bare_host() -> None:
    assert claimreview.site("https://WWW.Desk.Example:8443/a") == "desk.example"


def test_the_published_moment_does_not_depend_on_the_zone() -> None:
    utc = replace(REVIEW, published_at=PUBLISHED.astimezone(UTC))
    assert claimreview.search_item(CLAIM, [utc]) == claimreview.search_item(CLAIM, [REVIEW])
