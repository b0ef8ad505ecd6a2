"""Why the engine took something for a statement is said in words."""

from pathlib import Path

from claims.extraction.pipeline import extract
from claims.web.editor import RULES

SEED = Path(__file__).parents[3] / "seeds" / "articles" / "putin-visits-kherson-and-luhansk.txt"


def test_every_rule_that_finds_something_in_the_seed_article_has_words() -> None:
    found = {each.rule.removeprefix("inside-") for each in extract(SEED.read_text(encoding="utf-8")).attributions}
    assert {"noun", "object"} <= found <= RULES.keys()
