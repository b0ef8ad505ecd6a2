"""Who says what, who denies it and who answers whom, as a graph with its table: of an article, and of a topic."""

from collections import Counter
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
from claims.services.sayings import Answer, Saying, Sayings, Speaker, Words
from claims.web import graphs, permissions
from claims.web.forms import WorkForm
from claims.web.graphs import Edge, Graph, Node

# How many claims are drawn at once, those of whom the most speak first; the table has all that were looked at.
CLAIMS = 40
CLAIMS_AT_ONCE = (("", str(CLAIMS)), ("10", "10"), ("20", "20"), ("100", "100"))
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
    ("answers", gettext_lazy("answers somebody")),
)


class FilterForm(WorkForm):
    """What of the graph is shown."""

    stance = forms.ChoiceField(
        label=gettext_lazy("Stance"), required=False, choices=[("", gettext_lazy("any")), *Stance.choices]
    )
    who = forms.CharField(label=gettext_lazy("Who"), required=False, widget=forms.Select, max_length=320)
    most = forms.ChoiceField(
        label=gettext_lazy("Claims drawn, most said first"), required=False, choices=CLAIMS_AT_ONCE
    )

    def offer(self, found: Sayings) -> None:
        """The sources that can be chosen: those in the graph."""
        named = {each.speaker.key: _name(each.speaker) for each in found.said}
        widget: Any = self.fields["who"].widget
        widget.choices = [("", _("everybody")), *sorted(named.items(), key=lambda each: each[1].casefold())]

    def chosen(self, found: Sayings) -> Sayings:
        stance, who = self.cleaned_data["stance"], self.cleaned_data["who"]
        said = [each for each in found.said if stance in ("", each.stance) and who in ("", each.speaker.key)]
        answers = [
            each for each in found.answers if stance in ("", each.stance) and who in ("", each.speaker.key, each.to.key)
        ]
        return Sayings(said, answers, found.more)


class TopicForm(FilterForm):
    """The same of a topic at one of the person's desks."""

    desk = forms.CharField(label=gettext_lazy("Desk"), required=False, widget=forms.Select, max_length=80)
    topic = forms.CharField(
        label=gettext_lazy("Topic"),
        required=False,
        max_length=TOPIC_LIMIT,
        widget=forms.TextInput(attrs={"list": "topics", "autocomplete": "off", "dir": "auto"}),
    )
    field_order = ("desk", "topic", "stance", "who", "most")


@login_required
@require_safe
def of_article(request: HttpRequest, article_id: int) -> HttpResponse:
    article = permissions.article_to_read(request, article_id)
    return _page(request, FilterForm(request.GET), sayings.of_article(article), {"article": article})


@login_required
@require_safe
def of_topic(request: HttpRequest) -> HttpResponse:
    mine = list(Desk.objects.filter(pk__in=permissions.some_desk(request, Right.READ)).order_by("name", "pk"))
    form = TopicForm(request.GET)
    widget: Any = form.fields["desk"].widget
    widget.choices = [(desk.slug, desk.name) for desk in mine]
    found = Sayings()
    told: dict[str, Any] = {"topic": ""}
    if form.is_valid():
        asked = form.cleaned_data
        desk = next((each for each in mine if asked["desk"] in ("", each.slug)), None)
        if desk is None:
            raise Http404
        told = {"desk": desk, "topic": asked["topic"], "topics": Article.objects.topics_in_use(desk.pk)}
        found = sayings.of_topic(desk, asked["topic"])
    return _page(request, form, found, told)


def _page(request: HttpRequest, form: FilterForm, found: Sayings, told: dict[str, Any]) -> HttpResponse:
    form.offer(found)
    shown = form.chosen(found) if form.is_valid() else Sayings()
    drawn = most_said(shown.said, int(form.cleaned_data.get("most") or CLAIMS))
    graph = drawing([each for each in shown.said if each.claim.pk in drawn], shown.answers)
    told |= {
        "form": form,
        "rows": [(each, href(each.words)) for each in shown.said],
        "answers": [(each, href(each.words)) for each in shown.answers],
        "graph": graph,
        "left_out": len({each.claim.pk for each in shown.said} - drawn),
        "more": found.more,
        "kinds": [each for each in KINDS if graph and any(curve.edge.kind == each[0] for curve in graph.curves)],
    }
    return render(request, "claims/sayings/index.html", told, status=form.status)


def most_said(said: Sequence[Saying], most: int) -> set[int]:
    """The ids of so many claims, those of which the most speak first, and of as many the more important."""
    speakers = Counter(claim for claim, _who in {(each.claim.pk, each.speaker.key): None for each in said})
    return {claim for claim, _n in speakers.most_common(most)}


def drawing(said: Sequence[Saying], answers: Sequence[Answer] = ()) -> Graph | None:
    """Sources on the left, claims on the right, arcs between who answers whom; None where nothing is said.

    Of the answers those between sources that are drawn.
    """
    if not said:
        return None
    people = {each.speaker.key: _node(each.speaker) for each in said}
    claims = {
        each.claim.pk: Node(
            f"claim {each.claim.pk}", each.claim.text, reverse("web:claim", args=[each.claim.pk]), "claim"
        )
        for each in said
    }
    edges = [
        Edge(
            each.speaker.key,
            f"claim {each.claim.pk}",
            DRAWN[each.stance],
            f"{_name(each.speaker)} {each.stance.label}: {each.claim.text}",
            href(each.words),
        )
        for each in said
    ]
    edges += [
        Edge(
            each.speaker.key,
            each.to.key,
            "denies" if each.stance == Stance.DENIES else "answers",
            f"{_name(each.speaker)} {each.stance.label} ({_name(each.to)}): {each.claim.text}",
            href(each.words),
        )
        for each in answers
        if each.speaker.key in people and each.to.key in people
    ]
    return graphs.facing(list(people.values()), list(claims.values()), edges)


def href(words: Words) -> str:
    """Where it stands in the article."""
    return f"{reverse('web:article', args=[words.article.pk])}?at={words.begins}#a-{words.attribution}"


def _node(speaker: Speaker) -> Node:
    where = reverse("web:source", args=[speaker.source.pk]) if speaker.source else ""
    return Node(speaker.key, _name(speaker), where, "source")


def _name(speaker: Speaker) -> str:
    return speaker.name or _("Somebody unnamed")
