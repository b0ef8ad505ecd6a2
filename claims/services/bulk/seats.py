"""The reviewer who is to get many claims: who that is, for how many they have room, and which they may have."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef

from claims.models.claims import Claim
from claims.models.conflicts import InConflict
from claims.models.desks import REVIEWERS, Membership
from claims.models.review import NOT_AGAIN, Assignment


def seat_of(username: str, desk_id: int) -> Membership | None:
    """The reviewer's place at the desk; None where there is no such reviewer."""
    rows = Membership.objects.filter(desk=desk_id, active=True, role__in=REVIEWERS, user__is_active=True)
    return rows.filter(user__username=username).select_related("user").first()


def room_at(seat: Membership | None) -> int:
    """How many more claims the person can hold."""
    if seat is None:
        return 0
    return max(0, seat.capacity - Assignment.objects.holding().filter(reviewer=seat.user_id).count())


def fitting(seat: Membership | None, claim_ids: Collection[int]) -> set[int]:
    """Those of the claims that the person may have: the same rule as review.candidates() has for one claim."""
    if seat is None:
        return set()
    part = Assignment.objects.filter(
        claim=OuterRef("pk"), round=OuterRef("round"), reviewer=seat.user_id, state__in=NOT_AGAIN
    )
    free = Claim.objects.filter(~Exists(part), ~InConflict(seat.user_id, "pk"), pk__in=claim_ids)
    return set(free.values_list("pk", flat=True))
