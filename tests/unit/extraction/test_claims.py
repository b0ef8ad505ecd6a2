"""Stand-alone statements: pronouns, dates, conjoined predicates, and where each word comes from."""

import re

import pytest

from tests.unit.extraction.stories import read

STATEMENTS = {
    "the speaker's pronoun": ("The council says it sent a letter.", ["The council sent a letter."]),
    "first person": ("“I won the vote,” Maria Kovac said.", ["Maria Kovac won the vote."]),
    "first person, present": ("“I lose money on bees,” Tom Akers said.", ["Tom Akers loses money on bees."]),
    "a weekday": (
        "The union said the mill closed on Monday.",
        ["The mill closed on Monday 17 April 2023."],
    ),
    "the day itself": (
        "The union said the mill closed on Tuesday.",
        ["The mill closed on Tuesday 18 April 2023."],
    ),
    "a day to come": (
        "The union said the mill will close on Friday.",
        ["The mill will close on Friday 21 April 2023."],
    ),
    "last month": ("The union said prices fell last month.", ["Prices fell in March 2023."]),
    "conjoined predicates": (
        "Police said the man visited a bank and attacked a guard.",
        ["The man visited a bank.", "The man attacked a guard."],
    ),
    "conjoined objects stay together": (
        "Police said the man bought a car and a boat.",
        ["The man bought a car and a boat."],
    ),
    "an accusation": ("Farmers accuse the mill of poisoning fish.", ["The mill has poisoned fish."]),
    "an infinitive": (
        "The search went on despite French claims to have found the wreck.",
        ["France has found the wreck."],
    ),
    "a missing object": (
        "This is the island that Norway claims it has bought.",
        ["Norway has bought the island."],
    ),
    "a fragment": ("Ada Holm criticised the plan.", ["Ada Holm criticised the plan."]),
    "sentences of a speech": (
        "“The mill is shut. The river is clean,” Ada Holm said.",
        ["The mill is shut.", "The river is clean."],
    ),
    "indirect, then direct": (
        "Beds were short, Ada Holm said. “We turn people away.”",
        ["Beds were short.", "We turn people away."],
    ),
    "two clauses with that": (
        "Holm said that beds were short and that staff had left.",
        ["Beds were short.", "Staff had left."],
    ),
    "somebody unnamed expects": ("The trial is expected to last a month.", ["The trial is expected to last a month."]),
    "a noun and an infinitive": (
        "Ada Holm’s promise to cut costs was kept.",
        ["Ada Holm promised to cut costs."],
    ),
    "an order": ("Judge Ada Holm warned jurors not to read.", ["Ada Holm warned not to read."]),
    "an apostrophe in single marks": (
        "‘They wasted money on consultants’ reports,’ Ada Holm said.",
        ["They wasted money on consultants’ reports."],
    ),
    "a name and a colon": ("Ada Holm: “We showed character.”", ["We showed character."]),
    "according to, without a known verb": (
        "The mill smoulders on, according to the board.",
        ["The mill smoulders on."],
    ),
    "a part that goes on": ("“The plan,” said Weber, “is dead.”", ["The plan is dead."]),
}


@pytest.mark.parametrize(("text", "expected"), STATEMENTS.values(), ids=STATEMENTS.keys())
def test_a_content_becomes_statements_that_stand_alone(text: str, expected: list[str]) -> None:
    assert [claim.text for claim in read(text).claims] == expected


STORY = (
    "LEEDS (AP) – Mayor Ellen Voss said on Monday that the council had closed three libraries and lost 400 readers.\n\n"
    "“I regret it,” she said. “We’re broke.” Residents accused her of lying, which Voss denied. "
    "She vowed to resign in June."
)
FUNCTION_WORDS = frozenset("the a an is are was were has have had of to in on and".split())


def test_every_content_word_is_in_the_text_or_in_a_recorded_resolution() -> None:
    for claim in read(STORY).claims:
        known = {word.lower() for word in re.findall(r"\w+", STORY)} | FUNCTION_WORDS
        known |= {word.lower() for said in claim.resolutions for word in re.findall(r"\w+", said.resolved)}
        assert {word.lower() for word in re.findall(r"\w+", claim.text)} <= known, claim.text


def test_every_attribution_has_a_claim_and_every_claim_an_attribution() -> None:
    result = read(STORY)
    linked = {link.id for claim in result.claims for link in claim.attributions}
    assert linked == {attribution.id for attribution in result.attributions}


def test_without_a_day_dates_stay_as_they_were_said() -> None:
    (claim,) = read("The union said the mill closed on Monday.", day=None).claims
    assert claim.text == "The mill closed on Monday."
    assert claim.as_of is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Data showed that unemployment fell to 4 percent in May.", "checkable"),
        ("Critics called the plan a disgrace.", "opinion"),
        ("The mayor said taxes will rise.", "prediction"),
        ("“No jobs were lost at the mill,” Ada Holm said.", "checkable"),
        ("The clerk asked whether it was late.", "rhetoric"),
        ("Voss said it was fine.", "vague"),
    ],
)
def test_the_kind_of_statement_decides_whether_it_can_be_checked(text: str, kind: str) -> None:
    (claim,) = read(text).claims
    assert claim.checkability == kind
    assert claim.reasons


def test_a_figure_with_a_cause_is_worth_more_than_an_opinion() -> None:
    (figure,) = read("Holm said the dam killed 4,000 fish because of lead.").claims
    (opinion,) = read("Holm called the dam ugly.").claims
    assert figure.check_worthiness > 0.6 > opinion.check_worthiness
