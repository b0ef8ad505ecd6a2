"""Two claims are the same: a person says so, and says that they are not any more."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim, ClaimLink
from claims.models.events import Event
from claims.rules.links import Answer, LinkKind
from claims.rules.refusals import Absent, Conflict, Refused
from claims.services import links
from tests import factories
from tests.factories import World


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def told(claim: Claim) -> list[tuple[str, object]]:
    rows = Event.objects.of("claim", claim.pk).filter(kind__startswith="claim.")
    return [(row.kind, row.data.get("claim")) for row in rows if row.kind.endswith("linked")]


def test_two_claims_are_the_same_and_then_are_not(world: World) -> None:
    one, other = factories.queued_claims(world, 2)
    link = links.confirm(other, one, LinkKind.SAME_AS, actor=world.carol)
    assert (link.from_claim, link.to_claim) == (one, other), "a symmetric link is one row whoever made it"
    assert links.confirm(one, other, LinkKind.SAME_AS, actor=world.dora).pk == link.pk
    links.end(link, actor=world.carol)
    assert not ClaimLink.objects.standing().exists()
    assert told(one) == [("claim.linked", other.pk), ("claim.linked", other.pk), ("claim.unlinked", other.pk)]
    assert [kind for kind, _ in told(other)] == [kind for kind, _ in told(one)]
    again = links.confirm(one, other, LinkKind.SAME_AS, actor=world.carol)
    assert (again.pk, again.ended_at) == (link.pk, None)


def test_a_suggestion_is_confirmed_and_may_be_one_again(world: World) -> None:
    one, other = factories.queued_claims(world, 2)
    suggested = ClaimLink.objects.create(from_claim=one, to_claim=other, kind="same_as", score=0.9)
    assert set(Claim.objects.matching(suspected=True)) == {one, other}
    link = links.confirm(one, other, LinkKind.SAME_AS, actor=world.carol)
    assert (link.pk, link.confirmed_by, link.score) == (suggested.pk, world.carol, 0.9)
    assert not Claim.objects.matching(suspected=True).exists()
    links.end(link, actor=world.carol, suggested=True)
    assert list(ClaimLink.objects.suspected()) == [suggested]


def said(world: World, *texts: str) -> list[Claim]:
    """Claims with these words, as they are when they were just queued."""
    claims = factories.queued_claims(world, len(texts))
    for claim, text in zip(claims, texts, strict=True):
        Claim.objects.filter(pk=claim.pk).update(text=text)
        claim.text = text
    ClaimLink.objects.all().delete()
    return claims


def test_the_machine_suggests_what_says_the_same_and_only_that(world: World) -> None:
    before = said(
        world,
        "Riverton repaired 40 bridges.",
        "Riverton repaired 14 bridges.",
        "Riverton did not repair 40 bridges.",
        "Velby repaired 40 bridges.",
    )
    (elsewhere,) = factories.queued_claims(world, 1, desk=world.elsewhere)
    Claim.objects.filter(pk=elsewhere.pk).update(text="Riverton has repaired 40 bridges.")
    (mine,) = said(world, "Riverton has repaired 40 bridges.")
    links.suggest([mine])
    link = ClaimLink.objects.get()
    assert (link.from_claim, link.to_claim, link.confirmed_by) == (before[0], mine, None)
    assert 0.85 <= link.score <= 1.0
    links.suggest([mine])
    assert ClaimLink.objects.count() == 1, "suggested once"


def test_what_a_person_decided_is_not_suggested_anew(world: World) -> None:
    one, other = said(world, "Riverton repaired 40 bridges.", "Riverton has repaired 40 bridges.")
    confirmed = links.confirm(one, other, LinkKind.SAME_AS, actor=world.carol)
    links.end(confirmed, actor=world.carol)
    links.suggest([one, other])
    assert not ClaimLink.objects.standing().exists()


def test_the_suggestions_cost_two_queries_however_many_claims(world: World) -> None:
    claims = said(world, *["Riverton repaired 40 bridges."] * 12)
    counts = []
    for some in (claims[:1], claims):
        with CaptureQueriesContext(connection) as asked:
            links.suggest(some)
        counts.append(len(asked))
    assert counts[0] == counts[1] == 2
    by_words = links.ALIKE_SQL.replace("c.desk_id = %s AND", "%s > 0 AND")  # a small table is faster by its desk
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
        cursor.execute(f"EXPLAIN {by_words}", [[claims[0].pk], ["riverton"], world.desk.pk, 20])
        assert "claim_found_by" in str(cursor.fetchall())


def test_an_article_that_repeats_another_one_is_noticed(world: World) -> None:
    factories.ready_article(world)
    assert not Claim.objects.matching(suspected=True).exists()
    factories.ready_article(world)
    assert Claim.objects.matching(suspected=True).count() > 4


# --- What a person says -----------------------------------------------------------------------------------------------


@pytest.fixture
def pair(world: World) -> tuple[Claim, Claim]:
    one, other = factories.queued_claims(world, 2)
    ClaimLink.objects.create(from_claim=one, to_claim=other, kind="same_as", score=0.9)
    return one, other


@pytest.mark.parametrize("answer", [Answer.SAME, Answer.DIFFERENT])
def test_what_was_suggested_is_answered_and_taken_back(world: World, pair: tuple[Claim, Claim], answer: Answer) -> None:
    one, other = pair
    link = links.judge(other.pk, one.pk, answer, actor=world.carol)
    assert (links.answer_of(link), link.confirmed_by) == (answer, world.carol)
    assert not ClaimLink.objects.suspected().exists()
    assert list(links.of_desk(world.desk.pk, answer=answer)) == [link]
    with pytest.raises(Conflict) as refused:
        links.judge(one.pk, other.pk, answer, actor=world.dora)
    assert refused.value.problems[0].code == "said_already"
    assert list(links.of_desk(world.desk.pk)) == []
    links.judge(one.pk, other.pk, Answer.OPEN, actor=world.dora)
    assert list(links.of_desk(world.desk.pk)) == [link]
    assert list(ClaimLink.objects.suspected()) == [link]
    kinds = ["claim.linked" if answer is Answer.SAME else "claim.unlinked", "claim.unlinked"]
    assert [kind for kind, _ in told(one)] == [kind for kind, _ in told(other)] == kinds
    assert factories.history_is_whole()


def test_what_is_not_the_same_is_never_suggested_again(world: World) -> None:
    one, other = said(world, "The bridge at Riverton is closed.", "The bridge at Riverton is closed.")
    links.suggest([one])
    links.judge(one.pk, other.pk, Answer.DIFFERENT, actor=world.carol)
    links.suggest([one, other])
    assert not ClaimLink.objects.suspected().exists()
    assert not ClaimLink.objects.standing().exists()


def test_what_a_person_said_by_themselves_is_no_suggestion_when_it_is_taken_back(world: World) -> None:
    one, other = factories.queued_claims(world, 2)
    link = links.judge(other.pk, one.pk, Answer.SAME, actor=world.carol)
    assert not link.by_machine
    assert links.answer_of(links.judge(one.pk, other.pk, Answer.OPEN, actor=world.carol)) is Answer.DIFFERENT
    assert not ClaimLink.objects.suspected().exists()
    with pytest.raises(Conflict):
        links.judge(one.pk, other.pk, Answer.OPEN, actor=world.carol)
    assert links.answer_of(links.judge(one.pk, other.pk, Answer.SAME, actor=world.carol)) is Answer.SAME


def test_only_two_claims_of_one_desk_are_judged(world: World) -> None:
    one, other = factories.queued_claims(world, 2)
    (strange,) = factories.queued_claims(world, 1, desk=world.elsewhere)
    for wrong in (strange.pk, other.pk + 10**6):
        with pytest.raises(Absent):
            links.judge(one.pk, wrong, Answer.SAME, actor=world.carol)
    with pytest.raises(Refused):
        links.judge(one.pk, one.pk, Answer.SAME, actor=world.carol)
    for answer in (Answer.DIFFERENT, Answer.OPEN):
        with pytest.raises(Conflict) as refused:
            links.judge(one.pk, other.pk, answer, actor=world.carol)
        assert refused.value.problems[0].code == "not_linked"
    assert not ClaimLink.objects.exists()


def test_a_link_comes_from_somebody(world: World) -> None:
    one, other = factories.queued_claims(world, 2)
    with pytest.raises(IntegrityError, match="claim_link_comes_from_somebody"), transaction.atomic():
        ClaimLink.objects.create(from_claim=one, to_claim=other, kind="same_as", by_machine=False)
