"""What a person is at their desks: what they read and know, when they are away, and whom they cannot judge."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from claims.models.articles import Article
from claims.models.conflicts import ConflictOfInterest
from claims.models.desks import Membership
from claims.rules import absences
from claims.rules.absences import Days
from claims.rules.rights import Right, has
from claims.rules.topics import TAG_LIMIT, TOPIC_LIMIT
from claims.services import conflicts, desks, review
from claims.web import paging, permissions
from claims.web.forms import (
    DateInput,
    Differing,
    Names,
    RegisteredSource,
    WorkForm,
    differing,
    kept,
    outdated,
    refusals_as_messages,
    refusals_on,
)

ENDED = 20


class SkillsForm(WorkForm):
    """What somebody reads and knows."""

    languages = Names(
        label=gettext_lazy("Languages that you read"),
        longest=TAG_LIMIT,
        required=False,
        help_text=gettext_lazy(
            "As tags separated by commas, such as en, uk, pt-BR. Without any you get claims in all languages."
        ),
    )
    topics = Names(
        label=gettext_lazy("Topics that you know"),
        longest=TOPIC_LIMIT,
        required=False,
        help_text=gettext_lazy("Separated by commas. Among equally important claims you get these first."),
    )


class AwayForm(WorkForm):
    """On which days somebody is away, at which desks, and what becomes of what they hold."""

    first_day = forms.DateField(label=gettext_lazy("First day away"), widget=DateInput())
    last_day = forms.DateField(label=gettext_lazy("Last day away"), widget=DateInput())
    everywhere = forms.BooleanField(label=gettext_lazy("At all my desks"), required=False)
    release = forms.TypedChoiceField(
        label=gettext_lazy("What I hold"),
        choices=[("", gettext_lazy("I keep it")), ("1", gettext_lazy("Back into the queue now"))],
        coerce=bool,
        required=False,
    )

    def __init__(self, member: Membership, data: Any = None) -> None:
        days = member.away
        initial = {"first_day": days.first, "last_day": days.last} if days else {}
        super().__init__(data, initial=initial, auto_id=f"id_away_{member.pk}_%s")


class DeclareForm(WorkForm):
    """A source from which somebody stands too near."""

    source = RegisteredSource(
        label=gettext_lazy("A person, office or outlet in the register"),
        max_length=320,
        help_text=gettext_lazy("Begin to type a name, and choose one."),
    )
    note = forms.CharField(
        label=gettext_lazy("What connects you"),
        required=False,
        max_length=conflicts.TEXT_LIMIT,
        help_text=gettext_lazy("You and the editors of this desk read it."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )


class EndForm(WorkForm):
    """Why it is over."""

    reason = forms.CharField(
        label=gettext_lazy("Why it is over"),
        max_length=conflicts.TEXT_LIMIT,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )


@dataclass(frozen=True)
class Saved:
    """What the page remembers of what it showed of a form, and where that is an older one: both versions."""

    seen: str
    changed_meanwhile: bool = False
    differing: Sequence[Differing] = ()


@dataclass(frozen=True)
class AtDesk:
    """One desk of a person on their page; without forms where they only read."""

    member: Membership
    skills: SkillsForm | None
    skills_saved: Saved
    away: AwayForm | None
    away_saved: Saved
    to_come: bool
    held: int
    declare: DeclareForm | None
    topics: list[str]
    open: list[tuple[ConflictOfInterest, EndForm]]
    ended: list[ConflictOfInterest]


@login_required
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(request: HttpRequest, bound: WorkForm | None = None, of: int = 0) -> HttpResponse:
    """The person's desks; ``bound`` is the form that comes back, of the membership or conflict with the id ``of``."""
    permissions.some_desk(request, Right.READ)
    members = desks.memberships(request.user)
    own = list(conflicts.visible(request.user).filter(user=request.user.pk).order_by("-pk"))
    now, held = review.database_now(), review.held_at_desks(request.user)
    at = [_at_desk(member, own, bound, of, now, held[member.desk_id]) for member in members.order_by("desk__name")]
    status = bound.status if bound else 200
    return render(request, "claims/conflicts/me.html", {"at": at, "returned": bound, "now": now}, status=status)


def _at_desk(
    member: Membership,
    own: Iterable[ConflictOfInterest],
    bound: WorkForm | None,
    of: int,
    now: datetime,
    held: int,
) -> AtDesk:
    reviews = has(member.role, Right.REVIEW)
    known = {"languages": member.languages, "topics": member.topics}
    skills: SkillsForm = SkillsForm(initial=known, auto_id=f"id_{member.pk}_%s")
    declare: DeclareForm = DeclareForm(auto_id=f"id_{member.pk}_%s")
    if isinstance(bound, SkillsForm) and of == member.pk:
        skills = bound
    if isinstance(bound, DeclareForm) and of == member.pk:
        declare = bound
    away = bound if isinstance(bound, AwayForm) and of == member.pk else AwayForm(member)
    here = [row for row in own if row.desk_id == member.desk_id]
    return AtDesk(
        member,
        skills if reviews else None,
        _skills_saved(member, skills),
        away if reviews else None,
        _away_saved(member, away),
        member.away_until is not None and member.away_until > now,
        held,
        declare if reviews else None,
        Article.objects.topics_in_use(member.desk_id) if reviews else [],
        [(row, _ending(row.pk, bound, of)) for row in here if row.ended_at is None],
        [row for row in here if row.ended_at is not None][:ENDED],
    )


def _skills_saved(member: Membership, form: SkillsForm) -> Saved:
    if outdated(form):
        return Saved(str(member.version), True, differing(form, _known(member)))
    return Saved(form.data.get("seen", "") if form.is_bound else str(member.version))


def _known(member: Membership) -> dict[str, Any]:
    return {"languages": tuple(member.languages), "topics": tuple(member.topics)}


def _away_saved(member: Membership, form: AwayForm) -> Saved:
    seen, days = absences.written(member.away), member.away
    if outdated(form):
        # Of whoever came back meanwhile there are no days to choose from.
        both = {**form.cleaned_data, "first_day": days.first, "last_day": days.last} if days else form.cleaned_data
        return Saved(seen, days is not None, differing(form, both))
    return Saved(form.data.get("seen", "") if form.is_bound else seen)


def _ending(conflict_id: int, bound: WorkForm | None, of: int) -> EndForm:
    return bound if isinstance(bound, EndForm) and of == conflict_id else EndForm(auto_id=f"id_end_{conflict_id}_%s")


@login_required
@require_POST
def change(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Whoever saves what they read before it was changed is shown both, and nothing is lost."""
    member = permissions.own_membership(request, membership_id)
    form = SkillsForm(request.POST, auto_id=f"id_{member.pk}_%s")
    if form.is_valid():
        with refusals_on(form):
            version = paging.number(request.POST["seen"]) if "seen" in request.POST else None
            chosen = form.cleaned_data | kept(request, _known(member))
            desks.describe_member(member.pk, actor=request.user, version=version, **chosen)
            messages.success(request, _("Saved."))
            return redirect("web:me")
    return _page(request, form, member.pk)


@login_required
@require_POST
def go_away(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Whoever saves what they read before it was changed is shown both, and nothing is lost."""
    member = permissions.own_membership(request, membership_id)
    form = AwayForm(member, request.POST)
    if form.is_valid():
        with refusals_on(form):
            theirs = {"first_day": member.away.first, "last_day": member.away.last} if member.away else {}
            chosen = form.cleaned_data | kept(request, theirs)
            days = Days(chosen["first_day"], chosen["last_day"])
            desk = None if chosen["everywhere"] else member.desk_id
            seen = {member.pk: request.POST["seen"]} if "seen" in request.POST else {}
            review.go_away(request.user, days, desk_id=desk, release=bool(chosen["release"]), seen=seen)
            messages.success(request, _("Noted. You get no claims on these days."))
            return redirect("web:me")
    return _page(request, form, member.pk)


@login_required
@require_POST
def come_back(request: HttpRequest, membership_id: int) -> HttpResponse:
    member = permissions.own_membership(request, membership_id)
    with refusals_as_messages(request):
        review.come_back(request.user, desk_id=member.desk_id)
        messages.success(request, _("Claims of %(desk)s come to you again.") % {"desk": member.desk})
    return redirect("web:me")


@login_required
@require_POST
def declare(request: HttpRequest, membership_id: int) -> HttpResponse:
    member = permissions.own_membership(request, membership_id)
    form = DeclareForm(request.POST, auto_id=f"id_{member.pk}_%s")
    if form.is_valid():
        with refusals_on(form):
            source, note = form.cleaned_data["source"], form.cleaned_data["note"]
            conflicts.declare(member.desk_id, source, actor=request.user, note=note)
            told = _("You no longer get claims of %(source)s. What you held of theirs is back in the queue.")
            messages.success(request, told % {"source": source})
            return redirect("web:me")
    return _page(request, form, member.pk)


@login_required
@require_POST
def end(request: HttpRequest, conflict_id: int) -> HttpResponse:
    row = permissions.own_conflict(request, conflict_id)
    form = EndForm(request.POST, auto_id=f"id_end_{row.pk}_%s")
    if form.is_valid():
        with refusals_on(form):
            conflicts.end(row.pk, actor=request.user, reason=form.cleaned_data["reason"])
            told = _("It is over: claims of %(source)s may come to you again.")
            messages.success(request, told % {"source": row.source})
            return redirect("web:me")
    return _page(request, form, row.pk)


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """For editors: what the people of their desks declared, the newest first; with ?status=all also what is over."""
    some = permissions.some_desk(request, Right.OVERSEE)
    rows = conflicts.visible(request.user).filter(desk__in=some)
    status = "all" if request.GET.get("status") == "all" else ""
    page = paging.newest_first(rows if status else rows.open(), request)
    return render(request, "claims/conflicts/index.html", {"page": page, "status": status})
