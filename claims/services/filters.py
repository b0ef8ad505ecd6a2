"""Keep choices of claims under a name, and share them with the desk."""

from typing import Any

from django.db.models.functions import Now

from claims.models.desks import Desk
from claims.models.events import Subject
from claims.models.filters import NAME_LIMIT, QUERY_LIMIT, SavedFilter, SavedFilterQuerySet
from claims.rules.refusals import Absent, Forbidden, Refused
from claims.rules.rights import Right, has
from claims.services import desks
from claims.services.events import record, verb

# More than these nobody finds their way among.
MOST = 50


def visible(user: Any) -> SavedFilterQuerySet:
    """The person's own and those shared with them, by name."""
    return SavedFilter.objects.visible_to(user).select_related("desk", "owner").order_by("name", "pk")


@verb
def save(desk: Desk, name: str, query: str, *, shared: bool, actor: Any) -> SavedFilter:
    """Keep the query of a list under this name; what the person had under it is replaced.

    Raises Absent for whoever is not at the desk, Forbidden where they may not share, Refused for a name or a query that
    cannot be kept.
    """
    role = desks.role_at(desk.pk, actor)
    if role is None:
        raise Absent.one("desk", "absent", "There is no such desk of yours.")
    if shared and not has(role, Right.REVIEW):
        raise Forbidden.one("shared", "not_allowed", "At this desk you may keep filters, but not share them.")
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_LIMIT:
        raise Refused.one("name", "length", f"Give it a name of at most {NAME_LIMIT} characters.")
    if len(query) > QUERY_LIMIT or "\n" in query:
        raise Refused.one("query", "length", f"A filter has at most {QUERY_LIMIT} characters in one line.")
    mine = SavedFilter.objects.filter(owner=actor.pk, desk=desk)
    before = mine.select_for_update().filter(name=name).first()
    if before is None and mine.count() >= MOST:
        raise Refused.one("name", "too_many", f"You have {MOST} filters at this desk. Remove one first.")
    saved, _ = SavedFilter.objects.update_or_create(
        owner=actor, desk=desk, name=name, defaults={"query": query, "shared": shared, "saved_at": Now()}
    )
    if shared or (before is not None and before.shared):
        # What is one's own alone is nobody else's matter.
        what = {"name": name, "query": query, "shared": shared}
        record("filter.saved", Subject.DESK, desk.pk, actor=actor, data=what)
    saved.refresh_from_db()
    return saved


@verb
def remove(filter_id: int, *, actor: Any) -> None:
    """Drop one's own, or as an editor one that is shared. Raises Absent for those not seen, Forbidden for others'."""
    row = SavedFilter.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=filter_id).first()
    if row is None:
        raise Absent.one("filter", "absent", "There is no such filter of yours.")
    if row.owner_id != actor.pk and not has(desks.role_at(row.desk_id, actor), Right.TRIAGE):
        raise Forbidden.one("filter", "not_allowed", "Whoever shared it, or an editor, can remove it.")
    if row.shared:
        record("filter.removed", Subject.DESK, row.desk_id, actor=actor, data={"name": row.name, "query": row.query})
    row.delete()
