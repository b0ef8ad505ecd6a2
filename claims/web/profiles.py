"""What the page of a source shows of it: its statements by month, its track record, and who stands near to it."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import OuterRef, Subquery, TextField, Value
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from claims.models.publication import Publication
from claims.services import profiles
from claims.services.profiles import Profile
from claims.web import graphs, plots
from claims.web.graphs import Edge, Graph, Node
from sources.models import Relation, RelationKind, Source

LATEST = 20
# How many are drawn on each side of a source; the table has all of them.
NEIGHBOURS = 12
# How each relation is drawn.
DRAWN = {
    RelationKind.HOLDS_OFFICE: "heavy",
    RelationKind.SPEAKS_FOR: "plain",
    RelationKind.PART_OF: "long",
    RelationKind.ADVISER_TO: "dotted",
}


def shown(source: Source, desks: Collection[int], profile: Profile) -> dict[str, Any]:
    """The context of claims/sources/profile.html and of the lists beside it."""
    public = Publication.objects.visible().filter(claim=OuterRef("pk"))
    headline = Coalesce(NullIf("shown__title", Value("")), "shown__url", output_field=TextField())
    latest = profiles.said(source, desks).select_related("article")
    latest = latest.annotate(
        public_verdict=Subquery(public.values("verdict")[:1]),
        public_headline=Subquery(public.values(headline=headline)[:1]),
    )
    months = [(date_format(month, "M Y"), count) for month, count in profile.months]
    relations = profiles.relations(source, everybodys=not desks)
    return {
        "source": source,
        "profile": profile,
        "months": months,
        "plot": plots.bars([label for label, _n in months], [(_("Statements"), [n for _label, n in months])])
        if months
        else None,
        "said": latest.order_by("-pk")[:LATEST],
        "mine": desks,
        "relations": relations,
        "near": near(source, relations),
        "kinds": [(DRAWN[kind], kind.label) for kind in RelationKind if any(each.kind == kind for each in relations)],
    }


def near(source: Source, relations: Sequence[Relation]) -> Graph | None:
    """The source between those that relate to it and those that it relates to; None where there are none."""
    if not relations:
        return None
    left = {each.subject_id: each.subject for each in relations if each.object_id == source.pk}
    right = {each.object_id: each.object for each in relations if each.subject_id == source.pk}
    drawn = [list(side.items())[:NEIGHBOURS] for side in (left, right)]
    own = Node("self", source.name, "", "self")
    before, after = (
        [Node(f"{name}{pk}", each.name, reverse("web:source", args=[pk]), "source") for pk, each in side]
        for name, side in zip(("left", "right"), drawn, strict=True)
    )
    known = {node.key for node in (*before, *after)} | {"self"}
    ends = [(f"left{each.subject_id}" if each.subject_id != source.pk else "self", each) for each in relations]
    edges = [
        Edge(
            start,
            "self" if start != "self" else f"right{each.object_id}",
            DRAWN[RelationKind(each.kind)],
            str(each),
            f"#relation-{each.pk}",
        )
        for start, each in ends
    ]
    sides = [column for column in (before, [own], after) if column]
    return graphs.columns(sides, [edge for edge in edges if {edge.start, edge.end} <= known])
