"""How far the reviewers of a desk agree, for its editors."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import permissions
from claims.api.bodies import Reading
from claims.api.errors import problems
from claims.rules import workflow
from claims.rules.agreement import Estimate
from claims.rules.ratings import Axis
from claims.services import agreement
from claims.services.agreement import Report, Row, SpanRow


class AgreementQuery(Reading):
    """Which reviews."""

    desk = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=80,
        help_text="Slug or id; without it the first desk by name at which you are an editor.",
    )
    since = serializers.DateField(
        required=False, default=None, help_text="The first day on which the later of both reviews came in."
    )
    until = serializers.DateField(required=False, default=None, help_text="The last such day.")


class EstimateOut(serializers.Serializer[Any]):
    """A coefficient with its 95 % interval."""

    value = serializers.FloatField(allow_null=True, help_text="Null: not defined, all answers were the same.")
    low = serializers.FloatField(allow_null=True, help_text="Null: resampling says nothing about these few claims.")
    high = serializers.FloatField(allow_null=True)


class ReviewerOut(serializers.Serializer[Any]):
    """A person who reviewed."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class SpanAlphas(serializers.Serializer[Any]):
    """Krippendorff's alpha for unitizing, of each role."""

    source: Any = EstimateOut()  # a field, not the attribute
    cue = EstimateOut()
    content = EstimateOut()


class AgreementOfSpans(serializers.Serializer[Any]):
    """The agreement on what is marked in the article, of the whole desk, a pair of reviewers, or a month."""

    by = serializers.ChoiceField(choices=[agreement.WHOLE, agreement.PAIR, agreement.MONTH])
    reviewers = ReviewerOut(many=True, help_text="The two of a pair; otherwise empty.")
    month = serializers.CharField(allow_null=True, help_text="As 2026-11, in the desk's time zone; otherwise null.")
    n = serializers.IntegerField(help_text="Claims in which both marked.")
    few = serializers.BooleanField(help_text=f"Fewer than {agreement.FEW} claims: the numbers say next to nothing.")
    alpha = SpanAlphas()


class AgreementRow(serializers.Serializer[Any]):
    """The agreement on one axis, of the whole desk, a pair of reviewers, or a month."""

    axis = serializers.ChoiceField(choices=workflow.choices(Axis))
    by = serializers.ChoiceField(choices=[agreement.WHOLE, agreement.PAIR, agreement.MONTH])
    reviewers = ReviewerOut(many=True, help_text="The two of a pair; otherwise empty.")
    month = serializers.CharField(allow_null=True, help_text="As 2026-11, in the desk's time zone; otherwise null.")
    n = serializers.IntegerField(help_text="Claims that both reviewed.")
    few = serializers.BooleanField(help_text=f"Fewer than {agreement.FEW} claims: the numbers say next to nothing.")
    percent = EstimateOut(help_text="The share of claims with the same rating, 0 to 1.")
    kappa = EstimateOut(help_text="Cohen's kappa.")
    alpha = EstimateOut(help_text="Krippendorff's alpha, nominal.")
    n_ordinal = serializers.IntegerField(help_text="Claims whose two ratings both have a number.")
    ordinal = EstimateOut(help_text="Krippendorff's alpha of those, ordinal: near misses count less.")


class AgreementOut(serializers.Serializer[Any]):
    """The whole report. What it leaves out is counted."""

    desk = serializers.CharField(help_text="The desk's slug.")
    since = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True)
    claims = serializers.IntegerField(help_text=f"Claims with both reviews in; the newest {agreement.CLAIMS} at most.")
    older_left_out = serializers.BooleanField(help_text="Whether there are older ones than those.")
    pairs_left_out = serializers.IntegerField(help_text=f"Pairs beyond the {agreement.PAIRS} with the most claims.")
    months_left_out = serializers.IntegerField(help_text=f"Months before the last {agreement.MONTHS} with claims.")
    unmarked = serializers.IntegerField(
        help_text="Claims that count for no span: not both reviews mark, or not in the same attribution."
    )
    rows = AgreementRow(many=True)
    spans = AgreementOfSpans(many=True, help_text="Empty where no claim was marked by both.")


class AgreementReport(permissions.Door):
    """How far the reviewers of a desk agree."""

    @extend_schema(
        operation_id="agreement_report",
        parameters=[AgreementQuery],
        responses={200: AgreementOut, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        """For editors. A claim counts once both of its reviews are in, by what each reviewer said before that."""
        query = AgreementQuery.of(request.query_params)
        desk = agreement.desk_of(request.user, query["desk"])
        return Response(described(agreement.report(desk, query["since"], query["until"])))


def described(report: Report) -> dict[str, Any]:
    return {
        "desk": report.desk.slug,
        "since": report.since,
        "until": report.until,
        "claims": report.claims,
        "older_left_out": report.older_left_out,
        "pairs_left_out": report.pairs_left_out,
        "months_left_out": report.months_left_out,
        "unmarked": report.unmarked,
        "rows": [_row(row) for row in report.rows],
        "spans": [_spans(row) for row in report.spans],
    }


def _row(row: Row) -> dict[str, Any]:
    found = row.agreement
    return {
        "axis": row.axis,
        **_whose(row),
        "n": found.n,
        "few": row.few,
        "percent": _estimate(found.percent),
        "kappa": _estimate(found.kappa),
        "alpha": _estimate(found.alpha),
        "n_ordinal": found.ranked,
        "ordinal": _estimate(found.ordinal),
    }


def _spans(row: SpanRow) -> dict[str, Any]:
    alphas = {role: _estimate(alpha) for role, alpha in row.alphas.items()}
    return {**_whose(row), "n": row.n, "few": row.few, "alpha": alphas}


def _whose(row: Row | SpanRow) -> dict[str, Any]:
    return {
        "by": row.by,
        "reviewers": [{"id": person.pk, "name": str(person)} for person in row.reviewers],
        "month": row.month.strftime("%Y-%m") if row.month else None,
    }


def _estimate(estimate: Estimate) -> dict[str, float | None]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}
