"""The deterministic layer: what the encoder read and what the rules found become one list."""

from dataclasses import replace
from typing import Any

from claims.extraction.encoder import Reading
from claims.extraction.grammar.attribution import Draft
from claims.extraction.grammar.reading import read_text
from claims.extraction.readings import NAMES, Evidence, candidates, joined

MODEL: dict[str, Any] = {
    "threshold": 0.5,
    "floating": 0.4,
    "stances": True,
    "confidence": {"bias": 0.0, **dict.fromkeys(NAMES, 0.0), "real": 1.0},
}
EVEN = (0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1)


def reading(
    text: str, source: str, cue: str, *content: str, real: float = 0.9, stances: tuple[float, ...] = EVEN
) -> Reading:
    def place(words: str) -> tuple[int, int]:
        return text.index(words), text.index(words) + len(words)

    return Reading(
        place(cue), (place(source),) if source else (), tuple(place(part) for part in content), real, 0.9, stances
    )


def put_together(text: str, *readings: Reading) -> list[Draft]:
    return joined(text, list(read_text(text)), readings, MODEL)


def words(text: str, draft: Draft) -> list[str]:
    return [text[start:end] for start, end in draft.content]


def test_a_content_that_ends_inside_a_quotation_takes_the_whole_of_it() -> None:
    text = "“We will not sell, and we will not close,” Ann Lee said."
    (draft,) = put_together(text, reading(text, "Ann Lee", "said", "We will not sell, and we"))
    assert words(text, draft) == ["“We will not sell, and we will not close,”"]


def test_a_quotation_that_holds_the_cue_too_is_not_taken() -> None:
    text = "“The board told us that it was safe, and it was not,” Ann Lee said."
    (draft,) = put_together(text, reading(text, "The board", "told", "that it was safe"))
    assert words(text, draft) == ["that it was safe"]
    assert draft.sentence.depth == 1


def test_loose_marks_at_the_ends_are_cut_off() -> None:
    text = "The tax, Ann Lee said, would rise."
    (draft,) = put_together(text, reading(text, "Ann Lee", "said", "The tax,", ", would rise."))
    assert words(text, draft) == ["The tax", "would rise"]


def test_what_is_below_the_threshold_is_left_out_even_where_the_rules_found_it() -> None:
    text = "The mayor said the bridge would open."
    assert put_together(text, reading(text, "The mayor", "said", "the bridge would open", real=0.2)) == []


def test_a_cue_of_the_lexicon_keeps_its_stance_and_construction() -> None:
    text = "Kyiv accused the navy of shelling the port."
    (draft,) = put_together(text, reading(text, "Kyiv", "accused", "the navy of shelling the port"))
    assert (draft.stance, draft.rule, draft.lemma) == ("accuses", "object", "accuse")


def test_the_network_says_the_stance_where_the_lexicon_does_not() -> None:
    text = "The mayor poured scorn on the plan."
    sure = (0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.9)
    (draft,) = put_together(text, reading(text, "The mayor", "poured scorn on", "the plan", stances=sure))
    assert (draft.stance, draft.rule) == ("evaluates", "object")


def test_a_quotation_without_a_tag_goes_on_with_the_speaker_before() -> None:
    text = "“We will not sell the farm,” Ann Lee said.\n\n“My father built it with his own hands.”"
    first, floating = put_together(text, reading(text, "Ann Lee", "said", "“We will not sell the farm,”"))
    assert (floating.cue, floating.strength) == ([], MODEL["floating"])
    assert words(text, floating) == ["“My father built it with his own hands.”"]
    assert first.cue


def test_a_speech_is_followed_beyond_the_window_however_long_it_is() -> None:
    speech = ["“We will not sell the farm.", "“My father built it.", "“His father cleared the land.", "“We stay.”"]
    text = "\n\n".join([f"Ann Lee said: {speech[0]}", *speech[1:]])
    (draft,) = put_together(text, reading(text, "Ann Lee", "said", speech[0]))
    assert words(text, draft) == speech


def test_a_quotation_that_a_reading_has_claimed_does_not_float() -> None:
    text = "“We will not sell the farm,” Ann Lee said.\n\n“My father built it with his own hands.” So said Bo Ek."
    drafts = put_together(
        text,
        reading(text, "Ann Lee", "said", "“We will not sell the farm,”"),
        reading(text, "Bo Ek", "So said", "“My father built it with his own hands.”"),
    )
    assert all(draft.cue for draft in drafts)


def test_confidence_grows_with_what_speaks_for_it() -> None:
    weights = {"bias": -1.0} | dict.fromkeys(NAMES, 0.5)
    alone = Evidence(**(dict.fromkeys(NAMES, 0.0) | {"real": 0.5, "begun": 0.5}))
    both = Evidence(**(dict.fromkeys(NAMES, 1.0) | {"real": 0.5, "begun": 0.5}))
    assert 0 < alone.confidence(weights) < both.confidence(weights) < 1


def test_what_a_speaker_tells_of_himself_is_seen() -> None:
    text = "“I think the bridge will fall,” Ann Lee said."
    (own,) = candidates(text, list(read_text(text)), [reading(text, "I", "think", "the bridge will fall")], MODEL)
    assert (own.evidence.own, own.evidence.inside, own.evidence.direct) == (1.0, 1.0, 0.0)


def test_the_rules_know_where_a_turn_of_a_conversation_ends() -> None:
    text = "LEE: It fell. Nobody was hurt.\n\nEK: When?\n\nLEE: On Monday.\n\nEK: I see."
    (turn,) = put_together(text, reading(text, "LEE", ":", "It fell"))
    assert words(text, turn) == ["It fell. Nobody was hurt"]


def test_agreement_with_the_rules_is_seen() -> None:
    text = "The mayor said the bridge would open."
    same, other = candidates(
        text,
        list(read_text(text)),
        [reading(text, "The mayor", "said", "the bridge would open"), reading(text, "mayor", "open", "bridge")],
        MODEL,
    )
    assert (same.evidence.ruled, same.evidence.source_agrees, same.evidence.content_agrees) == (1.0, 1.0, 1.0)
    assert (other.evidence.ruled, other.evidence.content_agrees) == (0.0, 0.0)


def test_a_source_begins_with_a_whole_word() -> None:
    text = "The company’s chief executive has it that Bo Ek was late."
    (draft,) = put_together(text, reading(text, "’s chief executive", "has it", "that Bo Ek was late"))
    assert [text[start:end] for start, end in draft.source] == ["company’s chief executive"]


def test_a_source_does_not_begin_with_a_loose_s() -> None:
    text = "Reyne's daughter has it that Bo Ek was late."
    (draft,) = put_together(text, reading(text, "s daughter", "has it", "that Bo Ek was late"))
    assert [text[start:end] for start, end in draft.source] == ["Reyne's daughter"]


def test_two_names_for_a_quotations_speaker_are_told_by_the_encoder() -> None:
    text = "Bo Ek rose. “It is late,” Ann Lee said."
    (draft,) = put_together(text, reading(text, "Bo Ek", "said", "“It is late,”"))
    assert [text[start:end] for start, end in draft.source] == ["Bo Ek"]


def test_a_word_of_the_source_is_no_content() -> None:
    text = "It fell into the sea, South Korea’s army said."
    one = reading(text, "South", "said", "It fell into the sea", "Korea", "’")
    (draft,) = put_together(text, replace(one, source=(*one.source, (text.index("’s army"), text.index(" said")))))
    assert [text[start:end] for start, end in draft.source] == ["South Korea’s army"]
    assert words(text, draft) == ["It fell into the sea"]


def test_a_quotation_with_a_tag_of_its_own_is_no_other_speakers_as_well() -> None:
    text = "“It was no accident,” Ann Lee said through tears. “It was murder,” she added."
    first, second = put_together(
        text,
        reading(text, "Ann Lee", "said", "“It was no accident,”", "“It was murder,”"),
        reading(text, "she", "added", "“It was murder,”"),
    )
    assert (words(text, first), words(text, second)) == (["“It was no accident,”"], ["“It was murder,”"])


def test_a_content_is_not_severed_from_the_verb_of_its_clause() -> None:
    text = "The union threatened to strike unless talks resumed by Friday."
    (draft,) = put_together(text, reading(text, "The union", "threatened", "to strike unless talks"))
    assert words(text, draft) == ["to strike unless talks resumed by Friday"]


def test_whoever_was_told_is_neither_source_nor_content() -> None:
    text = "The man lied, a jury was told on Monday."
    (draft,) = put_together(text, reading(text, "a jury", "was told", "The man lied, a jury"))
    assert (draft.source, words(text, draft)) == ([], ["The man lied"])


def test_whoever_is_asked_behind_a_comma_does_not_ask() -> None:
    text = "The office, asked about the number, left."
    (draft,) = put_together(text, reading(text, "The office", "asked about", "the number"))
    assert draft.source == []


def test_whoever_was_told_to_do_something_is_part_of_that() -> None:
    text = "Residents were told to leave their homes."
    (draft,) = put_together(text, reading(text, "Residents", "were told", "to leave their homes"))
    assert (draft.source, words(text, draft)) == ([], ["Residents", "to leave their homes"])


def test_what_begins_an_added_clause_is_cut_off() -> None:
    text = "Baltbud blames the ministry, which changed the drawings."
    (draft,) = put_together(text, reading(text, "Baltbud", "blames", "the ministry", "which"))
    assert words(text, draft) == ["the ministry"]


def test_a_mark_alone_stands_for_its_quotation() -> None:
    text = "“Accepted!” Ann Lee exclaimed."
    (draft,) = put_together(text, reading(text, "Ann Lee", "exclaimed", "“", "”"))
    assert words(text, draft) == ["“Accepted!”"]


def test_what_stands_in_anothers_content_is_not_said_by_both() -> None:
    text = "Kyiv said it was late, while Moscow accused Kyiv of striking a depot in Bryansk."
    first, _ = put_together(
        text,
        reading(text, "Kyiv", "said", "it was late", "a depot in Bryansk"),
        reading(text, "Moscow", "accused", "Kyiv of striking a depot in Bryansk"),
    )
    assert words(text, first) == ["it was late"]


def test_a_content_ends_with_its_sentence() -> None:
    text = "The ministry blames Baltbud. Mr Zubiri blames it as well."
    first, _ = put_together(
        text,
        reading(text, "The ministry", "blames", "Baltbud", "Zubiri"),
        reading(text, "Mr Zubiri", "Zubiri blames", "it"),
    )
    assert words(text, first) == ["Baltbud"]


def test_of_belongs_to_the_noun_before_it() -> None:
    text = "Reports of looting came in."
    (draft,) = put_together(text, reading(text, "", "Reports", "of looting"))
    assert (text[slice(*draft.cue[0])], words(text, draft)) == ("Reports of", ["looting"])


def test_whoever_is_asked_first_of_all_does_not_ask() -> None:
    text = "Ann Lee rose. Asked whether it was late, she left."
    (draft,) = put_together(text, reading(text, "Ann Lee", "Asked", "whether it was late"))
    assert draft.source == []


def test_a_content_ends_before_the_next_thing_that_its_speaker_does() -> None:
    text = "Mr Shaw has it he had not seen them and accused the paper of lying."
    first, _ = put_together(
        text,
        reading(text, "Mr Shaw", "has it", "he had not seen them and accused the"),
        reading(text, "Mr Shaw", "accused", "the paper of lying"),
    )
    assert words(text, first) == ["he had not seen them"]


def test_the_longer_cue_speaks_for_both() -> None:
    text = "Ann Lee refused to discuss the matter."
    refused = reading(text, "Ann Lee", "refused to discuss", "the matter")
    (draft,) = put_together(text, refused, reading(text, "Ann Lee", "discuss", "the matter"))
    assert text[slice(*draft.cue[0])] == "refused to discuss"


def test_a_figure_keeps_its_sign() -> None:
    text = "The survey puts the party at 23%."
    (draft,) = put_together(text, reading(text, "The survey", "puts", "the party at 23"))
    assert words(text, draft) == ["the party at 23%"]


def test_who_asked_not_to_be_named_said_nothing_by_that() -> None:
    text = "A relative, who asked not to be named, said it was late."
    (draft,) = put_together(
        text,
        reading(text, "who", "asked", "not to be named"),
        reading(text, "A relative", "said", "it was late"),
    )
    assert words(text, draft) == ["it was late"]


def test_where_nobody_says_anything_nothing_is_said() -> None:
    """ "Nothing was known about it" became the claim "Was known about it"."""
    text = "Nothing else was known about it. No one was told of the plan. Much was said about the plan."
    unsaid = [reading(text, "", "was known about", "it"), reading(text, "", "was told of", "the plan")]
    assert put_together(text, *unsaid) == []
    assert len(put_together(text, reading(text, "", "was said about", "the plan"))) == 1
    named = "Nobody, Bo Ek was told, knew the plan."
    assert len(put_together(named, reading(named, "Bo Ek", "was told", "knew the plan"))) == 1
