"""Stand-alone statements: pronouns, dates, conjoined predicates, and where each word comes from."""

import re
from datetime import date
from pathlib import Path

import pytest

from claims.extraction import annotated, corpus
from claims.extraction.pipeline import extract
from tests.unit.extraction.stories import TUESDAY, read

_WORD = re.compile(r"\w+")
SEED = (Path(__file__).parents[3] / "seeds/articles/putin-visits-kherson-and-luhansk.txt").read_text("utf-8")

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
    "what is denied of any": (
        "The union denied that any inspection took place. The council denied that it paid anyone.",
        ["Some inspection took place.", "The council paid someone."],
    ),
    "conjoined predicates": (
        "Police said the man visited a bank and attacked a guard.",
        ["The man visited a bank.", "The man attacked a guard."],
    ),
    "conjoined predicates share their day": (
        "Police said the man visited a bank and attacked a guard on Monday.",
        ["The man visited a bank on Monday 17 April 2023.", "The man attacked a guard on Monday 17 April 2023."],
    ),
    "two clauses are no two predicates": (
        "Police said the man hit a guard, the guard locked a door and dropped a key.",
        ["The man hit a guard, the guard locked a door and dropped a key."],
    ),
    "conjoined objects": (
        "Police said the man bought a car and a boat.",
        ["The man bought a car.", "The man bought a boat."],
    ),
    "conjoined objects that may share what follows stay together": (
        "Police said the man bought old cars and boats from a friend.",
        ["The man bought old cars and boats from a friend."],
    ),
    "a reason": (
        "Police said the bridge was closed as a precaution.",
        ["The bridge was closed.", "The bridge was closed as a precaution."],
    ),
    "a reason behind a negation is one statement": (
        "Police said the man had not left because he was tired.",
        ["The man had not left because he was tired."],
    ),
    "a possessive": (
        "Ada Holm complained that her members had been cheated.",
        ["Ada Holm’s members had been cheated."],
    ),
    "a capital's pronoun": ("Oslo claims it has annexed the island.", ["Norway has annexed the island."]),
    "an it that is nobody": ("The union said it was a cold day.", ["It was a cold day."]),
    "no clause of its own": (
        "Ada Holm has admitted her part and agreed to testify.",
        ["Ada Holm has admitted her part and agreed to testify."],
    ),
    "what was not said": (
        "Ada Holm did not say that the mill was shut.",
        ["Ada Holm did not say that the mill was shut."],
    ),
    "a list behind a copula": (
        "Norra, Sudra and Vestra are the three islands Ada Holm proclaimed annexed last May.",
        ["Norra, Sudra and Vestra are annexed."],
    ),
    "the enemy": (
        "Danish troops crossed the river.\n\n“The enemy is shelling the town,” Norway’s army said.",
        ["Danish troops are shelling the town."],
    ),
    "years ago": ("The union said the mill opened two years ago.", ["The mill opened in 2021."]),
    "a bare month": ("The union said the mill closed in November.", ["The mill closed in November 2022."]),
    "a day of every week": ("The union said the Sunday shift had ended.", ["The Sunday shift had ended."]),
    "since last year": ("The union said prices rose since last year.", ["Prices rose since 2022."]),
    "this weekday": (
        "The union said the vote takes place this Friday.",
        ["The vote takes place Friday 21 April 2023."],
    ),
    "a club": ("The union said Sheffield Wednesday had lost.", ["Sheffield Wednesday had lost."]),
    "last year's": ("The union said it won last year’s vote.", ["The union won 2022’s vote."]),
    "an accusation": ("Farmers accuse the mill of poisoning fish.", ["The mill has poisoned fish."]),
    "an accusation of lying": ("The union accuses the owner of lying about pay.", ["The owner has lied about pay."]),
    "one with a verb that is no common one": (
        "Farmers accuse the mill of misleading the council. Anglers accuse the mill of spying on fish.",
        ["The mill has misled the council.", "The mill has spied on fish."],
    ),
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
        ["Ada Holm said: “They wasted money on consultants’ reports.”"],
    ),
    "a name and a colon": ("Ada Holm: “We showed character.”", ["Ada Holm said: “We showed character.”"]),
    "according to, without a known verb": (
        "The mill smoulders on, according to the board.",
        ["The mill smoulders on."],
    ),
    "what somebody denies having done": (
        "Ann Lee denied taking bribes. The guards denied having beaten the man. Bo Ek denies being a spy.",
        ["Ann Lee has taken bribes.", "The guards have beaten the man.", "Bo Ek has been a spy."],
    ),
    "any is some only where it is denied": (
        "Ann Lee said it was not true that she had any warning.",
        ["It was not true that she had any warning."],
    ),
    "sentences of a quotation, one by one": (
        "“My office receives thousands of letters,” Ann Lee said. “Nobody showed me this one.”",
        [
            "Ann Lee said: “My office receives thousands of letters.”",
            "Ann Lee said: “Nobody showed me this one.”",
        ],
    ),
    "what joins a quotation to what was said before": (
        "“And the bridge was shut,” Ann Lee said.",
        ["The bridge was shut."],
    ),
    "a participle becomes the verb of its own sentence": (
        "Ann Lee rose, adding that Bo Ek “remains our man”.",
        ["Ann Lee added that Bo Ek “remains our man”."],
    ),
    "a quotation in marks has the words that were said": (
        "“They sold eleven players and replaced three,” Ann Lee said.",
        ["Ann Lee said: “They sold eleven players and replaced three.”"],
    ),
    "what somebody said, but also that": (
        "The ministry said it would study the plan but that it had no money.",
        ["The ministry would study the plan.", "The ministry had no money."],
    ),
    "a first name": ("Luis Moreno left. The club said Luis wanted a contract.", ["Luis Moreno wanted a contract."]),
    "a relative pronoun of which something is expected": (
        "The trial, which is expected to last eight weeks, goes on.",
        ["The trial is expected to last eight weeks."],
    ),
    "a percentage": (
        "A poll found that 55% of readers want it reduced.",
        ["55% of readers want it reduced."],
    ),
    "of what somebody is accused": (
        "Karen Doyle, 44, of Whitby, is accused of murdering Alfred Thorne. She denies the charge.",
        ["Karen Doyle has murdered Alfred Thorne."],
    ),
    "somebody accused of whom the text says no more": ("Ann Lee accused him of lying.", ["He has lied."]),
    "told to nobody": ("“We heard it,” Ann Lee tells our reporter.", ["Ann Lee says: “We heard it.”"]),
    "what a relative clause says of what stands before it": (
        "They opened a $210 million centre that the group says will treat 4,000 people.",
        ["A $210 million centre will treat 4,000 people."],
    ),
    "a comma inside of closing marks": (
        "Ann Lee said the district was “cherry-picking,” adding that it was late.",
        ["The district was “cherry-picking”.", "It was late."],
    ),
    "a noun with a relative clause is no sentence": (
        "Several speakers cited a study which found that people check their phones.",
        ["Several speakers cited a study which found that people check their phones.", "People check their phones."],
    ),
    "a quotation of some words": (
        "Ann Lee said “without reservation”.",
        ["Ann Lee said “without reservation”."],
    ),
    "a quotation that goes on with and": (
        "“We have one report,” he said, “and it was acted upon.”",
        ["He said: “We have one report, and it was acted upon.”"],
    ),
    "nobody accuses themselves": ("The board left. The board accused it of lying.", ["It has lied."]),
    "told to somebody who is left out": (
        "Ann Lee told parliament that its plan “cannot be the only one”.",
        ["Ann Lee said that its plan “cannot be the only one”."],
    ),
    "who is spoken for": (
        "A spokesman for the prime minister said he had full confidence in the board.",
        ["The prime minister had full confidence in the board."],
    ),
    "a noun of saying as subject": (
        "Ann Lee said claims to the contrary were false.",
        ["Claims to the contrary were false."],
    ),
    "whoever was told": (
        "Ann Lee said she was told that the budget was spent.",
        ["Ann Lee was told that the budget was spent.", "The budget was spent."],
    ),
    "a figure that is disputed": (
        "The closure costs 2 million dollars a week, according to the chamber. The ministry disputes that figure.",
        ["The closure costs 2 million dollars a week."],
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


STORIES = {story.name: story for story in annotated.articles(corpus.STORIES)}


@pytest.mark.parametrize("name", [*STORIES, "seed"])
def test_every_word_of_a_claim_is_in_the_article_or_in_a_recorded_resolution(name: str) -> None:
    text, day = (STORIES[name].text, STORIES[name].published_on) if name != "seed" else (SEED, TUESDAY)
    written = set(_WORD.findall(text.lower()))
    for claim in extract(text, published_on=day, model=None).claims:
        resolved = {word for said in claim.resolutions for word in _WORD.findall(said.resolved.lower())}
        assert set(_WORD.findall(claim.text.lower())) <= written | resolved, claim.text
        assert "“”" not in " ".join(claim.reasons), "what the text leaves out is said to be left out"


def test_every_attribution_has_a_claim_and_every_claim_an_attribution() -> None:
    result = read(STORY)
    linked = {link.id for claim in result.claims for link in claim.attributions}
    assert linked == {attribution.id for attribution in result.attributions}


def test_what_is_said_inside_of_what_another_said_in_the_same_words_is_one_claim() -> None:
    result = extract("Lord Keane told the BBC that he had ordered a full survey of the bridge in 2023.")
    outer, inner = result.attributions
    (claim,) = result.claims
    assert inner.parent == outer.id
    assert [link.id for link in claim.attributions] == [outer.id, inner.id]


def test_what_stands_inside_may_come_first() -> None:
    (claim,) = read("The council is expected to meet on Monday, diplomats said.").claims
    assert [link.id for link in claim.attributions] == ["A1", "A2"]


def test_what_they_called_something_is_what_they_spoke_of() -> None:
    text = "The bridge was shut after engineers found what they called “significant movement” in one of its two piers."
    *_, called = extract(text).claims
    assert called.text == "The engineers spoke of “significant movement”."


def test_a_report_that_somebody_called_so_is_what_they_called_it() -> None:
    text = 'The White House declined to comment on the report, which a senior Ukrainian official called "fictitious".'
    *_, called = extract(text).claims
    assert called.text == 'A senior Ukrainian official called the report "fictitious".'


def test_what_is_denied_may_be_denied_to_be_on_purpose() -> None:
    (claim,) = extract("The Kremlin has denied deliberately targeting civilians.").claims
    assert claim.text == "The Kremlin has deliberately targeted civilians."


def test_whoever_was_told_does_not_say_it() -> None:
    _, told, *_ = extract(
        "Ann Lee has denied that she was told about cracks in the bridge before it fell."
    ).attributions
    assert (told.source, told.cue[0].text) == ((), "was told about")


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
    *_, figure = read("Holm said the dam killed 4,000 fish because of lead.").claims
    (opinion,) = read("Holm called the dam ugly.").claims
    assert figure.check_worthiness > 0.6 > opinion.check_worthiness


@pytest.mark.parametrize(("day", "when"), [(date.max, "tomorrow"), (date.min, "two days ago")])
def test_a_day_outside_the_calendar_is_left_as_it_is(day: date, when: str) -> None:
    (claim,) = extract(f"The union said the bridge fell {when}.", published_on=day, model=None).claims
    assert claim.text == f"The bridge fell {when}."


def test_a_speech_too_long_for_its_claims_is_noted() -> None:
    speech = " ".join(f"We lost {number} farms in that year." for number in range(2, 40))
    found = extract(f"“{speech}” Ann Lee said.", model=None)
    assert len(found.claims) == 24
    assert found.notes == ("claims: A1 says more than its first 24 claims",)
