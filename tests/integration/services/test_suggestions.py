"""What becomes of the claims that attributions and suggestions carry, when people decide on these."""

from collections.abc import Callable

import pytest

from claims.models.articles import Article
from claims.models.claims import Attribution, Claim
from claims.models.events import Event
from claims.models.jobs import Job
from claims.rules.workflow import DismissReason
from claims.services import attributions, claims
from tests import factories
from tests.factories import World
from tests.integration.services.test_attributions import QUOTED, last_event, of
from tests.integration.services.test_rereading import suggestion


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.fixture
def article(world: World) -> Article:
    return factories.ready_article(world)


def test_what_the_reviewers_have_stays_theirs_when_it_is_rejected(world: World, article: Article) -> None:
    row = of(article, QUOTED)
    attributions.reject(row.pk, actor=world.alice, reason="A caption.")
    assert row.claims.get().state == "queued"
    event = last_event(article)
    assert (event.kind, event.reason, event.to_state) == ("attribution.rejected", "A caption.", "rejected")
    before = Event.objects.count()
    attributions.reject(row.pk, actor=world.bob)
    assert Event.objects.count() == before
    assert attributions.confirm(row.pk, actor=world.bob).decision == "confirmed"


def test_a_claim_that_another_carries_is_not_dismissed(world: World, article: Article) -> None:
    row, other = suggestion(world, article, "17\ncracks"), suggestion(world, article, "hiding the inspection")
    claim = row.claims.get()
    claim.links.create(attribution=other, stance="denies")
    attributions.confirm(other.pk, actor=world.alice)
    attributions.reject(row.pk, actor=world.alice)
    claim.refresh_from_db()
    assert claim.state == "extracted"
    attributions.reject(other.pk, actor=world.alice, reason="Neither.")
    claim.refresh_from_db()
    assert (claim.state, claim.state_reason) == ("dismissed", "Not a statement: Neither.")


def test_a_claim_that_another_suggestion_carries_waits_with_it(world: World, article: Article) -> None:
    row, other = suggestion(world, article, "17\ncracks"), suggestion(world, article, "hiding the inspection")
    claim = row.claims.get()
    claim.links.create(attribution=other, stance="asserts")
    attributions.reject(row.pk, actor=world.alice)
    claim.refresh_from_db()
    assert claim.state == "extracted"
    assert claim not in Claim.objects.accepted(), "nothing that stands carries it"
    attributions.confirm(other.pk, actor=world.alice)
    factories.perform()
    claim.refresh_from_db()
    assert claim.state == "queued"


def test_what_is_rejected_before_the_review_opens_takes_no_claim_along(world: World, article: Article) -> None:
    """A suggestion accepted and thought better of, while another one with the same claim waits."""
    row, other = suggestion(world, article, "17\ncracks"), suggestion(world, article, "hiding the inspection")
    claim = row.claims.get()
    claim.links.create(attribution=other, stance="asserts")
    attributions.confirm(row.pk, actor=world.alice)
    attributions.reject(row.pk, actor=world.alice)
    factories.perform()
    claim.refresh_from_db()
    assert (claim.state, claim.queue_entries.count()) == ("extracted", 0)


@pytest.mark.parametrize("verb", ["confirm", "correct"])
def test_what_was_no_statement_after_all_comes_back(world: World, article: Article, verb: str) -> None:
    row = suggestion(world, article, "17\ncracks")
    claim = row.claims.get()
    attributions.reject(row.pk, actor=world.alice, reason="A caption.")
    claim.refresh_from_db()
    assert claim.state == "dismissed"
    if verb == "confirm":
        attributions.confirm(row.pk, actor=world.bob)
    else:
        attributions.correct(row.pk, {"channel": "report"}, actor=world.bob)
    factories.perform()
    claim.refresh_from_db()
    assert (claim.state, claim.state_reason, claim.queue_entries.count()) == ("queued", "", 1)
    told = Event.objects.of("claim", claim.pk).values_list("kind", "from_state", "to_state")
    assert list(told)[-2:] == [("claim.restored", "dismissed", "triaged"), ("claim.queued", "triaged", "queued")]
    assert factories.history_is_whole()


def test_what_comes_back_while_the_job_before_waits_comes_back_all_the_same(world: World, article: Article) -> None:
    row = suggestion(world, article, "17\ncracks")
    for decide in (attributions.confirm, attributions.reject, attributions.confirm):
        decide(row.pk, actor=world.alice)
    factories.perform()
    assert row.claims.get().state == "queued"


def test_what_an_editor_dismissed_stays_dismissed(world: World, article: Article) -> None:
    row = suggestion(world, article, "17\ncracks")
    claim = row.claims.get()
    claims.dismiss(claim.pk, DismissReason.DUPLICATE, actor=world.carol)
    attributions.reject(row.pk, actor=world.alice)
    attributions.confirm(row.pk, actor=world.alice)
    factories.perform()
    claim.refresh_from_db()
    assert (claim.state, claim.state_reason) == ("dismissed", "duplicate")


def test_an_opinion_that_comes_back_waits_for_an_editor_again(world: World, article: Article) -> None:
    row = suggestion(world, article, "17\ncracks")
    row.claims.update(checkability="opinion")
    attributions.reject(row.pk, actor=world.alice)
    attributions.confirm(row.pk, actor=world.alice)
    factories.perform()
    assert (row.claims.get().state, row.claims.get().queue_entries.count()) == ("triaged", 0)


@pytest.mark.parametrize("verb", [attributions.confirm, attributions.reject])
def test_a_suggestion_is_decided_on_like_the_others(
    world: World, article: Article, verb: Callable[..., Attribution]
) -> None:
    row = suggestion(world, article, "17\ncracks")
    claim = row.claims.get()
    factories.perform()
    claim.refresh_from_db()
    assert claim.state == "extracted", "no reviewer sees it before"
    verb(row.pk, actor=world.alice)
    factories.perform()
    row.refresh_from_db()
    claim.refresh_from_db()
    accepted = verb is attributions.confirm
    assert (row.suggested, row.decision) == (False, "confirmed" if accepted else "rejected")
    assert claim.state == ("queued" if accepted else "dismissed")
    assert claim.queue_entries.exists() == accepted


def test_a_corrected_suggestion_is_accepted(world: World, article: Article) -> None:
    row = suggestion(world, article, "17\ncracks")
    attributions.correct(row.pk, {"channel": "report"}, actor=world.alice)
    assert Job.objects.open().get().name == "claims.open_review"
    factories.perform()
    assert row.claims.get().state == "queued"


def test_accepting_while_a_review_is_opened_leaves_nothing_behind(world: World, article: Article) -> None:
    """The job under way may have looked for claims before the suggestion was accepted."""
    row = suggestion(world, article, "17\ncracks")
    Job.objects.create(name="claims.open_review", key=f"open review {article.pk}", state="running", attempts=1)
    attributions.confirm(row.pk, actor=world.alice)
    factories.perform()
    assert row.claims.get().state == "queued"
