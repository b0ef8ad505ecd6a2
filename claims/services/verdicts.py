"""The desk's decision: a new version of the verdict, never a changed one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Max

from claims.models.claims import Claim
from claims.models.events import Subject
from claims.models.evidence import Evidence
from claims.models.verdicts import Rating, Verdict
from claims.rules.ratings import Axis
from claims.rules.refusals import Refused
from claims.rules.workflow import Missing
from claims.services.events import record, verb

FIELDS = {Axis.ATTRIBUTION: "attribution_verdict", Axis.VERACITY: "veracity_verdict"}


@dataclass(frozen=True)
class Findings:
    """Both answers with their reasons. Empty rationales of an axis mean that the common one covers it."""

    attribution: Rating
    veracity: Rating
    rationale: str
    attribution_rationale: str = ""
    veracity_rationale: str = ""
    attribution_confidence: float | None = None
    veracity_confidence: float | None = None
    as_of: date | None = None

    def columns(self) -> dict[str, Any]:
        """The columns that a review and a verdict have in common."""
        return {
            "attribution_rating": self.attribution,
            "attribution_rationale": self.attribution_rationale,
            "attribution_confidence": self.attribution_confidence,
            "veracity_rating": self.veracity,
            "veracity_rationale": self.veracity_rationale,
            "veracity_confidence": self.veracity_confidence,
            "rationale": self.rationale,
        }


def scales(desk_id: int) -> dict[Axis, list[Rating]]:
    """The ratings of the desk's two active scales, in order."""
    rows = Rating.objects.filter(scale__desk=desk_id, scale__active=True).select_related("scale")
    found: dict[Axis, list[Rating]] = {axis: [] for axis in Axis}
    for row in rows.order_by("position", "pk"):
        found[Axis(row.scale.axis)].append(row)
    return found


def ratings(desk_id: int, keys: dict[Axis, str]) -> dict[Axis, Rating]:
    """The ratings with these keys; raises Refused, naming the field and what could be chosen."""
    chosen, wrong = {}, []
    for axis, rows in scales(desk_id).items():
        by_key = {row.key: row for row in rows}
        if keys[axis] in by_key:
            chosen[axis] = by_key[keys[axis]]
        else:
            message = f"“{keys[axis]}” is not on the desk's scale. Use one of: {', '.join(by_key)}."
            wrong.append(Missing(FIELDS[axis], "unknown_rating", message))
    if wrong:
        raise Refused(wrong)
    return chosen


@verb
def decide(claim: Claim, findings: Findings, evidence: Iterable[Evidence], *, actor: Any, today: date) -> Verdict:
    """Store the next version of the claim's verdict. The caller holds the claim's lock and moves it on."""
    last = Verdict.objects.filter(claim=claim).aggregate(version=Max("version"))["version"] or 0
    verdict = Verdict.objects.create(
        claim=claim,
        version=last + 1,
        round=claim.round,
        as_of=findings.as_of or today,
        decided_by=actor,
        **findings.columns(),
    )
    verdict.evidence.set(evidence)
    what = {
        "verdict": verdict.pk,
        "version": verdict.version,
        "attribution": findings.attribution.key,
        "veracity": findings.veracity.key,
    }
    record("verdict.decided", Subject.CLAIM, claim.pk, actor=actor, data=what)
    return verdict
