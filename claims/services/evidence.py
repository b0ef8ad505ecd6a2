"""Evidence: put it forward, withdraw it, store a copy of what stands behind it."""

import hashlib
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from warcio.archiveiterator import ArchiveIterator

from claims import egress, jobs
from claims.extraction import text as texts
from claims.models.claims import Claim
from claims.models.desks import ADJUDICATORS, EDITORS, REVIEWERS, Desk
from claims.models.events import Event, Subject
from claims.models.evidence import (
    ADD_SQL,
    Capture,
    CaptureStatus,
    ClaimantContact,
    Evidence,
    EvidenceQuerySet,
    EvidenceRelation,
    Tier,
)
from claims.models.jobs import Job
from claims.models.review import TOOK_PART, Assignment, Unblinding, reviews_in
from claims.models.rows import read
from claims.rules.links import UnsafeLink, check_link
from claims.rules.refusals import Absent, Conflict, Refused
from claims.rules.workflow import UNVEILED, ClaimState, EvidenceFacts, Missing
from claims.services import claims as claim_services
from claims.services import desks
from claims.services import jobs as queue
from claims.services.events import entry, record, record_all, verb
from claims.services.warc import warc_of, warc_of_file

CAPTURE_LIMIT_BYTES = 5_000_000
CAPTURE_SECONDS = 30.0
MAX_PIECES = 50
GROUP_LIMIT = 100


@dataclass(frozen=True)
class Piece:
    """A piece of evidence as a person or a program gives it: an address, or a file with its name and content."""

    url: str
    relation: str
    note: str = ""
    quote: str = ""
    tier: str = Tier.SECONDARY.value
    independence_group: str = ""
    file_name: str = ""
    content: bytes = field(default=b"", repr=False)

    def typed(self) -> dict[str, str]:
        """What a draft can keep of it: everything but the file, which only the person's own machine has."""
        return {name: value for name, value in vars(self).items() if name not in ("file_name", "content")}


def check(pieces: list[Piece]) -> list[Missing]:
    """What is wrong with the pieces, by field; empty when all can be stored."""
    wrong = []
    if len(pieces) > MAX_PIECES:
        wrong.append(Missing("evidence", "too_many", f"Send at most {MAX_PIECES} pieces of evidence at once."))
    for number, piece in enumerate(pieces, start=1):
        wrong += _check_file(number, piece) if piece.file_name else _check_link(number, piece)
        if piece.relation not in EvidenceRelation.values:
            known = ", ".join(EvidenceRelation.values)
            wrong.append(Missing("evidence", "relation", f"Evidence {number}: the relation must be one of {known}."))
        if piece.tier not in Tier.values:
            known = ", ".join(Tier.values)
            wrong.append(Missing("evidence", "tier", f"Evidence {number}: the tier must be one of {known}."))
        if len(piece.independence_group) > GROUP_LIMIT:
            message = f"Evidence {number}: name the group in at most {GROUP_LIMIT} characters."
            wrong.append(Missing("evidence", "independence_group", message))
    return wrong


def _check_link(number: int, piece: Piece) -> list[Missing]:
    try:
        check_link(piece.url)
    except UnsafeLink as error:
        return [Missing("evidence", "bad_link", f"Evidence {number}: {error}")]
    return []


def _check_file(number: int, piece: Piece) -> list[Missing]:
    wrong = []
    if piece.url:
        message = f"Evidence {number} is an address or a file, not both; add the other one as a piece of its own."
        wrong.append(Missing("evidence", "both", message))
    if not 0 < len(piece.content) <= CAPTURE_LIMIT_BYTES:
        message = f"Evidence {number}: a file has at least one byte and at most {CAPTURE_LIMIT_BYTES:,}."
        wrong.append(Missing("evidence", "file_size", message))
    return wrong


@verb
def add(claim: Claim, pieces: list[Piece], *, actor: Any) -> list[Evidence]:
    """Put pieces forward for the claim's present round. Raises Refused, naming the piece.

    The page behind an address is captured by a job; a file is its own copy and stored at once.
    """
    wrong = check(pieces)
    if wrong:
        raise Refused(wrong)
    if not pieces:
        return []
    columns = map(list, zip(*map(_columns, pieces), strict=True))
    rows = read(Evidence, ADD_SQL, [claim.pk, claim.round, actor.pk, *columns])
    for row in rows:
        row.claim, row.added_by = claim, actor
    record_all(entry("evidence.added", Subject.CLAIM, claim.pk, actor=actor, data=_told_of(row)) for row in rows)
    for row, piece in zip(rows, pieces, strict=True):
        if row.file_name:
            _keep(_copy_of_file(row, piece.content))
        else:
            queue.enqueue(jobs.CAPTURE_EVIDENCE, f"capture {row.pk}", {"evidence": row.pk})
    return rows


def _columns(piece: Piece) -> tuple[str, ...]:
    """What is stored of the piece, as ADD_SQL takes it."""
    url = "" if piece.file_name else _link(piece.url)
    words = (texts.clean(given).text.strip() for given in (piece.note, piece.quote, piece.independence_group))
    return piece.relation, piece.tier, url, _file_name(piece.file_name), *words


def _told_of(row: Evidence) -> dict[str, Any]:
    what = {"evidence": row.pk, "url": row.url, "relation": row.relation}
    return what | ({"file_name": row.file_name} if row.file_name else {})


def _file_name(name: str) -> str:
    """The name in one line and without folders, as far as the column holds it."""
    return " ".join(texts.clean(name.replace("\\", "/").rpartition("/")[2]).text.split())[:255]


def _link(url: str) -> str:
    """The address with its scheme in small letters, as the column wants it; telephones like to write "Https"."""
    scheme, colon, rest = check_link(url).partition(":")
    return scheme.lower() + colon + rest


@verb
def withdraw(evidence_id: int, *, actor: Any) -> Evidence:
    """Take back a piece that no review rests on yet. Only whoever put it forward may."""
    row = Evidence.objects.filter(pk=evidence_id, added_by=actor.pk).first()
    if row is None:
        raise Absent.one("evidence", "absent", "There is no such piece of evidence of yours.")
    # Whoever submits holds the claim's lock: a piece cannot leave while a review is being made to rest on it.
    claim_services.locked(row.claim_id)
    row.refresh_from_db()
    if row.reviews.exists():
        raise Conflict.with_details("evidence", "in_use", "A submitted review rests on this piece; it stays.")
    if row.withdrawn_at is None:
        Evidence.objects.filter(pk=row.pk).update(withdrawn_at=Now())
        record("evidence.withdrawn", Subject.CLAIM, row.claim_id, actor=actor, data={"evidence": row.pk})
    row.refresh_from_db()
    return row


def put_forward(claim: Claim, user: Any) -> EvidenceQuerySet:
    """What this person has put forward in the claim's present round, oldest first."""
    mine = Evidence.objects.filter(claim=claim, round=claim.round, added_by=user.pk, withdrawn_at=None)
    return mine.order_by("pk")


# A review can still be sent back to its writer, or go to somebody else: only who is to judge sees it.
JUDGED_BY = {ClaimState.SUBMITTED: EDITORS, ClaimState.ADJUDICATION: ADJUDICATORS}
# What a reviewer must not know of another's open work.
TELLING = ("evidence.", "verdict.", "review.", "note.")
SENT_BACK = "review.sent_back"
# Steps that tell nothing of a review. What is not here is hidden from a second reviewer.
PLAIN = (
    *("claim.extracted", "claim.triaged", "claim.dismissed", "claim.restored", "claim.queued", "claim.reopened"),
    *("claim.formulated", "claim.unqueued", "claim.linked", "claim.unlinked"),
    *("claim.expired", "claim.second_review", "claim.review_twice", "claim.review_as_policy"),
    *("claim.deadline_set", "claim.overdue", "claim.escalated"),
)


def unveiled(claim: Claim, user: Any) -> bool:
    """Whether nothing of the claim's reviews is kept from this person: it is decided, or theirs to judge.

    Who judges has opened the review, and reviews nothing of the round; everybody else may yet have to.
    """
    judges = JUDGED_BY.get(ClaimState(claim.state))
    return claim.state in UNVEILED if judges is None else _judges(claim, user, judges)


def _judges(claim: Claim, user: Any, roles: Container[str]) -> bool:
    here = {"claim": claim, "round": claim.round}
    part = Assignment.objects.filter(**here, reviewer=user.pk, state__in=TOOK_PART)
    opened = Unblinding.objects.filter(**here, user=user.pk)
    return desks.role_at(claim.desk_id, user) in roles and opened.exists() and not part.exists()


def _blind(claim: Claim, user: Any) -> bool:
    """Whether a review is in that somebody must not know of, because they review the claim as well or may yet."""
    return not unveiled(claim, user) and reviews_in(claim).exists()


def state_reason(claim: Claim, user: Any) -> str:
    """Why the claim is in its state; empty while a review is blind, since who gave it up may have said what they think.

    A dismissed claim is reviewed by nobody, and everybody is told why.
    """
    told = claim.state_reason and (claim.state == ClaimState.DISMISSED or not _blind(claim, user))
    return claim.state_reason if told else ""


def visible(claim: Claim, user: Any) -> EvidenceQuerySet:
    """What this person may see: their own, and others' only once nothing of its round is to be reviewed any more."""
    rows = Evidence.objects.filter(claim=claim, withdrawn_at=None).order_by("pk")
    if unveiled(claim, user):
        return rows
    return rows.filter(Q(added_by=user.pk) | Q(round__lt=claim.round))


def contacts(claim: Claim, user: Any) -> QuerySet[ClaimantContact]:
    """When the claimant was asked, and what. While a review is blind, without what others asked in its round."""
    rows = ClaimantContact.objects.filter(claim=claim).select_related("asked_by").order_by("pk")
    if not _blind(claim, user):
        return rows
    return rows.filter(Q(asked_by=user.pk) | Q(round__lt=claim.round))


def history(claim: Claim, user: Any) -> QuerySet[Event]:
    """The claim's events as this person may know them; see told() for what is left of each.

    While a review is blind, what others did in its round stays away: how much somebody found is a hint as well. That a
    review was sent back its writer knows, and whoever read one to judge it; no other reviewer.
    """
    rows = Event.objects.of(Subject.CLAIM, claim.pk).select_related("actor")
    if not _blind(claim, user):
        return rows
    reopened = rows.filter(kind="claim.reopened").order_by("-sequence").values("sequence")[:1]
    here = Q(sequence__gt=Coalesce(Subquery(reopened), 0))
    # A job has no actor: its copy may be of anybody's evidence.
    return rows.exclude(here & ~Q(kind__in=PLAIN) & ~Q(actor=user.pk) & ~_sent_back(claim, user))


def _sent_back(claim: Claim, user: Any) -> Q:
    """The events of reviews sent back of which this person may know, in the claim's present round."""
    if _judges(claim, user, ADJUDICATORS):
        return Q(kind=SENT_BACK)
    own = Assignment.objects.filter(claim=claim, round=claim.round, reviewer=user.pk)
    return Q(kind=SENT_BACK, data__assignment__in=list(own.values_list("pk", flat=True)))


def told(claim: Claim, events: Iterable[Event], user: Any) -> list[Event]:
    """The events, without their details where a review is open and they are another's."""
    everything, rows = unveiled(claim, user), list(events)
    for event in rows:
        if not everything and event.actor_id != user.pk and event.kind.startswith(TELLING):
            event.data, event.reason = {}, ""
            if event.kind == SENT_BACK:
                # Coming from adjudication it would say that the other review differs.
                event.from_state = ""
    return rows


def readable(evidence_id: int, user: Any) -> Evidence:
    """The piece, if it belongs to a desk of the user and they may see it; raises Absent."""
    row = Evidence.objects.filter(pk=evidence_id, claim__desk__in=Desk.objects.of(user)).select_related("claim").first()
    if row is None or not visible(row.claim, user).filter(pk=row.pk).exists():
        raise Absent.one("evidence", "absent", "There is no such piece of evidence at your desk.")
    return row


def facts(rows: QuerySet[Evidence] | list[Evidence]) -> list[EvidenceFacts]:
    """What the rules need to know of these pieces."""
    return [EvidenceFacts(row.url, bool(row.file_name), row.independence_group) for row in rows]


def capture(job: Job) -> None:
    """The job that stores a copy of the page behind a piece of evidence, or the reason why there is none."""
    evidence = Evidence.objects.get(pk=job.args["evidence"])
    queue.report(job, "fetching", 20)
    attempt = Capture(evidence=evidence, attempt=evidence.captures.count() + 1)
    try:
        answer = egress.fetch(
            evidence.url,
            limit_bytes=CAPTURE_LIMIT_BYTES,
            timeout_s=CAPTURE_SECONDS,
            allow=settings.EGRESS_ALLOW,
        )
        _fill(attempt, answer)
    except egress.EgressError as error:
        attempt.status, attempt.reason = CaptureStatus.FAILED, str(error)[:500]
    with queue.finishing(job):
        _keep(attempt)


def _keep(attempt: Capture) -> None:
    """Store an attempt with its event. Inside the caller's transaction."""
    attempt.save()
    what = {"evidence": attempt.evidence_id, "status": attempt.status, "sha256": attempt.sha256}
    record("evidence.captured", Subject.CLAIM, attempt.evidence.claim_id, reason=attempt.reason, data=what)


def _quarantined(job: Job) -> None:
    """What kept killing the worker is on record as a failed attempt, where the desk looks for it."""
    evidence = Evidence.objects.get(pk=job.args["evidence"])
    reason = f"Storing the page failed {job.attempts} times, the last time with: {job.error[:300]}"
    Capture.objects.create(
        evidence=evidence, attempt=evidence.captures.count() + 1, status=CaptureStatus.FAILED, reason=reason
    )
    what = {"evidence": evidence.pk, "status": CaptureStatus.FAILED}
    record("evidence.captured", Subject.CLAIM, evidence.claim_id, reason=reason, data=what)


queue.when_quarantined(jobs.CAPTURE_EVIDENCE, _quarantined)


def _fill(attempt: Capture, answer: egress.Fetched) -> None:
    attempt.final_url = answer.final_url[:2048]
    attempt.content_type = answer.content_type[:200]
    if answer.status >= 400:
        attempt.status, attempt.reason = CaptureStatus.FAILED, f"The address answered with {answer.status}."
        return
    _stored(attempt, answer.body, warc_of(answer))


def _copy_of_file(row: Evidence, content: bytes) -> Capture:
    # Whatever kind of file it says it is: it is kept as bytes and given back as bytes.
    attempt = Capture(evidence=row, attempt=1, content_type="application/octet-stream")
    _stored(attempt, content, warc_of_file(row.file_name, content))
    return attempt


def _stored(attempt: Capture, body: bytes, warc: bytes) -> None:
    attempt.status = CaptureStatus.STORED
    attempt.sha256 = hashlib.sha256(body).hexdigest()
    attempt.size = len(body)
    attempt.warc = warc


def content_of(capture: Capture) -> bytes:
    """The body that a stored capture holds, out of its WARC record."""
    content: bytes = next(ArchiveIterator(BytesIO(bytes(capture.warc)))).content_stream().read()
    return content


@verb
def capture_again(evidence_id: int, *, actor: Any) -> None:
    """Try once more to store the page; raises Absent for whoever may not see the piece."""
    evidence = readable(evidence_id, actor)
    if evidence.file_name:
        raise Conflict.with_details("evidence", "file", "A file is its own copy; there is no page to ask for.")
    queue.enqueue(jobs.CAPTURE_EVIDENCE, f"capture {evidence.pk}", {"evidence": evidence.pk})
    what = {"evidence": evidence.pk}
    record("evidence.capture_asked", Subject.CLAIM, evidence.claim_id, actor=actor, data=what)


@verb
def contact(claim: Claim, channel: str, question: str, *, actor: Any) -> ClaimantContact:
    """Note that the claimant was asked."""
    wrong = [
        Missing(field, "blank", message)
        for field, value, message in (
            ("channel", channel, "Say how the claimant was asked, for example by e-mail."),
            ("question", question, "Say what the claimant was asked."),
        )
        if not value.strip()
    ]
    if wrong:
        raise Refused(wrong)
    row = ClaimantContact.objects.create(
        claim=claim,
        round=claim.round,
        asked_by=actor,
        channel=texts.clean(channel).text.strip()[:100],
        question=texts.clean(question).text.strip(),
    )
    record("claimant.asked", Subject.CLAIM, claim.pk, actor=actor, data={"contact": row.pk, "channel": row.channel})
    return row


@verb
def answer(contact_id: int, text: str, *, actor: Any) -> ClaimantContact:
    """Note what the claimant answered; raises Absent for whoever is no reviewer of the claim's desk."""
    if not text.strip():
        raise Refused.one("answer", "blank", "Write down what the claimant answered.")
    mine = ClaimantContact.objects.filter(claim__desk__in=Desk.objects.of(actor, REVIEWERS))
    row = mine.select_for_update(of=("self",)).select_related("claim").filter(pk=contact_id).first()
    if row is None or not contacts(row.claim, actor).filter(pk=row.pk).exists():
        raise Absent.one("contact", "absent", "There is no such question at your desk.")
    ClaimantContact.objects.filter(pk=row.pk).update(answer=texts.clean(text).text.strip(), answered_at=Now())
    record("claimant.answered", Subject.CLAIM, row.claim_id, actor=actor, data={"contact": row.pk})
    row.refresh_from_db()
    return row
