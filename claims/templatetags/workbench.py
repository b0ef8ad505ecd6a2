"""Small parts of every page: the menu, times in the reader's zone, counts, the drawing of a rating."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims.rules import workflow
from claims.rules.links import is_safe_link
from claims.rules.rights import Right
from claims.services import notifications, rights
from claims.web import first_steps
from claims.web.permissions import desks
from claims.web.told import translated

register = template.Library()


@dataclass(frozen=True)
class MenuItem:
    """One entry of a menu. ``current`` is what aria-current says: the page itself, what it belongs to, or nothing."""

    label: str
    href: str
    current: str


@register.simple_tag(takes_context=True)
def site_nav(context: Context) -> list[MenuItem]:
    """The main menu: what this person may open, the page's own part of the site marked."""
    request = context.get("request")
    if not isinstance(request, HttpRequest):
        return []
    entries: list[tuple[str, str]] = []
    desk = ""
    if desks(request):
        desk = reverse("web:desk" if desks(request, Right.REVIEW) else "web:claims")
        entries.append((_("My desk") if desks(request, Right.REVIEW) else _("Claims"), desk))
        entries.append((_("Articles"), reverse("web:articles")))
    entries.append((_("Verdicts"), reverse("web:verdicts")))
    if desks(request):
        entries.append((_("Sources"), reverse("web:sources")))
    return [
        MenuItem(
            label, href, _current(request, href, _at_desk(request) if href == desk else request.path.startswith(href))
        )
        for label, href in entries
    ]


def _current(request: HttpRequest, href: str, belongs: bool) -> str:
    return "page" if request.path == href else "true" if belongs else ""


# The lists of a desk's work beside each other, with the right that each of them needs and the pages that belong to it.
DESK_LISTS = (
    ("web:desk", Right.REVIEW, gettext_lazy("Queue"), ()),
    (
        "web:claims",
        Right.READ,
        gettext_lazy("Claims"),
        (
            *("claim", "claim_place", "claim_history", "claim_found", "notes", "duplicates", "topic_graph"),
            *("bulk_actions", "bulk_action", "bulk_preview"),
        ),
    ),
    ("web:held", Right.OVERSEE, gettext_lazy("In whose hands"), ("assignment",)),
    ("web:due", Right.OVERSEE, gettext_lazy("Due"), ()),
    ("web:approvals", Right.APPROVE, gettext_lazy("To approve"), ("approval", "approve", "send_back")),
    ("web:adjudications", Right.ADJUDICATE, gettext_lazy("To settle"), ("adjudication", "adjudicate")),
    ("web:to_publish", Right.PUBLISH, gettext_lazy("To publish"), ("preview", "publish", "reopen", "retract")),
    ("web:jobs", Right.RETRY_JOBS, gettext_lazy("Given up"), ()),
    ("web:conflicts", Right.OVERSEE, gettext_lazy("Conflicts of interest"), ()),
    ("web:numbers", Right.READ, gettext_lazy("Numbers"), ()),
    ("web:agreement", Right.SEE_AGREEMENT, gettext_lazy("Agreement"), ()),
    ("web:me", Right.READ, gettext_lazy("Me"), ()),
)
# Where the pages of a desk's work stand.
AT_DESK = ("/desk/", "/claims/", "/publish/", "/agreement/")


def _at_desk(request: HttpRequest) -> bool:
    return request.path.startswith(AT_DESK)


@register.simple_tag(takes_context=True)
def desk_nav(context: Context) -> list[MenuItem]:
    """The menu of a desk's lists, on all pages of its work: what this person may open, the page's own list marked."""
    request = context.get("request")
    if not isinstance(request, HttpRequest) or not _at_desk(request):
        return []
    page = _page(request)
    return [
        MenuItem(str(label), reverse(name), _current(request, reverse(name), page in below))
        for name, right, label, below in DESK_LISTS
        if desks(request, right)
    ]


def _page(request: HttpRequest) -> str:
    """The name of the page. A form that is refused comes back at its own address, mostly on the page of its claim."""
    match = request.resolver_match
    if match is None:
        return ""
    listed = any(match.url_name in below for _name, _right, _label, below in DESK_LISTS)
    return "claim" if "claim_id" in match.kwargs and not listed else match.url_name or ""


# A person's own settings: the address that a tab leads to, where its pages lie, and whether only members have it.
SETTINGS = (
    ("account_settings", "/accounts/settings/", gettext_lazy("Profile"), False),
    ("account_change_password", "/accounts/password/", gettext_lazy("Password"), False),
    ("mfa_index", "/accounts/2fa/", gettext_lazy("Second factor"), False),
    ("account_tokens", "/accounts/tokens/", gettext_lazy("Tokens"), False),
    ("web:notification_choices", "/notifications/choices/", gettext_lazy("How I am notified"), True),
    ("web:me", "/desk/me/", gettext_lazy("Me at my desks"), True),
)


@register.simple_tag(takes_context=True)
def settings_nav(context: Context) -> list[MenuItem]:
    """The tabs of a person's own settings: whoever is at no desk is told nothing, and has no place at one."""
    request = context.get("request")
    if not isinstance(request, HttpRequest):
        return []
    member = bool(desks(request))
    return [
        MenuItem(str(label), reverse(name), "page" if request.path.startswith(below) else "")
        for name, below, label, of_members in SETTINGS
        if member or not of_members
    ]


@register.simple_tag(takes_context=True)
def pages_named(context: Context, typed: str) -> list[tuple[str, str]]:
    """The pages of all menus that this person may open and whose names hold what was typed, with their addresses."""
    request = context.get("request")
    if not isinstance(request, HttpRequest):
        return []
    named = [(str(label), reverse(name)) for name, right, label, _below in DESK_LISTS if desks(request, right)]
    if desks(request, Right.SUBMIT):
        named.append((_("Add an article"), reverse("web:article_new")))
    named += [(item.label, item.href) for item in (*site_nav(context), *settings_nav(context))]
    named.append((_("Sign out"), reverse("account_logout")))
    found: dict[str, str] = {}
    # Menus call a page by names of their own, such as "My desk" and "Queue": any of them will do; it is listed once.
    for label, href in named:
        if typed.casefold() in label.casefold():
            found.setdefault(href, label)
    return [(label, href) for href, label in found.items()]


@register.simple_tag(takes_context=True)
def desk_beside(context: Context, row: Any) -> str:
    """The desk of a row in a list, for whoever is at several; empty for everybody else."""
    request = context.get("request")
    if not isinstance(request, HttpRequest):
        return ""
    return rights.desk_names(request.user).get(rights.desk_of(row), "")


UNREAD_SHOWN = 9


@register.inclusion_tag("claims/notifications/bell.html", takes_context=True)
def bell(context: Context) -> dict[str, int]:
    """How much is unread; one more than is shown says that there is more. Whoever is at no desk is told nothing."""
    request = context.get("request")
    if not isinstance(request, HttpRequest) or not desks(request):
        return {"unread": 0}
    return {"unread": notifications.count_unread(request.user, UNREAD_SHOWN + 1)}


@register.inclusion_tag("claims/desks/first_steps.html", takes_context=True)
def way_to_the_first_verdict(context: Context) -> dict[str, Any]:
    """What is done and what is next at a desk that has published nothing yet, and before there is a desk."""
    request = context.get("request")
    if not isinstance(request, HttpRequest):
        return {}
    return {"way": first_steps.at_the_desk(request) or first_steps.before_the_desk(request)}


@register.simple_tag
def local_time(at: datetime | None, kind: str = "minute", over: str = "") -> SafeString | str:
    """A point in time: UTC for those without scripts, the reader's own zone otherwise.

    ``kind``: date, minute, relative, or left (a deadline; ``over`` is what stands there once it has passed).
    """
    if at is None:
        return ""
    utc = at.astimezone(timezone.get_default_timezone())
    plain = date_format(utc, "DATE_FORMAT") if kind == "date" else date_format(utc, "DATETIME_FORMAT") + " UTC"
    return format_html(
        '<time class="{}" datetime="{}" data-local="{}" data-over="{}">{}</time>',
        "time-left" if kind == "left" else "",
        utc.isoformat(),
        kind,
        over,
        plain,
    )


@register.simple_tag
def due_time(at: datetime | None, *, over: bool = False) -> SafeString | str:
    """Until when something is due, in words: "due in 3 hours", "overdue by 2 days"; without scripts the time itself.

    ``over`` is whether the database's clock has passed it, where that is known.
    """
    if at is None:
        return ""
    utc = at.astimezone(timezone.get_default_timezone())
    return format_html(
        '<time class="time-left" datetime="{}" data-local="due" data-ahead="{}" data-over="{}">{}</time>',
        utc.isoformat(),
        _("due in {}"),
        _("overdue by {}"),
        (_("overdue since %(when)s UTC") if over else _("due %(when)s UTC"))
        % {"when": date_format(utc, "DATETIME_FORMAT")},
    )


@register.filter(is_safe=True)
def sentence_case(title: str) -> str:
    """A title of allauth's, which writes them In Title Case in every language, as the other pages have theirs.

    Only for words without names in them; what is all capitals, such as API, stays.
    """
    first, *others = re.split(r"(\W+)", title.strip())
    return "".join([first, *(word.lower() if word.istitle() else word for word in others)])


@register.filter
def capped(count: int, limit: int = 99) -> str:
    """Counts stop at a limit, because counting a long queue exactly costs more than anybody gains: 99+."""
    return f"{limit}+" if count > limit else str(count)


@register.simple_tag
def meter(number: int | None) -> SafeString | str:
    """A numbered rating drawn as one to five filled steps; its words stand beside it, so readers aloud skip this."""
    if number is None:
        return ""
    steps = format_html_join("", '<i class="{}"></i>', (("on" if step <= number else "",) for step in range(1, 6)))
    return format_html('<span class="meter" aria-hidden="true">{}</span>', steps)


@register.filter
def tone(normalised: str) -> str:
    """The CSS class for a normalised label: good, care or bad; the words never depend on it."""
    return {"supported": "rating-good", "refuted": "rating-bad"}.get(normalised, "rating-care")


@register.simple_tag
def outward(url: str) -> SafeString | str:
    """A link that leaves the site: only http(s), without referrer; anything else stays plain text."""
    if not is_safe_link(url):
        return url
    return format_html('<a href="{}" rel="noopener noreferrer nofollow" dir="ltr">{}</a>', url, url)


@register.filter
def key_of(field: BoundField) -> str:
    """The key that leads to a field, or nothing."""
    return str(field.field.widget.attrs.get("data-key", ""))


@register.filter
def words(value: Any) -> str:
    """A key as people read it, in the page's language: in_review is "in review"."""
    return translated(workflow.words(str(value)))


@register.filter(name="translated")
def translated_filter(said: Any) -> str:
    """What a rule or a verb said, or several such one after the other, in the page's language; likewise a rating."""
    return " ".join(map(translated, said)) if isinstance(said, list | tuple) else translated(said)


@register.simple_tag
def web_query(form: Any, before: str = "", **instead: str) -> str:
    """The filters of a list as the query of an address, with other values for some of them; escaped where it stands."""
    query: str = form.address(**instead)
    return f"{query}&before={before}" if before else query
