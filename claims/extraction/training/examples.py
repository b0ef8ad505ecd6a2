"""Annotated articles become windows with targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from claims.extraction.grammar.attribution import Draft
from claims.extraction.grammar.reading import read_text
from claims.extraction.grammar.sentences import Paragraph
from claims.extraction.readings import OWN
from claims.extraction.text import front_matter
from claims.extraction.types import Stance
from claims.extraction.windows import Range, Window, windows

if TYPE_CHECKING:
    from tokenizers import Tokenizer

STANCES: tuple[str, ...] = get_args(Stance)
ATTITUDE, OWN_ATTITUDE = 0.75, 0.25
"""How sure the engine shall be of an attitude, which is no statement and may be left out; and of one that a speaker
tells of himself ("I think …"), which no reader takes for an attribution."""
UNKNOWN = -100
"""A target that is not known and teaches nothing."""


@dataclass(frozen=True, slots=True)
class Target:
    """A cue (word range) with the role of each word: 0 none, 1 source, 2 content. `real` is the probability to be
    learned that it is one: 0 for a cue that the annotation does not know."""

    cue: Range
    roles: list[int]
    stance: int
    real: float


@dataclass(frozen=True, slots=True)
class Example:
    """A window, whether each word is outside (0), begins (1) or continues (2) a cue, and a target for each cue."""

    window: Window
    tags: list[int]
    targets: list[Target]


def read_by_rules(text: str) -> list[tuple[Paragraph, list[Draft]]]:
    """The paragraphs of a text, each with the drafts of the rules."""
    return list(read_text(text, front_matter(text).body_start))


def examples(text: str, attributions: Iterable[Mapping[str, Any]], tokenizer: Tokenizer) -> list[Example]:
    """The windows of an annotated article in order. Spans are `{"start", "end"}` or `[start, end]`."""
    rows = [{role: _ranges(row.get(role)) for role in ("source", "cue", "content")} for row in attributions]
    stances = [STANCES.index(row["stance"]) if row.get("stance") else UNKNOWN for row in attributions]
    worths = [worth(text, row) for row in attributions]
    return [_example(window, rows, stances, worths) for window in windows(text, read_by_rules(text), tokenizer)]


def worth(text: str, row: Mapping[str, Any]) -> float:
    """How sure the engine shall be of a gold attribution."""
    if row.get("required", True):
        return 1.0
    source = " ".join(text[start:end] for start, end in _ranges(row["source"])).lower()
    return OWN_ATTITUDE if source in OWN else ATTITUDE


def _ranges(spans: Iterable[Any] | None) -> list[Range]:
    """In the order of the text: other programs name the pieces of a span in any order."""
    return sorted((s["start"], s["end"]) if isinstance(s, Mapping) else (s[0], s[1]) for s in spans or ())


def _example(
    window: Window, rows: Sequence[dict[str, list[Range]]], stances: Sequence[int], worths: Sequence[float]
) -> Example:
    tags = [0] * len(window.words)
    targets: list[Target] = []
    for row, stance, real in zip(rows, stances, worths, strict=True):
        cue = window.covered(row["cue"])
        if not cue or row["cue"][0][0] < window.start or row["cue"][-1][1] > window.end:
            continue
        tags[cue[0]] = 1
        for k in range(cue[0] + 1, cue[-1] + 1):
            tags[k] = max(tags[k], 2) if tags[k] != 1 else 1
        roles = [0] * len(window.words)
        for role, name in ((2, "content"), (1, "source")):
            for k in window.covered(row[name]):
                roles[k] = role
        targets.append(Target((cue[0], cue[-1] + 1), roles, stance, real))
    return Example(window, tags, targets + _unreal(window, tags))


def _unreal(window: Window, tags: list[int]) -> list[Target]:
    out = []
    for draft in window.drafts:
        cue = window.covered(draft.cue)
        if cue and not any(tags[k] for k in cue):
            out.append(Target((cue[0], cue[-1] + 1), [0] * len(tags), UNKNOWN, real=0.0))
    return out
