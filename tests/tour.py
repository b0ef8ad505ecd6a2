"""A desk with one of everything, and the address of every page: for what has to hold on all of them.

world = factories.world()
for page in tour.pages(world, words="…"):      # whatever a person can write has these words in it
    client_of(page.who).get(page.where)
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models.functions import Now
from django.urls import reverse

from claims.models.articles import Article, Batch
from claims.models.claims import Claim, ClaimLink
from claims.models.desks import Desk
from claims.models.invitations import Invitation
from claims.models.jobs import Job, JobState
from claims.models.restatements import Restatement
from claims.models.review import Assignment
from claims.models.rows import database_now
from claims.models.webhooks import Delivery
from claims.rules.absences import Days
from claims.rules.bulk import BulkVerb, Order
from claims.rules.workflow import DismissReason, HoldReason, ReopenReason
from claims.services import bulk, conflicts, evidence, filters, notes, publication, review, webhooks
from claims.services import claims as claim_services
from claims.web import policy, rights
from sources import services as register
from sources.models import Source
from tests import factories
from tests.factories import World
from workbench.accounts import tokens
from workbench.accounts.models import User

# What answers with a part of a page, a file, or leads elsewhere.
NO_PAGES = {
    *("desk_policy", "palette"),
    *("batch_now", "article_progress", "claims_now", "bulk_progress", "bell", "source_options", "webhook_now"),
    *("capture", "capture_content", "agreement_csv", "numbers_csv", "verdict_picture"),
    *("feed", "sitemap", "sitemap_part", "favicon", "robots"),
}
# Of other programs' maps of addresses. Those that first ask for the password again are in tests/web/test_accounts.py.
OF_ACCOUNTS = ("account_settings", "account_change_password", "mfa_index", "account_tokens", "account_logout")
SECRET = "q" * 43


@dataclass(frozen=True)
class Page:
    """Where a page stands, the name of its address, and whose it is; a visitor's has nobody."""

    name: str
    where: str
    who: User | None


@dataclass(frozen=True)
class Rows:
    """What the addresses name, each in the state in which its page has the most to show."""

    article: Article
    waiting: Claim
    held: Claim
    on_hold: Assignment
    disputed: Claim
    settled: Claim
    to_approve: Claim
    decided: Claim
    corrected: Claim
    retracted: Claim
    dismissed: Claim
    source: Source
    batch: Batch
    action: int
    delivery: Delivery


def pages(world: World, words: str, article: Article | None = None) -> list[Page]:
    """Every page, some of them in several states. ``article`` has been read; without one an invented one is stored."""
    rows = make(world, words, article)
    alice, bob, carol, dora, nobody = world.alice, world.bob, world.carol, world.dora, None
    slug = {"slug": world.desk.slug}

    def claim(row: Claim) -> dict[str, int]:
        return {"claim_id": row.pk}

    def verdict(row: Claim, number: int = -1) -> dict[str, int]:
        return {"verdict_id": list(row.verdicts.order_by("pk"))[number].pk}

    the_article, source = {"article_id": rows.article.pk}, {"source_id": rows.source.pk}
    hook = slug | {"webhook_id": rows.delivery.webhook_id}
    marked = rows.article.revisions.get().attributions.order_by("pk")[0].pk
    stops = [
        _stop("front", nobody), _stop("verdicts", nobody, words=words[:20]),
        _stop("verdicts", nobody),
        _stop("verdict", nobody, verdict(rows.corrected)), _stop("verdict", nobody, verdict(rows.corrected, 0)),
        _stop("verdict", nobody, verdict(rows.retracted)), _stop("verdict", alice, verdict(rows.retracted)),
        _stop("publisher", nobody, slug), _stop("corrections", nobody),
        _stop("source", nobody, source), _stop("source", dora, source), _stop("source_history", dora, source),
        _stop("sources", dora), _stop("sources", alice, q=words[:20]),
        _stop("articles", carol), _stop("article_new", carol), _stop("batches", carol),
        _stop("batch", carol, {"batch_id": rows.batch.pk}),
        _stop("article", carol, the_article), _stop("article_edit", carol, the_article),
        _stop("article_edit", carol, the_article, attribution=marked), _stop("article_graph", carol, the_article),
        _stop("topic_graph", carol, topic=words[:20]),
        _stop("desk", alice), _stop("desk", bob), _stop("desk", carol), _stop("desk", dora),
        _stop("claim", alice, claim(rows.held)), _stop("claim", bob, claim(rows.on_hold.claim)),
        *(_stop("claim", carol, claim(row)) for row in vars(rows).values() if isinstance(row, Claim)),
        *(_stop("claim_history", carol, claim(row)) for row in vars(rows).values() if isinstance(row, Claim)),
        _stop("claim_found", carol, claim(rows.held)), _stop("attribution", carol, {"attribution_id": marked}),
         _stop("claim_place", carol, claim(rows.waiting)),
        _stop("notes", carol, claim(rows.held)), _stop("claims", carol), _stop("claims", carol, view="board"),
        _stop("claims", carol, q=words[:20]),
        _stop("duplicates", carol), _stop("duplicates", carol, claim=rows.waiting.pk),
        _stop("bulk_actions", carol), _stop("bulk_action", carol, {"action_id": rows.action}),
        _stop("due", carol), _stop("held", carol), _stop("assignment", carol, {"assignment_id": rows.on_hold.pk}),
        _stop("approvals", carol), _stop("approval", carol, claim(rows.to_approve)),
        _stop("adjudications", carol), _stop("adjudication", carol, claim(rows.disputed)),
        _stop("adjudication", carol, claim(rows.settled)),
        _stop("to_publish", carol), _stop("preview", carol, claim(rows.decided)),
        _stop("preview", carol, claim(rows.corrected)), _stop("preview", carol, claim(rows.retracted)),
        _stop("jobs", carol), _stop("conflicts", carol), _stop("numbers", carol), _stop("agreement", carol),
        _stop("me", alice), _stop("me", dora),
        _stop("notifications", alice), _stop("notifications", carol), _stop("notification_choices", alice),
        _stop("desks", dora), _stop("desk_about", dora, slug), _stop("desk_about", alice, slug),
        *(_stop("desk_policy_part", dora, slug | {"part_key": part.key}) for part in policy.PARTS),
        _stop("members", dora, slug), _stop("invitations", dora, slug),
        _stop("invitation", nobody, {"token": SECRET}), _stop("invitation", alice, {"token": SECRET}),
        _stop("webhooks", dora, slug), _stop("webhook", dora, hook),
        Page("account_login", reverse("account_login"), None), Page("api-docs", reverse("api-docs"), None),
        *(Page("api-docs-group", reverse("api-docs-group", args=[name]), None) for name in ("assignments", "claims")),
        *(Page(name, reverse(name), dora) for name in OF_ACCOUNTS),
        Page("404", "/nowhere/", alice), Page("403", reverse("web:held"), alice),
    ]  # fmt: skip
    known = {key.split(" ")[1] for key in rights.ROUTES if key.startswith("GET ")} - NO_PAGES
    missing = sorted(known - {stop.name for stop in stops})
    assert not missing, f"Add {missing} to the tour, or to NO_PAGES."
    return stops


def _stop(
    name: str,
    who: User | None,
    kwargs: dict[str, str | int] | dict[str, int] | dict[str, str] | None = None,
    **query: str | int,
) -> Page:
    where = reverse(f"web:{name}", kwargs=dict(kwargs or {}))
    return Page(name, f"{where}?{urlencode(query)}" if query else where, who)


def make(world: World, words: str, article: Article | None) -> Rows:
    """The rows. Reviews with a second one come last, so that the desk's policy concerns none of the others."""
    _name(world, words)
    claims = factories.queued_claims(world, 14)
    article = article or claims[0].article
    source = _sources(world, words, claims)
    _articles(article, claims[0].article, words)
    for number, each in enumerate(claims):
        Claim.objects.filter(pk=each.pk).update(text=f"{words} {number}.")
        each.refresh_from_db()
    waiting, held, on_hold, decided, corrected, retracted, to_approve, dismissed, disputed, settled, same, *rest = (
        claims
    )
    ClaimLink.objects.create(from_claim=waiting, to_claim=same, kind="same_as", score=0.9)
    _publish(world, corrected, words)
    publication.reopen(corrected.pk, ReopenReason.NEW_EVIDENCE, actor=world.carol, note=words)
    _publish(world, corrected, words, publication.Note("correction", words, words))
    _publish(world, retracted, words)
    publication.retract(retracted.pk, actor=world.carol, note=words, reason=words)
    factories.reviewed(world, claim=decided, **_answers(words))
    work(world.alice, held, words, world)
    late = work(world.bob, on_hold, words, world)
    review.hold(late.pk, world.bob, HoldReason.CLAIMANT, note=words)
    Assignment.objects.filter(pk=late.pk).update(due_at=Now() - timedelta(hours=1))
    review.unqueue(dismissed.pk, actor=world.carol, reason=words)
    claim_services.dismiss(dismissed.pk, DismissReason.OUT_OF_SCOPE, actor=world.carol, note=words)
    # To approve, differing, settled.
    Desk.objects.filter(pk=world.desk.pk).update(approval_required=True)
    review.submit(review.take(world.alice, to_approve.pk).pk, world.alice, factories.answers(**_answers(words)))
    review.request_changes(to_approve.pk, world.carol, words)
    again = Assignment.objects.get(claim=to_approve, reviewer=world.alice, state="active")
    review.submit(again.pk, world.alice, factories.answers(rationale=words, evidence=[]))
    Desk.objects.filter(pk=world.desk.pk).update(approval_required=False, second_review_share=1.0)
    for each in (disputed, settled):
        for person, rating in ((world.alice, "false"), (world.bob, "mostly_true")):
            taken = review.take(person, each.pk)
            review.submit(taken.pk, person, factories.answers(**_answers(words), veracity_verdict=rating))
    review.adjudicate(settled.pk, world.dora, review.Decision("accurate", "false", words, words, words))
    _around(world, words, source, article)
    order = Order(BulkVerb.SET_PRIORITY, note=words, priority=80)
    action = bulk.begin(world.desk, order, [each.pk for each in rest], actor=world.carol)
    batch = Batch.objects.create(
        desk=world.desk,
        submitted_by=world.carol,
        refused=[
            {
                "name": words,
                "field": "file",
                "code": "empty",
                "detail": "There is no text. Paste the article, or choose another file or address.",
                "article": None,
            }
        ],
    )
    Article.objects.filter(pk=article.pk).update(batch=batch)
    factories.article(world, f"{words}\n\n{factories.TEXT}")  # which nobody has read yet
    delivery = _webhook(world, words)
    for each in claims:
        each.refresh_from_db()
    return Rows(
        article, waiting, held, late, disputed, settled, to_approve, decided, corrected, retracted, dismissed,
        source, batch, action.pk, delivery,
    )  # fmt: skip


def _name(world: World, words: str) -> None:
    """Everybody and both desks by these words."""
    for person in (world.alice, world.bob, world.carol, world.dora, world.ruth, world.mallory):
        person.display_name = f"{words[:60]} {person.pk}"
        person.save()
    for desk in (world.desk, world.elsewhere):
        desk.name = f"{words[:60]} {desk.pk}"
        desk.save()


def _sources(world: World, words: str, claims: list[Claim]) -> Source:
    """Somebody with a second name and an office, another one merged into them; the claims are theirs."""
    made = [register.create("person", f"{words[:60]} {number}", description=words) for number in range(3)]
    source, office, same = made
    register.add_alias(source, "role", f"{words[:60]} 3")
    register.relate(source, "holds_office", office, valid_from=date(2025, 1, 1))
    register.merge(same, source, by=world.dora, reason=words)
    for claim in claims:
        claim_services.confirm_source(claim.attributions.get().pk, source, actor=world.carol)
    return source


def _articles(read: Article, other: Article, words: str) -> None:
    for article in (read, other):
        Article.objects.filter(pk=article.pk).update(
            title=words, outlet=words, byline=[words], dateline_places=[words], topics=[words], status="ready"
        )
    Article.objects.filter(pk=read.pk).exclude(pk=other.pk).update(resembles=other)
    revision = read.revisions.get()
    marked = revision.attributions.order_by("pk")[0]
    Restatement.objects.create(revision=revision, start=0, end=5, restates=marked)
    read.refresh_from_db()


def _answers(words: str) -> dict[str, Any]:
    pieces = [
        factories.piece(number, note=words, quote=words, independence_group=f"{words[:40]} {number}")
        for number in (1, 2)
    ]
    return {"rationale": words, "attribution_rationale": words, "veracity_rationale": words, "evidence": pieces}


def _publish(world: World, claim: Claim, words: str, note: publication.Note | None = None) -> None:
    reviewer = world.alice if note is None else world.bob
    factories.published(world, factories.reviewed(world, reviewer, claim, **_answers(words)), note)


def work(person: User, claim: Claim, words: str, world: World) -> Assignment:
    """The claim in somebody's hands, with all that a review can have before it is submitted."""
    review.release(review.take(person, claim.pk).pk, person, reason=words)
    held = review.take(person, claim.pk)
    named = factories.piece(1, note=words, quote=words, independence_group=words[:100])
    file = factories.piece(2, url="", file_name=f"{words[:40]}.txt", content=words.encode())
    row, _ = evidence.add(claim, [named, file], actor=person)
    factories.attempt(row, stored=False)
    factories.attempt(row, words.encode())
    asked = evidence.contact(claim, words, words, actor=person)
    evidence.answer(asked.pk, words, actor=person)
    evidence.contact(claim, words, words, actor=person)
    note = notes.add(claim.pk, words, actor=person, kind="question")
    notes.reply(note.pk, words, actor=world.carol, claim_id=claim.pk)
    notes.resolve(notes.add(claim.pk, words, actor=person).pk, actor=person)
    review.save_draft(held.pk, person, {"rationale": words, "veracity_verdict": "mostly_true"})
    return held


def _around(world: World, words: str, source: Source, article: Article) -> None:
    """What is not about one claim: conflicts, absences, filters, jobs, invitations, tokens."""
    friend = register.create("organisation", f"{words[:60]} 4")
    conflicts.declare(world.desk.pk, friend, actor=world.alice, note=words)
    over = register.create("organisation", f"{words[:60]} 5")
    conflicts.end(conflicts.declare(world.desk.pk, over, actor=world.alice).pk, actor=world.alice, reason=words)
    today = database_now().date()
    review.go_away(world.bob, Days(today + timedelta(days=30), today + timedelta(days=40)))
    for shared in (True, False):
        filters.save(world.desk, f"{words[:60]} {shared:d}", "state=queued", shared=shared, actor=world.carol)
    Job.objects.create(
        name="claims.extract_article",
        key="one that was given up",
        args={"article": article.pk},
        state=JobState.DEAD,
        attempts=3,
        error=words,
        finished_at=Now(),
    )
    # As if its mail had been sent: a worker would draw another secret.
    Invitation.objects.create(
        desk=world.desk,
        email="new@example.com",
        role="reviewer",
        invited_by=world.dora,
        expires_at=database_now() + timedelta(days=7),
        digest=Invitation.digest_of(SECRET),
        sent_at=Now(),
    )
    tokens.draw(world.dora, words[:60], ["read"])
    Desk.objects.filter(pk=world.desk.pk).update(second_review_share=0.5)
    Desk.objects.get(pk=world.desk.pk).second_review_sources.add(source)


def _webhook(world: World, words: str) -> Delivery:
    """One that was paused, with messages that arrived, failed and wait."""
    hook = factories.webhook(world, name=words[:60])
    states = ("delivered", "failed", "pending")
    for state in states:
        sent = webhooks.send_test(hook, actor=world.dora)
        done = {"tried_at": Now(), "status": 200 if state == "delivered" else 500, "took_ms": 12, "attempts": 1}
        if state != "pending":
            Delivery.objects.filter(pk=sent.pk).update(
                state=state, error="" if state == "delivered" else "It broke.", **done
            )
    return sent
