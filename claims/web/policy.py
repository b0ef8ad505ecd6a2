"""A desk's policy as forms: a line for each field, in parts with a page each. claims/models/desks.py has the fields."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from claims.models.desks import GATE_POINTS, Desk
from claims.rules import calendars
from claims.web import policy_parts
from claims.web.forms import WorkForm


@dataclass(frozen=True)
class Setting:
    """One field of a desk, as the page asks for it. What it may hold is the table's to say."""

    name: str
    label: Any
    help: Any = ""


@dataclass(frozen=True)
class Part:
    """What belongs together: a page of its own, whose address ends with ``key``."""

    key: str
    title: Any
    settings: tuple[Setting, ...]


PARTS = (
    Part(
        "desk",
        _("About the desk"),
        (
            Setting("name", _("Name")),
            Setting("language", _("Language"), _("A tag such as en or uk.")),
            Setting("timezone", _("Time zone")),
            Setting("url", _("Your own site"), _("It is named as the publisher.")),
            Setting("method_url", _("How you work"), _("The page stands under every verdict.")),
        ),
    ),
    Part(
        "holding",
        _("Holding claims"),
        (Setting("lease_minutes", _("Minutes that a claim is held"), _("Then it goes back to the queue.")),),
    ),
    Part(
        "reviews",
        _("Second reviews and approval"),
        (
            Setting("second_review_priority", _("From this priority on"), _("0 to 100; empty: none for that reason.")),
            Setting("second_review_share", _("Share of the others"), _("0 to 1, chosen at random.")),
            Setting(
                "second_review_sources",
                _("And everything that these say"),
                _("Begin to type a name, and choose one. A line that is emptied takes its source off the list."),
            ),
            Setting(
                "approval_required",
                _("An editor approves every single review"),
                _("Or sends it back. Otherwise a review that needs no second one takes effect at once."),
            ),
        ),
    ),
    Part(
        "publication",
        _("Before a verdict is published"),
        (
            Setting(
                "gate_requires", _("What is required, or a stated reason"), _("What is not ticked is shown as advice.")
            ),
        ),
    ),
    Part(
        "worth",
        _("What is worth checking"),
        (
            Setting(
                "worthiness_weights",
                _("Weights"),
                _("What adds to a claim's worth or takes from it, -1 to 1. Leave empty for the default."),
            ),
        ),
    ),
    Part(
        "routing",
        _("What comes first, and to whom"),
        (
            Setting(
                "routing_weights",
                _("Points"),
                _("0 to 100 for each; a topic may take points as well. Leave empty for the default."),
            ),
            Setting(
                "senior_priority",
                _("Reserved for senior reviewers from this priority on"),
                _("0 to 100; empty: none for that reason."),
            ),
            Setting("senior_share", _("Reserved share of the others"), _("0 to 1, chosen at random.")),
            Setting(
                "senior_second_reviews",
                _("Reserve second reviews too"),
                _("Otherwise any reviewer may do a second review; only the first ones are reserved."),
            ),
            Setting(
                "push",
                _("Offer claims to those they suit best"),
                _("They accept or decline. Otherwise people take the next one themselves."),
            ),
            Setting("offer_minutes", _("Minutes that an offer waits for an answer")),
        ),
    ),
    Part(
        "time",
        _("Working time and due times"),
        (
            Setting(
                "working_time",
                _("Working time"),
                _("All empty: round the clock. Separate several periods of a day by commas."),
            ),
            Setting(
                "due_hours",
                _("Working hours until a claim is due"),
                _("Counted in working time. All empty: nothing is due."),
            ),
            Setting("remind_share", _("Remind when this share is left"), _("0 to 1.")),
            Setting("escalate_after_hours", _("Tell the lead after"), _("Working hours overdue; empty: never.")),
            Setting("lead", _("Lead"), _("Without one, the desk's admins are told.")),
        ),
    ),
)
LABELS = {setting.name: setting.label for part in PARTS for setting in part.settings}
GATE = {
    "sources": _("two independent sources"),
    "claimant_contact": _("that the claimant was asked"),
    "counter_evidence": _("that evidence against was looked for"),
    "method": _("a link to how you work"),
}


# What is filled in piece by piece.
PIECEWISE: dict[str, Any] = {
    "working_time": policy_parts.WorkingTime,
    "due_hours": policy_parts.DueHours,
    "second_review_sources": policy_parts.TwiceSources,
    "worthiness_weights": policy_parts.Worthiness,
    "routing_weights": policy_parts.Routing,
}


class PolicyForm(WorkForm):
    """The fields of one part of the policy."""

    def __init__(self, desk: Desk, part: Part, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for setting in part.settings:
            told = {"label": setting.label, "help_text": setting.help}
            self.fields[setting.name] = _field(desk, setting.name, told)

    def clean(self) -> dict[str, Any]:
        """What was emptied has the default of the table, where that is no null."""
        data = super().clean() or {}
        for name in self.fields:
            field: Any = Desk._meta.get_field(name)
            if data.get(name, "") is None and not field.null:
                data[name] = field.get_default()
        return data


def _field(desk: Desk, name: str, told: dict[str, Any]) -> Any:
    if name == "gate_requires":
        choices = [(point, GATE[point]) for point in GATE_POINTS]
        return forms.MultipleChoiceField(
            choices=choices, required=False, widget=forms.CheckboxSelectMultiple, initial=list, **told
        )
    if name == "timezone":
        return forms.ChoiceField(choices=[(zone, zone) for zone in sorted(calendars.zones())], **told)
    if name == "lead":
        people = get_user_model().objects.filter(memberships__desk=desk, memberships__active=True)
        told |= {"to_field_name": "username", "empty_label": _("nobody")}
        return forms.ModelChoiceField(people.order_by("pk"), required=False, **told)
    if name in PIECEWISE:
        more = {"given": desk.due_hours} if name == "due_hours" else {}
        return PIECEWISE[name](**told, **more)
    options = {"assume_scheme": "https"} if name.endswith("url") else {}
    field: Any = Desk._meta.get_field(name)
    return field.formfield(**told, **options)


def shown(desk: Desk) -> list[tuple[Any, list[tuple[Any, str]]]]:
    """The policy in words, for those who do not change it: (title, [(label, value)])."""
    known = desk.policy()
    return [
        (part.title, [(setting.label, written(setting.name, known[setting.name])) for setting in part.settings])
        for part in PARTS
    ]


def written(name: str, value: Any) -> str:
    """The value of a field in a line; a dash where there is none."""
    if value in (None, "", [], {}):
        return "—"
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(str(GATE.get(each, each)) for each in value)
    return PIECEWISE[name].in_words(value) if name in PIECEWISE else str(value)
