"""A desk keeps an admin, whatever is written past the verbs."""

import pytest
from django.db import IntegrityError, transaction

from claims.models.desks import Membership, Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("change", [{"active": False}, {"role": "reader"}])
def test_the_last_admin_cannot_be_changed_away(change: dict[str, object]) -> None:
    world = factories.world()
    admin = Membership.objects.filter(desk=world.desk, role=Role.ADMIN)
    with pytest.raises(IntegrityError, match="without an admin"), transaction.atomic():
        admin.update(**change)
    with pytest.raises(IntegrityError, match="without an admin"), transaction.atomic():
        admin.delete()
    admin.update(capacity=3)
    factories.member(world.desk, "another", Role.ADMIN)
    assert Membership.objects.filter(user=world.dora).update(**change) == 1


def test_one_of_another_desk_does_not_count() -> None:
    world = factories.world()
    with pytest.raises(IntegrityError, match="without an admin"), transaction.atomic():
        Membership.objects.filter(user=world.mallory).update(desk=world.desk)


def test_two_admins_cannot_go_in_one_statement() -> None:
    world = factories.world()
    factories.member(world.desk, "another", Role.ADMIN)
    with pytest.raises(IntegrityError, match="without an admin"), transaction.atomic():
        Membership.objects.filter(desk=world.desk).update(active=False)
