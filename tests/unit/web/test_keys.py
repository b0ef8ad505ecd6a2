"""A key that a page shows is the key that acts there: templates name it twice, for keys.js and for the eye."""

import re
from pathlib import Path

TEMPLATES = Path(__file__).parents[3] / "claims" / "templates"
# The key of an element, and what is shown as one before the next element with a key begins.
SHOWN = re.compile(r'data-key="(\w)"(?:(?!data-key=).)*?<kbd>([^<]+)</kbd>', re.DOTALL)


def test_each_single_key_is_shown_as_it_acts() -> None:
    found = {path.name: SHOWN.findall(path.read_text(encoding="utf-8")) for path in TEMPLATES.rglob("*.html")}
    keys = [(name, *pair) for name, pairs in found.items() for pair in pairs]
    assert len(keys) > 8
    assert [each for each in keys if each[1] != each[2]] == []
