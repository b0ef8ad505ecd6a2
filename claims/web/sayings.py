"""Who says what about what, and who denies it, as a graph with its table: of an article, and of a topic."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from claims.models.articles import Article
from claims.models.claims import Stance
from claims.models.desks import Desk
from claims.rules.rights import Right
from claims.rules.topics import TOPIC_LIMIT
from claims.services import sayings
from claims.services.sayings import Saying
from claims.web import graphs, permissions
from claims.web.forms import WorkForm
from claims.web.graphs import Edge, Graph, Node

# Drawn at once; the table has all that were looked at.
CLAIMS = 40
# How each stance is drawn; a denial is the one that is dashed.
DRAWN = {
    Stance.ASSERTS: "plain",
    Stance.DENIES: "denies",
    Stance.ACCUSES: "heavy",
    Stance.DECLARES: "plain",
    Stance.QUESTIONS: "dotted",
    Stance.PREDICTS: "long",
    Stance.EVALUATES: "long",
}
KINDS = (
    ("plain", gettext_lazy("asserts, declares")),
    ("denies", gettext_lazy("denies")),
    ("heavy", gettext_lazy("accuses")),
    ("dotted", gettext_lazy("questions")),
    ("long", gettext_lazy("predicts, evaluates")),
)
SIZES = (("1", gettext_lazy("fitting")), ("2", gettext_lazy("larger")), ("3", gettext_lazy("largest")))


class FilterForm(WorkForm):
    """What of the graph is shown, and how large."""

    stance = forms.ChoiceField(
        label=gettext_lazy("Stance"), required=False, choices=[("", gettext_lazy("any")), *Stance.choices]
    )
    who = forms.CharField(label=gettext_lazy("Who"), required=False, widget=forms.Select, max_length=320)
    zoom = forms.ChoiceField(label=gettext_lazy("Size"), required=False, choices=SIZES)

    def offer(self, found: Sequence[Saying]) -> None:
        """The sources that can be chosen: those in the graph."""
        named = {saying.who: saying.name or _("Somebody unnamed") for saying in found}
        widget: Any = self.fields["who"].widget
        widget.choices = [("", _("everybody")), *sorted(named.items(), key=lambda each: each[1].casefold())]

    def chosen(self, found: Sequence[Saying]) -> list[Saying]:
        stance, who = self.cleaned_data["stance"], self.cleaned_data["who"]
        return [each for each in found if stance in ("", each.stance) and who in ("", each.who)]


class TopicForm(FilterForm):
    """The same of a topic at one of the person's desks."""

    desk = forms.CharField(label=gettext_lazy("Desk"), required=False, widget=forms.Select, max_length=80)
    topic = forms.CharField(
        label=gettext_lazy("Topic"),
        required=False,
        max_length=TOPIC_LIMIT,
        widget=forms.TextInput(attrs={"list": "topics", "autocomplete": "off", "dir": "auto"}),
    )
    field_order = ("desk", "topic", "stance", "who", "zoom")


@login_required
@require_safe
def of_article(request: HttpRequest, article_id: int) -> HttpResponse:
    article = permissions.article_to_read(request, article_id)
    found, more = sayings.of_article(article)
    return _page(request, FilterForm(request.GET), found, {"article": article, "more": more})


@login_required
@require_safe
def of_topic(request: HttpRequest) -> HttpResponse:
    mine = list(Desk.objects.filter(pk__in=permissions.some_desk(request, Right.READ)).order_by("name", "pk"))
    form = TopicForm(request.GET)
    widget: Any = form.fields["desk"].widget
    widget.choices = [(desk.slug, desk.name) for desk in mine]
    found: list[Saying] = []
    told: dict[str, Any] = {"topic": ""}
    if form.is_valid():
        asked = form.cleaned_data
        desk = next((each for each in mine if asked["desk"] in ("", each.slug)), None)
        if desk is None:
            raise Http404
        told = {"desk": desk, "topic": asked["topic"], "topics": Article.objects.topics_in_use(desk.pk)}
        found, told["more"] = sayings.of_topic(desk, asked["topic"])
    return _page(request, form, found, told)


def _page(request: HttpRequest, form: FilterForm, found: Sequence[Saying], told: dict[str, Any]) -> HttpResponse:
    form.offer(found)
    rows = form.chosen(found) if form.is_valid() else []
    drawn = list(dict.fromkeys(row.claim.pk for row in rows))[:CLAIMS]
    told |= {
        "form": form,
        "rows": rows,
        "graph": graph([row for row in rows if row.claim.pk in drawn]),
        "left_out": len({row.claim.pk for row in rows}) - len(drawn),
        "kinds": KINDS,
        "zoom": form.cleaned_data.get("zoom") or "1",
    }
    return render(request, "claims/sayings/index.html", told, status=form.status)


def graph(rows: Sequence[Saying]) -> Graph | None:
    """Sources on the left, claims on the right; None where nothing is said."""
    if not rows:
        return None
    people = {row.who: Node(row.who, row.name or _("Somebody unnamed"), _page_of(row), "source") for row in rows}
    claims = {
        row.claim.pk: Node(f"claim {row.claim.pk}", row.claim.text, reverse("web:claim", args=[row.claim.pk]), "claim")
        for row in rows
    }
    edges = [
        Edge(
            row.who,
            f"claim {row.claim.pk}",
            DRAWN[Stance(row.stance)],
            f"{people[row.who].name} {Stance(row.stance).label}: {row.claim.text}",
        )
        for row in rows
    ]
    return graphs.facing(list(people.values()), list(claims.values()), edges)


def _page_of(row: Saying) -> str:
    return reverse("web:source", args=[row.source.pk]) if row.source else ""
