"""Who said what, in the ways that English newspapers put it. All stories are invented."""

import pytest

from tests.unit.extraction.stories import found, only, read, words

SENTENCES = {
    "clause": ("The union said that talks had failed.", ("The union", "said", "that talks had failed")),
    "clause without that": ("The union said talks had failed.", ("The union", "said", "talks had failed")),
    "auxiliary and negation": (
        "The ministry has not said that wells were closed.",
        ("The ministry", "has not said", "that wells were closed"),
    ),
    "listener": ("Weber told reporters on Friday that the dam was safe.", ("Weber", "told", "that the dam was safe")),
    "speaker behind": ("Talks had failed, the union said.", ("the union", "said", "Talks had failed")),
    "according to, in front": (
        "According to the harbour master, two boats sank.",
        ("the harbour master", "According to", "two boats sank"),
    ),
    "according to, behind": (
        "Two boats sank, according to a report published on Monday.",
        ("a report published on Monday", "according to", "Two boats sank"),
    ),
    "accusation": (
        "Farmers accuse the mill of poisoning the river.",
        ("Farmers", "accuse", "the mill of poisoning the river"),
    ),
    "preposition of the verb": (
        "The coach complained of a lack of sleep.",
        ("The coach", "complained of", "a lack of sleep"),
    ),
    "infinitive": ("The mayor vowed to rebuild the bridge.", ("The mayor", "vowed", "to rebuild the bridge")),
    "raising verb": (
        "The pilot went on to say that the runway was dark.",
        ("The pilot", "went on to say", "that the runway was dark"),
    ),
    "noun with a demonym": (
        "Nobody believed French claims to have found the wreck.",
        ("French", "claims", "to have found the wreck"),
    ),
    "inserted speaker": ("Ticket sales, he said, were up.", ("he", "said", "Ticket sales | were up")),
    "what … said were": (
        "It came after what Peru said were forged letters.",
        ("Peru", "said", "what | were forged letters"),
    ),
    "sourceless passive": (
        "The suspect is believed to have fled to Oslo.",
        ("", "is believed", "The suspect | to have fled to Oslo"),
    ),
    "reports of something": (
        "There have been reports of looting in the south of the city.",
        ("", "reports of", "looting in the south of the city"),
    ),
    "name that a pronoun is written like": (
        "US officials said the road was closed.",
        ("US officials", "said", "the road was closed"),
    ),
    "an office with such a name": (
        "WHO chief Ada Holm said masks help.",
        ("WHO chief Ada Holm", "said", "masks help"),
    ),
    "that it was said before": (
        "Weber has said before that he would step down.",
        ("Weber", "has said", "that he would step down"),
    ),
    "when asked": (
        "“It is not,” Weber replied when asked if the report was true.",
        ("Weber", "replied", "“It is not,”"),
    ),
    "an adjective for a noun": (
        "The road was closed, the military said.",
        ("the military", "said", "The road was closed"),
    ),
    "who puts a figure at how much": (
        "The ministry put the number of dead at 17.",
        ("The ministry", "put", "the number of dead at 17"),
    ),
    "a name behind whose": (
        "It costs 2 million a week, according to the club, whose president, Ada Holm, said firms would not survive.",
        ("whose president, Ada Holm,", "said", "firms would not survive"),
    ),
    "that figure": ("The ministry disputes that figure.", ("The ministry", "disputes", "that figure")),
    "party and state": (
        "“It is late,” Sen. Ada Holm, D-N.M., the panel’s chairwoman, told reporters.",
        ("Sen. Ada Holm, D-N.M., the panel’s chairwoman,", "told", "“It is late,”"),
    ),
    "a participle that describes the subject": (
        "Suits alleging fraud were thrown out.",
        ("Suits", "alleging", "fraud"),
    ),
    "sourceless accusation": (
        "The guards have been accused of beating a man.",
        ("", "have been accused of", "The guards | beating a man"),
    ),
    "a quotation that is compared to": (
        "Their chief, Ada Holm, compared the project to “a wedding at which nobody has booked the priest”.",
        ("Their chief, Ada Holm,", "compared", "the project to “a wedding at which nobody has booked the priest”"),
    ),
    "a sentence behind a quotation that ended": (
        "“We wanted families,” says Ada Holm. “It would be churlish.” She admits, though, that it was late.",
        ("Ada Holm", "says", "“We wanted families,” | “It would be churlish.”"),
    ),
    "a verb that waits for what follows": (
        "The closing of the mill was, he insisted, a matter of principle.",
        ("he", "insisted", "The closing of the mill was | a matter of principle"),
    ),
    "words that a quotation goes on with": (
        "His mother, he recalled, “thought politics was something that happened to others”.",
        ("he", "recalled", "His mother | “thought politics was something that happened to others”"),
    ),
    "somebody described as": (
        "The envoy described him as “the least pompous man I have met”.",
        ("The envoy", "described", "him as “the least pompous man I have met”"),
    ),
    "a quotation that ends a sentence from its midst": (
        "Ada Holm said she had “waited years for this.” “He would have liked it,” she added.",
        ("she", "added", "“He would have liked it,”"),
    ),
    "that claim, with more behind it": (
        "The board disputes that figure, pointing out that it was late.",
        ("The board", "disputes", "that figure"),
    ),
    "a charge that another rejects": (
        "Holm has said that the bill was aimed at her, an accusation Kreb rejects.",
        ("Holm", "has said", "that the bill was aimed at her"),
    ),
    "a statement that goes on behind its tag": (
        "The committee met on six occasions, the auditors said, and on four of those it discussed the food.",
        ("the auditors", "said", "The committee met on six occasions | and on four of those it discussed the food"),
    ),
    "because, he said": (
        "Bell opposes the ban because, he said, it makes teachers into police.",
        ("he", "said", "it makes teachers into police"),
    ),
    "sourceless noun": ("There were allegations of fraud.", ("", "allegations of", "fraud")),
    "hearsay": ("The envoy reportedly left at dawn.", ("", "reportedly", "The envoy | left at dawn")),
    "colon": ("Minister: taxes will not rise", ("Minister", ":", "taxes will not rise")),
    "question": ("The judge asked whether the door was locked.", ("The judge", "asked", "whether the door was locked")),
    "apposition": (
        "Ada Holm, the head of the clinic in Umea, said beds were short.",
        ("Ada Holm, the head of the clinic in Umea,", "said", "beds were short"),
    ),
    "noun with its source behind it": (
        "A statement by the board that output will rise was read out.",
        ("the board", "statement by", "that output will rise"),
    ),
    "noun as the subject": (
        "Analysts’ warnings that the price was too high were ignored.",
        ("Analysts’", "warnings", "that the price was too high"),
    ),
    "noun with an infinitive as the subject": (
        "Ada Holm’s promise to cut costs by 2030 remains.",
        ("Ada Holm’s", "promise", "to cut costs by 2030"),
    ),
    "name with a place, a time and a colon": (
        "20:31 Former striker Ali Mensah on Radio Coast: “That is the worst I have seen.”",
        ("Former striker Ali Mensah", ":", "“That is the worst I have seen.”"),
    ),
    "relative pronoun": (
        "Neighbours who said they heard shots were questioned.",
        ("Neighbours who", "said", "they heard shots were questioned"),
    ),
}


@pytest.mark.parametrize(("text", "expected"), SENTENCES.values(), ids=SENTENCES.keys())
def test_a_sentence_is_read_into_source_cue_and_content(text: str, expected: tuple[str, str, str]) -> None:
    assert expected in found(text)


QUOTATIONS = {
    "American marks": (
        '"We are closed," said Ida Moss, a baker.',
        ("Ida Moss, a baker", "said", '"We are closed,"'),
    ),
    "British single marks": (
        "‘It’s the workers’ fault,’ Ms Hall said.",
        ("Ms Hall", "said", "‘It’s the workers’ fault,’"),
    ),
    "one attribution in two parts": (
        "“We are closed,” he said. “For good.”",
        ("he", "said", "“We are closed,” | “For good.”"),
    ),
    "speaker within": ("“The plan,” said Weber, “is dead.”", ("Weber", "said", "“The plan,” | “is dead.”")),
    "colon": ("The sergeant said: “This was cruel.”", ("The sergeant", "said", "“This was cruel.”")),
    "question mark": ("“Is it over?” Smith asked.", ("Smith", "asked", "“Is it over?”")),
    "mixed": (
        "Holm said the beds were “as good as gone”.",
        ("Holm", "said", "the beds were “as good as gone”"),
    ),
    "fragment after that": (
        "Voss added that “nobody wanted this.”",
        ("Voss", "added", "that “nobody wanted this.”"),
    ),
    "a verb of no list": (
        "Brandt thundered: “Never again will we play here.”",
        ("Brandt", "thundered", "“Never again will we play here.”"),
    ),
    "signed": ("“We tried it twice.” ― Ann Ruud, baker", ("Ann Ruud, baker", "―", "“We tried it twice.”")),
    "signed, at once behind the mark": ("“He never came.”— Bo Ek.", ("Bo Ek", "—", "“He never came.”")),
    "opened by a closing mark": (
        "”He never came. We waited,” Bo Ek said.",
        ("Bo Ek", "said", "”He never came. We waited,”"),
    ),
}


@pytest.mark.parametrize(("text", "expected"), QUOTATIONS.values(), ids=QUOTATIONS.keys())
def test_a_quotation_belongs_to_its_speaker(text: str, expected: tuple[str, str, str]) -> None:
    assert expected in found(text)


def test_a_dash_behind_a_quotation_is_no_signature_where_a_sentence_goes_on() -> None:
    assert found("“The Plan” — Oslo had never seen it — went up in smoke.") == []


TALK = """The two met on Sunday. A partial transcript:

"WARD: You had a plan. Why did nobody see it?

"LEE: Well, Ada Holm says it was sent. I sent it twice.

"WARD: To whom?

"LEE: To all."""


def test_a_turn_of_a_conversation_is_said_by_the_name_before_the_colon() -> None:
    said = found(TALK)
    assert said[0] == ("WARD", ":", "You had a plan. Why did nobody see it?")
    assert said[1] == ("LEE", ":", "Well, Ada Holm says it was sent. I sent it twice")
    assert ("Ada Holm", "says", "it was sent") in said
    assert [source for source, cue, _ in said if cue == ":"] == ["WARD", "LEE"] * 2


def test_what_stands_before_a_colon_but_once_or_names_nobody_is_no_speaker() -> None:
    assert found("Photo: a boat at sea. It burns.\n\nPhoto: the crew on land. They wait.") == []
    assert found("MENU: soup and bread. They are free.") == []


def test_a_speech_reopened_in_the_next_paragraph_is_one_content() -> None:
    speech = only("“Luca is out,” Solberg told reporters. “He fell.\n\n“We have others who can play.”")
    assert words(speech)[2] == "“Luca is out,” | “He fell. | “We have others who can play.”"
    assert speech.quote_type == "direct"


def test_a_later_paragraph_of_nothing_but_a_quotation_stands_alone_with_its_speaker_known() -> None:
    first, second = read(
        "Ada Holm said beds were short.\n\n“We turn people away,” Holm said.\n\n“It breaks my heart every day.”"
    ).attributions[1:]
    assert words(second) == ("", "", "“It breaks my heart every day.”")
    assert second.source_entity == first.source_entity == "Ada Holm"


@pytest.mark.parametrize(
    "text",
    [
        "The so-called “sleep debt” of bees is poorly understood.",
        "The film “Lost at Dawn” won three awards.",
        "He plays for the “Lions” on Sundays.",
        "It rained in Leeds on Monday and the river rose.",
        "Police arrested two men after a chase through the city.",
    ],
)
def test_scare_quotes_titles_and_plain_facts_are_no_attribution(text: str) -> None:
    assert found(text) == []


def test_a_relation_inside_anothers_content_has_it_as_parent() -> None:
    outer, inner = read("The Kremlin said Kyiv had admitted that its drones struck the depot.").attributions
    assert inner.parent == outer.id
    assert outer.parent is None


def test_two_voices_of_one_sentence_are_not_nested() -> None:
    one, other = read("The envoy said talks had collapsed, but Athens said they were going well.").attributions
    assert words(one)[2] == "talks had collapsed"
    assert (one.parent, other.parent) == (None, None)


def test_a_voice_that_frames_another_holds_it() -> None:
    inner, outer = read("Police falsely claimed the crowd was armed, the inquiry found.").attributions
    assert words(inner)[2] == "the crowd was armed"
    assert inner.narrator == "contradicts"
    assert inner.parent == outer.id


def test_a_denial_points_to_what_it_denies() -> None:
    accusation, denial = read("Farmers accuse the mill of poisoning the river, which the mill denies.").attributions
    assert words(denial) == ("the mill", "denies", "which")
    assert (denial.stance, denial.responds_to) == ("denies", accusation.id)
    assert words(accusation)[2] == "the mill of poisoning the river"


@pytest.mark.parametrize(
    ("denial", "content"), [("an allegation that its managers reject", "that"), ("which Ms Ada Holm disputes", "which")]
)
def test_a_denial_may_follow_in_a_relative_clause(denial: str, content: str) -> None:
    accusation, answer = read(f"Oduya accused the hospital of hiding a report, {denial}.").attributions
    assert words(accusation)[2] == "the hospital of hiding a report"
    assert (answer.stance, words(answer)[2], answer.responds_to) == ("denies", content, accusation.id)


def test_rejected_allegations_are_those_made_before_even_with_another_voice_between() -> None:
    accusation, other, denial = read(
        "Prosecutors accused Hale of theft. The widow said she was poor. His lawyer rejected the allegations."
    ).attributions
    assert denial.responds_to == accusation.id
    assert other.responds_to is None


def test_a_denial_with_a_content_of_its_own_answers_nothing_that_does_not_say_it() -> None:
    _, denial = read("Kyiv said grain prices had doubled. Oslo denied it was selling ships.").attributions
    assert denial.responds_to is None


def test_channel_and_day_are_read_beside_the_cue() -> None:
    said = only("“Beds are short,” Ada Holm said in a statement on Monday.")
    assert said.channel == "statement"
    assert said.said_on is not None
    assert said.said_on.isoformat() == "2023-04-17"
    assert only("Jo Marsh tweeted that the bus was late.").channel == "Twitter"
    assert only("Holm took to Facebook to mock the plan.").channel == "Facebook"


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("The mayor predicted a record crowd.", "predicts"),
        ("Critics called the plan a disgrace.", "evaluates"),
        ("The mayor announced that the pool would close.", "declares"),
        ("The clerk asked whether it was late.", "questions"),
        ("The mill did not deny that fish had died.", "asserts"),
    ],
)
def test_the_stance_is_the_cues(text: str, stance: str) -> None:
    assert only(text).stance == stance


def test_what_several_rules_could_read_is_surer_than_what_a_weak_cue_says() -> None:
    sure, unsure = only("Holm said that beds were short."), only("It is believed that beds were short.")
    assert sure.confidence > 0.8 > 0.6 > unsure.confidence


def test_what_is_denied_may_stand_in_the_denial() -> None:
    result = read("Ann Lee called it a lie. The board denies claims by a union that the mill is for sale.")
    _, denial, claimed = result.attributions
    assert (claimed.parent, denial.responds_to) == (denial.id, claimed.id)
    assert [link.id for link in result.claims[-1].attributions] == [claimed.id, denial.id]


def test_a_label_before_a_colon_is_nobody() -> None:
    assert found("Opinion: The minister’s numbers do not add up") == []
    assert found("Obituary: Sir Malcolm Reyne never gave up") == []


def test_a_noun_phrase_behind_a_comma_is_not_skipped_for_its_relative_clause() -> None:
    story = "As Eeva Lind has argued, a number that nobody can check is no number."
    assert ("Eeva Lind", "has argued", "that nobody can check is no number") not in found(story)


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("The clerk asked him to leave the hall.", "asserts"),
        ("The clerk asked whether to leave the hall.", "questions"),
        ("The clerk doubted that it was late.", "questions"),
        ("The clerk feared that it was late.", "predicts"),
        ("The clerk alleged that the mayor lied.", "accuses"),
        ("The court ruled that the ban was void.", "declares"),
        ("The clerk described the plan as a mess.", "evaluates"),
    ],
)
def test_the_verb_tells_the_stance(text: str, stance: str) -> None:
    assert only(text).stance == stance


def test_that_account_is_the_one_before_it_that_tells_something() -> None:
    result = read(
        "“They knew of the culvert,” said Joan Pike. Her husband said nothing. The board disputed that account."
    )
    told, _, denial = result.attributions
    assert denial.responds_to == told.id
