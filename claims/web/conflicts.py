"""What a person is at their desks: what they read and know, and from whom they stand too near to judge them."""

from collections.abc import Iterable
from dataclasses import dataclass

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
from claims.rules.rights import Right, has
from claims.rules.topics import TAG_LIMIT, TOPIC_LIMIT
from claims.services import conflicts, desks
from claims.web import paging, permissions
from claims.web.forms import Names, RegisteredSource, WorkForm, refusals_on

ENDED = 20


class SkillsForm(WorkForm):
    """What somebody reads and knows."""

    languages = Names(
        label=gettext_lazy("Languages that you read"),
        longest=TAG_LIMIT,
        required=False,
        help_text=gettext_lazy("As tags parted by commas, such as en, uk, pt-BR. Without any you get claims in all."),
    )
    topics = Names(
        label=gettext_lazy("Topics that you know"),
        longest=TOPIC_LIMIT,
        required=False,
        help_text=gettext_lazy("Parted by commas. Of equally important claims you get these first."),
    )


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
class AtDesk:
    """One desk of a person on their page; without forms where they only read."""

    member: Membership
    skills: SkillsForm | None
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
    at = [_at_desk(member, own, bound, of) for member in members.order_by("desk__name")]
    status = bound.status if bound else 200
    return render(request, "claims/conflicts/me.html", {"at": at, "returned": bound}, status=status)


def _at_desk(member: Membership, own: Iterable[ConflictOfInterest], bound: WorkForm | None, of: int) -> AtDesk:
    reviews = has(member.role, Right.REVIEW)
    known = {"languages": member.languages, "topics": member.topics}
    skills: SkillsForm = SkillsForm(initial=known, auto_id=f"id_{member.pk}_%s")
    declare: DeclareForm = DeclareForm(auto_id=f"id_{member.pk}_%s")
    if isinstance(bound, SkillsForm) and of == member.pk:
        skills = bound
    if isinstance(bound, DeclareForm) and of == member.pk:
        declare = bound
    here = [row for row in own if row.desk_id == member.desk_id]
    return AtDesk(
        member,
        skills if reviews else None,
        declare if reviews else None,
        Article.objects.topics_in_use(member.desk_id) if reviews else [],
        [(row, _ending(row.pk, bound, of)) for row in here if row.ended_at is None],
        [row for row in here if row.ended_at is not None][:ENDED],
    )


def _ending(conflict_id: int, bound: WorkForm | None, of: int) -> EndForm:
    return bound if isinstance(bound, EndForm) and of == conflict_id else EndForm(auto_id=f"id_end_{conflict_id}_%s")


@login_required
@require_POST
def change(request: HttpRequest, membership_id: int) -> HttpResponse:
    member = permissions.own_membership(request, membership_id)
    form = SkillsForm(request.POST, auto_id=f"id_{member.pk}_%s")
    if form.is_valid():
        with refusals_on(form):
            desks.describe_member(member.pk, actor=request.user, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("web:me")
    return _page(request, form, member.pk)


@login_required
@require_POST
def declare(request: HttpRequest, membership_id: int) -> HttpResponse:
    member = permissions.own_membership(request, membership_id)
    form = DeclareForm(request.POST, auto_id=f"id_{member.pk}_%s")
    if form.is_valid():
        with refusals_on(form):
            source, note = form.cleaned_data["source"], form.cleaned_data["note"]
            conflicts.declare(member.desk_id, source, actor=request.user, note=note)
            told = _("You get no claims of %(source)s any more. What you held of theirs is back in the queue.")
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
