"""Every page and verb against every kind of person, walked from the map of addresses, so that none is forgotten.

What each asks for stands in claims/web/rights.py; nothing is listed here a second time.
"""

import pytest
from django.http import HttpResponseBase
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from claims.models.articles import Batch
from claims.models.claims import Claim
from claims.models.desks import Role
from claims.models.evidence import Evidence
from claims.models.jobs import Job, JobState
from claims.models.notifications import Notification
from claims.rules.bulk import BulkVerb, Order
from claims.rules.rights import ROLES, Access, Needed, Right, has
from claims.services import bulk, conflicts, evidence, filters, notes
from claims.web import rights
from claims.web.urls import urlpatterns
from sources import services as register
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn, bare

ABSENT = 999_999_999
ASKED = rights.ROUTES
ROUTES = {str(route.name): route for route in urlpatterns}
METHODS = {name: {key.split(" ")[0] for key in ASKED if key.endswith(f" {name}")} for name in ROUTES}
PUBLIC = {name for name in ROUTES if ASKED.get(f"GET {name}") == Access.EVERYBODY}
VERBS = {name for name in ROUTES if METHODS[name] == {"POST"}}
# The register of sources is common to all desks: whoever is an admin of one may change it.
COMMON = {name for name, route in ROUTES.items() if route.callback.__module__ == "claims.web.sources"}
OF_OUR_ROWS = {name for name, route in ROUTES.items() if route.pattern.converters} - PUBLIC - COMMON

Answers = dict[str, HttpResponseBase]
Rows = dict[str, int | str]


@pytest.fixture
def rows(world: World) -> Rows:
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
    invitation, secret = factories.invited(world.desk, "new@example.com", by=world.dora)
    delivery = factories.waiting_delivery(world)
    copy = factories.attempt(done.verdict.evidence.all()[0])
    found: Rows = {
        "article_id": claim.article_id,
        "claim_id": claim.pk,
        "verdict_id": done.verdict_id,
        "position": done.position,
        "part": 0,
        "job_id": job.pk,
        "batch_id": Batch.objects.create(desk=world.desk, submitted_by=world.alice).pk,
    }
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
        "filter_id": filters.save(world.desk, "Mine", "state=queued", shared=False, actor=world.carol).pk,
        "membership_id": world.alice.memberships.get().pk,
        "conflict_id": conflicts.declare(world.desk.pk, source, actor=world.alice).pk,
        "notification_id": Notification.objects.filter(user=world.alice)[0].pk,
        "action_id": bulk.begin(world.desk, Order(BulkVerb.QUEUE), [claim.pk], actor=world.carol).pk,
        "user_id": world.ruth.pk,
        "slug": world.desk.slug,
        "part_key": "desk",
        "invitation_id": invitation.pk,
        "webhook_id": delivery.webhook_id,
        "delivery_id": delivery.pk,
        "token": secret,
    }


def ask(client: Client, names: set[str], rows: Rows) -> Answers:
    """The answer of each address: verbs are posted to, pages are opened."""
    answers: Answers = {}
    for name in sorted(names):
        where = reverse(f"web:{name}", kwargs={key: rows[key] for key in ROUTES[name].pattern.converters})
        answers[name] = client.post(where) if name in VERBS else client.get(where)
    return answers


def statuses(answers: Answers) -> dict[str, int]:
    return {name: answer.status_code for name, answer in answers.items()}


def test_every_address_says_what_it_asks_for() -> None:
    assert len(ROUTES) == len(urlpatterns), "two addresses have the same name"
    silent = sorted(name for name in ROUTES if not METHODS[name])
    assert silent == [], f"Add “GET {silent[:1]}” or “POST …” with the right it asks for to claims/web/rights.py."
    gone = sorted(key for key in ASKED if key.split(" ")[1] not in ROUTES)
    assert gone == [], "claims/web/rights.py names addresses that are none."


def test_nobody_is_sent_to_the_sign_in(as_: SignedIn, rows: Rows) -> None:
    for name, answer in ask(as_(), set(ROUTES) - PUBLIC, rows).items():
        assert answer.status_code == 302, name
        assert answer.headers["Location"].startswith(reverse("account_login")), name


def test_an_address_takes_no_other_method(world: World, as_: SignedIn, rows: Rows) -> None:
    """A verb that is only looked at does nothing, and what is missing from the table cannot be posted to."""
    client = as_(world.dora)
    for name, route in ROUTES.items():
        where = reverse(f"web:{name}", kwargs={key: rows[key] for key in route.pattern.converters})
        for method in {"GET", "POST", "PUT", "DELETE"} - METHODS[name]:
            assert client.generic(method, where).status_code == 405, f"{method} {name}: see claims/web/rights.py"


def test_a_verb_from_elsewhere_is_refused(world: World, as_: SignedIn, rows: Rows) -> None:
    """Without the token of a form of ours, the browser was sent here by another site."""
    answers = ask(as_(world.dora, enforce_csrf_checks=True), VERBS, rows)
    assert statuses(answers) == dict.fromkeys(VERBS, 403)


def test_rows_of_another_desk_look_like_rows_that_are_not_there(world: World, as_: SignedIn, rows: Rows) -> None:
    """mallory is the admin of another desk."""
    client = as_(world.mallory)
    foreign, absent = ask(client, OF_OUR_ROWS, rows), ask(client, OF_OUR_ROWS, dict.fromkeys(rows, ABSENT))
    assert statuses(foreign) == statuses(absent) == dict.fromkeys(OF_OUR_ROWS, 404)
    assert [*map(bare, foreign.values())] == [*map(bare, absent.values())]


# A part of the policy is no row.
TWO_ROWS = sorted(name for name in OF_OUR_ROWS if len(ROUTES[name].pattern.converters.keys() - {"part_key"}) > 1)


@pytest.mark.parametrize("name", TWO_ROWS)
def test_rows_of_another_desk_are_not_found_below_ones_own(name: str, world: World, as_: SignedIn, rows: Rows) -> None:
    """mallory names a row of our desk below what is hers: it is as absent as one that is nowhere."""
    own = factories.queued_claims(world, 1, desk=world.elsewhere)[0]
    hers: Rows = {"slug": world.elsewhere.slug, "claim_id": own.pk, "membership_id": world.mallory.memberships.get().pk}
    theirs = Claim.objects.get(pk=rows["claim_id"])
    note = notes.add(theirs.pk, "Mind the date.", actor=world.carol)
    asked = evidence.contact(theirs, "e-mail", "Why?", actor=world.alice)
    piece = Evidence.objects.filter(claim__desk=world.desk)[0]
    ours = rows | {"note_id": note.pk, "contact_id": asked.pk, "evidence_id": piece.pk} | hers
    client = as_(world.mallory)
    foreign, absent = ask(client, {name}, ours), ask(client, {name}, {**dict.fromkeys(rows, ABSENT), **hers})
    assert statuses(foreign) == statuses(absent) == {name: 404}
    assert bare(foreign[name]) == bare(absent[name])


def granted(role: str, needed: Needed) -> bool:
    return needed != Access.STAFF if isinstance(needed, Access) else has(role, needed)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_what_the_table_says(role: str, world: World, as_: SignedIn, rows: Rows) -> None:
    """403 where the role lacks the right, and only there; whoever may read is shown the page.

    The preview of a claim that nobody decided on leads to the claim, and the front page to the desk; so do the two
    reviews of a claim that has none. A verb with an empty form has its own answer.
    """
    client = as_(factories.member(world.desk, "newcomer", Role(role)))
    told = {}
    for key in ASKED:
        method, name = key.split(" ")
        where = reverse(f"web:{name}", kwargs={key: rows[key] for key in ROUTES[name].pattern.converters})
        status = client.generic(method, where).status_code
        told[key] = (status != 403) if method == "POST" else {200: True, 302: True, 403: False}.get(status, status)
    assert told == {key: granted(role, needed) for key, needed in ASKED.items()}


def test_whoever_is_at_no_desk_meets_nothing(as_: SignedIn, rows: Rows) -> None:
    client = as_(factories.user("stranger", is_superuser=True))
    of_desks = {key.split(" ")[1] for key, needed in ASKED.items() if isinstance(needed, Right)}
    for name, answer in ask(client, of_desks, rows).items():
        assert answer.status_code in (403, 404), name


def test_impossible_numbers_and_forged_cursors(world: World, as_: SignedIn) -> None:
    client = as_(world.dora)
    for path in ("articles", "desk/claims", "verdicts", "sources", "publish"):
        for number in ("0", "99999999999999999999999"):
            assert client.get(f"/{path}/{number}/").status_code == 404, (path, number)
    for path in ("/articles/", "/desk/", "/verdicts/", "/sources/", "/publish/", "/desk/jobs/", "/desk/bulk/"):
        for cursor in ("x", "-1", "1e3", "9" * 30, "٣", "1-2-3", "\0"):
            assert client.get(path, {"before": cursor}).status_code == 400, (path, cursor)


def test_a_person_who_left_has_no_desk_any_more(world: World, as_: SignedIn) -> None:
    world.alice.memberships.update(active=False)
    client = as_(world.alice)
    assert client.get("/desk/").status_code == 403
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(("path", "status"), [("/nowhere/", 404), ("/articles/999999999/", 404), ("/desk/due/", 403)])
def test_whoever_is_refused_a_page_keeps_the_way_to_the_others(
    world: World, as_: SignedIn, path: str, status: int
) -> None:
    answer = as_(world.alice).get(path)
    page = answer.content.decode()
    assert answer.status_code == status
    for part in ('<nav class="site-nav"', 'href="/articles/"', "Sign out", "data-palette-open", "Back to the start"):
        assert part in page, part


def test_a_stranger_and_a_page_that_broke_need_nobody_who_is_signed_in(world: World, as_: SignedIn) -> None:
    pages = [as_().get("/nowhere/").content.decode(), render_to_string("404.html"), render_to_string("403.html")]
    pages.append(render_to_string("500.html", {"user": world.alice}))
    for page in pages:
        assert "Back to the start" in page
        assert "<nav" not in page
