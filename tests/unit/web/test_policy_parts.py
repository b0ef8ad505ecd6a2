"""What a policy keeps as one value: taken apart for the form, and put together as it was."""

from typing import Any

import pytest
from django import forms

from claims.web.policy_parts import DueHours, PartsField, Routing, WorkingTime, Worthiness

OFFICE = {
    "hours": {"mon": [["09:00", "12:00"], ["13:00", "17:00"]], "sat": [["10:00", "24:00"]]},
    "country": "DE",
    "subdivision": "BE",
    "closed": ["2026-12-24", "2026-12-31"],
    "open": {"2026-12-19": [["10:00", "14:00"]]},
}
STEPS: list[dict[str, Any]] = [{"from_priority": 80, "hours": 4}, {"from_priority": 0, "hours": 36.5}]


def form_of(field: PartsField, data: dict[str, Any] | None = None, **kwargs: Any) -> forms.Form:
    made: forms.Form = type("PolicyForm", (forms.Form,), {"value": field})(data, **kwargs)
    return made


def through(field: PartsField, value: Any) -> Any:
    """The value after it was shown and sent back untouched."""
    sent = {f"value_{key}": part for key, part in field.apart(value).items()} if value else {}
    form = form_of(field, sent)
    assert form.is_valid(), form.errors
    return form.cleaned_data["value"]


def refusal(field: PartsField, **sent: str) -> str:
    form = form_of(field, {f"value_{key}": part for key, part in sent.items()})
    assert not form.is_valid()
    return str(form.errors["value"][0])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (WorkingTime(), {}),
        (WorkingTime(), OFFICE),
        (DueHours([]), []),
        (DueHours(STEPS), STEPS),
        (DueHours([]), [{"from_priority": number, "hours": 1} for number in (50, 40, 30, 20, 10)]),
        (Worthiness(), {}),
        (Worthiness(), {"figures": 0.3, "vague": -1.0}),
        (Routing(), {"due": 0.0, "topics": {"public health": -10.0}}),
    ],
)
def test_what_was_saved_comes_back_untouched(field: PartsField, value: Any) -> None:
    assert through(field, value) == value


def test_every_part_has_its_label_and_what_was_typed() -> None:
    page = str(form_of(WorkingTime(), initial={"value": OFFICE})["value"])
    for number, label in ((0, "Monday"), (7, "Public holidays of"), (9, "Also closed")):
        assert f'<label for="id_value_{number}">{label}' in page
        assert f'id="id_value_{number}"' in page
    assert 'value="09:00–12:00, 13:00–17:00"' in page
    assert '<option value="DE" selected>Germany</option>' in page
    assert ">United Kingdom</option>" in page


def test_each_country_is_offered_once_and_by_its_name() -> None:
    choices: Any = WorkingTime().parts["country"]
    offered = dict(choices.choices)
    assert (offered["UA"], offered["GB"]) == ("Ukraine", "United Kingdom")
    assert [name for name in offered.values() if str(name).isupper()] == []
    assert len(set(map(str, offered.values()))) == len(offered)
    assert through(WorkingTime(), OFFICE | {"country": "DEU"}) == OFFICE, "programs may name it by three letters"


def test_hours_may_be_written_as_people_write_them() -> None:
    form = form_of(WorkingTime(), {"value_tue": "9-12.30 , 13 – 17"})
    assert form.is_valid()
    assert form.cleaned_data["value"] == {"hours": {"tue": [["09:00", "12:30"], ["13:00", "17:00"]]}}


def test_more_steps_than_usual_are_all_there() -> None:
    many: list[dict[str, Any]] = [{"from_priority": number, "hours": 1} for number in range(90, 0, -10)]
    assert through(DueHours(many), many) == many


@pytest.mark.parametrize(
    ("field", "sent", "words"),
    [
        (WorkingTime(), {"fri": "afternoon"}, "Friday: write hours such as"),
        (WorkingTime(), {"mon": "25-99"}, "Monday: write hours such as"),
        (WorkingTime(), {"tue": "17:00-09:00"}, "Tuesday: write hours such as"),
        (WorkingTime(), {"wed": "9-12, 11-13"}, "within one day and the earlier first"),
        (WorkingTime(), {"country": "DE"}, "at least one weekday"),
        (WorkingTime(), {"mon": "9-17", "open": "2026-12-19 noon"}, "2026-12-19: write hours"),
        (DueHours([]), {"from_1": "80"}, "lacks one of them"),
        (DueHours([]), {"from_1": "80", "hours_1": "soon"}, "number"),
        (Worthiness(), {"figures": "3"}, "less than or equal to 1"),
        (Routing(), {"topics": "health"}, "health: 10"),
    ],
)
def test_what_cannot_be_read_names_the_place_and_the_way(field: PartsField, sent: dict[str, str], words: str) -> None:
    assert words in refusal(field, **sent)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        (
            WorkingTime,
            OFFICE,
            "Monday 09:00–12:00, 13:00–17:00; Saturday 10:00–24:00; not on public holidays of DE-BE; ",
        ),
        (DueHours, STEPS, "from 80: 4 h; from 0: 36.5 h"),
        (Worthiness, {"figures": 0.3}, "gives a figure: 0.3"),
        (Routing, {"due": 30, "topics": {"health": 10}}, "How soon it is due: 30; health: 10"),
    ],
)
def test_in_words(field: type[PartsField], value: Any, words: str) -> None:
    assert field.in_words(value).startswith(words)
