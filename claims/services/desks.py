"""Desks and their people: create a desk with its scales, add members, change what they may do."""

from collections.abc import Callable, Collection, Iterable, Sequence
from copy import copy
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db.models import BigIntegerField, QuerySet
from django.utils import timezone

from claims.models.desks import REVIEWERS, Desk, Membership, Role
from claims.models.events import Event, Subject
from claims.models.rows import read
from claims.models.verdicts import Rating, RatingScale
from claims.rules import calendars, deadlines, routing
from claims.rules import topics as topic_rules
from claims.rules.ratings import DEFAULT_SCALES
from claims.rules.refusals import Absent, Conflict, Refused
from claims.rules.workflow import Missing
from claims.services.events import record, verb
from sources.models import Source, followed

TWICE_SOURCES_AT_MOST = 100
# What is said of a member.
SAID = ("role", "active", "capacity", "languages", "topics")

Unseated = Callable[[Desk, Any, Any], None]
_when_unseated: list[Unseated] = []
_when_added: list[Unseated] = []
Changed = Callable[[Desk, set[str]], None]
_when_changed: list[Changed] = []


def when_unseated(call: Unseated) -> None:
    """Register what happens, in the same transaction, when a person stops being a reviewer of a desk.

    It is called with the desk, the person, and whoever decided so.
    """
    _when_unseated.append(call)


def when_added(call: Unseated) -> None:
    """Register what happens, in the same transaction, when a person comes to a desk, or comes back; called as above."""
    _when_added.append(call)


def when_changed(call: Changed) -> None:
    """Register what happens, in the same transaction, when fields of a desk have changed; called with their names."""
    _when_changed.append(call)


@verb
def create(name: str, slug: str, *, actor: Any = None, **policy: Any) -> Desk:
    """A new desk with the two default rating scales. ``policy`` are further fields of Desk. Raises Refused."""
    listed = _twice_sources(policy.pop("second_review_sources", ()))
    desk = Desk(name=name, slug=slug, **policy)
    desk.language = _language(desk.language)
    _check_fields(desk)
    # Only of a new one: a desk that has capitals already keeps its address.
    if slug != slug.lower():
        message = "Write the short name in small letters; addresses that differ by a capital are taken for one."
        raise Refused.one("slug", "capitals", message)
    _check_due_times(desk)
    desk.routing_weights = routing.folded(desk.routing_weights)
    desk.save()
    desk.second_review_sources.set(listed)
    for axis, defaults in DEFAULT_SCALES.items():
        scale = RatingScale.objects.create(desk=desk, axis=axis.value, name="Default")
        Rating.objects.bulk_create(
            Rating(
                scale=scale,
                key=rating.key,
                label=rating.label,
                number=rating.number,
                normalised=rating.normalised.value,
                explanation=rating.explanation,
                position=position,
            )
            for position, rating in enumerate(defaults.ratings)
        )
    record("desk.created", Subject.DESK, desk.pk, actor=actor, data={"name": name})
    return desk


@verb
def found(name: str, slug: str, *, actor: Any, **policy: Any) -> Desk:
    """A new desk whose first admin is whoever makes it: they can invite the others. Raises Refused."""
    desk = create(name, slug, actor=actor, **policy)
    set_member(desk, actor, Role.ADMIN, actor=actor)
    return desk


@verb
def set_member(
    desk: Desk, user: Any, role: str, *, actor: Any = None, version: int | None = None, **skills: Any
) -> Membership:
    """Make ``user`` a member in ``role``, or change the role they have. ``skills`` are further fields of Membership.

    What somebody holds who does not review there any more goes back into the queue, and who leaves leads it no more.
    Raises Refused when there is no such role or a field is wrong, Conflict where the desk would be left without an
    admin, or somebody changed the member since ``version``.
    """
    if role not in Role.values:
        raise Refused.one("role", "unknown", f"There is no role “{role}”. Use one of: {', '.join(Role.values)}.")
    stored = _lock(desk)
    # Locked: the person may say at the same moment what they know, and saving would take that back.
    before = Membership.objects.select_for_update(no_key=True).filter(desk=desk, user=user).first()
    if before:
        _check_version(before, version)
    member = copy(before) if before else Membership(desk=desk, user=user)
    skills |= _skills(skills.get("languages"), skills.get("topics"))
    for name, value in {"role": Role(role), "active": True, **skills}.items():
        setattr(member, name, value)
    if before and any(getattr(before, name) != getattr(member, name) for name in SAID):
        member.version += 1
    if before and _is_admin(before) and not _is_admin(member):
        _check_another_admin(member)
    _check_fields(member)
    member.save()
    record(
        "desk.member_set",
        Subject.DESK,
        desk.pk,
        actor=actor,
        from_state=before.role if before else "",
        to_state=member.role,
        data={"user": user.pk} if member.active else {"user": user.pk, "active": False},
    )
    if before and _reviews(before) and not _reviews(member):
        for call in _when_unseated:
            call(desk, user, actor)
    if member.active and not (before and before.active):
        for call in _when_added:
            call(desk, user, actor)
    if not member.active and stored.lead_id == user.pk:
        change(stored, actor=actor, lead=None)
    return member


@verb
def remove_member(desk: Desk, user: Any, *, actor: Any) -> Membership:
    """Make a member inactive; what they hold goes back into the queue. Raises Absent, or Conflict as set_member()."""
    _lock(desk)
    member = Membership.objects.filter(desk=desk, user=user, active=True).first()
    if member is None:
        raise Absent.one("user", "absent", "There is no such member at this desk.")
    return set_member(desk, user, member.role, actor=actor, active=False)


def _lock(desk: Desk) -> Desk:
    """The desk's row: one change of a desk at a time, so that two admins cannot demote each other at once."""
    return Desk.objects.select_for_update(no_key=True).get(pk=desk.pk)


def _check_version(member: Membership, version: int | None) -> None:
    if version not in (None, member.version):
        message = "Somebody changed this member while you were editing. Look at both versions, then save again."
        current = {name: getattr(member, name) for name in SAID}
        raise Conflict.with_details("version", "changed_meanwhile", message, current=current)


def _is_admin(member: Membership) -> bool:
    return member.active and member.role == Role.ADMIN


def _check_another_admin(member: Membership) -> None:
    others = Membership.objects.filter(desk=member.desk, role=Role.ADMIN, active=True, user__is_active=True)
    if not others.exclude(pk=member.pk).exists():
        message = "This is the desk's last admin. Make somebody else an admin first."
        raise Conflict.with_details("role", "last_admin", message)


def _check_fields(row: Desk | Membership) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        wrong = error.message_dict.items()
        raise Refused([Missing(field, "invalid", " ".join(messages)) for field, messages in wrong]) from error


def due_policy(desk: Desk) -> deadlines.Policy:
    return deadlines.Policy(
        calendar=calendars.read(desk.working_time, desk.timezone),
        hours=deadlines.read_hours(desk.due_hours),
        remind_share=desk.remind_share,
        escalate_after=desk.escalate_after_hours,
    )


def _check_due_times(desk: Desk) -> None:
    if wrong := deadlines.unreachable(due_policy(desk), timezone.now()):
        raise Refused(wrong)


def memberships(user: Any) -> QuerySet[Membership]:
    """Where the person is a member now, with the desks."""
    return Membership.objects.filter(user=user.pk, active=True).select_related("desk")


# As memberships() has it; written out, since programs that begin, and those that wait, ask for it.
NEWEST_SQL = """
    SELECT m.*, d.slug, d.name, d.timezone FROM claims_membership m JOIN claims_desk d ON d.id = m.desk_id
     WHERE m.user_id = %s AND m.active AND m.id < %s ORDER BY m.id DESC LIMIT %s
"""
# In the order of the model.
OF_DESK = ("name", "slug", "timezone")


def newest_memberships(user: Any, before: int | None, limit: int) -> list[Membership]:
    """So many of memberships(), the newest first, those before the id; of each desk what OF_DESK names."""
    found = read(Membership, NEWEST_SQL, [user.pk, BigIntegerField.MAX_BIGINT if before is None else before, limit])
    for row in found:
        row.desk = Desk.from_db(None, ("id", *OF_DESK), [row.desk_id, *map(row.__dict__.pop, OF_DESK)])
    return found


@verb
def describe_member(
    membership_id: int,
    *,
    actor: Any,
    version: int | None = None,
    languages: Sequence[str] | None = None,
    topics: Sequence[str] | None = None,
) -> Membership:
    """People say themselves what they read and know; what is None stays.

    Raises Refused, Absent for another's, and Conflict when somebody changed it since ``version``.
    """
    own = memberships(actor).filter(pk=membership_id)
    member = own.select_for_update(of=("self",), no_key=True).first()
    if member is None:
        raise Absent.one("membership", "absent", "There is no such membership of yours.")
    _check_version(member, version)
    given = _skills(languages, topics)
    what = {name: [getattr(member, name), new] for name, new in given.items() if getattr(member, name) != new}
    if what:
        Membership.objects.filter(pk=member.pk).update(**given, version=member.version + 1)
        member.refresh_from_db(fields=[*given, "version"])
        record("desk.member_described", Subject.DESK, member.desk_id, actor=actor, data={"user": actor.pk} | what)
    return member


def _language(given: str) -> str:
    """The desk's own, as it is stored; raises Refused for what is no language tag."""
    try:
        tags = topic_rules.languages([given])
    except ValueError as error:
        raise Refused.one("language", "invalid", str(error)) from error
    return tags[0] if tags else ""


def _skills(languages: Sequence[str] | None, topics: Sequence[str] | None) -> dict[str, list[str]]:
    """What is not None, as it is stored; raises Refused with everything that is wrong at once."""
    found, wrong = {}, []
    if languages is not None:
        try:
            found["languages"] = list(topic_rules.languages(languages))
        except ValueError as error:
            wrong.append(Missing("languages", "invalid", str(error)))
    if topics is not None:
        found["topics"] = list(topic_rules.topics(topics))
        if problem := topic_rules.problem(found["topics"]):
            wrong.append(Missing("topics", "invalid", problem))
    if wrong:
        raise Refused(wrong)
    return found


def _reviews(member: Membership) -> bool:
    return member.active and member.role in REVIEWERS


@verb
def change(desk: Desk, *, actor: Any, version: int | None = None, **policy: Any) -> Desk:
    """Change the desk's fields. Raises Refused, and Conflict when somebody changed it since ``version``.

    ``second_review_sources`` are Sources; of merged ones the one that readers see is chosen.
    """
    changed = _lock(desk)
    if "second_review_sources" in policy:
        policy["second_review_sources"] = _twice_sources(policy["second_review_sources"])
    known = changed.policy()
    before = {name: _plain(known.get(name, getattr(changed, name))) for name in policy}
    if version not in (None, changed.version):
        message = "Somebody changed this desk while you were editing it. Look at both versions, then save again."
        raise Conflict.with_details("version", "changed_meanwhile", message, current=before)
    if "routing_weights" in policy and not routing.problems(policy["routing_weights"]):
        policy["routing_weights"] = routing.folded(policy["routing_weights"])
    if policy.get("language", changed.language) != changed.language:
        policy["language"] = _language(policy["language"])
    after = {name: _plain(value) for name, value in policy.items()}
    what = {name: [before[name], after[name]] for name in policy if before[name] != after[name]}
    if not what:
        return changed
    listed = policy.pop("second_review_sources", [])
    for name, value in policy.items():
        setattr(changed, name, value)
    changed.version += 1
    _check_fields(changed)
    _check_due_times(changed)
    if "lead" in what and changed.lead is not None and role_at(desk.pk, changed.lead) is None:
        raise Refused.one("lead", "no_member", "The lead is somebody of this desk. Choose one of its members.")
    changed.save(update_fields=[*policy, "version"])
    # Only then: a list that reads the same keeps the merged sources in it, and so the undo of a merge stays exact.
    if "second_review_sources" in what:
        changed.second_review_sources.set(listed)
    record("desk.changed", Subject.DESK, desk.pk, actor=actor, data=what)
    for call in _when_changed:
        call(changed, set(what))
    return changed


def newest_for(desk: Desk, version: int, names: Collection[str]) -> int:
    """The desk's version, where nothing of these fields was changed since ``version``; else that one.

    For pages with a part of the policy: what others saved in another part contradicts nothing.
    """
    since = desk.version - version
    if since <= 0:
        return version
    changes = Event.objects.of(Subject.DESK, desk.pk).filter(kind="desk.changed").order_by("-sequence")
    touched = {name for data in changes.values_list("data", flat=True)[:since] for name in data}
    return version if touched & set(names) else desk.version


def _twice_sources(chosen: Iterable[Source]) -> list[Source]:
    # Read anew: one of them may have been merged since the caller looked.
    numbers = [source.pk for source in chosen]
    listed = followed(Source.objects.filter(pk__in=numbers).select_related("merged_into"))
    if len(listed) > TWICE_SOURCES_AT_MOST:
        message = f"At most {TWICE_SOURCES_AT_MOST} sources can be listed."
        raise Refused.one("second_review_sources", "too_many", message)
    return listed


def _plain(value: Any) -> Any:
    """People and sources by their numbers: an event holds JSON."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return getattr(value, "pk", value)


@verb
def use_scale(scale: RatingScale, *, actor: Any) -> None:
    """Rate with this scale from now on. Verdicts keep the ratings with which they were given."""
    if not scale.ratings.exists():
        raise Refused.one("scale", "empty", "A scale without ratings cannot be used. Add its ratings first.")
    same_axis = RatingScale.objects.select_for_update().filter(desk=scale.desk_id, axis=scale.axis)
    same_axis.exclude(pk=scale.pk).update(active=False)
    same_axis.filter(pk=scale.pk).update(active=True)
    what = {"axis": scale.axis, "scale": scale.pk, "name": scale.name}
    record("desk.scale_chosen", Subject.DESK, scale.desk_id, actor=actor, data=what)


def role_at(desk_id: int, user: Any) -> Role | None:
    """The role of ``user`` at the desk, or None for strangers and people who left."""
    member = Membership.objects.filter(desk=desk_id, user=user.pk, active=True).values_list("role", flat=True).first()
    return Role(member) if member else None


def people(desk_id: int, roles: tuple[str, ...]) -> set[int]:
    """Ids of who is at the desk in one of these roles."""
    members = Membership.objects.filter(desk=desk_id, active=True, role__in=roles, user__is_active=True)
    return set(members.values_list("user", flat=True))


def zone_of(desk: Desk) -> tzinfo:
    """The desk's time zone; UTC where what was typed is none."""
    try:
        return ZoneInfo(desk.timezone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
