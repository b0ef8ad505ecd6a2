"""The picture that goes with a shared verdict: the claim's words, the verdict in words and the desk's name, as a PNG.

Pure: words in, bytes out. Lines that run from right to left are put in order and joined here, by the bidirectional
algorithm of Unicode (UAX 9), so that they come out the same on every machine.
"""

import functools
import io
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import arabic_reshaper
from bidi.algorithm import get_base_level, get_display
from PIL import Image, ImageDraw, ImageFont

# What previews of links are made for; smaller ones are shown as a thumbnail beside the text.
SIZE = (1200, 630)
MARGIN = 72
WIDTH = SIZE[0] - 2 * MARGIN
# Longer claims are cut: nobody reads more in a preview, and breaking lines takes no longer for a longer text.
LETTERS = 300
LINES = 5
STEPS = (56, 50, 44, 40)

PAPER, INK, FAINT = "#fbfaf7", "#1c1a16", "#5d584d"
GOOD, CARE, BAD = "#1d6b45", "#8a5a00", "#a3262a"
TONES = {"supported": GOOD, "refuted": BAD}

HERE = Path(__file__).parent
# The pages' own typeface where it has all letters, else the one with most letters.
SERIF = HERE.parent / "static" / "claims" / "fonts" / "source-serif-4-latin-wght-normal.woff2"
SANS = HERE / "typefaces" / "DejaVuSans.ttf"
BOLD = HERE / "typefaces" / "DejaVuSans-Bold.ttf"
NOWHERE = "\U0010fffe"


@dataclass(frozen=True)
class Card:
    """The words on a picture. ``normalised`` is what the rating comes down to; ``notice`` takes the verdict's place."""

    claim: str
    said: str
    true: str
    desk: str
    normalised: str
    notice: str = ""


@functools.lru_cache(maxsize=64)
def face(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """A typeface in one size. Its own layout is the plain one: order and joining are done here."""
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@functools.lru_cache(maxsize=4096)
def has(path: Path, letter: str) -> bool:
    """Whether the typeface has the letter: what it lacks is drawn as the box that stands for nothing."""
    drawn, nothing = (face(path, 24).getmask(each) for each in (letter, NOWHERE))
    return letter.isspace() or (drawn.size, bytes(drawn)) != (nothing.size, bytes(nothing))


def clean(text: str) -> str:
    """The words on one line, without letters that are not seen: here they could only reorder what is."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(letter for letter in line if unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co"))


def shaped(line: str) -> str:
    """The line in the order in which it is drawn from left to right, its Arabic letters joined."""
    return str(get_display(arabic_reshaper.reshape(line)))


def typeface(line: str) -> Path | None:
    """The first typeface that has every letter of the line; None where none has."""
    letters = set(shaped(line))
    return next((path for path in (SERIF, SANS) if all(has(path, letter) for letter in letters)), None)


def broken(text: str, font: ImageFont.FreeTypeFont, width: int = WIDTH) -> list[str]:
    """The text in lines no wider than ``width``, in logical order. A word that is wider is cut through."""
    lines, line = [], ""
    for each in text.split(" "):
        word = each
        longer = f"{line} {word}".strip()
        if font.getlength(shaped(longer)) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        while font.getlength(shaped(word)) > width:
            fits = _fitting(word, font, width)
            lines.append(word[:fits])
            word = word[fits:]
        line = word
    return [*lines, line]


def _fitting(word: str, font: ImageFont.FreeTypeFont, width: int) -> int:
    """How many of its first letters are no wider than ``width``; at least one."""
    return max(1, bisect_right(range(1, len(word)), width, key=lambda n: ceil(font.getlength(shaped(word[:n])))))


def fitted(text: str, path: Path) -> tuple[list[str], ImageFont.FreeTypeFont]:
    """The lines in the largest step in which they are few enough; in the smallest the last one is cut."""
    for size in STEPS:
        font = face(path, size)
        lines = broken(text, font)
        if len(lines) <= LINES:
            return lines, font
    return [*lines[: LINES - 1], lines[LINES - 1].rstrip(" ,;:.–—-")[:-1] + "…"], font


@functools.lru_cache(maxsize=128)
def draw(card: Card) -> bytes:
    """The picture as a PNG. Words in letters that no typeface here has are left out: boxes would say nothing."""
    picture = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(picture)
    colour = BAD if card.notice else TONES.get(card.normalised, CARE)
    pen.rectangle((0, 0, SIZE[0], 14), fill=colour)
    _line(pen, clean(card.desk), MARGIN - 16, 28, FAINT)
    text = clean(card.claim)
    text = text if len(text) <= LETTERS else text[: LETTERS - 1].rstrip() + "…"
    path = typeface(text)
    if path and text:
        lines, font = fitted(text, path)
        leading = round(font.size * 1.32)
        for number, line in enumerate(lines):
            _line(pen, line, MARGIN + 46 + number * leading, int(font.size), INK, path)
    verdict = card.notice or card.true
    _line(pen, clean(verdict), SIZE[1] - 176, 52, colour, BOLD)
    _line(pen, clean(card.said), SIZE[1] - 98, 30, FAINT)
    out = io.BytesIO()
    picture.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


def _line(pen: ImageDraw.ImageDraw, line: str, top: int, size: int, colour: str, path: Path = SANS) -> None:
    """One line, from the side on which its script begins; cut where it is too wide."""
    font, text = face(path, size), line
    while text and font.getlength(shaped(text)) > WIDTH:
        text = text[:-2].rstrip() + "…" if len(text) > 2 else ""
    if not text or not all(has(path, letter) for letter in set(shaped(text))):
        return
    drawn = shaped(text)
    left = SIZE[0] - MARGIN - font.getlength(drawn) if get_base_level(text) else MARGIN
    pen.text((left, top), drawn, fill=colour, font=font)
