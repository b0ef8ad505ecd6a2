"""Desks and their people."""

import pytest

from claims.extraction import pipeline
from claims.models.claims import Claim
from claims.models.desks import Desk, Membership, Role
from claims.models.events import Event
from claims.models.verdicts import Rating
from claims.rules.ratings import DEFAULT_SCALES
from claims.rules.refusals import Refused
from claims.services import desks
from sources import services as register
from sources.models import SourceKind
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_new_desk_has_both_scales_and_its_first_event() -> None:
    desk = desks.create("Harbour Desk", "harbour")
    for axis, scale in DEFAULT_SCALES.items():
        stored = Rating.objects.filter(scale__desk=desk, scale__axis=axis.value, scale__active=True)
        assert [rating.key for rating in stored.order_by("position")] == [rating.key for rating in scale.ratings]
    assert [event.kind for event in Event.objects.of("desk", desk.pk)] == ["desk.created"]


def test_a_member_is_in_the_history_with_every_change_of_role() -> None:
    world = factories.world()
    desks.set_member(world.desk, world.ruth, Role.REVIEWER, actor=world.dora, topics=["bridges"])
    assert desks.role_at(world.desk.pk, world.ruth) is Role.REVIEWER
    assert Membership.objects.get(desk=world.desk, user=world.ruth).topics == ["bridges"]
    last = Event.objects.of("desk", world.desk.pk).last()
    assert last is not None
    assert (last.kind, last.from_state, last.to_state) == ("desk.member_set", "reader", "reviewer")
    assert (last.actor, last.data) == (world.dora, {"user": world.ruth.pk})


def test_strangers_and_people_who_left_have_no_role() -> None:
    world = factories.world()
    Membership.objects.filter(user=world.bob).update(active=False)
    assert desks.role_at(world.desk.pk, world.mallory) is None
    assert desks.role_at(world.desk.pk, world.bob) is None
    assert not Desk.objects.of(world.bob).exists()
    assert list(Desk.objects.of(world.mallory)) == [world.elsewhere]


def test_an_unknown_role_is_refused_by_name() -> None:
    world = factories.world()
    with pytest.raises(Refused) as refused:
        desks.set_member(world.desk, world.ruth, "emperor")
    assert refused.value.problems[0].field == "role"
    assert "reviewer" in refused.value.problems[0].message
    assert desks.role_at(world.desk.pk, world.ruth) is Role.READER


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"slug": "two words"}, "slug"),
        ({"name": ""}, "name"),
        ({"lease_minutes": 0}, "lease_minutes"),
        ({"worthiness_weights": {"figures": 3}}, "worthiness_weights"),
        ({"worthiness_weights": {"fame": 0.3}}, "worthiness_weights"),
    ],
)
def test_a_desk_that_cannot_be_is_refused_and_the_field_is_named(fields: dict[str, object], named: str) -> None:
    details: dict[str, object] = {"name": "Harbour Desk", "slug": "harbour"} | fields
    with pytest.raises(Refused) as refused:
        desks.create(**details)  # type: ignore[arg-type] # wrong on purpose
    assert [problem.field for problem in refused.value.problems] == [named]
    assert not Desk.objects.exists()


def test_two_desks_cannot_share_an_address() -> None:
    desks.create("Harbour Desk", "harbour")
    with pytest.raises(Refused) as refused:
        desks.create("Other", "harbour")
    assert refused.value.problems[0].field == "slug"


def test_a_wrong_weight_is_named_in_the_refusal() -> None:
    desk = desks.create("Harbour Desk", "harbour")
    with pytest.raises(Refused) as refused:
        desks.change(desk, actor=None, worthiness_weights={"fame": 0.3, "figures": 3})
    (problem,) = refused.value.problems
    assert "“fame”" in problem.message
    assert "“figures”" in problem.message
    assert Desk.objects.get().worthiness_weights == {}


def test_claims_are_weighed_as_their_desk_weighs_them() -> None:
    text = f"{factories.TEXT}\nThe story of the desk that weighs."
    world = factories.world(worthiness_weights={"figures": -0.2})
    factories.ready_article(world, text)
    own = {claim.text: claim for claim in Claim.objects.filter(desk=world.desk)}
    by_default = {claim.text: claim.check_worthiness for claim in pipeline.extract(text).claims}
    assert own.keys() == by_default.keys()
    for claim in own.values():
        less = 0.4 if "gives a figure" in claim.reasons else 0.0
        assert claim.check_worthiness == pytest.approx(min(0.98, by_default[claim.text]) - less, abs=0.011)
    assert {"gives a figure" in claim.reasons for claim in own.values()} == {True, False}


def test_the_register_tells_of_power_that_the_words_do_not_show() -> None:
    said = "Harbourside said the quay had closed."
    world = factories.world()
    before = factories.ready_article(world, said)
    register.create(SourceKind.OFFICE, "Harbourside")
    after = factories.ready_article(world, f"{said} It rained.")
    reason = "comes from an office, a government, a force or a company's head"
    assert reason not in Claim.objects.get(article=before).reasons
    told = Claim.objects.get(article=after)
    assert reason in told.reasons
    assert told.check_worthiness > Claim.objects.get(article=before).check_worthiness
