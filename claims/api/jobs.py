"""The jobs, for admins: what waits, what failed for good, and another try for it."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import paging, permissions
from claims.api.errors import problems
from claims.models.jobs import Job, JobState
from claims.rules.refusals import Absent, Conflict
from claims.services import jobs as queue

CURSORS = paging.Cursors("jobs")


class JobOut(serializers.Serializer[Any]):
    """One piece of work."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    key = serializers.CharField()
    state = serializers.ChoiceField(choices=JobState.choices)
    attempts = serializers.IntegerField()
    stage = serializers.CharField(allow_blank=True)
    progress = serializers.IntegerField()
    error = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class JobPage(paging.Page):
    """Jobs, the newest first."""

    results = JobOut(many=True)


class JobQuery(paging.PageQuery):
    """Which jobs."""

    state = serializers.ChoiceField(choices=JobState.choices, required=False)


ROW = tuple(JobOut().get_fields())


class JobList(permissions.Door):
    """The jobs of this installation."""

    @extend_schema(operation_id="jobs_list", parameters=[JobQuery], responses={200: JobPage, **problems(400, 401, 403)})
    def get(self, request: Request) -> Response:
        permissions.is_admin(request)
        query = JobQuery.of(request.query_params)
        rows = Job.objects.all()
        if "state" in query:
            rows = rows.filter(state=query["state"])
        found, following = paging.newest_first(request, CURSORS, rows.values(*ROW), query)
        return Response({"results": found, "next": following})


class JobRetry(permissions.Door):
    """Another try for a quarantined job."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.EDIT}

    @extend_schema(operation_id="jobs_retry", request=None, responses={202: JobOut, **problems(401, 403, 404, 409)})
    def post(self, request: Request, job_id: int) -> Response:
        permissions.is_admin(request)
        job = Job.objects.filter(pk=job_id)
        if not job.exists():
            raise Absent.one("job", "absent", "There is no such job.")
        if not queue.retry(job_id):
            raise Conflict.with_details("job", "not_quarantined", "This job did not fail for good.")
        return Response(job.values(*ROW).get(), status=202)
