"""Into the queue: claims that were extracted, came back, or are sent by an editor."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from claims.extraction import text as texts
from claims.models.articles import Article
from claims.models.claims import Claim
from claims.models.events import Subject
from claims.models.jobs import Job
from claims.models.review import Assignment, QueueEntry, reviews_in
from claims.models.rows import database_now
from claims.rules import deadlines, routing, workflow
from claims.rules.notifications import OF_TIME
from claims.rules.refusals import Conflict, Refused
from claims.rules.workflow import BEFORE_THE_FIRST, WITH_A_PRIORITY, AssignmentRole, ClaimState
from claims.services import claims as claim_services
from claims.services import desks, links
from claims.services import jobs as queue
from claims.services.events import Change, entry, record, record_all, record_change, verb
from claims.services.notifications import is_over
from claims.services.review import due
from claims.services.review.blinding import unblinded
from claims.services.review.scoring import PLACE, SCORE, put, score

BATCH = 1000
# How much a claim matters: what an editor set, and what it came to with its reasons.
PRIORITY = ("priority_set", *SCORE)


def open_article(job: Job) -> None:
    """The job that puts claims before reviewers, fresh ones and some that came back: the checkable ones get a place."""
    article = Article.objects.get(pk=job.args["article"])
    restored = Q(pk__in=job.args.get("restored", []), state=ClaimState.TRIAGED)
    with queue.finishing(job):
        due = Claim.objects.accepted().filter(Q(state=ClaimState.EXTRACTED) | restored, article=article)
        _open(list(due.select_for_update(of=("self",)).select_related("article", "desk").order_by("pk")))


def _open(claims: list[Claim]) -> None:
    fresh = [claim for claim in claims if claim.state == ClaimState.EXTRACTED]
    now = database_now()
    score(claims, now)
    for claim in claims:
        claim.state = ClaimState.TRIAGED.value
    Claim.objects.bulk_update(claims, [*SCORE, "state"], batch_size=BATCH)
    wanted = [claim for claim in claims if routing.queueable(routing.Checkability(claim.checkability))]
    Claim.objects.filter(pk__in=[claim.pk for claim in wanted]).update(state=ClaimState.QUEUED)
    links.suggest(fresh)
    steps = [(claim, ClaimState.EXTRACTED, ClaimState.TRIAGED, "claim.triaged") for claim in fresh]
    steps += [(claim, ClaimState.TRIAGED, ClaimState.QUEUED, "claim.queued") for claim in wanted]
    record_all(
        entry(kind, Subject.CLAIM, claim.pk, from_state=before, to_state=after, data={"priority": claim.priority})
        for claim, before, after, kind in steps
    )
    # Last: a change of the desk's hours waits from here on, and behind it all who give a claim back. What is above
    # takes its time where an article has thousands of claims.
    _put_into_the_queue(wanted, now)


def _put_into_the_queue(claims: list[Claim], now: datetime) -> None:
    policies = {
        desk: desks.due_policy(due.current_desk(desk)[0]) for desk in sorted({claim.desk_id for claim in claims})
    }
    rows = (_entry(claim, AssignmentRole.FIRST, policies[claim.desk_id], now, now) for claim in claims)
    QueueEntry.objects.bulk_create(rows, batch_size=BATCH)


def _entry(claim: Claim, role: AssignmentRole, policy: deadlines.Policy, since: datetime, now: datetime) -> QueueEntry:
    columns = {"desk_id": claim.desk_id, "role": role.value, "round": claim.round}
    return put(QueueEntry(claim=claim, queued_at=since, **columns, **due.times(policy, claim, since)), claim, now)


def _wait(claim: Claim, role: AssignmentRole, since: datetime | None) -> None:
    """A place in the queue; what came back keeps the time since when it has waited, so that it is due no later."""
    claim.desk, now = due.current_desk(claim.desk_id)
    _entry(claim, role, desks.due_policy(claim.desk), since or now, now).save()


def enqueue(
    claim: Claim,
    *,
    actor: Any = None,
    reason: str = "",
    kind: str = "claim.queued",
    since: datetime | None = None,
    along: Iterable[Change] = (),
) -> None:
    """Put a locked claim (back, ``since`` when it waits) into the queue for its first review.

    ``along`` as in claims.move().
    """
    claim_services.move(claim, ClaimState.QUEUED, kind, actor=actor, reason=reason, along=along)
    _wait(claim, AssignmentRole.FIRST, since)


def enqueue_second(claim: Claim, *, reason: str) -> None:
    """Put a locked claim before a second reviewer. By the desk's policy, so nobody's name stands beside it."""
    claim_services.move(claim, ClaimState.SECOND_REVIEW, "claim.second_review", reason=reason)
    _wait(claim, AssignmentRole.SECOND, None)


def enqueue_again(
    claim: Claim,
    *,
    actor: Any,
    reason: str,
    kind: str,
    since: datetime | None = None,
    along: Sequence[Change] = (),
) -> None:
    """Put a locked claim back before the next second reviewer; ``along`` as in claims.move()."""
    told: dict[str, Any] = {"actor": actor, "reason": reason, "data": {"role": AssignmentRole.SECOND.value}}
    if claim.state == ClaimState.CHANGES_REQUESTED:
        claim_services.move(claim, ClaimState.SECOND_REVIEW, kind, along=along, **told)
    else:
        record_change(entry(kind, Subject.CLAIM, claim.pk, **told), *along)
    _wait(claim, AssignmentRole.SECOND, since)


@verb
def review_twice(claim_id: int, *, actor: Any, wanted: bool = True) -> Claim:
    """An editor has the claim reviewed twice, or leaves that to the policy again. Raises Conflict after a review."""
    claim = claim_services.locked(claim_id)
    if claim.state not in BEFORE_THE_FIRST:
        message = f"This claim is {workflow.label(ClaimState(claim.state))}; say so before its first review is in."
        raise Conflict.with_details("claim", "too_late", message, state=claim.state)
    if claim.review_twice != wanted:
        Claim.objects.filter(pk=claim.pk).update(review_twice=wanted, changed_at=Now())
        claim.review_twice = wanted
        kind = "claim.review_twice" if wanted else "claim.review_as_policy"
        record(kind, Subject.CLAIM, claim.pk, actor=actor)
    return claim


@verb
def queue_claim(claim_id: int, *, actor: Any) -> Claim:
    """An editor sends a triaged claim to the reviewers although the machine did not. Raises Conflict for any other.

    What somebody holds may go back to the queue too, but by the verbs that end their assignment.
    """
    claim = claim_services.locked(claim_id, "article")
    if claim.state != ClaimState.TRIAGED:
        message = f"This claim is {workflow.label(ClaimState(claim.state))}; only a triaged one can be sent."
        raise Conflict.with_details("claim", "illegal_transition", message, state=claim.state)
    enqueue(claim, actor=actor)
    return claim


def _with_its_place(claim_id: int, *related: str) -> tuple[QueueEntry | None, Claim]:
    """The claim and its place in the queue, where it has one, both locked."""
    rows = QueueEntry.objects.filter(claim=claim_id)
    # The place before the claim, as whoever takes the next one locks them.
    place = rows.select_for_update().first()
    claim = claim_services.locked(claim_id, *related)
    # What came back while we waited for the claim has its place since.
    return place or rows.select_for_update().first(), claim


@verb
def unqueue(claim_id: int, *, actor: Any, reason: str = "") -> Claim:
    """An editor takes a claim out of the queue that nobody has. Raises Conflict when somebody does, or once reopened.

    A reopened claim has a verdict that readers see, and somebody asked for another look at it: that is not dropped. Nor
    is what was reviewed, which raises Conflict too: a second review may stand while the first one is to be done again.
    """
    waiting, claim = _with_its_place(claim_id)
    if claim.state != ClaimState.QUEUED or waiting is None:
        message = f"This claim is {workflow.label(ClaimState(claim.state))}; only what nobody has is taken out."
        raise Conflict.with_details("claim", "not_in_queue", message, state=claim.state)
    if claim.round > 1:
        message = "This claim was reopened; it is to be reviewed again before its verdict can stand."
        raise Conflict.with_details("claim", "reopened", message, state=claim.state)
    if reviews_in(claim).exists():
        message = "A review of this claim was submitted; its reviews have to be completed."
        raise Conflict.with_details("claim", "reviewed", message, state=claim.state)
    waiting.delete()
    told = is_over(claim, *OF_TIME)
    claim_services.move(claim, ClaimState.TRIAGED, "claim.unqueued", actor=actor, reason=reason, along=[told])
    return claim


@verb
def set_priority(claim_id: int, priority: int | None, *, actor: Any, reason: str) -> Claim:
    """An editor's own priority, 0 to 100, which moves the claim in the queue; None: what the rule makes of it again.

    Raises Refused without a reason or for another number, Conflict once the last review is in.
    """
    why = spoken(reason)
    if priority is not None and not 0 <= priority <= 100:
        raise Refused.one("priority", "out_of_range", "The priority is a number from 0 to 100.")
    waiting, claim = _prioritisable(claim_id)
    before, claim.priority_set = claim.priority, priority
    now = database_now()
    if priority is None:
        score([claim], now, {claim.pk: waiting} if waiting else None)
    else:
        # Whoever had a part in the round, or read a review, could tell the next reviewer more than a priority; the
        # history keeps it all.
        part = Assignment.objects.filter(claim=claim, round=claim.round, reviewer=actor.pk).exists()
        part = part or unblinded(claim).filter(user=actor.pk).exists()
        claim.priority = priority
        claim.priority_reasons = ["Set by an editor." if part else f"Set by {actor}: {why}"[:200]]
        claim.priority_points = [priority]
    _prioritised(claim, waiting, before, now, actor, why)
    return claim


@verb
def put_priority_back(claim_id: int, was: Mapping[str, Any], *, actor: Any, reason: str) -> Claim:
    """Undo set_priority(): the claim has again what it had, by the columns of PRIORITY; nothing is reckoned anew.

    Raises Conflict as set_priority() does.
    """
    waiting, claim = _prioritisable(claim_id)
    before = claim.priority
    for name in PRIORITY:
        setattr(claim, name, was[name])
    _prioritised(claim, waiting, before, database_now(), actor, reason)
    return claim


def _prioritisable(claim_id: int) -> tuple[QueueEntry | None, Claim]:
    """The claim's place, if it has one, and the claim, both locked; raises Conflict once the last review is in."""
    waiting, claim = _with_its_place(claim_id, "article", "desk")
    if claim.state not in WITH_A_PRIORITY:
        message = f"This claim is {workflow.label(ClaimState(claim.state))}; its priority no longer matters."
        raise Conflict.with_details("claim", "too_late", message, state=claim.state)
    return waiting, claim


def _prioritised(claim: Claim, waiting: QueueEntry | None, before: int, now: datetime, actor: Any, reason: str) -> None:
    Claim.objects.filter(pk=claim.pk).update(**{name: getattr(claim, name) for name in PRIORITY}, changed_at=Now())
    if waiting is not None:
        put(waiting, claim, now).save(update_fields=PLACE)
    due.redate(claim)
    what = {"before": before, "priority": claim.priority, "set": claim.priority_set is not None}
    record("claim.prioritised", Subject.CLAIM, claim.pk, actor=actor, reason=reason, data=what)


def spoken(given: str) -> str:
    """An editor's reason, without what no text holds; raises Refused where there is none."""
    reason = texts.clean(given).text.strip()
    if not reason:
        raise Refused.one("reason", "blank", "Say why; it is in the claim's history.")
    return reason
