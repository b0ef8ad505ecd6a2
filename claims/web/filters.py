"""Choices of claims that a person keeps: saved from the list of claims, opened and dropped there."""

from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from claims.models.desks import Desk
from claims.models.filters import QUERY_LIMIT
from claims.rules.finding import as_query
from claims.rules.rights import Right
from claims.services import filters
from claims.web import permissions
from claims.web.finding import FilterForm, SaveForm
from claims.web.forms import back, refusals_as_messages


@login_required
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    desks = list(Desk.objects.filter(pk__in=permissions.some_desk(request, Right.READ)).order_by("name", "pk"))
    form = SaveForm(request.POST)
    chosen = FilterForm(request.user, desks, QueryDict(request.POST.get("query", "")[:QUERY_LIMIT]))
    if form.is_valid() and chosen.is_valid():
        source = chosen.cleaned_data["source"]
        asked = chosen.cleaned_data | {"source": source.pk if source else None}
        with refusals_as_messages(request):
            saved = filters.save(
                chosen.desk_named,
                form.cleaned_data["name"],
                as_query(asked),
                shared=form.cleaned_data["shared"],
                actor=request.user,
            )
            messages.success(request, _("Saved as “%(name)s”.") % {"name": saved.name})
    else:
        messages.error(request, _("Give it a name, and choose filters that the list can show."))
    return redirect(f"{reverse('web:claims')}?{urlencode(parse_qsl(form.data.get('query', '')))}")


@login_required
@require_POST
def remove(request: HttpRequest, filter_id: int) -> HttpResponse:
    permissions.some_desk(request, Right.READ)
    with refusals_as_messages(request):
        filters.remove(filter_id, actor=request.user)
        messages.info(request, _("The filter is gone; its claims are as they were."))
    return back(request, reverse("web:claims"))
