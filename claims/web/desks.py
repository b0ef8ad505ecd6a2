"""The desks themselves: which there are, who is at one, its policy, and what was changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from claims.models.desks import Desk, Membership, Role
from claims.models.events import Event, Subject
from claims.rules.refusals import Conflict
from claims.rules.rights import ROLES, Right
from claims.services import desks, rights
from claims.services.review import database_now
from claims.web import paging, permissions, policy
from claims.web.forms import Differing, Names, WorkForm, differing, kept, refusals_as_messages, refusals_on
from sources.models import Source

PEOPLE = 200


class NewForm(WorkForm):
    """A desk that is not there yet."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    slug = forms.SlugField(
        label=gettext_lazy("Short name"),
        max_length=80,
        help_text=gettext_lazy("For addresses: small letters, digits and hyphens. It stays."),
    )


class MemberForm(WorkForm):
    """What somebody may do at the desk, what they know, and how much they can hold."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices)
    capacity = forms.IntegerField(label=gettext_lazy("Claims held at once"), min_value=1, max_value=1000)
    languages = Names(label=gettext_lazy("Languages"), required=False, longest=35, help_text=gettext_lazy("en, uk"))
    topics = Names(label=gettext_lazy("Topics"), required=False, longest=64)

    @classmethod
    def of(cls, member: Membership, data: Any = None) -> "MemberForm":
        names = ("role", "capacity", "languages", "topics")
        initial = {name: getattr(member, name) for name in names}
        return cls(data, initial=initial, auto_id=f"id_{member.user_id}_%s")


# --- Which there are --------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Mine; for staff of the installation all of them, and a form for a new one."""
    form = NewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not request.user.is_staff:
            raise PermissionDenied
        if form.is_valid():
            with refusals_on(form):
                made = desks.found(form.cleaned_data["name"], form.cleaned_data["slug"], actor=request.user)
                messages.success(request, _("The desk is there, and you are its admin. Invite the others."))
                return redirect("web:desk_about", made.slug)
    rows = Desk.objects.all() if request.user.is_staff else Desk.objects.of(request.user)
    roles = permissions.roles(request)
    page = paging.newest_first(rows, request)
    mine = [(desk, Role(roles[desk.pk]).label if desk.pk in roles else "") for desk in page]
    context = {"page": page, "rows": mine, "form": form, "at_some": bool(roles)}
    return render(request, "claims/desks/index.html", context, status=form.status)


# --- One of them ------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    desk = permissions.desk(request, slug, Right.READ)
    members = (
        Membership.objects.filter(desk=desk, active=True).select_related("user", "desk").order_by("joined_at", "pk")
    )
    people = sorted(members[:PEOPLE], key=lambda member: -ROLES.index(member.role))
    now = database_now()
    told = paging.newest_first(_events(desk).select_related("actor"), request, key="sequence")
    context = {
        "desk": desk,
        "role": Role(permissions.roles(request)[desk.pk]).label,
        "people": people,
        "away": [member for member in people if member.away_at(now)],
        "more": len(people) == PEOPLE,
        "policy": policy.shown(desk),
        "may_manage_members": rights.may(request.user, Right.MANAGE_MEMBERS, desk),
        "may_manage_policy": rights.may(request.user, Right.MANAGE_POLICY, desk),
        "may_manage_webhooks": rights.may(request.user, Right.MANAGE_WEBHOOKS, desk),
        "page": told,
        "told": _told(told.items),
    }
    return render(request, "claims/desks/detail.html", context)


@dataclass(frozen=True)
class Told:
    """One event of the desk's history: whom it was about, and what changed as (field, before, after)."""

    event: Event
    sentence: str
    whom: Any
    changes: list[tuple[Any, str, str]]


# Only these are told here. What else may come to be recorded of a desk could speak of claims that somebody is blind to.
SENTENCES = {
    "desk.created": gettext_lazy("Desk made"),
    "desk.changed": gettext_lazy("Policy changed"),
    "desk.member_set": gettext_lazy("Member changed"),
    "desk.member_described": gettext_lazy("Languages or topics of a member changed"),
    "desk.member_away": gettext_lazy("Member away"),
    "desk.member_back": gettext_lazy("Member back, or not gone"),
    "desk.scale_chosen": gettext_lazy("Ratings chosen"),
    "desk.invited": gettext_lazy("Somebody was invited"),
    "desk.invitation_resent": gettext_lazy("Invitation sent again"),
    "desk.invitation_revoked": gettext_lazy("Invitation taken back"),
    "desk.invitation_accepted": gettext_lazy("Invitation accepted"),
    "desk.webhook_added": gettext_lazy("Webhook added"),
    "desk.webhook_changed": gettext_lazy("Webhook changed"),
    "desk.webhook_paused": gettext_lazy("Webhook paused"),
    "desk.webhook_resumed": gettext_lazy("Webhook resumed"),
    "desk.webhook_rotated": gettext_lazy("New secret of a webhook"),
    "desk.webhook_disabled": gettext_lazy("Webhook disabled"),
    "desk.webhook_removed": gettext_lazy("Webhook removed"),
}


def _events(desk: Desk) -> Any:
    return Event.objects.filter(subject_type=Subject.DESK, subject_id=desk.pk, kind__in=SENTENCES)


def _told(events: list[Event]) -> list[Told]:
    leads = {number for event in events for number in event.data.get("lead", ()) if number is not None}
    about = {event.data["user"] for event in events if "user" in event.data}
    people = get_user_model().objects.in_bulk(leads | about)
    lists = [event.data.get("second_review_sources", ()) for event in events]
    sources = Source.objects.in_bulk({number for both in lists for listed in both for number in listed})
    return [
        Told(event, _sentence(event), people.get(event.data.get("user", 0)), list(_changes(event, sources, people)))
        for event in events
    ]


def _sentence(event: Event) -> str:
    if event.kind == "desk.member_set":
        if not event.from_state:
            return _("Member joined")
        if event.data.get("active") is False:
            return _("Member left")
    return str(SENTENCES[event.kind])


def _changes(event: Event, sources: Mapping[int, Source], people: Mapping[int, Any]) -> Any:
    if event.kind == "desk.changed":
        for name, values in event.data.items():
            before, after = values
            if name == "second_review_sources":
                before, after = ([sources[number] for number in listed] for listed in values)
            if name == "lead":
                before, after = (people.get(number) for number in values)
            yield policy.LABELS.get(name, name), policy.written(name, before), policy.written(name, after)
    if event.kind == "desk.member_away":
        yield _("Days"), "", f"{event.data['first_day']} – {event.data['last_day']}"
    if event.kind == "desk.member_described":
        for name, label in (("languages", _("Languages")), ("topics", _("Topics"))):
            before, after = event.data.get(name, ([], []))
            if before != after:
                yield label, ", ".join(before), ", ".join(after)


# --- Its policy -------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def open_policy(request: HttpRequest, slug: str) -> HttpResponse:
    desk = permissions.desk(request, slug, Right.MANAGE_POLICY)
    return redirect("web:desk_policy_part", desk.slug, policy.PARTS[0].key)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_policy(request: HttpRequest, slug: str, part_key: str) -> HttpResponse:
    """The form of one part. Whoever saves an older version is shown both, and nothing is lost."""
    desk = permissions.desk(request, slug, Right.MANAGE_POLICY)
    here = next((each for each in policy.PARTS if each.key == part_key), None)
    if here is None:
        raise Http404
    version, changed_meanwhile = desk.version, False
    form = policy.PolicyForm(desk, here, initial=desk.policy())
    if request.method == "POST":
        version = paging.number(request.POST.get("version", "0"))
        form = policy.PolicyForm(desk, here, request.POST)
        if form.is_valid():
            with refusals_on(form):
                saved = {name: value for name, value in desk.policy().items() if name in form.fields}
                chosen = form.cleaned_data | kept(request, saved)
                seen = desks.newest_for(desk, version, form.fields)
                desks.change(desk, actor=request.user, version=seen, **chosen)
                messages.success(request, _("The policy was saved."))
                return redirect("web:desk_policy_part", desk.slug, here.key)
        changed_meanwhile = isinstance(form.refused, Conflict) and "current" in form.refused.details
    if changed_meanwhile:
        desk.refresh_from_db()
        version = desk.version
    context = {
        "desk": desk,
        "parts": policy.PARTS,
        "part": here,
        "form": form,
        "version": version,
        "changed_meanwhile": changed_meanwhile,
        "differing": differing(form, desk.policy()) if changed_meanwhile else [],
    }
    return render(request, "claims/desks/policy.html", context, status=form.status)


# --- Its people -------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def members(request: HttpRequest, slug: str) -> HttpResponse:
    return _members(request, permissions.desk(request, slug, Right.MANAGE_MEMBERS))


@dataclass(frozen=True)
class Row:
    """A member with the form to change them; ``version`` is the one that whoever typed has seen."""

    member: Membership
    form: MemberForm
    version: int
    changed_meanwhile: bool = False

    @property
    def differing(self) -> list[Differing]:
        return differing(self.form, _said(self.member)) if self.changed_meanwhile else []


def _members(request: HttpRequest, desk: Desk, typed: Row | None = None) -> HttpResponse:
    newer = Membership.objects.filter(desk=desk).select_related("user")
    page = paging.newest_first(newer, request)
    rows = [
        typed if typed and member.pk == typed.member.pk else Row(member, MemberForm.of(member), member.version)
        for member in page
    ]
    context = {"desk": desk, "page": page, "rows": rows}
    return render(request, "claims/desks/members.html", context, status=typed.form.status if typed else 200)


def _said(member: Membership) -> dict[str, Any]:
    lists = {"languages": tuple(member.languages), "topics": tuple(member.topics)}
    return {"role": member.role, "capacity": member.capacity, **lists}


def _member(desk: Desk, user_id: int) -> Membership:
    member = Membership.objects.filter(desk=desk, user=user_id).select_related("user").first()
    if member is None:
        raise Http404
    return member


@login_required
@require_POST
def set_member(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """Change a member, or take back one who left. Whoever never was here is invited instead.

    Whoever saves an older version is shown both, and nothing is lost.
    """
    desk = permissions.desk(request, slug, Right.MANAGE_MEMBERS)
    member = _member(desk, user_id)
    version = paging.number(request.POST.get("version", "0"))
    form = MemberForm.of(member, request.POST)
    if form.is_valid():
        with refusals_on(form):
            chosen = form.cleaned_data | kept(request, _said(member))
            desks.set_member(desk, member.user, chosen.pop("role"), actor=request.user, version=version, **chosen)
            messages.success(request, _("Saved: %(who)s.") % {"who": member.user})
            return redirect("web:members", desk.slug)
    if isinstance(form.refused, Conflict) and "current" in form.refused.details:
        member.refresh_from_db()
        return _members(request, desk, Row(member, form, member.version, changed_meanwhile=True))
    return _members(request, desk, Row(member, form, version))


@login_required
@require_POST
def remove_member(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    desk = permissions.desk(request, slug, Right.MANAGE_MEMBERS)
    member = _member(desk, user_id)
    with refusals_as_messages(request):
        desks.remove_member(desk, member.user, actor=request.user)
        told = _("%(who)s is no longer a member. What they held is back in the queue.") % {"who": member.user}
        messages.success(request, told)
    return redirect("web:members", desk.slug)
