"""What the deciding reviews mark becomes what is marked in the article: attributions are corrected, never silently."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from claims.models.claims import Attribution, Claim, Decision, SpanRole
from claims.models.events import Event, Subject
from claims.models.review import Review
from claims.rules.refusals import Refused
from claims.rules.workflow import UNVEILED, Missing
from claims.services import attributions
from claims.services import claims as claim_services
from claims.services.events import record, within
from claims.services.review.markings import Compared, Marking, Marks, marked_in, markings_of, same

FIRST, SECOND, ARTICLE = "first", "second", "article"
HOLDS = (FIRST, SECOND, ARTICLE)
KEPT = "kept"
MARKED = "claim.marked"
# By role.
Spans = Mapping[str, tuple[tuple[int, int], ...]]


@dataclass(frozen=True)
class Choice:
    """Whose marking of an attribution holds, one of HOLDS, and the ``version`` of it that was read beside them."""

    holds: str
    version: int


@dataclass(frozen=True)
class _Change:
    """What an attribution is to become and by whose marks (``source``), and whether somebody changed it meanwhile."""

    attribution: Attribution
    spans: Spans
    source: str
    changed: bool


def in_dispute(places: Iterable[Compared]) -> list[Attribution]:
    """The attributions of which the two reviews mark other words, in the order of the article."""
    found = {place.marking.attribution.pk: place.marking.attribution for place in places if not place.same}
    return list(found.values())


def not_chosen(places: Iterable[Compared], choices: Mapping[int, Choice]) -> list[Missing]:
    """What is missing or wrong of the choices between two reviews, which are by attribution."""
    disputed = {attribution.pk: attribution for attribution in in_dispute(places)}
    wrong = [
        Missing("markings", "blank", f"Choose whose marking of {attribution.label} holds: {', '.join(HOLDS)}.")
        for pk, attribution in disputed.items()
        if pk not in choices or choices[pk].holds not in HOLDS
    ]
    wrong += [
        Missing(
            "markings", "unknown", f"Both reviews mark the same words of attribution {pk}, or it is none of theirs."
        )
        for pk in sorted(choices.keys() - disputed.keys())
    ]
    return wrong


def hold_agreed(claim: Claim, reviews: Sequence[Review], *, actor: Any) -> None:
    """What one review marks that decides, or two that agree. Who corrected an attribution since is not overruled."""
    by_review = marked_in(reviews)
    # They mark the same words of what both had before them.
    marks = {place: spans for review in reversed(reviews) for place, spans in by_review[review.pk].items()}
    source = "As both reviews mark it" if len(reviews) > 1 else "As the review marks it"
    _hold(claim, markings_of(claim), marks, _corrected_since(reviews), reviews, lambda _attribution: source, actor)


def hold_chosen(
    claim: Claim, reviews: Sequence[Review], places: Sequence[Compared], choices: Mapping[int, Choice], *, actor: Any
) -> dict[str, str]:
    """What both ``reviews`` agree on, and where they do not, what was chosen.

    Returns what became of each choice by the attribution's id: one of HOLDS, or "kept" where somebody changed the
    attribution after it was read.
    """
    marks: Marks = {}
    for place in places:
        choice = choices.get(place.marking.attribution.pk)
        if choice is None or choice.holds != ARTICLE:
            marks[place.marking.place] = place.spans[1 if choice is not None and choice.holds == SECOND else 0]
    corrected = _corrected_since(reviews)

    def meanwhile(attribution: Attribution) -> bool:
        choice = choices.get(attribution.pk)
        return corrected(attribution) if choice is None else choice.version != attribution.version

    def source(attribution: Attribution) -> str:
        choice = choices.get(attribution.pk)
        return f"As the {choice.holds} review marks it, settled by {actor}" if choice else "As both reviews mark it"

    kept = _hold(claim, [place.marking for place in places], marks, meanwhile, reviews, source, actor)
    return {str(pk): KEPT if pk in kept else choice.holds for pk, choice in sorted(choices.items())}


def hold_waiting(claim: Claim, *, actor: Any) -> None:
    """What waited for this claim to be decided, as it now is: what the reviews of decided claims mark that share an
    attribution with it. What somebody corrected since they were decided stays, also what was corrected for this one.
    """
    sharing = Claim.objects.filter(attributions__claims=claim).exclude(pk=claim.pk).order_by("pk").distinct()
    if not sharing.exists():
        return
    # Whoever decides one of them at the same time waits for the article, and finds this claim decided.
    claim_services.attribution_locked(claim.attributions.values_list("pk", flat=True)[0], actor)
    for other in sharing.filter(state__in=UNVEILED):
        step = Event.objects.of(Subject.CLAIM, other.pk).filter(kind=MARKED).order_by("-sequence").first()
        if step is None or step.data.get("round") != other.round:
            continue
        changes = [
            _Change(row, _ranges(each["spans"]), each["source"], not row.stands or _by_a_person(row, step.at))
            for pk, each in step.data["waiting"].items()
            for row in other.attributions.filter(pk=pk)
        ]
        _carry_out(other, changes, step.data["reviews"], claim, actor)


def _ranges(spans: Mapping[str, Sequence[Sequence[int]]]) -> Spans:
    return {role: tuple((start, end) for start, end in pairs) for role, pairs in spans.items()}


def _by_a_person(attribution: Attribution, since: datetime) -> bool:
    """Whether somebody corrected or added it after that moment."""
    late = attribution.decided_at is not None and attribution.decided_at > since
    return late and attribution.decision in (Decision.CORRECTED, Decision.ADDED)


def _corrected_since(reviews: Sequence[Review]) -> Callable[[Attribution], bool]:
    """Whether somebody corrected or added an attribution after the last of the reviewers took the claim; one of them:
    after they handed in their review.
    """
    began = max(review.assignment.assigned_at for review in reviews)
    handed_in = {review.assignment.reviewer_id: review.submitted_at for review in reviews}
    return lambda attribution: _by_a_person(attribution, handed_in.get(attribution.decided_by_id or 0, began))


def _hold(
    claim: Claim,
    read: Iterable[Marking],
    marks: Marks,
    meanwhile: Callable[[Attribution], bool],
    reviews: Sequence[Review],
    source: Callable[[Attribution], str],
    actor: Any,
) -> set[int]:
    """Correct what was ``read`` in the article where it differs from the marks, and return what could not be: what was
    changed ``meanwhile``, above all.
    """
    seen = list(_differing(read, marks))
    if not seen:
        return set()
    # Its article is locked with it, and what is marked there is read once more: nobody changes it from here on.
    claim_services.attribution_locked(seen[0][0].pk, actor)
    changes = [
        _Change(attribution, spans, source(attribution), meanwhile(attribution))
        for attribution, spans in _differing(markings_of(claim), marks)
    ]
    return _carry_out(claim, changes, [review.pk for review in reviews], claim, actor)


def _carry_out(
    claim: Claim, changes: Sequence[_Change], reviews: Sequence[int], deciding: Claim, actor: Any
) -> set[int]:
    """Correct what the ``reviews`` (ids) of the claim mark, and return what stays as somebody else made it.

    Where another claim than the one that is being decided is under review, it would tell how it was reviewed: it waits.
    """
    kept, told, waiting = set[int](), list[str](), dict[str, Any]()
    for each in changes:
        attribution, why = each.attribution, "somebody changed it meanwhile" if each.changed else ""
        if not why and claim_services.veiled(attribution).exclude(pk__in=(claim.pk, deciding.pk)).exists():
            waiting[str(attribution.pk)] = {"spans": each.spans, "source": each.source}
            told.append(f"{attribution.label} waits until its other claims are decided.")
            continue
        if not why:
            try:
                with within(claim=claim.pk, reviews=list(reviews)):
                    reason = f"{each.source}: claim {claim.label}."
                    attributions.correct(attribution.pk, each.spans, actor=actor, reason=reason)
            except Refused as refused:
                # A review from before that was looked at when it was handed in.
                why = str(refused).rstrip(".")
        if why:
            kept.add(attribution.pk)
        told.append(f"{attribution.label} stays as it is: {why}." if why else f"{attribution.label} is corrected.")
    every = [each.attribution.pk for each in changes]
    what: dict[str, Any] = {"kept": sorted(kept)}
    what["corrected"] = [pk for pk in every if pk not in kept and str(pk) not in waiting]
    if waiting:
        what |= {"waiting": waiting, "reviews": list(reviews), "round": claim.round}
    record(MARKED, Subject.CLAIM, claim.pk, actor=actor, reason=" ".join(told), data=what)
    return kept


def _differing(marked: Iterable[Marking], marks: Marks) -> Iterator[tuple[Attribution, Spans]]:
    """Each attribution of which the marks are other words, with the roles in which they are."""
    known = {attribution for attribution, _role in marks}
    for pk, places in groupby(marked, lambda marking: marking.attribution.pk):
        in_article = list(places)
        wanted = {marking.role: marks.get(marking.place, []) for marking in in_article}
        change = {
            marking.role: tuple(sorted(wanted[marking.role]))
            for marking in in_article
            if not same(marking, wanted[marking.role])
        }
        if pk in known and change and wanted[SpanRole.CONTENT]:
            yield in_article[0].attribution, change
