"""Rights at a desk as Django's permissions: for whatever belongs to the desk, in templates too, in one query."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template

from claims.models.desks import Role
from claims.rules.rights import Right, has
from claims.services import desks, notes, rights
from tests import factories
from tests.factories import World
from workbench.accounts.models import User


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.mark.parametrize("role", Role.values)
def test_a_permission_is_a_right_of_the_role(world: World, role: str) -> None:
    person = factories.member(world.desk, "newcomer", Role(role))
    for right in Right:
        assert person.has_perm(f"claims.{right}", world.desk) == has(role, right)
        assert person.has_perm(f"claims.{right}") == has(role, right)
        assert not person.has_perm(f"claims.{right}", world.elsewhere)


def test_what_belongs_to_a_desk_leads_to_it(world: World) -> None:
    factories.queued_claims(world, 1)
    held = factories.taken(world.alice)
    claim = held.claim
    attribution = claim.attributions.get()
    note = notes.add(claim.pk, "Mind the date.", actor=world.carol)
    for thing in (world.desk, claim, claim.article, held, attribution, note):
        assert rights.desk_of(thing) == world.desk.pk
        assert world.carol.has_perm("claims.publish", thing)
        assert not world.alice.has_perm("claims.publish", thing)
        assert not world.mallory.has_perm("claims.publish", thing)
    with pytest.raises(TypeError, match="belongs to no desk"):
        rights.desk_of(world.alice)


def test_a_superuser_has_no_right_at_a_desk_for_that(world: World) -> None:
    root = factories.user("root", is_superuser=True, is_staff=True)
    assert not root.has_perm("claims.read", world.desk)
    assert root.has_perm("claims.view_claim"), "the administration stays open to them"


def test_who_left_or_is_switched_off_or_signed_out_has_none(world: World) -> None:
    desks.set_member(world.desk, world.alice, Role.REVIEWER, active=False)
    User.objects.filter(pk=world.carol.pk).update(is_active=False)
    for person in (User.objects.get(pk=world.alice.pk), User.objects.get(pk=world.carol.pk), AnonymousUser()):
        assert not person.has_perm("claims.read", world.desk)
        assert not person.has_perm("claims.read")


def test_the_roles_are_read_once(world: World, django_assert_num_queries: Any) -> None:
    claims = factories.queued_claims(world, 3)
    carol = User.objects.get(pk=world.carol.pk)
    with django_assert_num_queries(1):
        assert all(carol.has_perm("claims.triage", claim) for claim in claims)
        assert not carol.has_perm("claims.manage_policy", world.desk)


def test_a_template_may_ask(world: World) -> None:
    page = Template("{% load rules %}{% has_perm 'claims.publish' user desk as may %}{{ may }}")
    told = [page.render(Context({"user": person, "desk": world.desk})) for person in (world.carol, world.alice)]
    assert told == ["True", "False"]
