"""Whom a source is: names with titles and appositions, surnames, roles, pronouns; None where it is not clear."""

import pytest

from claims.extraction.pipeline import extract
from tests.unit.extraction.stories import read


def entities(text: str) -> list[str | None]:
    return [attribution.source_entity for attribution in read(text).attributions]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Prime Minister Ada Holm said it was late.", "Ada Holm"),
        ("A senior aide, Tom Akers, said it was late.", "Tom Akers"),
        ("The head of Norway’s navy, Admiral Kari Lund, said it was late.", "Kari Lund"),
        ("Tom Akers, a beekeeper in Kent who keeps goats, said it was late.", "Tom Akers"),
        ("Prosecutor Lena Voigt said it was late.", "Lena Voigt"),
        ("Peter Paul Holm said it was late.", "Peter Paul Holm"),
        ("Ada Holm’s promise to be late was kept.", "Ada Holm"),
        ("Simon Vance KC told the court that Doyle lied before Mr Thorne died. “She knew,” he said.", "Simon Vance"),
        (
            "Karen Doyle wept. Her barrister, Amrita Sen KC, said it was late. She told jurors it was late.",
            "Amrita Sen",
        ),
        ("The London-listed firm fell. Marcus Dean, its owner, wept. He said it was late.", "Marcus Dean"),
        ("Brightwell Foods fell. Brightwell met its lenders. The company said it was late.", "Brightwell Foods"),
        ("County Executive Sheila Brandt said it was late.", "Sheila Brandt"),
        ("Secretary of State Warren Teasdale said it was late.", "Warren Teasdale"),
        ("The lawmaker, Hon. Babajide Coker, said it was late.", "Babajide Coker"),
        ("Sophomore Ava Reyes, 15, said it was late.", "Ava Reyes"),
        ("Anke de Vries led it. De Vries said it was late.", "Anke de Vries"),
        ("Luis Moreno left. The 29-year-old midfielder said it was late.", "Luis Moreno"),
        ("The Department of Health said it was late.", "Department of Health"),
        ("Oslo said it was late.", "Government of Norway"),
        ("Downing Street said it was late.", "Downing Street"),
        ("Reading Council said it was late.", "Reading Council"),
        ("White House officials left. The White House said it was late.", "White House"),
        ("Wall Street said it was late.", "Wall Street"),
        ("Number 10 said it was late.", "Number 10"),
        ("Buckingham Palace said it was late.", "Buckingham Palace"),
        ("King’s College said it was late.", "King’s College"),
        ("The Hague said it was late.", "Government of the Netherlands"),
        ("Fans of The Larches met. The Larches said it was late.", "The Larches"),
        ("Visiting Moscow, Ada Holm said it was late.", "Ada Holm"),
        ("Sweden and the West said it was late.", "Government of Sweden and the West"),
        ("The count went on despite Danish claims to have won.", "Government of Denmark"),
        ("A spokesman for Ada Holm said it was late.", "Ada Holm"),
        ("Several senior officers said it was late.", None),
        ("A European diplomat said it was late.", None),
        ("One dealer in Kent said it was late.", None),
        ("Two people familiar with the talks said it was late.", None),
        ("Scientists said it was late.", "scientists"),
        ("The harbour inquiry said it was late.", "harbour inquiry"),
        ("A study of six streams in Devon said it was late.", "study"),
        ("Some donors said it was late.", "donors"),
        ("Her lawyer said it was late.", "lawyer"),
        ("An audit by Blueleaf Consulting said it was late.", "Blueleaf Consulting"),
        ("A statement from the Environment Agency said it was late.", "Environment Agency"),
        ("Retired miner Earl Fitch said it was late.", "Earl Fitch"),
        ("The critic, organiser Trish Boyle, 48, of Hull, said it was late.", "Trish Boyle"),
        ("Katrijn de Boer said it was late.", "Katrijn de Boer"),
        (
            "The Ministry of Transport and Inland Waterways said it was late.",
            "Ministry of Transport and Inland Waterways",
        ),
        ("Sunwright Energy, the company that built it, said it was late.", "Sunwright Energy"),
        ("The mayor and federal regulators said it was late.", "mayor and federal regulators"),
    ],
)
def test_the_name_of_a_source(text: str, name: str | None) -> None:
    assert entities(text)[0] == name


def test_a_surname_is_led_back_to_the_full_name() -> None:
    assert entities("Ada Holm opened the clinic. Beds were short, Holm said.") == ["Ada Holm"]


def test_a_surname_that_two_people_bear_stays_a_surname() -> None:
    assert entities("Ada Holm met Bo Holm in the town. Beds were short, Holm said.") == ["Holm"]


def test_a_title_tells_two_of_one_surname_apart() -> None:
    story = "Sarah Holm met Peter Holm in the town. Beds were short, Mrs Holm said. Mr Holm said staff had left."
    assert entities(story) == ["Sarah Holm", "Peter Holm"]


def test_an_organisation_is_led_back_from_its_short_forms() -> None:
    story = (
        "Copperfield Partners bought the yard from Halmar Steel Works in May. Copperfield said it would pay. "
        "The University of Murau (UM) opened. UM said it was late."
    )
    assert entities(story)[0] == "Copperfield Partners"


def test_the_company_is_the_nearest_one_that_can_be_a_company() -> None:
    story = "Vaalkrans Platinum closed a shaft. The council met on Friday. The company said it would pay."
    assert entities(story) == ["Vaalkrans Platinum"]


def test_a_country_of_the_text_speaks_as_its_government() -> None:
    story = "Norland’s prime minister resigned. Norland said the border was shut."
    assert entities(story) == ["Government of Norland"]


def test_i_is_the_speaker_of_the_quotation_or_of_the_turn() -> None:
    assert entities("“I believe that it was late,” Ada Holm said.")[-1] == "Ada Holm"
    turns = entities("Ada Holm runs the clinic.\n\nHolm: We lost. I said that it was late.")
    assert turns[-1] == "Ada Holm"


def test_the_one_who_is_told_of_with_she_is_she() -> None:
    story = "Quilla Sand lost her farm. Bo Lund sold his boat. She said beds were short."
    assert entities(story) == ["Quilla Sand"]


def test_a_speaker_without_a_name_goes_on_as_a_pronoun() -> None:
    assert entities("The dentist said beds were short. She added that staff had left.") == ["dentist", "dentist"]


def test_a_pronoun_goes_on_with_the_speaker_before() -> None:
    assert entities("Ada Holm said beds were short. She added that staff had left.") == ["Ada Holm", "Ada Holm"]


def test_gender_keeps_a_pronoun_from_the_wrong_speaker() -> None:
    story = "Sarah Holm runs the clinic. Peter Lund said beds were short. She said staff had left."
    assert entities(story) == ["Peter Lund", "Sarah Holm"]


def test_a_role_is_led_back_to_the_person_who_holds_it() -> None:
    assert entities("Mayor Ellen Voss arrived late. The mayor said the road was closed.") == ["Ellen Voss"]


def test_a_pronoun_without_anybody_before_it_stays_unknown() -> None:
    assert entities("He said it was late.") == [None]
    assert entities("They said it was late.") == [None]


def test_an_interview_may_say_the_first_name_once_and_in_capitals() -> None:
    text = (
        "Mei Tanaka spoke to Karl Brandt.\n\nKARL BRANDT: How do you feel now?\n\nMEI TANAKA: I have lost weight.\n\n"
        "BRANDT: Houston says that you lied.\n\nTANAKA: My husband says that I am mad."
    )
    result = read(text)
    turns = [found.source_entity for found in result.attributions if found.rule == "turn"]
    assert turns == ["Karl Brandt", "Mei Tanaka", "Karl Brandt", "Mei Tanaka"]
    assert result.claims[-1].text == "Mei Tanaka is mad."


def test_one_of_them_is_not_all_of_them() -> None:
    (found,) = extract("His critics, among them his successor, Lord Thane, maintained that he was late.").attributions
    assert found.source_entity == "critics"


def test_he_is_no_daughter_of_his_own() -> None:
    text = "Sir Malcolm Reyne died. Reyne’s daughter, the novelist Clara Reyne, said that he had slept."
    (claim,) = read(text).claims
    assert claim.text == "Malcolm Reyne had slept."
