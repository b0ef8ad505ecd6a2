"""Quotation marks of all kinds, balanced or not."""

import pytest

from claims.extraction.quotations import quotations


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He said “yes” and “no”.", ["“yes”", "“no”"]),
        ('He said "yes" and "no".', ['"yes"', '"no"']),
        ("He said ''yes'' twice.", ["''yes''"]),
        ("«Oui», he said.", ["«Oui»"]),
        ("‘We won’t go,’ she said.", ["‘We won’t go,’"]),
        ("‘The ministers’ plan is dead,’ she said.", ["‘The ministers’ plan is dead,’"]),
        ("“She told me ‘no’ twice,” he said.", ["“She told me ‘no’ twice,”"]),
        ("“‘Special tour’ by the author”", ["“‘Special tour’ by the author”"]),
        ("It was the workers' fault, back in the '90s.", []),
        ("The dog’s bone and the cats’ milk.", []),
        ("“Never closed, he said.", ["“Never closed, he said."]),
        ("Closed only” here.", []),
        ("5'10\" tall", []),
    ],
)
def test_outermost_quotations(text: str, expected: list[str]) -> None:
    assert [text[found.start : found.end] for found in quotations(text, 0, len(text))] == expected


def test_an_opening_mark_after_an_open_paragraph_continues_it() -> None:
    (found,) = quotations("“We go on.”", 0, 11, reopened=True)
    assert found.continues
    (fresh,) = quotations("“We go on.”", 0, 11)
    assert not fresh.continues
