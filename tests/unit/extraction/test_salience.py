"""What weighs when a pronoun can mean several people."""

from dataclasses import replace
from typing import Any

from claims.extraction.salience import WEIGHTS, Candidate, Mention, Pronoun, best, features, score

SHE = Pronoun(at=100, role="subject", sentence=1, paragraph=0)
ADA = Mention(40, 48, "Ada Holm", True, "subject", 0, 0, True, True)


def candidate(mention: Mention, **fields: Any) -> Candidate:
    plain = Candidate(mention.entity, [mention], 0, 1, False, True, True, 0.5, False)
    return replace(plain, **fields)


def test_every_weight_is_of_a_feature_that_can_hold() -> None:
    here = replace(ADA, sentence=1)
    behind = replace(ADA, start=120, sentence=1)
    owner = replace(ADA, role="possessive")
    led = replace(ADA, role="behind preposition")
    seen: set[str] = set()
    for pronoun in (SHE, replace(SHE, opens=True, speaker="Ada Holm"), replace(SHE, speaker="Bo Lund")):
        for role in ("subject", "object", "possessive"):
            asked = replace(pronoun, role=role)
            for mention in (ADA, here, behind, owner, led):
                for distance in (1, 2, 5):
                    found = candidate(mention, distance=distance, carried=True, rank=distance - 1, most=True)
                    seen |= set(features(asked, found))
    assert set(WEIGHTS) == seen


def test_a_subject_before_an_object_and_the_nearer_before_the_farther() -> None:
    bo = replace(ADA, entity="Bo Lund", role="object")
    far = replace(ADA, entity="Cy Moe")
    subject, behind = features(SHE, candidate(ADA)), features(SHE, candidate(bo))
    assert score(subject) > score(behind)
    assert score(subject) > score(features(SHE, candidate(far, distance=4, rank=2)))


def test_two_as_good_are_nobody() -> None:
    same = features(SHE, candidate(ADA))
    assert best([("Ada Holm", same), ("Bo Lund", dict(same))], 0.01) is None
    assert best([("Ada Holm", same)], 0.01) == "Ada Holm"
    assert best([], 0.01) is None
