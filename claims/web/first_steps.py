"""The way from an empty installation to the first published verdict: what is done and what is next.

It is shown where somebody would otherwise stand before empty lists, and is gone once something was published. Everybody
sees the steps that their role can do, and nothing once these are done.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from claims.models.articles import Article
from claims.models.desks import Desk, Membership
from claims.models.invitations import Invitation
from claims.models.publication import Publication
from claims.models.review import Assignment, Review
from claims.models.verdicts import Verdict
from claims.rules.rights import Right, has
from claims.web import permissions


@dataclass(frozen=True)
class Step:
    """What is to be done, how, and where; ``href`` is empty where that is not there yet."""

    label: str
    how: str
    done: bool
    href: str = ""


@dataclass(frozen=True)
class Way:
    """All steps in their order."""

    steps: list[Step]

    @property
    def next(self) -> Step | None:
        return next((step for step in self.steps if not step.done), None)


def before_the_desk(request: HttpRequest) -> Way | None:
    """For staff of the installation who are at no desk: the whole way, none of it done. Nobody else can begin it."""
    if not getattr(request.user, "is_staff", False) or permissions.desks(request):
        return None
    first = Step(
        _("Make a desk"),
        _("A name and a short one for its addresses are enough to begin; you are its admin."),
        False,
        reverse("web:desks"),
    )
    return Way([first, *(Step(label, how, False) for label, how in _words())])


def at_the_desk(request: HttpRequest) -> Way | None:
    """For whoever is at desks that have published nothing yet, at the oldest of these, as far as their role can go.

    None for everybody else, and for whoever has nothing left to do.
    """
    roles = permissions.roles(request)
    if not roles or Publication.objects.filter(desk__in=roles).exists():
        return None
    desk = Desk.objects.filter(pk__in=roles).order_by("pk")[0]
    way = Way(list(_at(desk, roles[desk.pk], request.user)))
    return way if way.next else None


def _words() -> list[tuple[str, str]]:
    """What the steps at a desk are called, and how each is done."""
    return [
        (
            _("Invite the others"),
            _("At least one: nobody publishes what they alone have reviewed. A reviewer and an editor are enough."),
        ),
        (
            _("Add an article"),
            _("Paste its text, upload it, or give its address. It is read automatically, in seconds."),
        ),
        (
            _("Take a claim"),
            _("Press “Next claim” on My desk, or n: the most important one that waits is yours."),
        ),
        (
            _("Give both verdicts"),
            _("Add evidence, say whether it was said and whether it is true, and why; then submit."),
        ),
        (_("Publish it"), _("Another person reads it as the public will, and publishes it.")),
    ]


def _at(desk: Desk, role: str, user: Any) -> Iterator[Step]:
    if has(role, Right.MANAGE_MEMBERS):
        yield Step(_("Make a desk"), "", True)
    others = Membership.objects.filter(desk=desk, active=True)
    # Whose own review is in has done their part, although a second review or an editor may still decide. Of the reviews
    # of others nothing is told before that.
    own = Review.objects.filter(assignment__claim__desk=desk, assignment__reviewer=user)
    reviewed = Verdict.objects.filter(claim__desk=desk).exists() or own.exists()
    facts = (
        (
            len(others[:2]) > 1 or Invitation.objects.filter(desk=desk).open().exists(),
            Right.MANAGE_MEMBERS,
            reverse("web:invitations", args=[desk.slug]),
        ),
        (Article.objects.filter(desk=desk).exists(), Right.SUBMIT, reverse("web:article_new")),
        (reviewed or Assignment.objects.filter(claim__desk=desk).exists(), Right.REVIEW, reverse("web:desk")),
        (reviewed, Right.REVIEW, reverse("web:desk")),
        (False, Right.PUBLISH, reverse("web:to_publish")),
    )
    for (label, how), (done, right, href) in zip(_words(), facts, strict=True):
        if has(role, right):
            yield Step(label, how, done, href)
