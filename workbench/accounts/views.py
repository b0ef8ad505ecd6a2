"""A person's own settings; and their tokens: draw one, see it once, revoke it."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from claims.web.forms import check_label
from workbench.accounts import tokens
from workbench.accounts.models import ApiToken, Scope, User


def no_page(request: HttpRequest) -> HttpResponse:
    """A page of allauth's that is closed here."""
    raise Http404


class TokenForm(forms.Form):
    """What a new token is for."""

    required_css_class = "required"

    name = forms.CharField(label=_("What uses it"), max_length=100, validators=[check_label])
    scopes = forms.MultipleChoiceField(
        label=_("It may"), choices=Scope.choices, initial=[Scope.READ], widget=forms.CheckboxSelectMultiple
    )
    days = forms.TypedChoiceField(
        label=_("It ends"),
        coerce=int,
        choices=[(30, _("in 30 days")), (90, _("in 90 days")), (365, _("in a year"))],
        initial=90,
    )


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """What a person says of themselves, and in which language they read."""

    display_name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=150,
        help_text=_("Shown to colleagues and on published verdicts. Empty: your username."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "name"}),
    )
    language = forms.ChoiceField(
        label=_("Language of the pages"),
        required=False,
        help_text=_("What is not translated yet stays in English."),
        choices=[
            ("", _("what the browser asks for")),
            *((code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES),
        ],
    )

    class Meta:
        model = User
        fields = ("display_name", "language")

    def clean_display_name(self) -> str:
        """On one line."""
        return " ".join(str(self.cleaned_data["display_name"]).split())


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name and language; the e-mail address is shown, and changed by an admin."""
    assert request.user.is_authenticated  # noqa: S101 - login_required saw to it; this tells the types
    # A copy: a name that is refused is not to stand in the header of the page that says so.
    person = User.objects.get(pk=request.user.pk)
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=person, label_suffix="")
    if request.method == "POST" and form.is_valid():
        form.save()
        # As the page that opens next: this request still speaks the language that was chosen before.
        with translation.override(person.language or translation.get_language_from_request(request)):
            messages.success(request, str(_("Saved.")))
        return redirect("account_settings")
    return render(request, "account/settings.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The list; a new token's secret stands in the answer to the form, and nowhere after."""
    form = TokenForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "secret": None}
    if request.method == "POST" and form.is_valid():
        ends = timezone.now() + timedelta(days=form.cleaned_data["days"])
        assert request.user.is_authenticated  # noqa: S101 - login_required saw to it; this tells the types
        context["secret"] = tokens.draw(request.user, form.cleaned_data["name"], form.cleaned_data["scopes"], ends)
        context["form"] = TokenForm()
    context["tokens"] = ApiToken.objects.alive().filter(user=request.user.pk).order_by("-pk")
    return render(request, "account/tokens.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    token = ApiToken.objects.filter(pk=token_id, user=request.user.pk).first()
    if token is None:
        raise Http404
    tokens.revoke(token)
    messages.success(request, _("Revoked. Whatever uses it is not let in any more."))
    return redirect("account_tokens")
