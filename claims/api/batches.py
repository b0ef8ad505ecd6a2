"""Several articles that came in together: how far each is, and why others were not accepted. Pages hand them in."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import paging, permissions
from claims.api.articles import ETAG, DeskBrief, Failure
from claims.api.bodies import with_etag
from claims.api.errors import problems
from claims.models.articles import ArticleStatus, Batch
from claims.services import articles

CURSORS = paging.Cursors("batches")


class BatchBrief(serializers.Serializer[Any]):
    """A batch as a row of a list: how many of its articles were taken, and of these wait or failed."""

    id = serializers.IntegerField()
    desk = DeskBrief()
    submitted_by = serializers.CharField(help_text="Username.")
    submitted_at = serializers.DateTimeField()
    taken = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="Not read yet; 0 once all have ended.")
    failed = serializers.IntegerField()
    refused = serializers.IntegerField(help_text="What was wrong with those that were not accepted, counted.")


class BatchArticle(serializers.Serializer[Any]):
    """An article of the batch, and how far it is."""

    id = serializers.IntegerField()
    name = serializers.CharField(help_text="Its headline; until it has one, the file or the address that was given.")
    status = serializers.ChoiceField(choices=ArticleStatus.choices)
    stage = serializers.CharField(allow_blank=True)
    percent = serializers.IntegerField(help_text="Fetching and reading as one way.")
    failure = Failure(allow_null=True)


class BatchRefusal(serializers.Serializer[Any]):
    """What was not accepted, and the way out."""

    name = serializers.CharField(help_text="As the person knows it: the file, or the line and the address.")
    field = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    detail = serializers.CharField()
    article = serializers.IntegerField(allow_null=True, help_text="The same article, which is here already.")


class BatchDetail(BatchBrief):
    """A batch with all its articles, at most 50, in the order in which they were given."""

    articles = BatchArticle(many=True)
    refusals = BatchRefusal(many=True)


class BatchPage(paging.Page):
    """Batches, the newest first."""

    results = BatchBrief(many=True)


ROW = (
    *("id", "submitted_by__username", "submitted_at", "refused"),
    *("desk_id", "desk__slug", "desk__name"),
)


def brief(row: dict[str, Any], tally: articles.Tally) -> dict[str, Any]:
    return {
        "id": row["id"],
        "desk": {"id": row["desk_id"], "slug": row["desk__slug"], "name": row["desk__name"]},
        "submitted_by": row["submitted_by__username"],
        "submitted_at": row["submitted_at"],
        "taken": tally.taken,
        "waiting": tally.waiting,
        "failed": tally.failed,
        "refused": len(row["refused"]),
    }


def described(row: articles.Row) -> dict[str, Any]:
    article = row.article
    own = {"id": article.pk, "name": row.name, "status": article.status, "failure": article.failure}
    return {**own, "stage": row.stage, "percent": row.percent}


class BatchList(permissions.Door):
    """What was handed in together."""

    @extend_schema(
        operation_id="batches_list",
        parameters=[paging.PageQuery],
        responses={200: BatchPage, **problems(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        query = paging.PageQuery.of(request.query_params)
        rows = Batch.objects.filter(desk__in=permissions.desk_ids(request.user)).values(*ROW)
        found, following = paging.newest_first(request, CURSORS, rows, query)
        tallies = articles.tallies([row["id"] for row in found])
        return Response({"results": [brief(row, tallies[row["id"]]) for row in found], "next": following})


class BatchOne(permissions.Door):
    """What was handed in at once."""

    @extend_schema(
        operation_id="batches_get",
        parameters=[ETAG],
        responses={200: BatchDetail, 304: None, **problems(401, 403, 404)},
    )
    def get(self, request: Request, batch_id: int) -> Response:
        """Each article with its state. Ask with If-None-Match while some wait: 304 as long as nothing is different."""
        batch = permissions.batch_to_read(request, batch_id)
        row = Batch.objects.values(*ROW).get(pk=batch.pk)
        content = brief(row, articles.tallies([batch.pk])[batch.pk])
        content |= {"articles": [described(each) for each in articles.rows_of(batch)], "refusals": batch.refused}
        return with_etag(request, content)
