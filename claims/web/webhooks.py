"""The admin's page of the desk's webhooks, and that of each: what was sent, what became of it, and the buttons."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from claims.models.desks import Desk
from claims.models.webhooks import Delivery, Webhook
from claims.rules.refusals import Absent, Conflict
from claims.rules.rights import Right
from claims.rules.webhooks import CHOICES, PUBLIC, Kind
from claims.services import webhooks
from claims.services.webhooks import Settings
from claims.web import paging, permissions
from claims.web.forms import WorkForm, differing, kept, refusals_as_messages, refusals_on

NAMES = {
    Kind.PUBLISHED: gettext_lazy("A verdict is published"),
    Kind.CORRECTED: gettext_lazy("A verdict is corrected"),
    Kind.RETRACTED: gettext_lazy("A verdict is retracted"),
    Kind.DECIDED: gettext_lazy("A claim is decided (for the desk alone)"),
    Kind.READ: gettext_lazy("An article is read (for the desk alone)"),
    Kind.TEST: gettext_lazy("A test"),
}


class WebhookForm(WorkForm):
    """What receives messages, where, and which."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("What receives it, such as “The newsroom's CMS”."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2048,
        help_text=gettext_lazy("Messages are sent there by POST. It has to be reachable from the internet."),
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Tell it when"),
        choices=[(kind.value, NAMES[kind]) for kind in CHOICES],
        initial=[kind.value for kind in PUBLIC],
        help_text=gettext_lazy(
            "What is for the desk alone names claims and articles by their number, and nothing more."
        ),
        widget=forms.CheckboxSelectMultiple,
    )

    @property
    def settings(self) -> Settings:
        """What a valid form says."""
        return Settings(*(self.cleaned_data[name] for name in ("name", "url", "kinds")))


@dataclass(frozen=True)
class Sent:
    """A message as the page shows it: what it tells, and the page of what it is about, where there is one."""

    delivery: Delivery
    what: str
    number: int | None
    page: str


def _said(webhook: Webhook) -> dict[str, Any]:
    return {name: getattr(webhook, name) for name in ("name", "url", "kinds")}


# --- All of a desk ----------------------------------------------------------------------------------------------------


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """Which there are, and the form for another one. Its secret stands in the answer to the form, and nowhere after."""
    desk = permissions.desk(request, slug, Right.MANAGE_WEBHOOKS)
    form = WebhookForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_on(form):
            made = webhooks.add(desk, form.settings, actor=request.user)
            return _page(request, desk, made, secret=webhooks.secret_of(made))
    rows = list(Webhook.objects.filter(desk=desk).order_by("-pk"))
    last = webhooks.summary(rows)
    context = {"desk": desk, "form": form, "rows": [(each, last.get(each.pk)) for each in rows]}
    return render(request, "claims/webhooks/index.html", context, status=form.status)


# --- One of them ------------------------------------------------------------------------------------------------------


def _webhook(request: HttpRequest, slug: str, webhook_id: int) -> Webhook:
    desk = permissions.desk(request, slug, Right.MANAGE_WEBHOOKS)
    try:
        webhook = webhooks.of_desk(desk, webhook_id)
    except Absent as absent:
        raise Http404 from absent
    webhook.desk = desk
    return webhook


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    """What was sent and what waits; and the form to change it. Whoever saves an older version is shown both."""
    webhook = _webhook(request, slug, webhook_id)
    if request.method != "POST":
        return _page(request, webhook.desk, webhook)
    version = paging.number(request.POST.get("version", "0"))
    form = WebhookForm(request.POST)
    if form.is_valid():
        chosen = form.cleaned_data | kept(request, _said(webhook))
        with refusals_on(form):
            webhooks.change(webhook, Settings(**chosen), actor=request.user, version=version)
            messages.success(request, _("Saved."))
            return redirect("web:webhook", slug, webhook.pk)
    changed_meanwhile = isinstance(form.refused, Conflict)
    webhook.refresh_from_db()
    return _page(
        request,
        webhook.desk,
        webhook,
        form=form,
        version=webhook.version if changed_meanwhile else version,
        differing=differing(form, _said(webhook)) if changed_meanwhile else [],
        changed_meanwhile=changed_meanwhile,
    )


@login_required
@never_cache
@require_safe
def now(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    """The state and the messages as they are now; 204 while none looks different from what the page shows."""
    webhook = _webhook(request, slug, webhook_id)
    shown = _shown(request, webhook.desk, webhook)
    if request.GET.get("seen") == shown["seen"]:
        return HttpResponse(status=204)
    # Only then, since a reason that comes anew is read out anew.
    changed = request.GET.get("state") != webhook.state
    return render(request, "claims/webhooks/sent.html", shown | {"state_changed": changed})


def _shown(request: HttpRequest, desk: Desk, webhook: Webhook) -> dict[str, Any]:
    """One page of what was sent; ``seen`` is another one whenever it looks different."""
    page = paging.newest_first(webhooks.deliveries(webhook), request)
    looks = [(row.pk, row.state, row.attempts, row.status, row.error, row.due_at) for row in page]
    seen = f"{crc32(repr((webhook.state, looks)).encode()):x}"
    return {"desk": desk, "webhook": webhook, "page": page, "rows": [_sent(row) for row in page], "seen": seen}


def _page(request: HttpRequest, desk: Desk, webhook: Webhook, **more: Any) -> HttpResponse:
    context = _shown(request, desk, webhook) | {
        "form": WebhookForm(initial=_said(webhook)),
        "version": webhook.version,
        "kinds": [NAMES[Kind(kind)] for kind in webhook.kinds],
        **more,
    }
    return render(request, "claims/webhooks/detail.html", context, status=context["form"].status)


def _sent(delivery: Delivery) -> Sent:
    what = str(NAMES[Kind(delivery.kind)])
    if delivery.publication:
        return Sent(delivery, what, delivery.publication.claim_id, _of("claim", delivery.publication.claim_id))
    if delivery.event:
        number = delivery.event.subject_id
        return Sent(delivery, what, number, _of(delivery.event.subject_type, number))
    return Sent(delivery, what, None, "")


def _of(name: str, number: int) -> str:
    return reverse(f"web:{name}", args=[number])


Step = Callable[..., Any]  # a verb on a webhook, with the actor by name


def _pressed(request: HttpRequest, slug: str, webhook_id: int, step: Step, done: str) -> HttpResponse:
    """A button of the page: the step, what is said when it is ``done``, and the page again."""
    webhook = _webhook(request, slug, webhook_id)
    with refusals_as_messages(request):
        step(webhook, actor=request.user)
        messages.success(request, done)
    return redirect("web:webhook", slug, webhook.pk)


@login_required
@require_POST
def test(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    done = _("A test is on its way. What becomes of it stands below in a moment.")
    return _pressed(request, slug, webhook_id, webhooks.send_test, done)


@login_required
@require_POST
def pause(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    done = _("Paused. What happens now waits until you resume it, for 30 days at most.")
    return _pressed(request, slug, webhook_id, webhooks.pause, done)


@login_required
@require_POST
def resume(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    done = _("Resumed. What waited is sent now, the oldest first.")
    return _pressed(request, slug, webhook_id, webhooks.resume, done)


@login_required
@require_POST
def again(request: HttpRequest, slug: str, webhook_id: int, delivery_id: int) -> HttpResponse:
    def send(webhook: Webhook, *, actor: Any) -> None:
        webhooks.send_again(webhooks.delivery_of(webhook, delivery_id), actor=actor)

    return _pressed(request, slug, webhook_id, send, _("It is sent again, as the same message."))


@login_required
@never_cache
@require_POST
def rotate(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    """The new secret stands in the answer, and nowhere after."""
    webhook = _webhook(request, slug, webhook_id)
    with refusals_as_messages(request):
        webhook = webhooks.rotate(webhook, actor=request.user)
        return _page(request, webhook.desk, webhook, secret=webhooks.secret_of(webhook))
    return redirect("web:webhook", slug, webhook.pk)


@login_required
@require_POST
def remove(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    webhook = _webhook(request, slug, webhook_id)
    # Of two who remove it at once, the second is told that it is not there.
    with refusals_as_messages(request):
        webhooks.remove(webhook, actor=request.user)
        messages.success(request, _("Removed. It is told of nothing more."))
    return redirect("web:webhooks", slug)
