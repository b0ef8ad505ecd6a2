"""allauth's forms where ours say something else."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm
from django.utils.translation import gettext_lazy as _


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth ships no types
    """Names what it asks for; allauth's own label is “Login”, with the names in a placeholder that typing hides.

    The way to a new password is left to the page: as the help of the field it stands between name and password, where
    Tab leads to it and the password is typed into nothing.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.label = _("Username or email")
        login.widget.attrs["autocomplete"] = "username"
        login.widget.attrs["autofocus"] = True
        password = self.fields["password"]
        password.help_text = ""
        for field in (login, password):
            field.widget.attrs.pop("placeholder", None)


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]  # allauth ships no types
    """Labels its fields as ours are, where allauth's own Begin Each Word With A Capital."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "oldpassword": _("Present password"),
            "password1": _("New password"),
            "password2": _("New password, once more"),
        }
        for name, label in labels.items():
            self.fields[name].label = label
            self.fields[name].widget.attrs.pop("placeholder", None)
