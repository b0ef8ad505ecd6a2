"""People, desks, articles and reviews for the tests, made by the real services and the jobs' own functions.

world = factories.world()                       # two desks and their people
article = factories.ready_article(world)        # taken in, read, its claims in the queue
done = factories.published(world)               # … and one of them reviewed and published
"""

import functools
import hashlib
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from celery import current_app
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.db import connection, transaction
from django.db.models.functions import Now

from claims import tasks
from claims.extraction import types as found
from claims.models.articles import Article, Revision
from claims.models.claims import Claim
from claims.models.desks import Desk, Role
from claims.models.evidence import Capture, Evidence
from claims.models.invitations import Invitation
from claims.models.jobs import Job, JobState
from claims.models.publication import Publication
from claims.models.review import Assignment, Review
from claims.models.verdicts import Rating, Verdict
from claims.models.webhooks import Delivery, Webhook
from claims.rules.webhooks import PUBLIC
from claims.services import articles, desks, events, invitations, publication, review, webhooks
from claims.services import claims as claim_services
from claims.services import evidence as evidence_services
from claims.services.warc import warc_of_file
from workbench.accounts.models import User

assert tasks.extract_article.name in current_app.tasks, "importing the tasks registers them"

PASSWORD = "a long and quiet harbour"
# Invented. The engine finds an attribution in most of its sentences.
TEXT = """By Nora Field and Tom Reyes

RIVERTON, March 3, 2026 (Reuters) – Mayor Anna Bell said on Monday that Riverton had repaired 40 bridges since 2020.

"The old harbour bridge carries 12,000 cars a day," Bell told reporters.

The transport union denied that the harbour bridge was safe. Union leader Mark Osei said inspectors had found 17
cracks in the bridge.

Osei accused the city of hiding the inspection report.
"""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class World:
    """A desk with a person in each role, and a second desk whose only member is the outsider."""

    desk: Desk
    alice: User  # reviewer
    bob: User  # reviewer
    carol: User  # editor
    dora: User  # admin
    ruth: User  # reader
    elsewhere: Desk
    mallory: User  # admin of the other desk, a stranger at this one


@dataclass(frozen=True)
class Reviewed:
    """A claim that has its verdict, and how it came by it."""

    claim: Claim
    assignment: Assignment
    review: Review
    verdict: Verdict


@functools.cache
def _password_hash() -> str:
    """Hashed once for all: a hash that withstands guessing takes a while, on purpose."""
    return make_password(PASSWORD)


def user(username: str, **fields: Any) -> User:
    return User.objects.create(username=username, password=_password_hash(), **fields)


def member(desk: Desk, username: str, role: Role, **skills: Any) -> User:
    """A new person with a role at the desk."""
    person = user(username, display_name=username.capitalize())
    desks.set_member(desk, person, role, **skills)
    return person


def world(**policy: Any) -> World:
    """Both desks and everybody at them. ``policy`` are fields of the first desk."""
    desk = desks.create("Harbour Desk", "harbour", **policy)
    elsewhere = desks.create("Valley Desk", "valley")
    return World(
        desk=desk,
        alice=member(desk, "alice", Role.REVIEWER, capacity=20),
        bob=member(desk, "bob", Role.REVIEWER, capacity=20),
        carol=member(desk, "carol", Role.EDITOR, capacity=20),
        dora=member(desk, "dora", Role.ADMIN),
        ruth=member(desk, "ruth", Role.READER),
        elsewhere=elsewhere,
        mallory=member(elsewhere, "mallory", Role.ADMIN),
    )


def perform(limit: int = 100) -> int:
    """Carry out in this process what the queue holds, and what that puts there; returns how many jobs that were.

    A job that fails is not tried again here: it waits for its time, as it does in production.
    """
    for done in range(limit):
        job = Job.objects.filter(state__in=(JobState.QUEUED, JobState.SENT), attempts=0).order_by("pk").first()
        if job is None:
            return done
        current_app.tasks[job.name](job.pk)
    raise AssertionError(f"the queue was not empty after {limit} jobs")


def article(world: World, text: str = "", **about: Any) -> Article:
    """An article taken in at the desk by carol, and not yet read. Without a text it gets one that no other has."""
    text = text or f"{TEXT}\nThe report has {next(_numbers)} pages.\n"
    submission = articles.Submission(text=text, about=articles.About(**about))
    return articles.ingest(world.desk, submission, actor=world.carol)


def ready_article(world: World, text: str = "", **about: Any) -> Article:
    """An article whose claims are in the queue."""
    made = article(world, text, **about)
    perform()
    made.refresh_from_db()
    assert made.status == "ready", made.failure
    return made


def queued_claims(world: World, count: int, *, desk: Desk | None = None) -> list[Claim]:
    """Exactly ``count`` claims in the queue, stored by the services as if an engine had found them in one article.

    All in one transaction: a worker that is at work beside the test sees no job, and takes none out of its hands.
    """
    number = next(_numbers)
    sentences = [f"Speaker {n} said that bridge {number}-{n} was safe." for n in range(count)]
    text = " ".join(sentences)
    at = list(itertools.accumulate((len(sentence) + 1 for sentence in sentences), initial=0))
    with transaction.atomic():
        made = Article.objects.create(desk=desk or world.desk, origin="text", title=f"Bridges {number}")
        revision = Revision.objects.create(article=made, text=text, sha256=hashlib.sha256(text.encode()).hexdigest())
        claim_services.store(revision, extraction(text, sentences, at))
        job = Job.objects.create(name="claims.open_review", key=f"open review {made.pk}", args={"article": made.pk})
        current_app.tasks[job.name](job.pk)
    return list(Claim.objects.filter(article=made).order_by("pk"))


def extraction(text: str, sentences: list[str], at: list[int]) -> found.Extraction:
    """What an engine would find where each of these sentences of a text, at these offsets, says who said something."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    attributions, claims = [], []
    for n, sentence in enumerate(sentences):
        start, said, content = at[n], sentence.index(" said"), sentence.index("bridge")
        attributions.append(
            found.Attribution(
                id=f"A{n}",
                source=(found.Span.of(text, start, start + said),),
                cue=(found.Span.of(text, start + said + 1, start + said + 5),),
                content=(found.Span.of(text, start + content, start + len(sentence) - 1),),
                quote_type="indirect",
                stance="asserts",
                confidence=0.9,
                rule="invented",
            )
        )
        statement = sentence[content:].capitalize()
        claims.append(found.Claim(f"C{n}", statement, (found.ClaimLink(f"A{n}", "asserts"),), "checkable", 0.5, ()))
    return found.Extraction("invented", "1", digest, found.FrontMatter(), tuple(attributions), tuple(claims))


def piece(number: int = 1, **fields: Any) -> evidence_services.Piece:
    """A piece of evidence; other numbers come from other hosts, which counts as independent."""
    return evidence_services.Piece(**{"url": f"https://records{number}.example/report", "relation": "refutes"} | fields)


def attempt(row: Evidence, content: bytes = b"as it was that day", *, stored: bool = True) -> Capture:
    """One attempt to store the page behind a piece of evidence, as the job leaves it."""
    made = Capture(evidence=row, attempt=row.captures.count() + 1, status="failed", reason="The page did not answer.")
    if stored:
        digest = hashlib.sha256(content).hexdigest()
        made.status, made.reason, made.sha256, made.size, made.warc = "stored", "", digest, len(content), b""
        made.warc = warc_of_file("page", content)
    made.save()
    return made


def answers(**fields: Any) -> review.Submission:
    """A complete review."""
    complete: dict[str, Any] = {
        "attribution_verdict": "accurate",
        "veracity_verdict": "false",
        "rationale": "The inspection report says otherwise.",
        "evidence": [piece(1), piece(2)],
    }
    return review.Submission(**complete | fields)


def taken(reviewer: User) -> Assignment:
    """The next claim, leased to this reviewer; there must be one."""
    assignment = review.take_next(reviewer)
    assert assignment is not None, "the queue holds nothing for this reviewer"
    return assignment


def reviewed(world: World, reviewer: User | None = None, claim: Claim | None = None, **fields: Any) -> Reviewed:
    """A claim taken and submitted by ``reviewer`` (alice): decided, not yet published."""
    reviewer = reviewer or world.alice
    claim = claim or queued_claims(world, 1)[0]
    assignment = review.take(reviewer, claim.pk)
    submitted, verdict = review.submit(assignment.pk, reviewer, answers(**fields))
    assert verdict is not None, "the desk wants a second review"
    claim.refresh_from_db()
    assignment.refresh_from_db()
    return Reviewed(claim, assignment, submitted, verdict)


def disputed(world: World, claim: Claim | None = None) -> Claim:
    """A claim that alice finds false and bob true; the world needs ``second_review_share=1``."""
    claim = claim or queued_claims(world, 1)[0]
    for reviewer, rating in ((world.alice, "false"), (world.bob, "true")):
        rationale = f"{reviewer.username} finds it {rating}."
        assignment = review.take(reviewer, claim.pk)
        review.submit(assignment.pk, reviewer, answers(veracity_verdict=rating, rationale=rationale))
    claim.refresh_from_db()
    assert claim.state == "adjudication", claim.state
    return claim


def reviewed_twice(claim: Claim, *found: tuple[User, str], at: datetime | None = None, **fields: Any) -> list[Review]:
    """Bare rows of the reviews of ``found``, as (reviewer, veracity): the first one, then the blind second one."""
    made = []
    for role, (reviewer, veracity) in zip(("first", "second"), found, strict=False):
        when = at or Now()
        assignment = Assignment.objects.create(
            claim=claim,
            reviewer=reviewer,
            role=role,
            round=claim.round,
            state="submitted",
            lease_until=when,
            ended_at=when,
        )
        ratings = Rating.objects.filter(scale__desk=claim.desk_id)
        row = {
            "attribution_rating": ratings.get(scale__axis="attribution", key=fields.get("attribution", "accurate")),
            "veracity_rating": ratings.get(scale__axis="veracity", key=veracity),
            "rationale": "As found.",
        }
        made.append(Review.objects.create(assignment=assignment, submitted_at=when, **row))
    return made


def published(world: World, done: Reviewed | None = None, note: publication.Note | None = None) -> Publication:
    """A verdict that carol published."""
    done = done or reviewed(world)
    return publication.publish(done.claim.pk, actor=world.carol, note=note)


@contextmanager
def triggers_off() -> Iterator[None]:
    """All triggers and keys are switched off within, for rows as no verb would leave them. Inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


def history_is_whole() -> bool:
    """Whether both chains of events verify."""
    return not list(events.verify_events())


def invited(desk: Desk, email: str, role: Role = Role.REVIEWER, *, by: User) -> tuple[Invitation, str]:
    """An invitation whose mail was sent, and the secret in its link."""
    invitation = invitations.invite(desk, email, role, actor=by)
    perform()
    return invitation, secret_in(str(mail.outbox[-1].body))


def webhook(world: World, url: str = "https://cms.example.org/hook", **said: Any) -> Webhook:
    """A webhook of the first desk that is told of what is public."""
    kinds = said.get("kinds", [kind.value for kind in PUBLIC])
    return webhooks.add(world.desk, webhooks.Settings(said.get("name", "The CMS"), url, kinds), actor=world.dora)


def waiting_delivery(world: World) -> Delivery:
    """A test that waits to be sent to a webhook of the first desk."""
    return webhooks.send_test(webhook(world), actor=world.dora)


def secret_in(text: str) -> str:
    """The secret in the link of the newest invitation in the text."""
    found: list[str] = re.findall(r"/invitations/([\w-]{43})/", text)
    return found[-1]


def give_up(key: str, error: str) -> None:
    """The job of this key has failed for the last time."""
    Job.objects.filter(key=key).update(state=JobState.DEAD, attempts=Job.MAX_ATTEMPTS, error=error, finished_at=Now())
