"""What a desk's work adds up to, for its members."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import permissions
from claims.api.bodies import Reading
from claims.api.errors import problems
from claims.rules import workflow
from claims.rules.refusals import Refused
from claims.rules.rights import Right
from claims.rules.workflow import ClaimState
from claims.services import numbers, rights
from claims.services.numbers import Person, Report
from sources.models import Source


class NumbersQuery(Reading):
    """Which days, and whose claims."""

    since = serializers.DateField(
        required=False, default=None, help_text=f"The first day; without it {numbers.USUAL} days are counted."
    )
    until = serializers.DateField(required=False, default=None, help_text="The last day; without it today.")
    source: Any = serializers.IntegerField(  # a field, not the attribute
        required=False, default=None, min_value=1, max_value=2**63 - 1, help_text="Only what this source said."
    )


class DayOut(serializers.Serializer[Any]):
    """The open claims at the end of one day, and what came and was done during it."""

    day = serializers.DateField()
    open = serializers.IntegerField(help_text="From the queue to the decision.")
    queued = serializers.IntegerField(help_text="Of these in the queue.")
    came = serializers.IntegerField()
    done = serializers.IntegerField()


class WeekOut(serializers.Serializer[Any]):
    """What was done in one week."""

    monday = serializers.DateField()
    days = serializers.IntegerField(help_text="Days of it that were asked for, 7 unless it is cut.")
    decided = serializers.IntegerField()
    published = serializers.IntegerField()
    dismissed = serializers.IntegerField()


class StayOut(serializers.Serializer[Any]):
    """How long claims stood in a state."""

    state = serializers.ChoiceField(choices=workflow.choices(ClaimState))
    count = serializers.IntegerField(help_text="Stays that ended in these days.")
    median_seconds = serializers.FloatField()


class DueCounts(serializers.Serializer[Any]):
    """What waits or is held now, by when it is due."""

    overdue = serializers.IntegerField()
    soon = serializers.IntegerField(help_text="Within 24 hours.")
    later = serializers.IntegerField()
    undated = serializers.IntegerField()


class InTimeOut(serializers.Serializer[Any]):
    """Reviews handed in during one week."""

    monday = serializers.DateField()
    reviews = serializers.IntegerField()
    dated = serializers.IntegerField(help_text="Those that had a due time.")
    kept = serializers.IntegerField(help_text="Those of these that were in time.")


class RightOut(serializers.Serializer[Any]):
    """A share with its 95 % interval (Wilson); null where there is nothing to share."""

    part = serializers.IntegerField()
    whole = serializers.IntegerField()
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class BinOut(serializers.Serializer[Any]):
    """What people decided on what the engine found with such a confidence."""

    low = serializers.FloatField(help_text="The confidence from here …")
    high = serializers.FloatField(help_text="… to below here; 1 belongs to the last one.")
    confirmed = serializers.IntegerField()
    corrected = serializers.IntegerField()
    rejected = serializers.IntegerField()
    right = RightOut(help_text="What was confirmed as it was found.")


class SpeakerOut(serializers.Serializer[Any]):
    """Claims of one source."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    open = serializers.IntegerField(help_text="Now.")
    decided = serializers.IntegerField()


class PersonOut(serializers.Serializer[Any]):
    """What one person reviewed of the claims that are decided since."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    reviews = serializers.IntegerField()
    median_seconds = serializers.FloatField(allow_null=True)
    dated = serializers.IntegerField()
    kept = serializers.IntegerField()
    held = serializers.IntegerField(help_text="Now.")


class NumbersOut(serializers.Serializer[Any]):
    """The numbers of a desk."""

    desk = serializers.CharField(help_text="The desk's slug.")
    since = serializers.DateField()
    until = serializers.DateField()
    source: Any = serializers.IntegerField(allow_null=True)  # a field, not the attribute
    days = DayOut(many=True)
    weeks = WeekOut(many=True)
    stays = StayOut(many=True)
    due = DueCounts()
    in_time = InTimeOut(many=True)
    engine = BinOut(many=True)
    right = RightOut(help_text="Of everything that the engine found and people decided on.")
    sources = SpeakerOut(many=True, help_text=f"The {numbers.SPEAKERS} with the most claims.")
    people = PersonOut(many=True, allow_null=True, help_text="Null for whoever does not oversee the desk.")


class DeskNumbers(permissions.Door):
    """What the work of a desk adds up to."""

    @extend_schema(
        operation_id="desks_numbers",
        parameters=[NumbersQuery],
        responses={200: NumbersOut, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, desk_id: int) -> Response:
        """For members, over at most a year. Nothing tells what a reviewer of an open claim found."""
        desk = permissions.desk(request, desk_id, Right.READ)
        query = NumbersQuery.of(request.query_params)
        source = None
        if query["source"] is not None:
            source = Source.objects.filter(pk=query["source"]).first()
            if source is None:
                raise Refused.one("source", "absent", "There is no such source.")
        people = rights.may(request.user, Right.OVERSEE, desk)
        return Response(described(numbers.report(desk, query["since"], query["until"], source, people=people)))


def described(report: Report) -> dict[str, Any]:
    return {
        "desk": report.desk.slug,
        "since": report.since,
        "until": report.until,
        "source": report.source.pk if report.source else None,
        "days": [asdict(day) for day in report.days],
        "weeks": [asdict(week) for week in report.weeks],
        "stays": [
            {"state": stay.state, "count": stay.count, "median_seconds": stay.median.total_seconds()}
            for stay in report.stays
        ],
        "due": asdict(report.due),
        "in_time": [asdict(week) for week in report.in_time],
        "engine": [asdict(each) for each in report.bins],
        "right": asdict(report.right),
        "sources": [
            {"id": each.source.pk, "name": each.source.name, "open": each.open, "decided": each.decided}
            for each in report.speakers
        ],
        "people": None if report.people is None else [_person(each) for each in report.people],
    }


def _person(each: Person) -> dict[str, Any]:
    return {
        "id": each.user.pk,
        "name": str(each.user),
        "reviews": each.reviews,
        "median_seconds": None if each.median is None else each.median.total_seconds(),
        "dated": each.dated,
        "kept": each.kept,
        "held": each.held,
    }
