"""What a desk's policy keeps as one value and a person fills in piece by piece: hours, due times, and weights."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import holidays
from django import forms
from django.utils.dates import WEEKDAYS as DAY_NAMES
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims.extraction.checkworthiness import FEATURES
from claims.rules import calendars
from claims.rules.calendars import WEEKDAYS
from claims.rules.routing import WEIGHED, DeskWeights
from claims.rules.topics import topics
from claims.services.desks import TWICE_SOURCES_AT_MOST
from claims.web.forms import RegisteredSource
from claims.web.told import in_language, translated
from sources.models import Source, followed

INTERVAL = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d{2}))?")
# As many steps as most desks need; one that has more, by REST, is shown all of them and an empty one.
STEPS = 5
EMPTY_LINES = 3
MORE = {"rows": 3, "spellcheck": "false"}


class PartsWidget(forms.MultiWidget):
    """The parts under each other, each with a label of its own."""

    template_name = "claims/desks/parts.html"
    use_fieldset = True

    def __init__(self, owner: "PartsField") -> None:
        super().__init__({key: field.widget for key, field in owner.parts.items()})
        self.owner = owner

    def decompress(self, value: Any) -> list[Any]:
        known = self.owner.apart(value) if value else {}
        return [known.get(key) for key in self.owner.parts]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for part, field in zip(context["widget"]["subwidgets"], self.owner.parts.values(), strict=True):
            part["label"] = field.label
        return context


class PartsField(forms.MultiValueField):
    """A value of JSON, taken apart for the form and put together from it."""

    def __init__(self, parts: Mapping[str, Any], **kwargs: Any) -> None:
        self.parts = dict(parts)
        fields = list(self.parts.values())
        super().__init__(fields, require_all_fields=False, required=False, widget=PartsWidget(self), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """What was typed as it was; a stored value in its parts, since Django takes any list for what was typed."""
        typed = isinstance(value, list) and all(part is None or isinstance(part, str) for part in value)
        return value if typed else self.widget.decompress(value)

    def compress(self, values: list[Any]) -> Any:
        return self.whole(
            {key: value for key, value in zip(self.parts, values, strict=False) if value not in (None, "")}
        )

    def apart(self, value: Any) -> dict[str, Any]:
        raise NotImplementedError

    def whole(self, given: dict[str, Any]) -> Any:
        raise NotImplementedError

    @staticmethod
    def in_words(value: Any) -> str:
        """The value in a line, for those who do not change it."""
        raise NotImplementedError


# --- Working time -----------------------------------------------------------------------------------------------------


class WorkingTime(PartsField):
    """Hours by weekday, a country whose holidays are free, and days that are different; all empty: round the clock."""

    def __init__(self, **kwargs: Any) -> None:
        hours = forms.TextInput(attrs={"placeholder": "09:00–17:00", "spellcheck": "false"})
        days = {
            key: forms.CharField(label=name, required=False, max_length=200, widget=hours) for name, key in _weekdays()
        }
        rest = {
            "country": forms.ChoiceField(label=gettext_lazy("Public holidays of"), required=False, choices=_countries),
            "subdivision": forms.CharField(label=gettext_lazy("and of its part"), required=False, max_length=10),
            "closed": forms.CharField(
                label=gettext_lazy("Also closed, one date per line, such as 2026-12-24"),
                required=False,
                widget=forms.Textarea(attrs=MORE),
            ),
            "open": forms.CharField(
                label=gettext_lazy("Open nevertheless, such as 2026-12-19 10:00–14:00"),
                required=False,
                widget=forms.Textarea(attrs=MORE),
            ),
        }
        super().__init__(days | rest, **kwargs)

    def apart(self, value: dict[str, Any]) -> dict[str, Any]:
        days = {key: _clock(value.get("hours", {}).get(key, [])) for key in WEEKDAYS}
        opened = [f"{day} {_clock(hours)}" for day, hours in value.get("open", {}).items()]
        rest = {"closed": "\n".join(value.get("closed", [])), "open": "\n".join(opened)}
        return value | days | rest | {"country": _two_letters(value.get("country", ""))}

    def whole(self, given: dict[str, Any]) -> Any:
        hours = {key: _hours(given[key], self.parts[key].label) for key in WEEKDAYS if key in given}
        value: dict[str, Any] = {"hours": hours} if hours else {}
        value |= {key: given[key].strip().upper() for key in ("country", "subdivision") if key in given}
        if "closed" in given:
            value["closed"] = given["closed"].split()
        if "open" in given:
            lines = [line.split(maxsplit=1) for line in given["open"].splitlines() if line.strip()]
            # By REST a day may be without hours, which closes it; it is shown as the day alone, and stays.
            value["open"] = {line[0]: _hours(line[1], line[0]) if len(line) > 1 else [] for line in lines}
        if value and not hours:
            raise forms.ValidationError(_("Write the hours of at least one weekday, such as 09:00–17:00."))
        return value

    @staticmethod
    def in_words(value: Any) -> str:
        said = [f"{name} {_clock(value['hours'][key])}" for name, key in _weekdays() if value["hours"].get(key)]
        if value.get("country"):
            place = "-".join(filter(None, (value["country"], value.get("subdivision", ""))))
            said.append(_("not on public holidays of %(place)s") % {"place": place})
        if value.get("closed"):
            said.append(_("closed on %(days)s") % {"days": ", ".join(value["closed"])})
        return "; ".join(said + [f"{day} {_clock(hours)}" for day, hours in value.get("open", {}).items()])


def _weekdays() -> Iterator[tuple[Any, str]]:
    return ((DAY_NAMES[number], key) for number, key in enumerate(WEEKDAYS))


def _countries() -> list[tuple[str, Any]]:
    """Countries by name. The library names its classes after them, without spaces."""
    known = holidays.registry.COUNTRIES.values()
    named = ((code, re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)) for name, code, *_others in known)
    return [("", _("no country")), *sorted(named, key=lambda each: each[1])]


def _two_letters(country: str) -> str:
    """The country as the form offers it; programs may have named it by three letters, which the library knows too."""
    return next((codes[1] for codes in holidays.registry.COUNTRIES.values() if country in codes[1:]), country)


def _hours(given: str, where: Any) -> list[list[str]]:
    """09:00–12:00, 13–17 as the policy writes it. Raises ValidationError, naming the day."""
    found = []
    for part in filter(None, (each.strip() for each in given.split(","))):
        clock = INTERVAL.fullmatch(part)
        if clock is None:
            break
        found.append([f"{int(clock[1]):02}:{clock[2] or '00'}", f"{int(clock[3]):02}:{clock[4] or '00'}"])
    else:
        # The rule names days as a program does, so that it is asked for each day while its name is at hand.
        if found and not calendars.problems({"hours": {"mon": found}}):
            return found
    message = _("%(where)s: write hours such as 09:00–12:00, 13:00–17:00, within one day and the earlier first.")
    raise forms.ValidationError(message % {"where": where}, code="hours")


def _clock(intervals: list[list[str]]) -> str:
    return ", ".join(f"{start}–{end}" for start, end in intervals)


# --- Sources ----------------------------------------------------------------------------------------------------------


class SourcesWidget(forms.Widget):
    """A line for each source and some empty ones, all of one name; what is typed is looked up in the register."""

    template_name = "claims/desks/sources.html"
    use_fieldset = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        sent: list[str] = data.getlist(name)
        return sent

    def format_value(self, value: Any) -> Any:
        return [*value, *[""] * EMPTY_LINES]

    def id_for_label(self, id_: str, index: Any = None) -> str:
        return ""


class TwiceSources(forms.Field):
    """Sources of the register, cleaned to a list of them by name."""

    widget = SourcesWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.line = RegisteredSource(required=False, max_length=320)

    def prepare_value(self, value: Any) -> list[str]:
        """What was typed as it was; a source as the options give it."""
        lines = (each if isinstance(each, str) else f"{each} #{each.pk}" for each in value or ())
        return [line for line in lines if line.strip()]

    def clean(self, value: Any) -> list[Source]:
        lines = self.prepare_value(value)
        if len(lines) > TWICE_SOURCES_AT_MOST:
            message = _("At most %(number)s sources can be listed.") % {"number": TWICE_SOURCES_AT_MOST}
            raise forms.ValidationError(message, code="too_many")
        found, wrong = [], []
        for line in lines:
            try:
                found.append(self.line.clean(line))
            except forms.ValidationError as error:
                wrong.append(f"{line}: {' '.join(error.messages)}")
        if wrong:
            raise forms.ValidationError(wrong)
        return followed(found)

    @staticmethod
    def in_words(value: Any) -> str:
        return ", ".join(str(source) for source in value)


# --- Due times --------------------------------------------------------------------------------------------------------


class DueHours(PartsField):
    """Working hours by priority, a step in each line; all empty: nothing is due."""

    def __init__(self, given: list[dict[str, Any]], **kwargs: Any) -> None:
        parts: dict[str, Any] = {}
        for number in range(1, max(STEPS, len(given) + 1) + 1):
            priority = forms.IntegerField(
                label=gettext_lazy("From priority"), required=False, min_value=0, max_value=100
            )
            hours = forms.FloatField(label=gettext_lazy("due within hours"), required=False, min_value=0)
            parts |= {f"from_{number}": priority, f"hours_{number}": hours}
        super().__init__(parts, **kwargs)

    def apart(self, value: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for number, step in enumerate(sorted(value, key=lambda step: -step["from_priority"]), start=1):
            found |= {f"from_{number}": step["from_priority"], f"hours_{number}": step["hours"]}
        return found

    def whole(self, given: dict[str, Any]) -> Any:
        steps = []
        for number in range(1, len(self.parts) // 2 + 1):
            priority, hours = given.get(f"from_{number}"), given.get(f"hours_{number}")
            if (priority is None) != (hours is None):
                raise forms.ValidationError(_("Each step has a priority and hours; this one lacks one of them."))
            if priority is not None and hours is not None:
                steps.append({"from_priority": priority, "hours": int(hours) if hours == int(hours) else hours})
        return steps

    @staticmethod
    def in_words(value: Any) -> str:
        steps = sorted(value, key=lambda step: -step["from_priority"])
        return "; ".join(_("from %(from_priority)s: %(hours)s h") % step for step in steps)


# --- Weights ----------------------------------------------------------------------------------------------------------


def _weight(label: Any, default: float, low: float, high: float, step: str) -> forms.FloatField:
    widget = forms.NumberInput(attrs={"placeholder": f"{default:g}", "step": step})
    return forms.FloatField(label=label, required=False, min_value=low, max_value=high, widget=widget)


class Worthiness(PartsField):
    """What each feature of a claim adds; an empty one has its default, which stands in it."""

    def __init__(self, **kwargs: Any) -> None:
        named = {each.name: _weight(in_language(each.reason), each.weight, -1, 1, "any") for each in FEATURES}
        super().__init__(named, **kwargs)

    def apart(self, value: Any) -> dict[str, Any]:
        return dict(value)

    def whole(self, given: dict[str, Any]) -> Any:
        return given

    @staticmethod
    def in_words(value: Any) -> str:
        reasons = {feature.name: translated(feature.reason) for feature in FEATURES}
        return "; ".join(f"{reasons[name]}: {weight:g}" for name, weight in value.items())


CONSIDERATIONS = {
    "worthiness": gettext_lazy("How much it is worth checking"),
    "freshness": gettext_lazy("How new it is"),
    "spread": gettext_lazy("How many articles carry it"),
    "waiting": gettext_lazy("How long it has waited"),
    "due": gettext_lazy("How soon it is due"),
}


class Routing(PartsField):
    """The points of each consideration, and what a topic adds or takes."""

    def __init__(self, **kwargs: Any) -> None:
        usual = DeskWeights()
        parts: dict[str, Any] = {
            name: _weight(CONSIDERATIONS[name], getattr(usual, name), 0, 100, "any") for name in WEIGHED
        }
        parts["topics"] = forms.CharField(
            label=gettext_lazy("Topics, one per line, such as health: 10"),
            required=False,
            widget=forms.Textarea(attrs=MORE),
        )
        super().__init__(parts, **kwargs)

    def apart(self, value: dict[str, Any]) -> dict[str, Any]:
        return value | {"topics": "\n".join(f"{name}: {points:g}" for name, points in value.get("topics", {}).items())}

    def whole(self, given: dict[str, Any]) -> Any:
        return given | ({"topics": dict(_topics(given["topics"]))} if "topics" in given else {})

    @staticmethod
    def in_words(value: Any) -> str:
        named = {str(CONSIDERATIONS[name]): points for name, points in value.items() if name != "topics"}
        return "; ".join(f"{name}: {points:g}" for name, points in (named | value.get("topics", {})).items())


def _topics(given: str) -> Iterator[tuple[str, float]]:
    for line in filter(None, (each.strip() for each in given.splitlines())):
        name, _colon, points = line.rpartition(":")
        try:
            (topic,) = topics([name])
            yield topic, float(points)
        except ValueError:
            message = _("“%(line)s”: write a topic and its points, such as health: 10.")
            raise forms.ValidationError(message % {"line": line}, code="topic") from None
