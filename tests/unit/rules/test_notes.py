"""Whom a note mentions, by its words alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.rules.notes import mentioned


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@bob, is this right?", ["bob"]),
        ("Ask @Bob and (@carol).", ["bob", "carol"]),
        ("Ask @bob.", ["bob.", "bob"]),
        ("@bob @BOB @bob", ["bob"]),
        ("@anna-marie.b+2", ["anna-marie.b+2"]),
        ("@Олена каже", ["олена"]),
        ("write to press@harbour.example", []),
        ("@ bob, or @", []),
        ("nobody", []),
    ],
)
def test_names_are_found_and_mail_addresses_are_none(text: str, names: list[str]) -> None:
    assert mentioned(text) == names


@given(st.text(alphabet="@ab. +-\n", max_size=300))
def test_whatever_is_written_gives_names_in_small_letters_and_no_twins(text: str) -> None:
    names = mentioned(text)
    assert len(names) == len(set(names))
    assert all(name and name == name.lower() and name in text.lower() for name in names)
