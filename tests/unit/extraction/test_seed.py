"""The seed article against its annotation by hand: every required statement, and no false one."""

import json
import re
from pathlib import Path

import pytest

from claims.extraction.pipeline import extract
from claims.extraction.scoring import score
from claims.extraction.types import Attribution, Extraction

ROOT = Path(__file__).parents[3]
GOLD = json.loads((Path(__file__).parent / "gold" / "seed.attributions.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def seed() -> Extraction:
    with (ROOT / "seeds/articles/putin-visits-kherson-and-luhansk.txt").open(encoding="utf-8", newline="") as opened:
        return extract(opened.read())


def by_cue(seed: Extraction, cue: str, source: str) -> Attribution:
    (one,) = [a for a in seed.attributions if a.cue[0].text == cue and a.source[0].text.startswith(source)]
    return one


def test_all_required_statements_and_nothing_else_are_found(seed: Extraction) -> None:
    text = (ROOT / "seeds/articles/putin-visits-kherson-and-luhansk.txt").read_bytes().decode("utf-8")
    report = score([(text, GOLD["attributions"], [one.as_json() for one in seed.attributions])])
    assert report["relation_strict"] == {"p": 100.0, "r": 100.0, "f1": 100.0}


def test_the_front_matter_is_the_annotated_one(seed: Extraction) -> None:
    assert seed.article.as_json() == GOLD["article"]
    assert seed.text_sha256 == GOLD["text_sha256"]


def test_stance_kind_channel_and_narrator_are_the_annotated_ones(seed: Extraction) -> None:
    for gold in GOLD["attributions"]:
        if gold["required"]:
            ours = by_cue(seed, gold["cue"][0]["text"], gold["source"][0]["text"])
            for role in ("quote_type", "stance", "channel", "narrator", "parent"):
                assert getattr(ours, role) == gold[role], (gold["id"], role)


def test_sources_are_named(seed: Extraction) -> None:
    for gold in GOLD["attributions"]:
        if gold["required"]:
            ours = by_cue(seed, gold["cue"][0]["text"], gold["source"][0]["text"])
            assert ours.source_entity == " and ".join(gold["source_entities"])


def test_moscows_denial_answers_the_accusation_and_shares_its_claim(seed: Extraction) -> None:
    accusation, denial = by_cue(seed, "accuse", "Kiev"), by_cue(seed, "denies", "Moscow")
    assert denial.responds_to == accusation.id
    (shared,) = [claim for claim in seed.claims if any(link.id == denial.id for link in claim.attributions)]
    assert [(link.id, link.stance) for link in shared.attributions] == [
        (accusation.id, "accuses"),
        (denial.id, "denies"),
    ]
    assert shared.text == "Russian forces have committed war crimes in occupied Ukrainian territory."


def test_the_outlets_repetition_is_flagged(seed: Extraction) -> None:
    (restated,) = seed.restatements
    assert restated.restates == by_cue(seed, "said", "the commander").id
    assert restated.span.text.startswith("Russian forces step up heavy artillery shelling")


def test_every_claim_of_the_gold_comes_out_in_substance(seed: Extraction) -> None:
    """By the words that carry it. What its sentence leaves unsaid is left out: by whom the regions were annexed, when
    the votes were held.
    """
    wanted = [
        ("A1", "Russia has annexed two regions of Ukraine"),
        ("A2", "Vladimir Putin attended a military command meeting Kherson region Monday 17 April 2023"),
        ("A2", "Vladimir Putin visited a national guard headquarters in Luhansk Monday 17 April 2023"),
        ("A4", "Neither Sergei Shoigu nor Valery Gerasimov joined Putin on his trip"),
        ("A4", "Neither Sergei Shoigu nor Valery Gerasimov joined Putin as a security measure"),
        ("A5", "Mykhailo Podolyak mock Putin special tour by the author of mass murders"),
        ("A6", "Russian forces have committed war crimes in occupied Ukrainian territory"),
        ("A8", "Kherson Zaporizhzhia Luhansk and Donetsk are annexed"),
        ("A9", "The referendums were fake"),
        ("A11", "Russia has taken Bakhmut"),
        ("A12", "Russian forces are increasing heavy artillery activity"),
        ("A12", "Russian forces are increasing the number of air strikes"),
        ("A12", "are turning Bakhmut into ruins"),
    ]
    said = [set(re.findall(r"\w+", claim.text)) for claim in seed.claims]
    for number, words in wanted:
        assert any(set(words.split()) <= claim for claim in said), f"{number}: {words}"
    # One more at most: the annotation holds an attitude optional ("in anticipation of").
    assert len(seed.claims) <= len(wanted) + 1
