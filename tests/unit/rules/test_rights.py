"""The table of rights: nothing is missing from it, and every role has what those below it have."""

import itertools

import pytest

from claims.models.desks import Role
from claims.rules.rights import ROLES, TABLE, Right, has, outranks, roles_with


def test_every_right_is_granted_from_a_role_on() -> None:
    assert list(TABLE) == list(Right), "each right has its line, in the order of the rights"
    assert {grant.lowest for grant in TABLE.values()} == set(ROLES)
    assert list(Role.values) == list(ROLES), "the tables know the same roles"


@pytest.mark.parametrize("right", Right)
def test_nobody_has_a_right_at_a_desk_of_others(right: Right) -> None:
    assert not has(None, right)


@pytest.mark.parametrize(("lower", "higher"), list(itertools.pairwise(ROLES)))
def test_a_role_has_more_rights_than_the_one_below(lower: str, higher: str) -> None:
    """Roles that may the same would be one role."""
    below = {right for right in Right if has(lower, right)}
    above = {right for right in Right if has(higher, right)}
    assert below < above
    assert outranks(higher, lower)
    assert not outranks(lower, higher)
    assert not outranks(lower, lower)


def test_senior_reviewers_settle_and_get_reserved_claims_and_do_not_publish() -> None:
    mine = {right for right in Right if has("senior_reviewer", right)} - {
        right for right in Right if has("reviewer", right)
    }
    assert mine == {Right.REVIEW_RESERVED, Right.ADJUDICATE}
    assert roles_with(Right.PUBLISH) == ("editor", "admin")
    assert roles_with(Right.MANAGE_MEMBERS) == ("admin",)
