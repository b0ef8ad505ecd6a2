"""What would happen to each claim, told before anything does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, F, Max, Window
from django.db.models.functions import RowNumber

from claims.models.bulk import BulkAction
from claims.models.claims import Claim
from claims.models.desks import Desk
from claims.rules import bulk
from claims.rules.bulk import BulkOutcome, BulkVerb, Order
from claims.rules.refusals import Refused, TooLarge
from claims.rules.workflow import ClaimState
from claims.services.bulk import seats
from claims.services.bulk.verbs import obstacles

# So many claims of each group are shown one by one.
SHOWN = 20


@dataclass
class Group:
    """Claims to which the same happens, or happened; where it is nothing, ``code`` and ``message`` say why.

    All are counted; the first SHOWN are there.
    """

    outcome: BulkOutcome
    code: str = ""
    message: str = ""
    count: int = 0
    claims: list[Claim] = field(default_factory=list)

    @property
    def more(self) -> int:
        """How many there are beside those that are shown."""
        return self.count - len(self.claims)

    def add(self, claim: Claim) -> None:
        self.count += 1
        if len(self.claims) < SHOWN:
            self.claims.append(claim)


@dataclass(frozen=True)
class Preview:
    """What the order would do to ``ids``, in their order: which claims change, and which do not and why."""

    order: Order
    ids: list[int]
    changed: Group
    obstacles: list[Group]
    into: Claim | None = None


def preview(desk: Desk, order: Order, ids: Iterable[int]) -> Preview:
    """Look at what would happen; nothing does. Raises Refused for an incomplete order, and for claims of other desks.

    What is decided here is decided once more for each claim under its lock, by the same rule, when it is carried out.
    """
    chosen, into = checked(desk, order, ids)
    changed, groups = Group(BulkOutcome.DONE), dict[str, Group]()
    for claim, why in zip(chosen, obstacles(order, chosen), strict=True):
        if why is None:
            changed.add(claim)
        else:
            groups.setdefault(why.code, Group(BulkOutcome.SKIPPED, why.code, why.message)).add(claim)
    found = sorted(groups.values(), key=lambda group: -group.count)
    return Preview(order, [claim.pk for claim in chosen], changed, found, into)


def checked(desk: Desk, order: Order, ids: Iterable[int]) -> tuple[list[Claim], Claim | None]:
    """The claims, and the one that stays in a merger. Raises Refused, naming what is missing or wrong."""
    wrong = bulk.missing(order)
    if wrong:
        raise Refused(wrong)
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > bulk.LIMIT:
        message = f"At most {bulk.LIMIT:,} claims at once. Narrow the choice, and do the rest afterwards."
        raise TooLarge.one("claims", "too_many", message)
    if order.verb is BulkVerb.ASSIGN and seats.seat_of(order.reviewer, desk.pk) is None:
        raise Refused.one("reviewer", "unknown", "There is no such reviewer at this desk.")
    into = _staying(desk, order) if order.verb is BulkVerb.MERGE else None
    chosen = _of_desk(desk, [pk for pk in wanted if into is None or pk != into.pk])
    if not chosen:
        raise Refused.one("claims", "blank", "Choose at least one claim (besides the one that stays).")
    return chosen, into


def _of_desk(desk: Desk, ids: Sequence[int]) -> list[Claim]:
    rows = Claim.objects.filter(desk=desk).in_bulk(ids)
    strange = [str(pk) for pk in ids if pk not in rows]
    if strange:
        raise Refused.one("claims", "absent", f"There are no such claims at this desk: {', '.join(strange[:10])}.")
    return [rows[pk] for pk in ids]


def _staying(desk: Desk, order: Order) -> Claim:
    found = Claim.objects.filter(desk=desk, pk=order.into or 0).first()
    if found is None:
        raise Refused.one("into", "absent", "There is no such claim at this desk.")
    if found.state in (ClaimState.DISMISSED, ClaimState.ARCHIVED):
        raise Refused.one("into", "gone", "The claim that stays must be one that is taken up.")
    return found


def results(action: BulkAction) -> list[Group]:
    """What became of the claims of an action so far, in groups, the largest first; two queries."""
    items = action.items.all()
    alike = [F("outcome"), F("code")]
    counted = items.values("outcome", "code").annotate(count=Count("pk"), message=Max("message")).order_by("-count")
    groups = {
        (row["outcome"], row["code"]): Group(BulkOutcome(row["outcome"]), row["code"], row["message"], row["count"])
        for row in counted
    }
    number = Window(RowNumber(), partition_by=alike, order_by=F("pk").asc())
    for item in items.annotate(number=number).filter(number__lte=SHOWN).select_related("claim").order_by("pk"):
        groups[item.outcome, item.code].claims.append(item.claim)
    return list(groups.values())
