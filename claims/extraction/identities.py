"""How often the resolver says rightly who somebody is: on GAP's pronouns, and on the sources of annotated stories.

GAP (Webster et al., TACL 2018) asks of one pronoun and two names of a passage which of them the pronoun means; a
system answers yes or no for each. F1 counts the names, and bias is F1 of the feminine pronouns over F1 of the
masculine ones.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from claims.extraction.coreference import Resolver
from claims.extraction.grammar.sentences import paragraphs
from claims.extraction.scoring import Article, overlap, pairs

_FEMININE = frozenset({"she", "her", "hers"})
_PRONOUN = re.compile(r"(?:he|she|it|they|i|we|you|who|which|that|his|her|their|its|my|our)(?:[’'].*)?", re.IGNORECASE)
_SMALL = frozenset("the a an of and for mr mrs ms sir dame lord lady".split())
_WORD = re.compile(r"[^\W_]+")
_HALF = 0.5
KINDS = ("name", "pronoun", "role", "metonym", "none")


@dataclass(frozen=True, slots=True)
class Passage:
    """One row of GAP: does the pronoun at that place mean the name at that one?"""

    text: str
    pronoun: str
    at: int
    names: tuple[tuple[str, int, bool], tuple[str, int, bool]]


def gap(path: Path) -> Iterator[Passage]:
    """The passages of a GAP file of tab-separated values; raises ValueError or KeyError for another file."""
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            a, b = ((row[x], int(row[f"{x}-offset"]), row[f"{x}-coref"].upper() == "TRUE") for x in "AB")
            yield Passage(row["Text"], row["Pronoun"], int(row["Pronoun-offset"]), (a, b))


def answers(passage: Passage) -> tuple[bool, bool]:
    """Whether the resolver says that the pronoun means the first name, and the second."""
    resolver = Resolver([sentence for part in paragraphs(passage.text) for sentence in part.sentences])
    meant = resolver.meant(passage.pronoun, passage.at)
    first, second = (
        meant is not None and meant in {resolver.name_at(at), resolver.full_name(name)} for name, at, _ in passage.names
    )
    return first, second


def gap_report(passages: Iterable[Passage]) -> dict[str, float]:
    """GAP's numbers: F1 of all, of masculine and of feminine pronouns, in percent, and their ratio."""
    counts: Counter[tuple[bool, str]] = Counter()
    for passage in passages:
        feminine = passage.pronoun.lower() in _FEMININE
        for said, (_, _, true) in zip(answers(passage), passage.names, strict=True):
            counts[feminine, "tp" if said and true else "fp" if said else "fn" if true else "tn"] += 1
    by_gender = {kind: _f1([counts[kind, cell] for cell in ("tp", "fp", "fn")]) for kind in (False, True)}
    whole = [counts[False, cell] + counts[True, cell] for cell in ("tp", "fp", "fn")]
    return {
        "passages": sum(counts.values()) // 2,
        "precision": round(100 * whole[0] / max(1, whole[0] + whole[1]), 1),
        "recall": round(100 * whole[0] / max(1, whole[0] + whole[2]), 1),
        "f1": round(100 * _f1(whole), 1),
        "masculine": round(100 * by_gender[False], 1),
        "feminine": round(100 * by_gender[True], 1),
        "bias": round(by_gender[True] / by_gender[False], 2) if by_gender[False] else 0.0,
    }


def _f1(counts: Sequence[int]) -> float:
    right, wrong, missed = counts
    return 2 * right / (2 * right + wrong + missed) if right else 0.0


def kind_of(surface: str, entities: Sequence[str]) -> str:
    """How the story names the source: by name, pronoun, role or metonym, or not at all ("none": no source span)."""
    if not surface:
        return "none"
    if _PRONOUN.fullmatch(surface):
        return "pronoun"
    if any(entity.startswith("Government of ") for entity in entities) and "overnment" not in surface:
        return "metonym"
    shown = {word for word in _WORD.findall(surface) if word[0].isupper()}
    named = {word for entity in entities for word in _WORD.findall(entity) if word[0].isupper()}
    return "name" if shown & named else "role"


def folded(entity: str) -> str:
    """An entity without what does not matter: capitals, articles and the possessive."""
    bare = re.sub(r"[’']s?\b", "", entity.lower())
    return " ".join(word for word in _WORD.findall(bare) if word not in _SMALL)


def head(entity: str) -> str:
    """The noun of a description: "study" of "study of 5,400 pupils"; nothing for a name, which counts as a whole."""
    first = re.split(r"\b(?:of|in|for|at|by|from|with|on|near|who|under|along|to)\b", entity)[0]
    words = _WORD.findall(first)
    plain = words and (words[-1].islower() or (len(words) == 1 and words[0].endswith("s")))
    return words[-1].lower() if plain else ""


def same(predicted: str | None, entities: Sequence[str]) -> bool:
    """Whether the name is the gold entity, or the names joined by "and" are the gold entities. Descriptions of one
    head are the same: stories describe a source as plainly as their annotators found fit.
    """
    if predicted is None or not entities:
        return predicted is None and not entities
    parts = predicted.split(" and ") if len(entities) > 1 else [predicted]
    if {folded(part) for part in parts} == {folded(entity) for entity in entities}:
        return True
    return all(map(head, parts)) and sorted(map(head, parts)) == sorted(map(head, entities))


def worded(text: str, spans: Iterable[Any] | None) -> str:
    """The words of spans, which are `{"start", "end"}` or `[start, end]`."""
    places = ((span["start"], span["end"]) if isinstance(span, Mapping) else span for span in spans or ())
    return " ".join(text[start:end].strip(" ,") for start, end in places)


def judged(
    text: str, gold: Iterable[Mapping[str, Any]], predicted: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[str, bool, Mapping[str, Any], Mapping[str, Any]]]:
    """Kind, verdict, gold and prediction of each gold attribution that was found with its source."""
    article = Article(text)
    gold, predicted = list(gold), list(predicted)
    theirs, ours = [article.relation(row) for row in gold], [article.relation(row) for row in predicted]
    for i, j in pairs(ours, theirs):
        if overlap(ours[i]["source"], theirs[j]["source"]) < _HALF:
            continue
        entities = [name for name in gold[j].get("source_entities") or [] if name]
        surface = worded(text, gold[j].get("source"))
        yield kind_of(surface, entities), same(predicted[i]["source_entity"], entities), gold[j], predicted[i]


def corpus_report(rows: Iterable[tuple[str, bool]]) -> dict[str, dict[str, float]]:
    """Accuracy by kind of source, in percent."""
    asked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for kind, verdict in rows:
        for name in (kind, "all"):
            asked[name] += 1
            right[name] += verdict
    return {
        name: {"n": asked[name], "right": round(100 * right[name] / asked[name], 1)}
        for name in (*KINDS, "all")
        if asked[name]
    }
