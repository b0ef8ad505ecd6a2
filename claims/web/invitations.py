"""Invitations: the admin's page of them, and the page behind the link in the mail."""

from typing import Any

from allauth.core import ratelimit
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from claims.models.desks import Desk, Role
from claims.models.invitations import Invitation, InvitationState
from claims.rules.refusals import Absent
from claims.rules.rights import Right
from claims.services import desks, invitations
from claims.web import paging, permissions
from claims.web.forms import WorkForm, refusals_as_messages, refusals_on

BACKEND = "django.contrib.auth.backends.ModelBackend"


class InviteForm(WorkForm):
    """Whom to ask, as what, in which language."""

    email = forms.EmailField(label=gettext_lazy("Email address"), max_length=254)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices, initial=Role.REVIEWER)
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the mail"),
        choices=[(code, translation.get_language_info(code)["name_local"]) for code in invitations.SPOKEN],
        required=False,
        help_text=gettext_lazy("The page behind its link speaks it as well."),
    )


class JoinForm(WorkForm):
    """A new account. Its address is the one to which the mail went."""

    username = forms.CharField(
        label=gettext_lazy("Username"),
        max_length=150,
        help_text=gettext_lazy("Letters, digits and @ . + - _. Colleagues mention you by it."),
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    display_name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=150,
        help_text=gettext_lazy("Shown to colleagues and on published verdicts."),
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        help_text=gettext_lazy("At least 8 characters: none of the common passwords, and not digits alone."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("Password again"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password") and data.get("again") and data["password"] != data["again"]:
            self.add_error("again", _("The two passwords differ."))
        return data


# --- The admin's ------------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """Who was invited, and the form to invite somebody."""
    desk = permissions.desk(request, slug, Right.MANAGE_MEMBERS)
    usual = {"language": invitations.usual_language(desk, request.user)}
    form = InviteForm(request.POST if request.method == "POST" else None, initial=usual)
    if form.is_valid():
        with refusals_on(form):
            made = invitations.invite(desk, actor=request.user, **form.cleaned_data)
            messages.success(request, _("%(email)s is invited. The mail is on its way.") % {"email": made.email})
            return redirect("web:invitations", desk.slug)
    rows = Invitation.objects.filter(desk=desk).with_state().select_related("invited_by", "accepted_by")
    page = paging.newest_first(rows, request)
    failed = invitations.failures(page.items)
    context = {
        "desk": desk,
        "form": form,
        "page": page,
        "rows": [(each, failed.get(each.pk, "")) for each in page],
        "open": (InvitationState.PENDING, InvitationState.EXPIRED),
    }
    return render(request, "claims/invitations/index.html", context, status=form.status)


def _of_desk(desk: Desk, invitation_id: int) -> Invitation:
    try:
        return invitations.of_desk(desk, invitation_id)
    except Absent as absent:
        raise Http404 from absent


@login_required
@require_POST
def resend(request: HttpRequest, slug: str, invitation_id: int) -> HttpResponse:
    desk = permissions.desk(request, slug, Right.MANAGE_MEMBERS)
    invitation = _of_desk(desk, invitation_id)
    with refusals_as_messages(request):
        invitations.resend(invitation.pk, actor=request.user)
        messages.success(request, _("A new mail is on its way; the link in the old one no longer works."))
    return redirect("web:invitations", desk.slug)


@login_required
@require_POST
def revoke(request: HttpRequest, slug: str, invitation_id: int) -> HttpResponse:
    desk = permissions.desk(request, slug, Right.MANAGE_MEMBERS)
    invitation = _of_desk(desk, invitation_id)
    with refusals_as_messages(request):
        invitations.revoke(invitation.pk, actor=request.user)
        messages.success(request, _("Taken back: the link no longer works."))
    return redirect("web:invitations", desk.slug)


# --- Behind the link --------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Who invites where, as what; a button for those who are signed in, a form for those who have no account."""
    if not ratelimit.consume(request, action="invitation"):
        refused: HttpResponse = ratelimit.respond_429(request)
        return refused
    try:
        invitation = invitations.found(token)
    except Absent as absent:
        raise Http404 from absent
    _speak(request, invitation)
    form = _form(request)
    if form.is_valid():
        with refusals_on(form):
            if not request.user.is_authenticated:
                names = (form.cleaned_data[name] for name in ("username", "display_name", "password"))
                person = invitations.join(token, *names, language=translation.get_language() or "")
                login(request, person, backend=BACKEND)
            else:
                invitations.accept(token, request.user)
            messages.success(request, _("Welcome to %(desk)s.") % {"desk": invitation.desk})
            return redirect("web:desk_about", invitation.desk.slug)
        # What was refused may have become of it meanwhile.
        invitation = invitations.found(token)
    return _answer_page(request, token, invitation, form)


def _speak(request: HttpRequest, invitation: Invitation) -> None:
    """The page speaks as the mail did; to whoever chose a language here, it goes on in theirs."""
    if request.user.is_authenticated or settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        return
    translation.activate(invitations.language_of(invitation))
    request.LANGUAGE_CODE = translation.get_language()


def _form(request: HttpRequest) -> WorkForm:
    """Whoever is signed in has nothing to type."""
    sent = request.POST if request.method == "POST" else None
    return WorkForm(sent) if request.user.is_authenticated else JoinForm(sent)


def _answer_page(request: HttpRequest, token: str, invitation: Invitation, form: WorkForm) -> HttpResponse:
    pending = invitation.state == InvitationState.PENDING
    known = request.user.is_authenticated
    context = {
        "token": token,
        "invitation": invitation,
        "form": form,
        "gone": "" if pending else invitations.GONE[InvitationState(invitation.state)],
        "mine": known and invitations.is_for(invitation, request.user),
        "member": known and desks.role_at(invitation.desk_id, request.user) is not None,
        "has_account": not known and pending and invitations.has_account(invitation),
    }
    return render(request, "claims/invitations/answer.html", context, status=form.status if pending else 410)
