"""Every page and verb against every kind of person, walked from the map of addresses, so that none is forgotten."""

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from claims.models.jobs import Job, JobState
from claims.web.urls import urlpatterns
from sources import services as register
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn

ABSENT = 999_999_999
ROUTES = {str(route.name): route for route in urlpatterns}
PUBLIC = {"front", "verdicts", "verdict"}
VERBS = {
    "article_retry", "article_describe", "next", "job_retry", "take", "draft", "evidence_add", "evidence_withdraw",
    "submit", "release", "decline", "publish", "reopen", "retract", "source_new", "source_rename", "alias_add",
    "alias_remove", "source_merge", "merge_undo", "claim_dismiss", "claim_restore", "claim_queue", "claim_twice",
    "claim_unqueue",
    "evidence_capture", "claimant_ask", "claimant_answer", "speaker", "adjudicate",
    "note_add", "note_reply", "note_resolve", "note_reopen",
    "article_reextract", "attribution_confirm", "attribution_reject",
    "hold", "resume", "take_back", "reassign", "claim_priority", "claim_assign",
}  # fmt: skip
# The register of sources is common to all desks: whoever is an admin of one may change it.
COMMON = {
    "sources", "source_options", "source", "source_history",
    "source_new", "source_rename", "alias_add", "alias_remove", "source_merge",
    "merge_undo",
}  # fmt: skip
EDITORS_ONLY = {
    "to_publish", "preview", "publish", "reopen", "retract", "jobs", "job_retry", "claim_dismiss", "claim_restore",
    "claim_queue", "claim_unqueue", "claim_twice", "article_reextract", "held", "assignment", "take_back", "reassign",
    "claim_place", "claim_priority", "claim_assign", "agreement", "agreement_csv",
}  # fmt: skip
# Of senior reviewers too, but not of those who wrote one of the two reviews.
ADJUDICATORS_ONLY = {"adjudications", "adjudicate"}
REVIEWERS_ONLY = {"desk", "article_new", "adjudication"}
OF_OUR_ROWS = {name for name, route in ROUTES.items() if route.pattern.converters} - PUBLIC - COMMON

Answers = dict[str, HttpResponseBase]


@pytest.fixture
def rows(world: World) -> dict[str, int]:
    """The rows of our desk that the addresses name."""
    done = factories.published(world)
    claim = factories.queued_claims(world, 1)[0]
    job = Job.objects.create(
        name="claims.extract_article",
        key="one that was given up",
        args={"article": claim.article_id},
        state=JobState.DEAD,
        attempts=3,
        error="It always crashes.",
        finished_at=claim.created_at,
    )
    source = register.create("person", "Anna Bell")
    copy = factories.attempt(done.verdict.evidence.all()[0])
    found = {"article_id": claim.article_id, "claim_id": claim.pk, "verdict_id": done.verdict_id, "job_id": job.pk}
    return found | {
        "source_id": source.pk,
        "alias_id": source.aliases.get().pk,
        "evidence_id": 1,
        "merge_id": 1,
        "capture_id": copy.pk,
        "attribution_id": claim.attributions.get().pk,
        "contact_id": 1,
        "assignment_id": done.verdict.claim.assignments.get().pk,
        "note_id": 1,
    }


def ask(client: Client, names: set[str], rows: dict[str, int]) -> Answers:
    """The answer of each address: verbs are posted to, pages are opened."""
    answers: Answers = {}
    for name in sorted(names):
        where = reverse(f"web:{name}", kwargs={key: rows[key] for key in ROUTES[name].pattern.converters})
        answers[name] = client.post(where) if name in VERBS else client.get(where)
    return answers


def statuses(answers: Answers) -> dict[str, int]:
    return {name: answer.status_code for name, answer in answers.items()}


def test_the_lists_of_this_file_name_what_is_there() -> None:
    assert set(ROUTES) >= VERBS | PUBLIC | COMMON | EDITORS_ONLY
    assert len(ROUTES) == len(urlpatterns)


def test_nobody_is_sent_to_the_sign_in(as_: SignedIn, rows: dict[str, int]) -> None:
    for name, answer in ask(as_(), set(ROUTES) - PUBLIC, rows).items():
        assert answer.status_code == 302, name
        assert answer.headers["Location"].startswith(reverse("account_login")), name


def test_a_verb_that_is_only_looked_at_does_nothing(world: World, as_: SignedIn, rows: dict[str, int]) -> None:
    client = as_(world.dora)
    for name in VERBS:
        where = reverse(f"web:{name}", kwargs={key: rows[key] for key in ROUTES[name].pattern.converters})
        assert client.get(where).status_code == 405, name


def test_a_verb_from_elsewhere_is_refused(world: World, as_: SignedIn, rows: dict[str, int]) -> None:
    """Without the token of a form of ours, the browser was sent here by another site."""
    answers = ask(as_(world.dora, enforce_csrf_checks=True), VERBS, rows)
    assert statuses(answers) == dict.fromkeys(VERBS, 403)


def test_rows_of_another_desk_look_like_rows_that_are_not_there(
    world: World, as_: SignedIn, rows: dict[str, int]
) -> None:
    """mallory is the admin of another desk."""
    client = as_(world.mallory)
    foreign, absent = ask(client, OF_OUR_ROWS, rows), ask(client, OF_OUR_ROWS, dict.fromkeys(rows, ABSENT))
    assert statuses(foreign) == statuses(absent) == dict.fromkeys(OF_OUR_ROWS, 404)
    assert [answer.getvalue() for answer in foreign.values()] == [answer.getvalue() for answer in absent.values()]


def test_a_reader_reads_and_does_nothing_else(world: World, as_: SignedIn, rows: dict[str, int]) -> None:
    client = as_(world.ruth)
    forbidden = VERBS | EDITORS_ONLY | ADJUDICATORS_ONLY | REVIEWERS_ONLY
    assert statuses(ask(client, forbidden, rows)) == dict.fromkeys(forbidden, 403)
    readable = set(ROUTES) - forbidden - {"front"}
    assert statuses(ask(client, readable, rows)) == dict.fromkeys(readable, 200)


def test_a_reviewer_does_not_publish_or_settle(world: World, as_: SignedIn, rows: dict[str, int]) -> None:
    forbidden = EDITORS_ONLY | ADJUDICATORS_ONLY
    assert statuses(ask(as_(world.alice), forbidden, rows)) == dict.fromkeys(forbidden, 403)


def test_an_editor_does_not_change_the_register(world: World, as_: SignedIn, rows: dict[str, int]) -> None:
    assert statuses(ask(as_(world.carol), COMMON & VERBS, rows)) == dict.fromkeys(COMMON & VERBS, 403)


def test_every_page_opens_for_an_admin(world: World, as_: SignedIn, rows: dict[str, int]) -> None:
    """The preview of a claim that nobody decided on leads to the claim, and the front page to the desk.

    So do the two reviews of a claim that has none.
    """
    pages = set(ROUTES) - VERBS
    elsewhere = dict.fromkeys(("front", "preview", "adjudication"), 302)
    assert statuses(ask(as_(world.dora), pages, rows)) == dict.fromkeys(pages, 200) | elsewhere


def test_impossible_numbers_and_forged_cursors(world: World, as_: SignedIn) -> None:
    client = as_(world.dora)
    for path in ("articles", "desk/claims", "verdicts", "sources", "publish"):
        for number in ("0", "99999999999999999999999"):
            assert client.get(f"/{path}/{number}/").status_code == 404, (path, number)
    for path in ("/articles/", "/desk/", "/verdicts/", "/sources/", "/publish/", "/desk/jobs/"):
        for cursor in ("x", "-1", "1e3", "9" * 30, "٣", "1-2-3", "\0"):
            assert client.get(path, {"before": cursor}).status_code == 400, (path, cursor)


def test_a_person_who_left_has_no_desk_any_more(world: World, as_: SignedIn) -> None:
    world.alice.memberships.update(active=False)
    client = as_(world.alice)
    assert client.get("/desk/").status_code == 403
    assert client.get("/").status_code == 200
