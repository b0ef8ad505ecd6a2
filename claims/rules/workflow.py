"""The life of a claim on the desk: states, legal steps, who may do what, and what is still missing.

Workflow and verdict are two things: a state says where the work stands, never whether the claim is true.
The duties in `publication_gate` follow the code of principles of the IFCN and the standards of the EFCSN.
"""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from claims.rules.links import UnsafeLink, check_link, is_safe_link


class ClaimState(StrEnum):
    """Where the work on a claim stands."""

    EXTRACTED = "extracted"
    TRIAGED = "triaged"
    QUEUED = "queued"
    ASSIGNED = "assigned"
    IN_REVIEW = "in_review"
    ON_HOLD = "on_hold"
    DISMISSED = "dismissed"
    SUBMITTED = "submitted"
    SECOND_REVIEW = "second_review"
    ADJUDICATION = "adjudication"
    CHANGES_REQUESTED = "changes_requested"
    DECIDED = "decided"
    PUBLISHED = "published"
    REOPENED = "reopened"
    RETRACTED = "retracted"
    ARCHIVED = "archived"


class DismissReason(StrEnum):
    """Why a claim is not taken up."""

    NOT_CHECKABLE = "not_checkable"
    DUPLICATE = "duplicate"
    OUT_OF_SCOPE = "out_of_scope"


class HoldReason(StrEnum):
    """What a held review waits for."""

    EVIDENCE = "evidence"
    CLAIMANT = "claimant"


class ReopenReason(StrEnum):
    """Why a published verdict is looked at again."""

    CHALLENGE = "challenge"
    NEW_EVIDENCE = "new_evidence"
    CLAIM_CHANGED = "claim_changed"


class AssignmentRole(StrEnum):
    """In which part a reviewer looks at a claim."""

    FIRST = "first"
    SECOND = "second"
    ADJUDICATOR = "adjudicator"


class AssignmentState(StrEnum):
    """What became of an assignment. A submitted one can become active again: when its review is sent back."""

    OFFERED = "offered"
    ACTIVE = "active"
    SUBMITTED = "submitted"
    DECLINED = "declined"
    EXPIRED = "expired"
    RELEASED = "released"


class DeclineReason(StrEnum):
    """Why a reviewer hands a claim back."""

    CONFLICT_OF_INTEREST = "conflict_of_interest"
    LANGUAGE = "language"
    EXPERTISE = "expertise"
    NO_TIME = "no_time"
    OTHER = "other"


# At most one assignment of a claim and role may be in one of these at a time.
LIVE_ASSIGNMENTS: frozenset[AssignmentState] = frozenset({AssignmentState.OFFERED, AssignmentState.ACTIVE})

_S = ClaimState
_STEPS: dict[ClaimState, frozenset[ClaimState]] = {
    _S.EXTRACTED: frozenset({_S.TRIAGED, _S.DISMISSED}),
    _S.TRIAGED: frozenset({_S.QUEUED, _S.DISMISSED}),
    _S.DISMISSED: frozenset({_S.TRIAGED}),
    # Out of the queue again while nobody has it: by an editor, who may then dismiss it.
    _S.QUEUED: frozenset({_S.ASSIGNED, _S.TRIAGED}),
    # Back to the queue when the lease expires, is released or the reviewer declines.
    _S.ASSIGNED: frozenset({_S.IN_REVIEW, _S.QUEUED}),
    _S.IN_REVIEW: frozenset({_S.ON_HOLD, _S.SUBMITTED, _S.QUEUED}),
    _S.ON_HOLD: frozenset({_S.IN_REVIEW}),
    _S.SUBMITTED: frozenset({_S.SECOND_REVIEW, _S.ADJUDICATION, _S.CHANGES_REQUESTED, _S.DECIDED}),
    _S.SECOND_REVIEW: frozenset({_S.ADJUDICATION, _S.DECIDED}),
    _S.ADJUDICATION: frozenset({_S.CHANGES_REQUESTED, _S.DECIDED}),
    # Whose review it is goes on with it, in the part that it is; who gives it up leaves it to somebody else.
    _S.CHANGES_REQUESTED: frozenset({_S.IN_REVIEW, _S.QUEUED, _S.SECOND_REVIEW}),
    _S.DECIDED: frozenset({_S.PUBLISHED}),
    _S.PUBLISHED: frozenset({_S.REOPENED, _S.RETRACTED}),
    # A reopened claim walks the whole way again; the public page keeps version n until n+1 is published.
    _S.REOPENED: frozenset({_S.QUEUED}),
    _S.RETRACTED: frozenset(),
    _S.ARCHIVED: frozenset(),
}

# From its place in the queue until the first review is in, which asks once what follows.
BEFORE_THE_FIRST = (
    *(ClaimState.EXTRACTED, ClaimState.TRIAGED, ClaimState.QUEUED),
    *(ClaimState.ASSIGNED, ClaimState.IN_REVIEW, ClaimState.ON_HOLD),
)
# Until the last review is in, its place in the queue, or whether it is reviewed twice, hangs on the priority.
WITH_A_PRIORITY = (*BEFORE_THE_FIRST, ClaimState.SECOND_REVIEW, ClaimState.CHANGES_REQUESTED)

# Nothing is to be reviewed any more, so nobody can be swayed.
UNVEILED = (ClaimState.DECIDED, ClaimState.PUBLISHED, ClaimState.RETRACTED)

TRANSITIONS: frozenset[tuple[ClaimState, ClaimState]] = frozenset(
    [(state, after) for state, nexts in _STEPS.items() for after in nexts]
    + [(state, _S.ARCHIVED) for state in _S if state is not _S.ARCHIVED]
)


class IllegalTransition(ValueError):  # noqa: N818 - it names what happened, as the desk says it
    """The claim cannot go from the one state to the other; the message names what it could do instead."""

    def __init__(self, from_: ClaimState, to: ClaimState) -> None:
        self.from_ = from_
        self.to = to
        ways = ", ".join(label(state) for state in following(from_)) or "nothing: this is the end"
        message = f"A claim that is {label(from_)} cannot become {label(to)}. From here it can become: {ways}."
        # Pressed twice, or by two: who comes second is told that it is done.
        super().__init__(f"This claim is {label(from_)} already." if from_ is to else message)


# States whose value does not say by itself what it means to people at a desk. Every page, message and description has
# them from here.
WORDED = {
    "extracted": "new",
    "queued": "in the queue",
    "assigned": "taken",
    "submitted": "handed in",
    "second_review": "in second review",
    "adjudication": "to be settled",
    "changes_requested": "sent back",
}


def words(value: str) -> str:
    """A state's value as people read it: `in_review` is "in review", `queued` is "in the queue"."""
    return WORDED.get(value, value.replace("_", " "))


def label(member: StrEnum) -> str:
    """A member in words: of a state its name, of anything else its value, `not_checkable` is "not checkable"."""
    return words(member.value) if isinstance(member, ClaimState | AssignmentState) else member.value.replace("_", " ")


def choices(kind: type[StrEnum]) -> list[tuple[str, str]]:
    """(value, label) of every member, in order of definition, as a form's or a table's choices want them."""
    return [(member.value, label(member).capitalize()) for member in kind]


def following(state: ClaimState) -> list[ClaimState]:
    """The states that can come next, in the order in which a claim usually passes them."""
    return [after for after in ClaimState if (state, after) in TRANSITIONS]


def check(from_: ClaimState, to: ClaimState) -> None:
    """Raise IllegalTransition unless a claim may go from the one state to the other."""
    if (from_, to) not in TRANSITIONS:
        raise IllegalTransition(from_, to)


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is not there yet: the form field, a stable code, a sentence for the person.

    `required` is False for advice: the desk lets the step pass without it.
    """

    field: str
    code: str
    message: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """What the rules need to know of one piece of evidence."""

    url: str = ""
    has_file: bool = False
    independence_group: str = ""


# Of each question without an answer, by its field.
NO_VERDICT = {
    missing.field: missing
    for missing in (
        Missing("attribution_verdict", "blank", "Choose a verdict on whether it was said as quoted."),
        Missing("veracity_verdict", "blank", "Choose a verdict on whether it is true."),
    )
}


def missing_for_submission(
    attribution_verdict: str | None,
    veracity_verdict: str | None,
    rationale: str,
    evidence: Sequence[EvidenceFacts],
) -> list[Missing]:
    """What a review still lacks before it can be submitted, in the order of the form; empty when it is complete."""
    missing = []
    if not attribution_verdict:
        missing.append(NO_VERDICT["attribution_verdict"])
    if not veracity_verdict:
        missing.append(NO_VERDICT["veracity_verdict"])
    if not rationale.strip():
        missing.append(Missing("rationale", "blank", "Explain in a few sentences how you came to these verdicts."))
    if not evidence:
        missing.append(Missing("evidence", "none", "Add at least one piece of evidence: a link or a file."))
    for number, item in enumerate(evidence, start=1):
        if item.has_file and not item.url:
            continue
        if not item.url.strip():
            missing.append(Missing("evidence", "empty", f"Evidence {number} has neither a link nor a file."))
            continue
        try:
            check_link(item.url)
        except UnsafeLink as error:
            missing.append(Missing("evidence", "bad_link", f"Evidence {number}: {error}"))
    return missing


def may_adjudicate(reviewers: Collection[Hashable], person: Hashable) -> bool:
    """The adjudicator is none of those who reviewed the claim."""
    return person not in reviewers


def may_publish(reviewers: Collection[Hashable], publisher: Hashable) -> bool:
    """At least one reviewer is somebody else than the publisher, so four eyes have seen every published verdict."""
    return any(reviewer != publisher for reviewer in reviewers)


@dataclass(frozen=True, slots=True)
class SecondReviewPolicy:
    """When a desk has a claim reviewed twice: from which priority (0..100, None: never), and which share (0..1)."""

    priority_from: int | None = 80
    sampled_share: float = 0.1


def needs_second_review(policy: SecondReviewPolicy, priority: int, sample: float) -> bool:
    """True when the claim is important enough or was drawn; `sample` is a random number in [0, 1) by the caller."""
    important = policy.priority_from is not None and priority >= policy.priority_from
    return important or sample < policy.sampled_share


@dataclass(frozen=True, slots=True)
class Ratings:
    """The keys of the two verdicts of one review."""

    attribution: str
    veracity: str


def after_submission(
    first: Ratings, second: Ratings | None, *, second_needed: bool, approval: bool = False, same_spans: bool = True
) -> ClaimState:
    """Where a claim goes once a review came in: to the second reviewer, to the adjudicator, or to its decision.

    Two reviews agree when they come to the same verdicts and, ``same_spans``, mark the same words.

    With ``approval`` a review that nobody repeats stays submitted until an editor has read it.
    """
    if second is not None:
        return ClaimState.DECIDED if first == second and same_spans else ClaimState.ADJUDICATION
    if second_needed:
        return ClaimState.SECOND_REVIEW
    return ClaimState.SUBMITTED if approval else ClaimState.DECIDED


@dataclass(frozen=True, slots=True)
class PublicationFacts:
    """What is on record about a decided claim when somebody wants to publish it."""

    independent_sources: int = 0
    source_exception: str = ""
    claimant_contacted: bool = False
    no_contact_reason: str = ""
    counter_evidence_sought: bool = False
    method_url: str = ""


@dataclass(frozen=True, slots=True)
class PublicationPolicy:
    """Which duties a desk enforces; the others come back as advice."""

    minimum_sources: int = 2
    enforce_sources: bool = True
    enforce_claimant_contact: bool = True
    enforce_counter_evidence: bool = True
    enforce_method: bool = True


def independent_sources(evidence: Iterable[EvidenceFacts]) -> int:
    """How many sources the evidence comes from: one per independence group, else one per host, else one per file."""
    groups: set[str] = set()
    files = 0
    for item in evidence:
        if item.independence_group.strip():
            groups.add(f"group {item.independence_group.strip().casefold()}")
        elif is_safe_link(item.url):
            groups.add(f"host {(urlsplit(item.url.strip()).hostname or '').removeprefix('www.')}")
        elif item.has_file:
            files += 1
    return len(groups) + files


def publication_gate(facts: PublicationFacts, policy: PublicationPolicy) -> list[Missing]:
    """What is missing before publication; the step may be taken when no entry is `required`."""
    missing = []
    if facts.independent_sources < policy.minimum_sources and not facts.source_exception.strip():
        message = (
            f"Evidence from {facts.independent_sources} of {policy.minimum_sources} independent sources is there. "
            "Add another source, or state why there can be no more."
        )
        missing.append(Missing("source_exception", "too_few_sources", message, policy.enforce_sources))
    if not facts.claimant_contacted and not facts.no_contact_reason.strip():
        message = "Record when the claimant was asked, or state why they were not."
        missing.append(Missing("no_contact_reason", "claimant_not_asked", message, policy.enforce_claimant_contact))
    if not facts.counter_evidence_sought:
        message = "Confirm that evidence against the verdict was looked for."
        missing.append(Missing("counter_evidence_sought", "one_sided", message, policy.enforce_counter_evidence))
    if not facts.method_url.strip():
        message = "Link the page that says how you work: an admin does so in the desk's policy, under “How you work”."
        missing.append(Missing("method_url", "no_method", message, policy.enforce_method))
    return missing
