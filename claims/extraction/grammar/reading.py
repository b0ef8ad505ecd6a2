"""One paragraph in, drafts out: its sentences, then quotations without a tag, then what stands inside quotations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from claims.extraction.grammar.attribution import Draft
from claims.extraction.grammar.constructions import LABELS, read
from claims.extraction.grammar.lexicon import VERBS
from claims.extraction.grammar.sentences import Paragraph, Sentence, inner_sentences, paragraphs

DEEPEST = 2
"""Quotations inside quotations are read this deep."""
_NAME = r"[A-Z][\w.’'-]{0,30}(?:[ \u00a0][A-Z][\w.’'-]{0,30}){0,3}"
_TURN = re.compile(rf"^[“\"]?({_NAME})(:)\s+(?=\S)", re.MULTILINE)
_TURNS = 2
"""Paragraphs that begin with one name and a colon, from which on they are turns of a conversation."""
Spoken = dict[int, Draft]
"""The last quotation of the text above at each depth, which may go on."""
_INSIDE = 0.75
"""What a quoted speaker attributes to others is found less surely than what the narrator does."""


def read_text(text: str, start: int = 0) -> Iterator[tuple[Paragraph, list[Draft]]]:
    """The paragraphs of a text from `start` on, each with its drafts."""
    spoken: Spoken = {}
    speaks = Counter(_surname(opening) for opening in _TURN.finditer(text, start))
    for paragraph in paragraphs(text, start):
        turn = _TURN.match(text, paragraph.start, paragraph.end)
        if turn is not None and speaks[_surname(turn)] >= _TURNS and _surname(turn) not in LABELS:
            drafts = _turn(text, paragraph, turn)
        else:
            drafts = _drafts_of(text, paragraph, spoken)
        spoken |= {draft.sentence.depth: draft for draft in drafts if draft.quoted}
        yield paragraph, drafts


def _surname(opening: re.Match[str]) -> str:
    """ "KARL BRANDT:" begins an interview in which "BRANDT:" goes on."""
    return opening[1].split()[-1].lower()


def _drafts_of(text: str, paragraph: Paragraph, spoken: Spoken) -> list[Draft]:
    """The drafts of a paragraph; the quotations in `spoken` may go on here."""
    out: list[Draft] = []
    for sentence in paragraph.sentences:
        found = read(sentence)
        if not found:
            _floating(sentence, out, spoken)
        out += found
        out += _inside(text, sentence)
    return out


def _turn(text: str, paragraph: Paragraph, opening: re.Match[str]) -> list[Draft]:
    """ "PENCE: Well, look, …": a turn of a conversation is said by the name before its colon, up to its end."""
    start, end = opening.end(), paragraph.end
    while end > start and text[end - 1] in '"” .':
        end -= 1
    if end == start:
        return []
    spans = opening.span(1), opening.span(2), (start, end)
    out = [Draft([spans[0]], [spans[1]], [spans[2]], "asserts", 0.7, "turn", paragraph.sentences[0], named=True)]
    for sentence in paragraph.sentences:
        out += _of_others(read(sentence)) + _inside(text, sentence)
    return out


def _floating(sentence: Sentence, here: list[Draft], spoken: Spoken) -> None:
    """A sentence that is nothing but a quotation goes on with the one before, or stands as one of its own."""
    said = [token for token in sentence.tokens if token.quote >= 0]
    rest = [token for token in sentence.tokens if token.quote < 0 and token.text[0].isalnum()]
    if not said or len(rest) > 1:
        return
    spans = [(token.start, token.end) for token in said]
    last = next((draft for draft in reversed(here) if draft.sentence.depth == sentence.depth), None)
    if sentence.quotation(said[0]).continues:
        earlier = spoken.get(sentence.depth)
        if earlier is not None:
            earlier.content += spans
            return
    if last is not None and (last.quoted or _goes_on(last, sentence)):
        last.content += spans
        return
    if max(len(token.text.split()) for token in said) < 4:
        return
    earlier = next((draft for draft in reversed(here) if draft.quoted), None) or spoken.get(sentence.depth)
    here.append(
        Draft(
            [],
            [],
            spans,
            "asserts",
            0.5,
            "quote-floating",
            sentence,
            speaker=earlier.speaker or earlier if earlier else None,
        )
    )


def _goes_on(last: Draft, sentence: Sentence) -> bool:
    """ "Beds were short, Holm said. “We turn people away.”": the quotation is the same speaker's."""
    verb = VERBS.get(last.lemma)
    return (
        verb is not None and "q" in verb.frames and bool(last.source) and last.sentence.paragraph == sentence.paragraph
    )


def _inside(text: str, sentence: Sentence) -> list[Draft]:
    """What a quoted speaker says that others said."""
    if sentence.depth >= DEEPEST:
        return []
    out: list[Draft] = []
    for token in sentence.tokens:
        if token.quote >= 0 and token.end - token.start > 20:
            for inner in inner_sentences(text, sentence, sentence.quotation(token)):
                out += _of_others(read(inner)) + _inside(text, inner)
    return out


def _of_others(drafts: list[Draft]) -> list[Draft]:
    out = [draft for draft in drafts if draft.third_party()]
    for draft in out:
        draft.strength *= _INSIDE
        draft.rule = f"inside-{draft.rule}"
    return out
