"""Words per second of the extraction on one core, as a multiple of a bare spaCy en_core_web_sm parse (G1).

The texts are mixed and made: sentences of many patterns from a fixed seed, in as many articles as the measure asks for.
spaCy and its model are no dependencies; without them the words per second are printed and no ratio is judged.
"""

import importlib.util
import random
import time
from collections.abc import Callable, Iterator

from benchmarks.measure import Measure, rotate
from claims.extraction.pipeline import extract

AT_LEAST = 0.5
ARTICLES = 500
BURST = 25
SEED = 20230418
PEOPLE = ("Ada Holm", "Tom Akers", "Ellen Voss", "Maria Kovac", "Luca Brandt", "Priya Nair", "Simon Reeve")
BODIES = (
    "the council",
    "the harbour board",
    "the health ministry",
    "Oslo",
    "the union of bakers",
    "police",
    "the bank",
)
THINGS = ("three libraries", "the new dam", "a record crowd", "4,000 jobs", "the ferry to Bergen", "last year's budget")
SENTENCES = (
    "{person}, the head of {body}, said on Monday that {thing} would cost more than {other} ever did.",
    "“We lost {thing} and nobody told us,” {person} told reporters. “It was {other} that mattered.”",
    "According to a report by {body}, {thing} had been counted twice.",
    "{person} accused {body} of hiding {thing}, which it denies.",
    "Rain fell for a week on {thing}, and the road to the coast stayed closed until the end of the month.",
    "Critics called {thing} “a gift to nobody”; {person} praised it.",
    "There were claims of fraud around {thing}, but {body} is believed to have looked at {other} alone.",
    "When the doors opened, {person} walked in, shook hands with the clerks and asked about {other}.",
)


def articles(count: int) -> list[str]:
    """Made-up articles of 12 to 40 sentences in paragraphs, the same ones each time."""
    draw = random.Random(SEED)  # noqa: S311 -- reproducible texts, no secret
    return ["\n\n".join(_paragraph(draw) for _ in range(draw.randint(6, 20))) for _ in range(count)]


def _paragraph(draw: random.Random) -> str:
    return " ".join(
        draw.choice(SENTENCES).format(
            person=draw.choice(PEOPLE), body=draw.choice(BODIES), thing=draw.choice(THINGS), other=draw.choice(THINGS)
        )
        for _ in range(2)
    )


def measures() -> Iterator[Measure]:
    texts = articles(ARTICLES)
    targets = {"ours": _speed(texts, lambda text: extract(text))}
    parse = _parser()
    if parse is not None:
        targets["spacy"] = _speed(texts, parse)
    speeds = rotate(targets)
    details = {f"{name}_words_per_s": round(value) for name, value in speeds.items()}
    if parse is None:
        note = "en_core_web_sm is not installed: no ratio was taken"
        yield Measure("extraction", 0.0, details={**details, "skipped": note})
        return
    yield Measure("extraction", speeds["ours"] / speeds["spacy"], at_least=AT_LEAST, details=details)


def _speed(texts: list[str], work: Callable[[str], object]) -> Callable[[], float]:
    """Words per second over the next few texts at each call, so that the rounds go through different ones."""
    at = 0

    def burst() -> float:
        nonlocal at
        taken = [texts[(at + k) % len(texts)] for k in range(BURST)]
        at += BURST
        before = time.process_time()
        for text in taken:
            work(text)
        return sum(len(text.split()) for text in taken) / (time.process_time() - before)

    return burst


def _parser() -> Callable[[str], object] | None:
    if importlib.util.find_spec("spacy") is None or importlib.util.find_spec("en_core_web_sm") is None:
        return None
    spacy = importlib.import_module("spacy")
    pipeline: Callable[[str], object] = spacy.load("en_core_web_sm")
    return pipeline
