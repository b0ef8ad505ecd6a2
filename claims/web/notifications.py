"""What the signed-in person is told: the bell in the header, the list, and how they want to be told."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from claims.models.claims import Claim
from claims.rules.notifications import DigestTime, Kind, Way
from claims.rules.rights import Right
from claims.services import notifications
from claims.web import paging, permissions
from claims.web.forms import WorkForm, differing, kept, outdated, refusals_on

WAYS = [
    (Way.AT_ONCE.value, gettext_lazy("here, and by mail at once")),
    (Way.DIGEST.value, gettext_lazy("here, and in the digest")),
    (Way.HERE.value, gettext_lazy("here only")),
    (Way.OFF.value, gettext_lazy("not at all")),
]
DAYS = [
    (1, gettext_lazy("Monday")),
    (2, gettext_lazy("Tuesday")),
    (3, gettext_lazy("Wednesday")),
    (4, gettext_lazy("Thursday")),
    (5, gettext_lazy("Friday")),
    (6, gettext_lazy("Saturday")),
    (7, gettext_lazy("Sunday")),
]


class ChoicesForm(WorkForm):
    """A way for each kind, and when the digest goes out."""

    hour = forms.TypedChoiceField(
        label=gettext_lazy("Hour"), coerce=int, choices=[(hour, f"{hour:02}:00") for hour in range(24)]
    )
    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days"), coerce=int, choices=DAYS, widget=forms.CheckboxSelectMultiple
    )
    timezone = forms.CharField(
        label=gettext_lazy("Your time zone"),
        max_length=64,
        help_text=gettext_lazy("As the tz database names it, such as Europe/Kyiv."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in Kind:
            self.fields[kind.value] = forms.ChoiceField(label=notifications.NAMES[kind], choices=WAYS)

    def ways(self) -> dict[Kind, Way]:
        return {kind: Way(self.cleaned_data[kind.value]) for kind in Kind}

    def digest(self) -> DigestTime:
        data = self.cleaned_data
        return DigestTime(data["hour"], tuple(data["days"]), data["timezone"])

    def of_kinds(self) -> list[forms.BoundField]:
        return [self[kind.value] for kind in Kind]


def opened(request: HttpRequest, claim: Claim) -> None:
    """Whoever opens a page of the claim has read what they were told of it, whichever way they came.

    A browser that only fetches the page ahead, or asks whether it is there, opens nothing.
    """
    if request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        notifications.opened(request.user, claim)


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Everything, the newest first; what is unread is marked."""
    permissions.some_desk(request, Right.READ)
    page = paging.newest_first(notifications.listed(request.user), request)
    rows = [(row, notifications.sentence(row)) for row in page]
    values = {"page": page, "rows": rows, "any_unread": any(row.read_at is None for row in page)}
    return render(request, "claims/notifications/index.html", values)


@login_required
@require_safe
def bell(request: HttpRequest) -> HttpResponse:
    """The bell alone, for the page that asks again now and then."""
    permissions.some_desk(request, Right.READ)
    return render(request, "claims/notifications/bell_alone.html")


@login_required
@require_POST
def follow(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Read it, and go to what it is about."""
    permissions.some_desk(request, Right.READ)
    row = notifications.visible(request.user).filter(pk=notification_id).first()
    if row is None:
        raise Http404
    notifications.mark_read(request.user, [row.pk])
    return redirect(notifications.page(row))


@login_required
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one as read, or all of them."""
    permissions.some_desk(request, Right.READ)
    named = request.POST.get("notification", "")
    notifications.mark_read(request.user, [paging.number(named)] if named else None)
    return redirect("web:notifications")


@login_required
@require_safe
def choices(request: HttpRequest) -> HttpResponse:
    permissions.some_desk(request, Right.READ)
    chosen = notifications.choices_of(request.user)
    return _choices(request, ChoicesForm(initial=_said(chosen)), chosen.tag)


def _said(chosen: notifications.Choices) -> dict[str, Any]:
    """By the form's fields."""
    when = chosen.digest
    ways = {kind.value: way.value for kind, way in chosen.ways.items()}
    return {**ways, "hour": when.hour, "days": sorted(when.days), "timezone": when.zone}


def _choices(request: HttpRequest, form: ChoicesForm, seen: str | None) -> HttpResponse:
    """``seen`` is the tag of the choices that the person has before them."""
    changed_meanwhile = outdated(form)
    values = {"form": form, "address": getattr(request.user, "email", ""), "changed_meanwhile": changed_meanwhile}
    if changed_meanwhile:
        now = notifications.choices_of(request.user)
        seen = now.tag
        values["differing"] = differing(form, _said(now))
    values["seen"] = seen
    return render(request, "claims/notifications/choices.html", values, status=form.status)


@login_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Whoever saves what they read before it was changed is shown both, and nothing is lost."""
    permissions.some_desk(request, Right.READ)
    form, seen = ChoicesForm(request.POST), request.POST.get("seen")
    if form.is_valid():
        form.cleaned_data |= kept(request, _said(notifications.choices_of(request.user)))
        with refusals_on(form):
            notifications.choose(request.user, form.ways(), form.digest(), seen=seen)
            messages.success(request, _("Saved. From now on you are notified this way."))
            return redirect("web:notification_choices")
    return _choices(request, form, seen)
