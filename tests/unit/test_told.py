"""What rules and verbs say, in the language of the page; the words of people stay theirs."""

import pytest
from django.utils import translation

from claims.rules import ratings, workflow
from claims.rules.bulk import BulkOutcome, BulkState, BulkVerb
from claims.web.told import translated, words


@pytest.mark.parametrize(
    ("english", "ukrainian"),
    [
        ("Add at least one piece of evidence: a link or a file.", "Додайте щонайменше один доказ: посилання або файл."),
        ("Holds 3 of 5 claims.", "Тримає тверджень: 3 із 5."),
        # The longer sentence with the same beginning is taken for what it is.
        ("Holds 5 of 5 claims: no room left.", "Тримає тверджень: 5 із 5; місця немає."),
        # What stands in it is translated too, in its own plural.
        ("Due in 1 hour.", "Строк через 1 годину."),
        ("Overdue for 3 days.", "Прострочено на 3 дні."),
        ("In the queue for 5 days.", "У черзі вже 5 днів."),
        (
            "This claim is in review; there is nothing to settle.",
            "Стан цього твердження — «на перевірці»; розсуджувати нічого.",
        ),
        (
            "The address is empty. Correct the address, or leave it out.",
            "Адреса порожня. Виправте адресу або не вказуйте її.",
        ),
        # So is a whole sentence, behind which others stand.
        (
            "Your time for this claim has run out. Now it is held by Bob. Your draft is kept.",
            "Ваш час на це твердження вийшов. Тепер його тримає Bob. Вашу чернетку збережено.",
        ),
        # What the register says of a name, and what another sentence says behind a colon.
        ("“Kremlin” is a metonym of Government of Russia.", "«Kremlin» — метонім для «Government of Russia»."),
        ("Evidence 2: The address is empty.", "Доказ 2: Адреса порожня."),
        # A reason from a list, with a person's words behind it.
        ("no time: See the tape at 4:10", "бракує часу: See the tape at 4:10"),
        # A choice in a form begins with a capital, and has no entry of its own.
        ("Out of scope", "Поза межами теми"),
        # An example that looks like a place for a value is none.
        (
            'Write an object of features and weights, such as {"figures": 0.3}.',
            'Запишіть об’єкт ознак і ваг, як-от {"figures": 0.3}.',
        ),
    ],
)
def test_sentences_and_words_are_translated(english: str, ukrainian: str) -> None:
    with translation.override("uk"):
        assert translated(english) == ukrainian
    with translation.override("en"):
        assert translated(english) == english


@pytest.mark.parametrize("said", ["", " ", "See the tape at 4:10, please", "Mostly harmless", "%", "{0}", "x" * 5000])
def test_what_a_person_wrote_stays_as_it_is(said: str) -> None:
    with translation.override("uk"):
        assert translated(said) == said


def test_every_word_of_the_rules_is_listed() -> None:
    kinds = (
        workflow.ClaimState,
        workflow.DismissReason,
        workflow.HoldReason,
        workflow.ReopenReason,
        workflow.AssignmentRole,
        workflow.AssignmentState,
        workflow.DeclineReason,
        BulkVerb,
        BulkState,
        BulkOutcome,
    )
    said = {workflow.label(member) for kind in kinds for member in kind}
    for scale in ratings.DEFAULT_SCALES.values():
        said |= {rating.label for rating in scale.ratings}
    assert said - set(words.WORDS) == set()
    with translation.override("uk"):
        assert [word for word in words.WORDS if translated(word) == word] == []
