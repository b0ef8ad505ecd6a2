"""The picture of a shared verdict: its size, its words in any script, and no more work for a longer text."""

import io
from pathlib import Path

import pytest
from PIL import Image

from claims.web import pictures
from claims.web.pictures import Card

ENGLISH = "The old harbour bridge carries 12,000 cars a day."
UKRAINIAN = "Росія захопила місто Бахмут, і Ґонта її не втримав."
ARABIC = "قالت الوزارة إن القوات سيطرت على المدينة"
HEBREW = "ראש העיר אמרה כי תוקנו 40 גשרים"
CHINESE = "市长说大桥是安全的"


def card(claim: str, **words: str) -> Card:
    said = {
        "said": "Was it said? Accurate",
        "true": "Is it true? False",
        "desk": "Harbour Desk",
        "normalised": "refuted",
    }
    return Card(claim=claim, **{"normalised": "refuted"} | said | words)


def opened(drawn: bytes) -> Image.Image:
    return Image.open(io.BytesIO(drawn)).convert("RGB")


def inked(picture: Image.Image, box: tuple[int, int, int, int]) -> int:
    """How many points within the box are not paper."""
    paper = picture.getpixel((2, 300))
    return sum(point != paper for point in picture.crop(box).get_flattened_data())


@pytest.mark.parametrize("claim", [ENGLISH, UKRAINIAN, ARABIC, HEBREW, "x" * 5000, "word " * 2000, ""])
def test_a_picture_has_the_size_that_previews_expect(claim: str) -> None:
    drawn = pictures.draw(card(claim))
    assert opened(drawn).size == (1200, 630)
    assert len(drawn) < 100_000


@pytest.mark.parametrize(
    ("claim", "expected"),
    [(ENGLISH, pictures.SERIF), (UKRAINIAN, pictures.SANS), (ARABIC, pictures.SANS), (HEBREW, pictures.SANS)],
)
def test_each_script_has_a_typeface_with_all_its_letters(claim: str, expected: Path) -> None:
    assert pictures.typeface(claim) == expected


def test_words_that_no_typeface_here_can_write_are_left_out_and_the_verdict_stays() -> None:
    assert pictures.typeface(CHINESE) is None
    picture = opened(pictures.draw(card(CHINESE)))
    assert inked(picture, (0, 110, 1200, 440)) == 0
    assert inked(picture, (0, 440, 1200, 560)) > 0


def test_arabic_letters_are_joined_and_run_from_right_to_left() -> None:
    drawn = pictures.shaped("سلام")
    assert drawn != "سلام"
    assert [f"{ord(letter):04X}" for letter in drawn] == ["FEE1", "FEFC", "FEB3"], "meem, lam with alef, seen"
    assert pictures.shaped("אב 40") == "40 בא"
    left, right = (0, 110, 300, 440), (900, 110, 1200, 440)
    picture = opened(pictures.draw(card("سلام")))
    assert inked(picture, left) == 0
    assert inked(picture, right) > 0


def test_letters_that_are_not_seen_reorder_nothing() -> None:
    assert pictures.clean("safe \u202eegdirb\u202c\u200b\x07 now") == "safe egdirb now"


def test_lines_are_as_wide_as_the_picture_and_lose_no_letter() -> None:
    font = pictures.face(pictures.SERIF, 40)
    for text in ("one two three " * 20, "unbroken" * 40):
        lines = pictures.broken(text.strip(), font)
        assert all(font.getlength(line) <= pictures.WIDTH for line in lines)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_what_was_taken_back_is_not_said_again() -> None:
    notice = "This verdict was retracted."
    retracted = pictures.draw(card(ENGLISH, notice=notice))
    assert retracted != pictures.draw(card(ENGLISH))
    assert retracted == pictures.draw(card(ENGLISH, true="Is it true? True", normalised="supported", notice=notice))
