"""Which features hold of a claim, what they weigh, and what a desk may write for them."""

from dataclasses import replace
from typing import Any

import pytest

from claims.extraction import checkworthiness
from claims.extraction.pipeline import extract
from claims.extraction.types import Claim


def only(text: str, start: str = "") -> Claim:
    """The claim of the text that begins with these words, by the rules alone."""
    return next(claim for claim in extract(text, model=None).claims if claim.text.startswith(start))


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("Anna Berg said the bank lost 40 million crowns.", "figures"),
        ("Anna Berg said crime fell faster than anywhere in the region.", "comparison"),
        ("Anna Berg said the blaze was caused by a heater.", "cause"),
        ("Anna Berg said the clerk had stolen the money in a fraud.", "harm"),
        ("Anna Berg accused the clerk of hiding the letters.", "accusation"),
        ("The health minister said the hospital had closed its kitchen.", "power"),
        ("Anna Berg, chief executive of Norbank, said the office had closed.", "power"),
        ("Anna Berg denied that the office had closed.", "denied"),
        ("Anna Berg falsely claimed that the office had closed.", "doubted"),
        ("Anna Berg said the office would close.", "prediction"),
        ("Anna Berg said the office was a disgrace.", "opinion"),
    ],
)
def test_a_feature_holds_with_its_reason(text: str, feature: str) -> None:
    claim = only(text)
    assert feature in claim.features
    reason = next(one.reason for one in checkworthiness.FEATURES if one.name == feature)
    assert reason in claim.reasons


@pytest.mark.parametrize(
    "text",
    [
        "Anna Berg, a former minister, said the office had closed.",
        "Anna Berg, a florist, said the office had closed.",
    ],
)
def test_whoever_holds_no_office_has_no_power(text: str) -> None:
    assert "power" not in only(text).features


def test_a_person_keeps_the_power_of_the_role_that_the_text_gave_them() -> None:
    text = "Anna Berg, the mayor, arrived on foot. The shop was shut. Berg said the owner had left town."
    assert "power" in only(text, "The owner").features


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The ministry declined to comment on the report.", "rhetoric"),
        ("A spokesman for the bank declined to say how many customers were affected.", "rhetoric"),
        ("The company has repeatedly refused to comment.", "rhetoric"),
        ("Anna Berg did not immediately respond to a request for comment.", "rhetoric"),
        ("Police would not confirm that two people were dead.", "rhetoric"),
        ("The mayor rejected the accusation.", "vague"),
        ("Anna Berg denied the allegations.", "vague"),
        ("Anna Berg denied that the office had closed.", "checkable"),
        ("The union rejected the accusation that it had paid the ministers.", "checkable"),
        ("Anna Berg said that the minister had refused to say how much was spent.", "checkable"),
        ("Anna Berg said the bank did not answer 40 letters.", "checkable"),
    ],
)
def test_silence_and_denials_of_what_is_not_said_settle_nothing(text: str, kind: str) -> None:
    assert only(text).checkability == kind


def test_what_the_outlet_repeats_in_its_own_voice_counts_more() -> None:
    text = (
        "The harbour company said a leaking valve poisoned hundreds of herring near the eastern pier.\n\n"
        "Divers arrived after a leaking valve poisoned hundreds of herring near the eastern pier last spring."
    )
    assert "restated_by_outlet" in only(text).features


def test_what_two_sources_say_counts_more_than_what_one_says_twice() -> None:
    said = "the leaking valve poisoned hundreds of herring near the eastern pier"
    two = extract(f"Anna Berg said {said}.\n\nOle Dahl said {said}.", model=None)
    one = extract(f"Anna Berg said {said}.\n\nAnna Berg added {said}.", model=None)
    assert all("restated_by_others" in claim.features for claim in two.claims)
    assert not any("restated_by_others" in claim.features for claim in one.claims)


def test_the_number_is_the_sum_of_what_holds() -> None:
    claim = only("Anna Berg accused the clerk of hiding 40 letters.")
    expected = checkworthiness.BASE + sum(checkworthiness.DEFAULTS[name] for name in claim.features)
    assert claim.check_worthiness == pytest.approx(min(0.98, expected), abs=0.005)


def test_a_desk_weighs_in_its_own_way() -> None:
    claim = only("Anna Berg said the bank lost 40 million crowns.")
    lighter = checkworthiness.having(claim, [], {"figures": -0.1})
    assert lighter.check_worthiness == pytest.approx(claim.check_worthiness - 0.3, abs=0.005)
    assert (lighter.features, lighter.reasons) == (claim.features, claim.reasons)


def test_a_feature_added_twice_counts_once() -> None:
    claim = replace(only("Anna Berg said the bank lost 40 million crowns."), reasons=())
    once = checkworthiness.having(claim, ["power"])
    twice = checkworthiness.having(once, ["power"])
    assert twice == once
    assert once.check_worthiness > claim.check_worthiness


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ({"figure": 0.2}, "figure"),
        ({"figures": 2}, "figures"),
        ({"figures": "0.2"}, "figures"),
        ({"figures": True}, "figures"),
        ({"figures": float("nan")}, "figures"),
        ([], "object"),
        (None, "object"),
    ],
)
def test_what_is_no_weight_is_named(weights: Any, told: str) -> None:
    (problem,) = checkworthiness.problems(weights)
    assert told in problem


@pytest.mark.parametrize("weights", [{}, {"figures": 1}, {"opinion": -1, "power": 0}, dict(checkworthiness.DEFAULTS)])
def test_weights_in_range_are_accepted(weights: Any) -> None:
    assert checkworthiness.problems(weights) == []
