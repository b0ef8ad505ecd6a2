"""The reviewer who is to get many claims: who that is, for how many they have room, and which they may have."""

from collections.abc import Collection

from claims.models.desks import REVIEWERS, Membership
from claims.models.review import Assignment, QueueEntry


def seat_of(username: str, desk_id: int) -> Membership | None:
    """The reviewer's place at the desk; None where there is no such reviewer."""
    rows = Membership.objects.filter(desk=desk_id, active=True, role__in=REVIEWERS, user__is_active=True)
    return rows.filter(user__username=username).select_related("user").first()


def room_at(seat: Membership | None) -> int:
    """How many more claims the person can hold at the desk."""
    if seat is None:
        return 0
    held = Assignment.objects.holding().filter(reviewer=seat.user_id, claim__desk=seat.desk_id)
    return max(0, seat.capacity - held.count())


def fitting(seat: Membership | None, claim_ids: Collection[int]) -> set[int]:
    """Those of the claims that wait and that the person may have."""
    if seat is None:
        return set()
    free = QueueEntry.objects.givable_to(seat.user).filter(desk=seat.desk_id, claim__in=claim_ids)
    return set(free.values_list("claim", flat=True))
