"""Whether a person has a right at a desk; registered with Django, so that ``user.has_perm`` knows every one of them.

    user.has_perm("claims.publish", claim)    at the desk of the claim, or of anything else that belongs to one
    user.has_perm("claims.publish")           at some desk

The roles of a person are read once for each user object, as Django's own permissions are. A verb that changes
something asks desks.role_at() instead, which reads them in its own transaction.
"""

from typing import Any

from rules import permissions
from rules.predicates import predicate

from claims.models.desks import Desk, Membership
from claims.rules.rights import Right, has

# From what belongs to a desk only through something else, up to what names the desk.
UPWARDS = ("claim", "revision", "article", "assignment", "evidence")


def roles(user: Any) -> dict[int, str]:
    """Desk id → role, of the desks at which this person is an active member; empty for nobody."""
    if not user.is_active:
        return {}
    known: dict[int, str] | None = getattr(user, "_desk_roles", None)
    if known is None:
        known = dict(Membership.objects.filter(user=user.pk, active=True).values_list("desk", "role"))
        user._desk_roles = known
    return known


def desk_names(user: Any) -> dict[int, str]:
    """Desk id → name, for whoever is at several, whose lists mix them; empty for everybody else."""
    known: dict[int, str] | None = getattr(user, "_desk_names", None)
    if known is None:
        at = roles(user)
        known = dict(Desk.objects.filter(pk__in=at).values_list("pk", "name")) if len(at) > 1 else {}
        user._desk_names = known
    return known


def remember(user: Any, known: dict[int, str]) -> None:
    """What roles() would read, by whoever read it together with the person."""
    user._desk_roles = known


def desk_of(thing: Any) -> int:
    """The id of the desk that a row belongs to. Raises TypeError for what belongs to none."""
    if isinstance(thing, Desk):
        return thing.pk
    if hasattr(thing, "desk_id"):
        return int(thing.desk_id)
    for name in UPWARDS:
        if hasattr(thing, name):
            return desk_of(getattr(thing, name))
    raise TypeError(f"{type(thing).__name__} belongs to no desk.")


def may(user: Any, right: Right, thing: Any = None) -> bool:
    """Whether ``user`` has the right at the desk of ``thing``; without one: at some desk."""
    if thing is None:
        return any(has(role, right) for role in roles(user).values())
    return has(roles(user).get(desk_of(thing)), right)


def _predicate(right: Right) -> Any:
    return predicate(lambda user, thing=None: may(user, right, thing), name=f"may_{right}")


for _right in Right:
    permissions.set_perm(f"claims.{_right}", _predicate(_right))
