"""What a statement claims, put into words by a person, on the statement's own page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from claims.services import formulations
from claims.web import editor, permissions
from claims.web.forms import refusals_on
from claims.web.statements import FormulationForm


@login_required
@require_POST
def formulate(request: HttpRequest, attribution_id: int) -> HttpResponse:
    row = permissions.attribution_to_edit(request, attribution_id)
    form = FormulationForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            claim = formulations.formulate(row.pk, form.cleaned_data["text"], actor=request.user)
            messages.success(request, _("The claim is on its way to the reviewers."))
            return redirect(reverse("web:article", args=[claim.article_id]) + f"#c-{claim.pk}")
    return editor.statement_page(request, row, form)
