"""The desk's decision: a new version of the verdict, never a changed one."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from claims.models.claims import Claim
from claims.models.events import Subject
from claims.models.rows import read
from claims.models.verdicts import Rating, Verdict
from claims.rules.ratings import Axis
from claims.rules.refusals import Refused
from claims.rules.workflow import NO_VERDICT, Missing
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
        """The columns that a review and a verdict have in common, in the order of COLUMNS."""
        return {
            "attribution_rating_id": self.attribution.pk,
            "attribution_rationale": self.attribution_rationale,
            "attribution_confidence": self.attribution_confidence,
            "veracity_rating_id": self.veracity.pk,
            "veracity_rationale": self.veracity_rationale,
            "veracity_confidence": self.veracity_confidence,
            "rationale": self.rationale,
        }


COLUMNS = (
    "attribution_rating_id, attribution_rationale, attribution_confidence,"
    " veracity_rating_id, veracity_rationale, veracity_confidence, rationale"
)
# Written out, as whatever is handed in asks for them: the ORM takes longer to compile each than the database to answer.
SCALES_SQL = """
    SELECT r.*, s.axis FROM claims_rating r JOIN claims_ratingscale s ON s.id = r.scale_id
     WHERE s.desk_id = %s AND s.active {which} ORDER BY r.position, r.id
"""
DECIDE_SQL = f"""
    WITH made AS (
        INSERT INTO claims_verdict (claim_id, round, decided_by_id, as_of, {COLUMNS}, version)
        SELECT %s, %s, %s, coalesce(%s, (now() AT TIME ZONE 'UTC')::date), %s, %s, %s, %s, %s, %s, %s,
               coalesce(max(version), 0) + 1
          FROM claims_verdict WHERE claim_id = %s
        RETURNING *
    ), rest AS (
        INSERT INTO claims_verdict_evidence (verdict_id, evidence_id)
        SELECT made.id, piece FROM made, unnest(%s::bigint[]) piece
    )
    SELECT * FROM made
"""  # noqa: S608 - constants of the code


def scales(desk_id: int) -> dict[Axis, list[Rating]]:
    """The ratings of the desk's two active scales, in order."""
    return _by_axis(read(Rating, SCALES_SQL.format(which=""), [desk_id]))


def _by_axis(rows: Iterable[Rating]) -> dict[Axis, list[Rating]]:
    found: dict[Axis, list[Rating]] = {axis: [] for axis in Axis}
    for row in rows:
        found[Axis(vars(row)["axis"])].append(row)
    return found


def ratings(desk_id: int, keys: dict[Axis, str]) -> dict[Axis, Rating]:
    """The ratings with these keys; raises Refused, naming the field and what could be chosen."""
    chosen, wrong = _chosen(desk_id, keys), []
    if len(chosen) == len(Axis):
        return chosen
    for axis, rows in scales(desk_id).items():
        by_key = {row.key: row for row in rows}
        if keys[axis] in by_key:
            chosen[axis] = by_key[keys[axis]]
        elif not keys[axis]:
            wrong.append(NO_VERDICT[FIELDS[axis]])
        else:
            message = f"“{keys[axis]}” is not on the desk's scale. Use one of: {', '.join(by_key)}."
            wrong.append(Missing(FIELDS[axis], "unknown_rating", message))
    if wrong:
        raise Refused(wrong)
    return chosen


def _chosen(desk_id: int, keys: dict[Axis, str]) -> dict[Axis, Rating]:
    """Those of the keys that are on the desk's scales, without reading the whole of these."""
    # Nothing else is a key, nor could PostgreSQL read all that is none.
    named = [key for key in keys.values() if key.isascii() and key.isprintable()]
    rows = read(Rating, SCALES_SQL.format(which="AND r.key = ANY (%s)"), [desk_id, named])
    found = {axis: {row.key: row for row in those} for axis, those in _by_axis(rows).items()}
    return {axis: found[axis][key] for axis, key in keys.items() if key in found[axis]}


@verb
def decide(claim: Claim, findings: Findings, evidence: Collection[int], *, actor: Any) -> Verdict:
    """Store the next version of the claim's verdict, resting on the pieces of ``evidence`` (ids).

    It holds for today, unless the findings say for which day. The caller holds the claim's lock and moves it on.
    """
    of = [claim.pk, claim.round, actor.pk, findings.as_of, *findings.columns().values(), claim.pk, list(evidence)]
    (verdict,) = read(Verdict, DECIDE_SQL, of)
    verdict.claim, verdict.decided_by = claim, actor
    verdict.attribution_rating, verdict.veracity_rating = findings.attribution, findings.veracity
    what = {
        "verdict": verdict.pk,
        "version": verdict.version,
        "attribution": findings.attribution.key,
        "veracity": findings.veracity.key,
    }
    record("verdict.decided", Subject.CLAIM, claim.pk, actor=actor, data=what)
    return verdict
