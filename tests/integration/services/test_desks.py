"""Desks and their people."""

from functools import partial
from typing import Any

import pytest

from claims.extraction import pipeline
from claims.models.claims import Claim
from claims.models.desks import Desk, Membership, Role
from claims.models.events import Event
from claims.models.verdicts import Rating
from claims.rules.ratings import DEFAULT_SCALES
from claims.rules.refusals import Absent, Conflict, Refused
from claims.services import desks, sources
from sources import services as register
from sources.models import SourceKind
from tests import factories
from tests.concurrency import at_once
from workbench.accounts.models import User

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
    desks.set_member(
        world.desk, world.ruth, Role.REVIEWER, actor=world.dora, topics=["Bridges, TOLLS"], languages=["EN"]
    )
    ruth = Membership.objects.get(desk=world.desk, user=world.ruth)
    assert (ruth.topics, ruth.languages) == (["bridges", "tolls"], ["en"])


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
        ({"slug": "17"}, "slug"),
        ({"slug": "Harbour"}, "slug"),
        ({"name": ""}, "name"),
        ({"lease_minutes": 0}, "lease_minutes"),
        ({"worthiness_weights": {"figures": 3}}, "worthiness_weights"),
        ({"worthiness_weights": {"fame": 0.3}}, "worthiness_weights"),
    ],
)
def test_a_desk_that_cannot_be_is_refused_and_the_field_is_named(fields: dict[str, Any], named: str) -> None:
    details: dict[str, Any] = {"name": "Harbour Desk", "slug": "harbour"} | fields
    with pytest.raises(Refused) as refused:
        desks.create(**details)
    assert [problem.field for problem in refused.value.problems] == [named]
    assert not Desk.objects.exists()


def test_two_desks_cannot_share_an_address() -> None:
    desks.create("Harbour Desk", "harbour")
    with pytest.raises(Refused) as refused:
        desks.create("Other", "harbour")
    (only,) = refused.value.problems
    assert (only.field, only.message) == ("slug", "Another desk has this short name. Choose one that is free.")


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


# --- Who is at a desk, and who changes it -----------------------------------------------------------------------------


def test_whoever_founds_a_desk_is_its_admin() -> None:
    person = factories.user("founder")
    desk = desks.found("Coast Desk", "coast", actor=person)
    assert desks.role_at(desk.pk, person) is Role.ADMIN
    with pytest.raises(Refused) as refused:
        desks.found("Another", "coast", actor=person)
    assert [problem.field for problem in refused.value.problems] == ["slug"]


@pytest.mark.parametrize("how", [{"role": Role.EDITOR}, {"role": Role.ADMIN, "active": False}])
def test_the_last_admin_stays(how: dict[str, Any]) -> None:
    world = factories.world()
    with pytest.raises(Conflict) as conflict:
        desks.set_member(world.desk, world.dora, actor=world.dora, **how)
    assert conflict.value.problems[0].code == "last_admin"
    # An admin whose account is switched off could help nobody.
    switched_off = factories.member(world.desk, "gone", Role.ADMIN)
    User.objects.filter(pk=switched_off.pk).update(is_active=False)
    with pytest.raises(Conflict):
        desks.set_member(world.desk, world.dora, actor=world.dora, **how)
    desks.set_member(world.desk, world.carol, Role.ADMIN, actor=world.dora)
    desks.set_member(world.desk, world.dora, actor=world.carol, **how)
    assert desks.role_at(world.desk.pk, world.carol) is Role.ADMIN


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_remove_each_other_at_once_leave_one() -> None:
    world = factories.world()
    other = factories.member(world.desk, "other", Role.ADMIN)
    pairs = [(world.dora, other), (other, world.dora)]

    def remove(actor: User, gone: User) -> str:
        try:
            desks.remove_member(world.desk, gone, actor=actor)
        except Conflict as conflict:
            return conflict.problems[0].code
        return "removed"

    assert sorted(at_once([partial(remove, *pair) for pair in pairs])) == ["last_admin", "removed"]
    assert Membership.objects.filter(desk=world.desk, role=Role.ADMIN, active=True).count() == 1


def test_whoever_is_removed_leaves_their_work_to_others() -> None:
    world = factories.world()
    factories.queued_claims(world, 1)
    claim = factories.taken(world.alice).claim
    desks.remove_member(world.desk, world.alice, actor=world.dora)
    assert Claim.objects.get(pk=claim.pk).state == "queued"
    assert desks.role_at(world.desk.pk, world.alice) is None
    with pytest.raises(Absent):
        desks.remove_member(world.desk, world.alice, actor=world.dora)
    with pytest.raises(Absent):
        desks.remove_member(world.desk, world.mallory, actor=world.dora)


def test_who_leaves_leads_the_desk_no_more() -> None:
    world = factories.world()
    desks.change(world.desk, actor=world.dora, lead=world.carol)
    desks.remove_member(world.desk, world.alice, actor=world.dora)
    assert Desk.objects.get(pk=world.desk.pk).lead == world.carol
    desks.remove_member(world.desk, world.carol, actor=world.dora)
    assert Desk.objects.get(pk=world.desk.pk).lead is None
    event = Event.objects.of("desk", world.desk.pk).filter(kind="desk.changed").latest("sequence")
    assert (event.actor, event.data) == (world.dora, {"lead": [world.carol.pk, None]})


def test_a_lead_who_is_no_member_keeps_nobody_from_changing_something_else() -> None:
    world = factories.world()
    Desk.objects.filter(pk=world.desk.pk).update(lead=world.mallory)
    assert desks.change(world.desk, actor=world.dora, lease_minutes=30).lease_minutes == 30


def test_a_field_that_makes_no_sense_is_refused_and_nothing_is_changed() -> None:
    world = factories.world()
    with pytest.raises(Refused) as refused:
        desks.set_member(world.desk, world.alice, Role.EDITOR, actor=world.dora, capacity=0)
    assert "membership_can_hold_something" in str(refused.value) or "capacity" in str(refused.value)
    assert desks.role_at(world.desk.pk, world.alice) is Role.REVIEWER


def test_a_change_of_an_older_desk_is_refused_with_what_is_there_now() -> None:
    world = factories.world()
    seen = world.desk.version
    desks.change(world.desk, actor=world.dora, version=seen, lease_minutes=30)
    with pytest.raises(Conflict) as conflict:
        desks.change(world.desk, actor=world.carol, version=seen, lease_minutes=90)
    assert conflict.value.problems[0].code == "changed_meanwhile"
    assert conflict.value.details == {"current": {"lease_minutes": 30}}
    stored = Desk.objects.get(pk=world.desk.pk)
    assert (stored.lease_minutes, stored.version) == (30, seen + 1)
    last = Event.objects.of("desk", world.desk.pk).last()
    assert last is not None
    assert (last.kind, last.data) == ("desk.changed", {"lease_minutes": [60, 30]})


def test_the_list_of_sources_is_part_of_the_policy_and_follows_merges() -> None:
    world = factories.world()
    bell, again, osei = (register.create("person", name) for name in ("Anna Bell", "Mayor Bell", "Mark Osei"))
    changed = desks.change(world.desk, actor=world.dora, second_review_sources=[osei, again])
    assert (changed.version, changed.twice_sources()) == (world.desk.version + 1, [osei, again])
    last = Event.objects.of("desk", world.desk.pk).last()
    assert last is not None
    assert (last.kind, last.data) == ("desk.changed", {"second_review_sources": [[], [osei.pk, again.pk]]})
    merge = sources.merge(again, bell, actor=world.dora, reason="The same")
    assert changed.twice_sources() == [bell, osei]
    # What reads the same is no change: after the merge is undone the list is what it was.
    for same in ([bell, osei], [osei, again, bell]):
        assert desks.change(changed, actor=world.dora, second_review_sources=same).version == changed.version
    sources.undo_merge(merge.pk, actor=world.dora)
    assert Desk.objects.get(pk=world.desk.pk).twice_sources() == [osei, again]
    with pytest.raises(Conflict) as conflict:
        desks.change(world.desk, actor=world.carol, version=world.desk.version, second_review_sources=[])
    assert conflict.value.details == {"current": {"second_review_sources": [osei.pk, again.pk]}}
    assert desks.change(changed, actor=world.dora, second_review_sources=[]).twice_sources() == []


def test_a_list_of_too_many_sources_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    world = factories.world()
    monkeypatch.setattr(desks, "TWICE_SOURCES_AT_MOST", 1)
    chosen = [register.create("person", name) for name in ("Anna Bell", "Mark Osei")]
    with pytest.raises(Refused) as refused:
        desks.change(world.desk, actor=world.dora, second_review_sources=chosen)
    assert (refused.value.problems[0].field, refused.value.problems[0].code) == ("second_review_sources", "too_many")


def test_saving_what_is_there_already_is_no_change() -> None:
    world = factories.world()
    events = Event.objects.count()
    assert desks.change(world.desk, actor=world.dora, lease_minutes=60).version == world.desk.version
    assert Event.objects.count() == events


def test_people_say_themselves_what_they_read_and_know() -> None:
    world = factories.world()
    mine = Membership.objects.get(user=world.alice)
    desks.describe_member(mine.pk, actor=world.alice, languages=["EN"], topics=["Bridges"])
    changed = desks.describe_member(mine.pk, actor=world.alice, topics=[])
    assert (changed.languages, changed.topics, changed.role) == (["en"], [], Role.REVIEWER)
    told = Event.objects.of("desk", world.desk.pk).filter(kind="desk.member_described").values_list("data", flat=True)
    assert list(told) == [
        {"user": world.alice.pk, "languages": [[], ["en"]], "topics": [[], ["bridges"]]},
        {"user": world.alice.pk, "topics": [["bridges"], []]},
    ]
    with pytest.raises(Refused) as refused:
        desks.describe_member(mine.pk, actor=world.alice, languages=["English"], topics=["x" * 65])
    assert [problem.field for problem in refused.value.problems] == ["languages", "topics"]
    with pytest.raises(Absent):
        desks.describe_member(mine.pk, actor=world.dora, topics=["bridges"])
    Membership.objects.filter(pk=mine.pk).update(active=False)
    with pytest.raises(Absent):
        desks.describe_member(mine.pk, actor=world.alice, topics=["bridges"])


def test_a_desk_has_a_language_by_its_tag() -> None:
    desk = desks.create("Fact checks", "fact-checks", language="PT_br")
    assert desk.language == "pt-BR"
    assert desks.change(desk, actor=None, language="uk").language == "uk"
    for wrong in ("english", ""):
        with pytest.raises(Refused) as refused:
            desks.change(desk, actor=None, language=wrong)
        assert (refused.value.problems[0].field, refused.value.problems[0].code) == ("language", "invalid")
    Desk.objects.filter(pk=desk.pk).update(language="english")
    assert desks.change(desk, actor=None, lease_minutes=30).lease_minutes == 30, (
        "it does not keep the rest from being set"
    )
