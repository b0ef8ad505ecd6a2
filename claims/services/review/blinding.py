"""Who has read something of a review before its round was decided, and so cannot review the claim blind any more."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from claims.models.claims import Claim
from claims.models.events import Event, Subject
from claims.models.review import Assignment, Unblinding, reviews_in
from claims.services import evidence


def unblind(user: Any, rounds: Iterable[tuple[int, int]]) -> None:
    """The person has read what a reviewer wrote, in these rounds (claim, round). Once more changes nothing."""
    rows = [Unblinding(claim_id=claim, round=number, user=user) for claim, number in sorted(set(rounds))]
    if rows:
        Unblinding.objects.bulk_create(rows, ignore_conflicts=True)


def read_holds(user: Any, assignment_ids: Iterable[int]) -> None:
    """The editor has read for what these wait, in the words of the reviewers who hold them."""
    rows = Assignment.objects.filter(pk__in=list(assignment_ids))
    known = Unblinding.objects.filter(claim=OuterRef("claim"), round=OuterRef("round"), user=user.pk)
    waiting = rows.filter(~Exists(known), round=F("claim__round")).exclude(on_hold_note="").exclude(reviewer=user.pk)
    unblind(user, waiting.values_list("claim", "round"))


def is_blind(user: Any, claim: Claim) -> bool:
    """Whether no review that is in could sway this person."""
    return not (needs_blind_eyes(claim) and unblinded(claim).filter(user=user.pk).exists())


def needs_blind_eyes(claim: Claim) -> bool:
    """Whether the next reviewer stands beside another, or in the place of one whose review was sent back."""
    return reviews_in(claim).exists()


def unblinded(claim: Claim) -> QuerySet[Unblinding]:
    """Who cannot review the claim blind in its present round."""
    return Unblinding.objects.filter(claim=claim, round=claim.round)


def knows_all(user: Any, claim: Claim) -> bool:
    """Whether the claim's history keeps nothing from this person (evidence.history() and told()).

    Where it does, the numbers of the events would tell how much, and a hash would let guesses at it be tried.
    """
    if evidence.unveiled(claim, user):
        return True
    telling = Q(kind__regex=f"^({'|'.join(evidence.TELLING)})")
    others = Event.objects.of(Subject.CLAIM, claim.pk).filter(telling).exclude(actor=user.pk)
    return not needs_blind_eyes(claim) and not others.exists()
