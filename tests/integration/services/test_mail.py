"""Mails of what people are told: at once or in one digest a day, never what they may not see, and never lost."""

import smtplib
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from celery import current_app
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from claims.models.claims import Claim
from claims.models.desks import Role
from claims.models.jobs import Job, JobState
from claims.models.notifications import Digest, Notification
from claims.rules.notifications import ALL_DAYS, DigestTime, Kind, Way
from claims.services import desks, notes, notifications, review
from claims.services import jobs as queue
from claims.services.notifications import tell
from tests import factories
from tests.concurrency import at_once
from tests.factories import World, answers
from workbench.accounts.models import User

ANY_TIME = DigestTime(hour=0, days=ALL_DAYS)
# Whoever never chose gets no digest on that day.
A_SUNDAY = datetime(2026, 11, 29, 23, 59, tzinfo=UTC)


def with_addresses(world: World) -> World:
    for person in (world.alice, world.bob, world.carol):
        person.email = f"{person.username}@example.org"
        person.save()
    # What the making of the world told.
    Notification.objects.update(read_at=review.database_now())
    return world


@pytest.fixture
def world(db: None) -> World:
    return with_addresses(factories.world())


@transaction.atomic
def say(world: World, person: User, kind: Kind, claim: Claim | None = None, **data: Any) -> Notification:
    tell([person], kind, desk_id=world.desk.pk, claim=claim, actor=world.dora, data=data)
    return Notification.objects.filter(user=person).latest("pk")


def choose(person: User, way: Way, digest: DigestTime | None = ANY_TIME) -> None:
    notifications.choose(person, dict.fromkeys(Kind, way), digest)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """What is planned from now on is planned at this moment."""
    monkeypatch.setattr("claims.services.notifications.mail.database_now", lambda: moment)


def sent() -> list[tuple[str, str]]:
    factories.perform()
    return [(message.to[0].partition("@")[0], str(message.subject)) for message in mail.outbox]


# --- At once ----------------------------------------------------------------------------------------------------------


def test_what_is_to_come_at_once_is_mailed_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, A_SUNDAY)
    claim = factories.queued_claims(world, 1)[0]
    held = review.take(world.alice, claim.pk)
    review.reassign(held.pk, world.carol, "bob", reason="She is <b>ill</b>.")
    assert notifications.plan() == 1
    assert notifications.plan() == 0
    assert sent() == [("bob", "Carol gave you a claim to review.")]
    message = mail.outbox[0]
    link = f"http://localhost:8000/desk/claims/{claim.pk}/"
    assert isinstance(message, mail.EmailMultiAlternatives)
    html = str(message.alternatives[0][0])
    for part in (message.body, html):
        assert link in part
        assert "/notifications/choices/" in part
    assert claim.text in message.body
    assert "She is <b>ill</b>." in message.body
    assert "She is &lt;b&gt;ill&lt;/b&gt;." in html
    assert message.extra_headers["List-Unsubscribe"] == "<http://localhost:8000/notifications/choices/>"
    assert message.extra_headers["Message-ID"] == f"<notifications-{Job.objects.latest('pk').pk}@localhost>"
    assert Notification.objects.get(kind="taken_back").mailed_at is None, "alice is told of that in her digest"


def test_a_burst_is_one_mail(world: World) -> None:
    choose(world.alice, Way.AT_ONCE)
    for claim in factories.queued_claims(world, 3):
        say(world, world.alice, Kind.PUBLISHED, claim)
    assert notifications.plan() == 1
    assert sent() == [("alice", "3 notifications")]


def test_what_was_read_meanwhile_is_not_mailed(world: World) -> None:
    choose(world.alice, Way.AT_ONCE)
    say(world, world.alice, Kind.PUBLISHED)
    notifications.plan()
    notifications.mark_read(world.alice)
    assert sent() == []
    say(world, world.alice, Kind.PUBLISHED)
    notifications.mark_read(world.alice)
    assert notifications.plan() == 0


def test_who_has_no_address_or_wants_no_mail_gets_none(world: World) -> None:
    choose(world.alice, Way.HERE)
    say(world, world.alice, Kind.PUBLISHED)
    choose(world.bob, Way.AT_ONCE)
    say(world, world.bob, Kind.PUBLISHED)
    User.objects.filter(pk=world.bob.pk).update(email="")
    assert notifications.plan() == 1
    assert sent() == [], "bob's address went while it waited"


def test_a_name_with_a_line_feed_breaks_no_subject(world: World) -> None:
    User.objects.filter(pk=world.dora.pk).update(display_name="Dora\nBcc: all@example.org")
    say(world, world.bob, Kind.ASSIGNED)
    notifications.plan()
    assert sent() == [("bob", "Dora Bcc: all@example.org gave you a claim to review.")]


def test_whose_digest_is_for_later_costs_no_query_each(world: World) -> None:
    counts = []
    for person in (world.alice, world.bob, world.carol):
        choose(person, Way.DIGEST)
        Digest.objects.update(timezone="", last_on=review.database_now().date() + timedelta(days=2))
        say(world, person, Kind.PUBLISHED)
        with CaptureQueriesContext(connection) as asked:
            assert notifications.plan() == 0
        counts.append(len(asked))
    assert counts[0] == counts[-1]


# --- The digest -------------------------------------------------------------------------------------------------------


def test_a_digest_comes_once_a_day(world: World) -> None:
    choose(world.alice, Way.DIGEST)
    for claim in factories.queued_claims(world, 2):
        say(world, world.alice, Kind.PUBLISHED, claim)
    assert (notifications.plan(), notifications.plan()) == (1, 0)
    say(world, world.alice, Kind.CORRECTED)
    assert notifications.plan() == 0, "tomorrow"
    assert sent() == [("alice", "Your digest: 2 notifications")]
    Digest.objects.update(last_on=date(2026, 1, 1))
    assert notifications.plan() == 1
    assert sent()[1:] == [("alice", "Your digest: 1 notification")]


def test_a_digest_waits_for_its_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(world.alice, Way.DIGEST, DigestTime(hour=0, days=[1]))
    say(world, world.alice, Kind.PUBLISHED)
    at(monkeypatch, A_SUNDAY)
    assert notifications.plan() == 0, "on Sunday"
    at(monkeypatch, datetime(2026, 11, 30, tzinfo=UTC))
    assert notifications.plan() == 1


@pytest.mark.parametrize(
    ("day", "hour", "due"), [(27, 7, False), (27, 8, True), (27, 23, True), (28, 8, False), (29, 23, False)]
)
def test_who_never_chose_has_the_digest_of_the_rules(
    world: World, monkeypatch: pytest.MonkeyPatch, day: int, hour: int, due: bool
) -> None:
    """On working days from eight o'clock on; the 27th is a Friday."""
    say(world, world.alice, Kind.PUBLISHED)
    at(monkeypatch, datetime(2026, 11, day, hour, tzinfo=UTC))
    assert notifications.plan() == due


def test_more_than_a_mail_holds_comes_with_the_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claims.services.notifications.mail.MAIL_LIMIT", 2)
    choose(world.alice, Way.AT_ONCE)
    for claim in factories.queued_claims(world, 3):
        say(world, world.alice, Kind.PUBLISHED, claim)
    assert [notifications.plan() for _ in range(3)] == [1, 1, 0]
    assert [subject for _, subject in sent()] == [
        "2 notifications",
        "A verdict on a claim that you reviewed is public.",
    ]


@pytest.mark.django_db(transaction=True)
def test_plans_at_once_make_one_digest(transactional_db: None) -> None:
    world = with_addresses(factories.world())
    choose(world.alice, Way.DIGEST)
    for claim in factories.queued_claims(world, 3):
        say(world, world.alice, Kind.PUBLISHED, claim)
    assert sum(at_once([notifications.plan] * 6)) == 1
    assert sent() == [("alice", "Your digest: 3 notifications")]


# --- Blindness --------------------------------------------------------------------------------------------------------


def mentioned_in_the_first_review(world: World) -> Claim:
    choose(world.bob, Way.AT_ONCE)
    claim = factories.queued_claims(world, 1)[0]
    held = review.take(world.alice, claim.pk)
    notes.add(claim.pk, "@bob: it is forged.", actor=world.alice)
    review.submit(held.pk, world.alice, answers())
    return claim


def test_a_mail_waits_until_its_reader_may_know(db: None) -> None:
    world = with_addresses(factories.world(second_review_share=1.0))
    claim = mentioned_in_the_first_review(world)
    assert notifications.plan() == 0
    review.submit(review.take(world.bob, claim.pk).pk, world.bob, answers())
    assert notifications.plan() == 1
    assert sent() == [("bob", "Alice mentioned you in a note.")]
    assert "forged" not in mail.outbox[0].body, "the words are on the page, behind its own gate"


def test_what_is_hidden_between_plan_and_sending_is_not_sent_but_later(db: None) -> None:
    world = with_addresses(factories.world(second_review_share=1.0))
    claim = factories.queued_claims(world, 1)[0]
    held = review.take(world.alice, claim.pk)
    choose(world.bob, Way.AT_ONCE)
    hidden = say(world, world.bob, Kind.APPROVAL_WAITS, claim)
    assert notifications.plan() == 1
    review.submit(held.pk, world.alice, answers())
    assert sent() == []
    assert notifications.plan() == 0
    review.submit(review.take(world.bob, claim.pk).pk, world.bob, answers())
    assert notifications.plan() == 1
    assert [person for person, _ in sent()] == ["bob"]
    hidden.refresh_from_db()
    assert hidden.mailed_at is not None


# --- When it fails ----------------------------------------------------------------------------------------------------


def try_all(job: Job) -> None:
    """All attempts of a job, one right after the other."""
    for _attempt in range(Job.MAX_ATTEMPTS):
        Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(due_at=review.database_now() - timedelta(seconds=1))
        with queue.claimed(job.pk, job.name) as claimed:
            assert claimed is not None
            notifications.send(claimed)
    job.refresh_from_db()


def test_a_mail_server_that_refuses_is_asked_again_and_then_told_of(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise smtplib.SMTPRecipientsRefused({"bob@example.org": (550, b"no such user")})

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    say(world, world.bob, Kind.ASSIGNED)
    notifications.plan()
    job = Job.objects.get(name="claims.send_mail")
    try_all(job)
    assert (job.state, job.attempts) == (JobState.QUEUED, 0), "a server that is away for a while loses no mail"
    assert job.due_at > review.database_now() + timedelta(seconds=50)
    # As if all this had begun ten hours ago: it waits as long again.
    Job.objects.filter(pk=job.pk).update(created_at=review.database_now() - timedelta(hours=10))
    try_all(job)
    assert job.due_at > review.database_now() + timedelta(hours=9)
    Job.objects.filter(pk=job.pk).update(created_at=review.database_now() - timedelta(hours=13))
    try_all(job)
    assert job.state == JobState.DEAD
    assert "no such user" in job.error
    monkeypatch.undo()
    assert queue.retry(job.pk)
    assert sent() == [("bob", "Dora gave you a claim to review.")]


def test_the_same_message_twice_sends_one_mail(world: World) -> None:
    say(world, world.bob, Kind.ASSIGNED)
    notifications.plan()
    job = Job.objects.get(name="claims.send_mail")
    once = partial(current_app.tasks[job.name], job.pk)
    once()
    once()
    assert len(mail.outbox) == 1


def test_who_reads_mails_alone_is_told_again(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    say(world, world.bob, Kind.CHANGES_REQUESTED, claim)
    say(world, world.bob, Kind.CHANGES_REQUESTED, claim)
    assert Notification.objects.filter(user=world.bob, read_at=None).count() == 1, "nothing went out between"
    notifications.plan()
    assert len(sent()) == 1
    say(world, world.bob, Kind.CHANGES_REQUESTED, claim)
    assert Notification.objects.filter(user=world.bob, read_at=None).count() == 1, "the newest takes its place"
    notifications.plan()
    assert len(sent()) == 2


def test_another_part_of_the_claim_is_told_of_too(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    say(world, world.bob, Kind.HOLD_OVERDUE, claim, role="first")
    say(world, world.bob, Kind.HOLD_OVERDUE, claim, role="second")
    assert [row.data for row in notifications.unread(world.bob)] == [{"role": "second"}]


def test_the_digest_keeps_to_the_zone_of_the_first_desk_until_one_is_chosen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.desk.timezone = "Pacific/Auckland"
    world.desk.save()
    desks.set_member(world.elsewhere, world.bob, Role.READER)
    Notification.objects.update(read_at=review.database_now())
    with transaction.atomic():
        tell([world.bob], Kind.PUBLISHED, desk_id=world.elsewhere.pk)
    # By the clock of the other desk it is Sunday evening, without any digest; in Auckland it is Monday morning.
    sunday = datetime(2026, 11, 29, 20, 30, tzinfo=UTC)
    at(monkeypatch, sunday)
    assert notifications.plan() == 1
    assert Digest.objects.get(user=world.bob).timezone == "", "none was chosen"
    assert notifications.choices_of(world.bob).digest.zone == "Pacific/Auckland"


def test_a_choice_leaves_the_day_of_the_last_digest(world: World) -> None:
    choose(world.alice, Way.DIGEST)
    say(world, world.alice, Kind.PUBLISHED)
    assert notifications.plan() == 1
    choose(world.alice, Way.DIGEST)
    say(world, world.alice, Kind.CORRECTED)
    assert notifications.plan() == 0, "today's went out"


@pytest.mark.django_db(transaction=True)
def test_the_first_choices_made_at_once_are_both_taken(transactional_db: None) -> None:
    world = with_addresses(factories.world())
    at_once([partial(choose, world.alice, Way.DIGEST)] * 4)
    assert Digest.objects.filter(user=world.alice).count() == 1


def test_whoever_left_is_not_planned_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    say(world, world.bob, Kind.ASSIGNED)
    desks.remove_member(world.desk, world.bob, actor=world.dora)
    asked: list[int] = []
    monkeypatch.setattr("claims.services.notifications.mail._enqueue", lambda user, way: asked.append(user))
    assert notifications.plan() == 0
    assert world.bob.pk not in asked


def test_a_mail_speaks_the_language_of_its_reader(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alice chose one; bob did not. That all words of the pages are translated is looked at elsewhere."""
    monkeypatch.setattr("claims.services.notifications.mail.sentence", lambda row: f"in {translation.get_language()}")
    type(world.alice).objects.filter(pk=world.alice.pk).update(language="uk")
    for person in (world.alice, world.bob):
        choose(person, Way.AT_ONCE)
        say(world, person, Kind.ADDED)
    with translation.override("de"):
        assert notifications.plan() == 2
        assert sorted(sent()) == [("alice", "in uk"), ("bob", "in en")]
    html = [str(message.alternatives[0][0]) for message in mail.outbox if isinstance(message, EmailMultiAlternatives)]
    assert [text.count('<html lang="uk">') for text in html] == [1, 0]
