"""What goes public: publish, reopen, correct, retract. Whoever publishes is not the only one who reviewed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from claims.models.adjudication import Adjudication
from claims.models.claims import Claim
from claims.models.desks import EDITORS, Desk
from claims.models.evidence import ClaimantContact
from claims.models.publication import Action, Correction, CorrectionKind, Publication
from claims.models.review import Review, reviews_in
from claims.models.verdicts import Verdict
from claims.rules import workflow
from claims.rules.notifications import Kind
from claims.rules.refusals import Conflict, Forbidden, Refused
from claims.rules.workflow import ClaimState, Missing, ReopenReason
from claims.services import claims as claim_services
from claims.services import desks, review
from claims.services import evidence as evidence_services
from claims.services.events import verb
from claims.services.notifications import tell

_when_public: list[Callable[[], None]] = []


def when_public(call: Callable[[], None]) -> None:
    """Register what happens after the commit of each step in public. What goes wrong there undoes nothing."""
    _when_public.append(call)


@dataclass(frozen=True)
class Statements:
    """What the publisher states where the publication gate asks."""

    source_exception: str = ""
    no_contact_reason: str = ""
    counter_evidence_sought: bool = False


@dataclass(frozen=True)
class Note:
    """The public side of a correction."""

    kind: str
    note: str
    reason: str = ""


def _editor(claim: Claim, user: Any) -> None:
    if desks.role_at(claim.desk_id, user) not in EDITORS:
        raise Forbidden.one("desk", "not_an_editor", "Only an editor of the desk may do this.")


def _four_eyes(claim: Claim, user: Any, step: str) -> None:
    seen_by = reviewers(claim)
    if seen_by and not workflow.may_publish(seen_by, user.pk):
        message = f"You are the only reviewer of this claim. Somebody else has to {step}."
        raise Forbidden.one("publisher", "four_eyes", message)


def reviewers(claim: Claim) -> set[int]:
    """Whose reviews of the present round stand. One that was sent back and given up is behind no verdict."""
    return set(reviews_in(claim).filter(sent_back=None).values_list("assignment__reviewer", flat=True))


@dataclass(frozen=True)
class Credits:
    """Whose work a verdict is: the reviews that stand behind it, oldest first, and who settled their difference."""

    reviews: list[Review]
    settled: Adjudication | None

    @property
    def reviewers(self) -> list[Any]:
        return [review.assignment.reviewer for review in self.reviews]


def credits_of(verdict: Verdict) -> Credits:
    """For the desk and for the public alike; two queries."""
    rows = Review.objects.filter(assignment__claim=verdict.claim_id, assignment__round=verdict.round, sent_back=None)
    settled = Adjudication.objects.filter(verdict=verdict).select_related("adjudicator").first()
    return Credits(list(rows.select_related("assignment__reviewer").order_by("submitted_at", "pk")), settled)


def gate(claim: Claim, verdict: Verdict, statements: Statements) -> list[Missing]:
    """What the desk's publication gate misses: what is required stops the publication, the rest is advice."""
    desk = Desk.objects.get(pk=claim.desk_id)
    facts = workflow.PublicationFacts(
        independent_sources=workflow.independent_sources(evidence_services.facts(list(verdict.evidence.all()))),
        source_exception=statements.source_exception,
        claimant_contacted=ClaimantContact.objects.filter(claim=claim).exists(),
        no_contact_reason=statements.no_contact_reason,
        counter_evidence_sought=statements.counter_evidence_sought,
        method_url=desk.method_url,
    )
    policy = workflow.PublicationPolicy(
        enforce_sources="sources" in desk.gate_requires,
        enforce_claimant_contact="claimant_contact" in desk.gate_requires,
        enforce_counter_evidence="counter_evidence" in desk.gate_requires,
        enforce_method="method" in desk.gate_requires,
    )
    return workflow.publication_gate(facts, policy)


def newest_verdict(claim: Claim) -> Verdict:
    """The verdict of the claim's present round; raises Conflict when nobody decided yet."""
    verdict = Verdict.objects.filter(claim=claim, round=claim.round).order_by("-version").first()
    if verdict is None:
        raise Conflict.with_details("claim", "not_decided", "Nobody has decided on this claim yet.", state=claim.state)
    return verdict


@verb
def publish(
    claim_id: int, *, actor: Any, statements: Statements = Statements(), note: Note | None = None
) -> Publication:
    """Publish the decided verdict; the second and every later one needs a public note on what changed.

    Raises Forbidden for the only reviewer and for people who are no editors, Conflict when there is nothing to publish,
    Refused with what the gate misses.
    """
    claim_services.visible(actor, claim_id)
    claim = claim_services.locked(claim_id)
    _editor(claim, actor)
    verdict = newest_verdict(claim)
    if claim.state == ClaimState.PUBLISHED:
        raise Conflict.with_details("claim", "published", "This verdict is public already.", state=claim.state)
    _four_eyes(claim, actor, "publish it")
    missing = [item for item in gate(claim, verdict, statements) if item.required]
    before = Publication.objects.filter(claim=claim).order_by("-position").first()
    missing += _missing_note(note) if before else []
    if missing:
        raise Refused(missing)
    claim_services.move(claim, ClaimState.PUBLISHED, "claim.published", actor=actor, data={"verdict": verdict.pk})
    publication = Publication.objects.create(
        position=0,
        claim=claim,
        verdict=verdict,
        action=Action.CORRECTED if before else Action.PUBLISHED,
        publisher=actor,
        statements={key: value for key, value in vars(statements).items() if value},
    )
    if before and note:
        Correction.objects.create(
            publication=publication,
            from_verdict=before.verdict,
            to_verdict=verdict,
            kind=note.kind,
            note=note.note.strip(),
            reason=note.reason.strip(),
            approver=actor,
        )
    _tell_reviewers(claim, Kind.CORRECTED if before else Kind.PUBLISHED, actor)
    _tell_the_world()
    publication.refresh_from_db()
    return publication


def _tell_reviewers(claim: Claim, kind: Kind, actor: Any) -> None:
    tell(reviewers(claim), kind, desk_id=claim.desk_id, claim=claim, actor=actor)


def _tell_the_world() -> None:
    for call in _when_public:
        transaction.on_commit(call, robust=True)


def _missing_note(note: Note | None) -> list[Missing]:
    wrong = []
    if note is None or not note.note.strip():
        wrong.append(Missing("correction_note", "blank", "Tell the public what changed and why."))
    if note is None or note.kind not in (CorrectionKind.CLARIFICATION, CorrectionKind.CORRECTION):
        wrong.append(Missing("correction_kind", "unknown", "Choose clarification or correction."))
    return wrong


@verb
def reopen(claim_id: int, reason: ReopenReason, *, actor: Any, note: str = "") -> Claim:
    """Have a published claim reviewed anew. The public keeps version n until n+1 is published."""
    claim_services.visible(actor, claim_id)
    claim = claim_services.locked(claim_id)
    _editor(claim, actor)
    why = f"{workflow.label(reason)}: {note}".rstrip(": ")
    claim_services.move(claim, ClaimState.REOPENED, "claim.reopened", actor=actor, reason=why)
    Claim.objects.filter(pk=claim.pk).update(round=F("round") + 1, deadline=None)
    claim.refresh_from_db()
    review.enqueue(claim, actor=actor, reason=why)
    return claim


@verb
def retract(claim_id: int, *, actor: Any, note: str, reason: str = "") -> Publication:
    """Take a published verdict back, in public: the page stays and says so."""
    claim_services.visible(actor, claim_id)
    claim = claim_services.locked(claim_id)
    _editor(claim, actor)
    _four_eyes(claim, actor, "take it back")
    if not note.strip():
        raise Refused.one("note", "blank", "Tell the public why the verdict is taken back.")
    claim_services.move(claim, ClaimState.RETRACTED, "claim.retracted", actor=actor, reason=note)
    before = Publication.objects.filter(claim=claim).order_by("-position")[0]
    publication = Publication.objects.create(
        position=0, claim=claim, verdict=before.verdict, action=Action.RETRACTED, publisher=actor
    )
    Correction.objects.create(
        publication=publication,
        from_verdict=before.verdict,
        to_verdict=None,
        kind=CorrectionKind.RETRACTION,
        note=note.strip(),
        reason=reason.strip(),
        approver=actor,
    )
    _tell_reviewers(claim, Kind.RETRACTED, actor)
    _tell_the_world()
    publication.refresh_from_db()
    return publication


# --- As programs are told of it ---------------------------------------------------------------------------------------

_RATING = ("key", "label", "number", "normalised")
# What entry() wants to know of a publication.
ROW = (
    *("position", "action", "published_at", "claim_id", "claim__text", "verdict_id", "verdict__version"),
    *("verdict__as_of", "verdict__rationale", "correction__from_verdict"),
    *(f"verdict__{axis}_rating__{name}" for axis in ("attribution", "veracity") for name in _RATING),
)


def page_url(verdict_id: int) -> str:
    """The page for people; addresses are known by name, as jobs are."""
    return settings.PUBLIC_URL + reverse("web:verdict", args=[verdict_id])


def entry(row: dict[str, Any]) -> dict[str, Any]:
    """A step in public, of its values ROW, as feed and webhooks tell it; of what is retracted a tombstone."""
    gone = row["action"] == Action.RETRACTED
    return {
        "id": row["verdict_id"],
        "action": row["action"],
        "position": row["position"],
        "published_at": row["published_at"],
        "replaces": row["correction__from_verdict"],
        "url": page_url(row["verdict_id"]),
        "claim": {"id": row["claim_id"], "text": None if gone else row["claim__text"]},
        "version": row["verdict__version"],
        "as_of": None if gone else row["verdict__as_of"],
        "attribution": None if gone else _rating(row, "attribution"),
        "veracity": None if gone else _rating(row, "veracity"),
        "rationale": None if gone else row["verdict__rationale"],
    }


def _rating(row: dict[str, Any], axis: str) -> dict[str, Any]:
    return {name: row[f"verdict__{axis}_rating__{name}"] for name in _RATING}
