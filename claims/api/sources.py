"""The register of who speaks."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import paging, permissions
from claims.api.bodies import with_etag
from claims.api.errors import problems
from claims.rules.refusals import Absent
from sources.models import AliasKind, Relation, RelationKind, Source, SourceKind
from sources.names import fold

CURSORS = paging.Cursors("sources")


class SourceBrief(serializers.Serializer[Any]):
    """Somebody, or something, that can be quoted."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=SourceKind.choices)
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    language = serializers.CharField(allow_blank=True)
    same_as = serializers.CharField(allow_blank=True)


class SourceRef(serializers.Serializer[Any]):
    """A source by name."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class AliasOut(serializers.Serializer[Any]):
    """A name by which the source goes, for a time."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=AliasKind.choices)
    name = serializers.CharField()
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)


class RelationOut(serializers.Serializer[Any]):
    """How `subject` stands to `object`; one of the two is this source."""

    kind = serializers.ChoiceField(choices=RelationKind.choices)
    subject = SourceRef()
    object = SourceRef()
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)


class SourceDetail(SourceBrief):
    """A source with its names and relations."""

    version = serializers.IntegerField()
    merged_into = SourceRef(allow_null=True, help_text="Where it is shown now.")
    aliases = AliasOut(many=True)
    relations = RelationOut(many=True)


class SourcePage(paging.Page):
    """Sources by name; those that were merged are found by their names, under the one that took them in."""

    results = SourceBrief(many=True)


class SourceQuery(paging.PageQuery):
    """Which sources."""

    search = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=300, help_text="The beginning of a name, or of a word."
    )
    kind = serializers.ChoiceField(choices=SourceKind.choices, required=False)


ROW = tuple(SourceBrief().get_fields())


def after(rows: QuerySet[Source, Any], seen: list[Any]) -> QuerySet[Source, Any]:
    name, row_id = seen
    return rows.filter(Q(name__gt=name) | Q(name=name, id__gt=row_id))


def detail(source: Source) -> dict[str, Any]:
    followed = source.followed
    relations = Relation.objects.filter(Q(subject=source) | Q(object=source)).select_related("subject", "object")
    return {
        **{name: getattr(source, name) for name in ROW},
        "version": source.version,
        "merged_into": ref(followed) if followed.pk != source.pk else None,
        "aliases": list(source.aliases.order_by("pk").values(*AliasOut().get_fields())),
        "relations": [
            {
                "kind": row.kind,
                "subject": ref(row.subject),
                "object": ref(row.object),
                "valid_from": row.valid_from,
                "valid_to": row.valid_to,
            }
            for row in relations.order_by("pk")
        ],
    }


def ref(source: Source) -> dict[str, Any]:
    return {"id": source.pk, "name": source.name}


class SourceList(permissions.Door):
    """The register."""

    @extend_schema(
        operation_id="sources_list", parameters=[SourceQuery], responses={200: SourcePage, **problems(400, 401, 403)}
    )
    def get(self, request: Request) -> Response:
        query = SourceQuery.of(request.query_params)
        rows = Source.objects.current()
        if folded := fold(query["search"]):
            rows = rows.search(folded)
        elif query["search"].strip():
            rows = rows.none()
        if "kind" in query:
            rows = rows.filter(kind=query["kind"])
        named: QuerySet[Source, Any] = rows.order_by("name", "id").values(*ROW)
        found, following = paging.page(request, CURSORS, named, query, after, lambda row: [row["name"], row["id"]])
        return Response({"results": found, "next": following})


class SourceOne(permissions.Door):
    """One source."""

    @extend_schema(operation_id="sources_get", responses={200: SourceDetail, 304: None, **problems(401, 403, 404)})
    def get(self, request: Request, source_id: int) -> Response:
        source = Source.objects.filter(pk=source_id).select_related("merged_into").first()
        if source is None:
            raise Absent.one("source", "absent", "There is no such source.")
        return with_etag(request, detail(source))
