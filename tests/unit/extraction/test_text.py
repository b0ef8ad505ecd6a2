"""Cleaning, front matter and the guess at the language."""

from datetime import date

import pytest

from claims.extraction.pipeline import extract
from claims.extraction.text import clean, front_matter, language


def test_cleaning_counts_what_it_removes_by_kind() -> None:
    cleaned = clean("a\r\nb\rc\x00\x07\x9f\ud800d\te")
    assert cleaned.text == "a\nb\ncd\te"
    assert cleaned.removed == {"controls": 2, "line_ends": 2, "nul": 1, "surrogates": 1}


@pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\x85"])
def test_the_end_of_a_page_is_the_end_of_a_line(sign: str) -> None:
    assert clean(f"last word{sign}First word").text == "last word\nFirst word"


def test_cleaning_keeps_direction_overrides_and_zero_width_signs() -> None:
    text = "a\u202eb\u200bc\ufeffd é\u0301"
    assert clean(text).text == text
    assert clean(text).removed == {}


@pytest.mark.parametrize(
    ("head", "byline", "places", "agency", "day"),
    [
        ("By Nora Feld\n\nLEEDS, England (AP) — Bees sleep.", ("Nora Feld",), ("LEEDS, England",), "AP", None),
        ("KIEV/MOSCOW (Reuters) – Talks failed.", (), ("KIEV", "MOSCOW"), "Reuters", None),
        (
            "18 April 2023\nBy Ann Lee, Bo Lund and Cy Ray\nThe dam broke.",
            ("Ann Lee", "Bo Lund", "Cy Ray"),
            (),
            None,
            date(2023, 4, 18),
        ),
        ("OSLO, Jan. 5 - Snow fell.", (), ("OSLO",), None, None),
        ("April 18, 2023 | The dam broke – and then some.", (), (), None, date(2023, 4, 18)),
        ("A dam – an old one – broke near the town.", (), (), None, None),
        ("On 5 May 2023 Ann Lee said: “The dam is closed.”", (), (), None, None),
        ("The bill sponsored by Mary Jones has passed.", (), (), None, None),
        ("Dam film by Mary Jones wins\n\nBees sleep.", (), (), None, None),
        ("The law of 12 March 1999 is dead, she said.", (), (), None, None),
        ("date 2023-04-18 By Dan Lee and Bo Ek\n\nBees sleep.", ("Dan Lee", "Bo Ek"), (), None, date(2023, 4, 18)),
    ],
)
def test_front_matter(
    head: str, byline: tuple[str, ...], places: tuple[str, ...], agency: str | None, day: date | None
) -> None:
    front = front_matter(head)
    assert (front.byline, front.places, front.agency, front.published_on) == (byline, places, agency, day)


@pytest.mark.parametrize(
    ("dateline", "places", "agency", "day"),
    [
        ("RIVERTON, March 3, 2026 (Reuters) – ", ("RIVERTON",), "Reuters", date(2026, 3, 3)),
        ("LONDON, 3 March 2026 (AP) — ", ("LONDON",), "AP", date(2026, 3, 3)),
        ("PARIS, Nov 23 (AFP) - ", ("PARIS",), "AFP", None),
        ("WASHINGTON (AP) — ", ("WASHINGTON",), "AP", None),
        ("NEW YORK/LONDON, April 4 (Reuters) - ", ("NEW YORK", "LONDON"), "Reuters", None),
        ("CASPER, Wyo. (AP) — ", ("CASPER, Wyo.",), "AP", None),
        ("CASPER, Wyo., Feb. 3, 2026 (AP) -- ", ("CASPER, Wyo.",), "AP", date(2026, 2, 3)),
        ("OSLO, Tuesday, 3rd March 2026 – ", ("OSLO",), None, date(2026, 3, 3)),
        ("MARLOW, March 3, 2026 /WireHub/ -- ", ("MARLOW",), "WireHub", date(2026, 3, 3)),
        ("São Paulo, Sept. 3 (Reuters) – ", ("São Paulo",), "Reuters", None),
    ],
)
def test_a_dateline_names_place_day_and_agency(
    dateline: str, places: tuple[str, ...], agency: str | None, day: date | None
) -> None:
    front = front_matter(f"Bees sleep\n\n{dateline}Bees slept at night, the union said.")
    assert (front.places, front.agency, front.published_on) == (places, agency, day)
    assert front_matter(f"18 April 2023\n\n{dateline}Bees sleep.").published_on == date(2023, 4, 18)
    (said,) = extract(f"{dateline}Bees slept at night, the union said.").attributions
    assert said.content[0].text == "Bees slept at night"


@pytest.mark.parametrize(
    "dash", ["FIFA — the body — said it would pay.", "MAYOR QUITS - the council said it was sorry."]
)
def test_a_dash_behind_capitals_in_the_story_is_no_dateline(dash: str) -> None:
    front = front_matter(f"The council said it was safe.\nThe mayor said so too.\n{dash}")
    assert (front.places, front.body_start) == ((), 0)


def test_the_story_begins_behind_the_dateline() -> None:
    text = "LEEDS, England (AP) — Bees sleep."
    assert text[front_matter(text).body_start :] == "Bees sleep."


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        (
            "The council said that it had closed three of the libraries in the town because of the cost of the roof "
            "and of heating.",
            "en",
        ),
        (
            "Der Stadtrat hat nach eigenen Angaben drei der Bibliotheken in der Stadt geschlossen, weil die Kosten für "
            "das Dach und die Heizung zu hoch waren.",
            "other",
        ),
        ("Городской совет закрыл три библиотеки.", "other"),
        ("1234 5678", "none"),
    ],
)
def test_language(text: str, spoken: str) -> None:
    assert language(text) == spoken


def test_another_language_yields_a_note_and_no_guess() -> None:
    result = extract("Министр сказал: «Мы не виноваты». Городской совет закрыл три библиотеки.")
    assert result.attributions == ()
    assert "English" in result.notes[0]
