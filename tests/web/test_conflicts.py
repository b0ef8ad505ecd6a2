"""A person's own page: what they read and know, and whom they cannot judge; and the editor's list of the latter."""

import re
from datetime import timedelta

import pytest

from claims.models.claims import Claim
from claims.models.conflicts import ConflictOfInterest
from claims.models.desks import Membership, Role
from claims.models.events import Event
from claims.models.review import Assignment
from claims.services import articles, conflicts, desks, review
from sources import services as register
from sources.models import Source
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn
from tests.web.test_queries import asked
from workbench.accounts.models import User


@pytest.fixture
def bell() -> Source:
    return register.create("person", "Anna <b>Bell</b>")


def seat(world: World, person: User) -> Membership:
    return Membership.objects.get(desk=world.desk, user=person)


def said_by(world: World, source: Source) -> Claim:
    (claim,) = factories.queued_claims(world, 1)
    claim.attributions.get().resolved_sources.create(source=source, surface="Bell", score=0.5, reason="An alias.")
    return claim


# --- What somebody reads and knows ------------------------------------------------------------------------------------


def test_people_say_what_they_read_and_know(world: World, as_: SignedIn) -> None:
    alice, mine = as_(world.alice), seat(world, world.alice)
    page = alice.get("/desk/me/").content.decode()
    assert "Harbour Desk" in page
    assert "Reviewer" in page
    assert "at most 20" in page
    typed = {"languages": "EN, pt_br, en", "topics": "Bridges , public  Health", "capacity": "99", "role": "admin"}
    page = alice.post(f"/desk/me/{mine.pk}/", typed, follow=True).content.decode()
    mine.refresh_from_db()
    assert (mine.languages, mine.topics) == (["en", "pt-BR"], ["bridges", "public health"])
    assert (mine.capacity, mine.role) == (20, Role.REVIEWER)
    assert 'value="en, pt-BR"' in page
    assert 'value="bridges, public health"' in page
    event = Event.objects.of("desk", world.desk.pk).get(kind="desk.member_described")
    assert (event.actor, event.data["topics"]) == (world.alice, [[], ["bridges", "public health"]])
    alice.post(f"/desk/me/{mine.pk}/", typed)
    assert Event.objects.filter(kind="desk.member_described").count() == 1


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("languages", "English", "is no language tag"),
        ("languages", ", ".join(f"en-{letter}A" for letter in "ABCDEFGHIJKLMNOPQRSTU"), "at most 20 languages"),
        ("topics", ", ".join(map(str, range(21))), "at most 20 topics"),
        ("topics", "x" * 65, "64 characters"),
    ],
)
def test_what_cannot_be_kept_comes_back_with_the_reason(
    world: World, as_: SignedIn, field: str, typed: str, says: str
) -> None:
    mine = seat(world, world.alice)
    answer = as_(world.alice).post(f"/desk/me/{mine.pk}/", {"languages": "en", "topics": "bridges", field: typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert f'value="{typed}"' in page
    mine.refresh_from_db()
    assert (mine.languages, mine.topics) == ([], [])


def test_the_topics_in_use_are_offered(world: World, as_: SignedIn) -> None:
    articles.ingest(world.desk, articles.Submission(text="A text.", about=articles.About(topics=("Bridges",))))
    articles.ingest(world.elsewhere, articles.Submission(text="A text.", about=articles.About(topics=("Valleys",))))
    desks.describe_member(seat(world, world.bob).pk, actor=world.bob, topics=["<i>tolls</i>"])
    for path in ("/desk/me/", "/articles/new/"):
        page = as_(world.alice).get(path).content.decode()
        offered = re.findall(r'<li dir="auto">([^<]+)</li>', page.partition("data-suggests-for")[2])
        assert offered == ["&lt;i&gt;tolls&lt;/i&gt;", "bridges"], path


def test_nobody_changes_another(world: World, as_: SignedIn, bell: Source) -> None:
    mine = seat(world, world.alice)
    row = conflicts.declare(world.desk.pk, bell, actor=world.alice)
    for person in (world.bob, world.carol, world.dora, world.mallory):
        client = as_(person)
        assert client.post(f"/desk/me/{mine.pk}/", {"topics": "bridges"}).status_code == 404
        assert client.post(f"/desk/me/{mine.pk}/conflicts/", {"source": f"#{bell.pk}"}).status_code == 404
        assert client.post(f"/desk/me/conflicts/{row.pk}/end/", {"reason": "Over."}).status_code == 404
    assert not Membership.objects.exclude(topics=[]).exists()
    assert ConflictOfInterest.objects.open().count() == 1


def test_a_reader_has_nothing_to_set(world: World, as_: SignedIn) -> None:
    page = as_(world.ruth).get("/desk/me/").content.decode()
    assert "nothing to set" in page
    assert "/desk/me/" not in page.partition("<main")[2].partition("</main>")[0]


# --- Conflicts of interest --------------------------------------------------------------------------------------------


def test_a_conflict_is_declared_and_ended(world: World, as_: SignedIn, bell: Source) -> None:
    alice, mine, claim = as_(world.alice), seat(world, world.alice), said_by(world, bell)
    held = factories.taken(world.alice)
    page = alice.post(
        f"/desk/me/{mine.pk}/conflicts/", {"source": f"Anna #{bell.pk}", "note": "My <i>cousin</i>."}, follow=True
    ).content.decode()
    assert "Anna &lt;b&gt;Bell&lt;/b&gt;" in page
    assert "My &lt;i&gt;cousin&lt;/i&gt;." in page
    held.refresh_from_db()
    assert held.state == "released"
    assert "Nothing is waiting for you" in alice.post("/desk/next/", follow=True).content.decode()
    shown = alice.get(f"/desk/claims/{claim.pk}/").content.decode()
    assert "You declared a conflict of interest with <bdi>Anna &lt;b&gt;Bell&lt;/b&gt;</bdi>." in shown
    assert f"/desk/claims/{claim.pk}/take/" not in shown
    taking = alice.post(f"/desk/claims/{claim.pk}/take/")
    assert taking.status_code == 403
    assert "You declared a conflict of interest with" in taking.content.decode()

    row = ConflictOfInterest.objects.get()
    empty = alice.post(f"/desk/me/conflicts/{row.pk}/end/", {"reason": " "})
    assert empty.status_code == 422
    assert f'id="id_end_{row.pk}_reason"' in empty.content.decode()
    page = alice.post(f"/desk/me/conflicts/{row.pk}/end/", {"reason": "She left office."}, follow=True).content.decode()
    assert "What is over" in page
    assert "She left office." in page
    assert factories.taken(world.alice).claim == claim


@pytest.mark.parametrize(
    ("typed", "status", "says"), [("", 422, "This field is required"), ("Nobody", 422, "no source with this name")]
)
def test_a_source_that_is_none_is_named(
    world: World, as_: SignedIn, bell: Source, typed: str, status: int, says: str
) -> None:
    mine = seat(world, world.alice)
    answer = as_(world.alice).post(f"/desk/me/{mine.pk}/conflicts/", {"source": typed, "note": "Kept."})
    assert answer.status_code == status
    assert says in answer.content.decode()
    assert 'value="Kept."' in answer.content.decode()
    assert not ConflictOfInterest.objects.exists()


def test_twice_is_told(world: World, as_: SignedIn, bell: Source) -> None:
    mine = seat(world, world.alice)
    conflicts.declare(world.desk.pk, bell, actor=world.alice)
    answer = as_(world.alice).post(f"/desk/me/{mine.pk}/conflicts/", {"source": f"#{bell.pk}"})
    assert answer.status_code == 409
    assert "You declared this already" in answer.content.decode()


def test_declining_offers_the_sources_of_the_claim(world: World, as_: SignedIn, bell: Source) -> None:
    alice, claim = as_(world.alice), said_by(world, bell)
    other = register.create("person", "Mark Osei")
    factories.taken(world.alice)
    page = alice.get(f"/desk/claims/{claim.pk}/").content.decode()
    offered = page.partition('id="id_source"')[2].partition("</select>")[0]
    assert re.findall(r'value="(\d*)"', offered) == ["", str(bell.pk)]
    where = f"/desk/claims/{claim.pk}/decline/"
    assert alice.post(where, {"reason": "conflict_of_interest", "source": other.pk}).status_code == 400
    alice.post(where, {"reason": "conflict_of_interest", "source": bell.pk, "note": "My cousin."})
    assert Assignment.objects.get().state == "declined"
    assert (ConflictOfInterest.objects.get().source, ConflictOfInterest.objects.get().note) == (bell, "My cousin.")


def test_what_was_chosen_for_one_reason_is_not_meant_for_another(world: World, as_: SignedIn, bell: Source) -> None:
    claim = said_by(world, bell)
    factories.taken(world.alice)
    as_(world.alice).post(f"/desk/claims/{claim.pk}/decline/", {"reason": "no_time", "source": bell.pk})
    assert Assignment.objects.get().state == "declined"
    assert not ConflictOfInterest.objects.exists()


def test_a_claim_without_sources_offers_none(world: World, as_: SignedIn) -> None:
    (claim,) = factories.queued_claims(world, 1)
    factories.taken(world.alice)
    page = as_(world.alice).get(f"/desk/claims/{claim.pk}/").content.decode()
    assert "Give it back" in page
    assert "Conflict of interest with" not in page
    as_(world.alice).post(f"/desk/claims/{claim.pk}/decline/", {"reason": "conflict_of_interest"})
    assert Assignment.objects.get().state == "declined"


# --- The editor's list ------------------------------------------------------------------------------------------------


def test_editors_see_what_their_people_declared(world: World, as_: SignedIn, bell: Source) -> None:
    osei = register.create("person", "Mark Osei")
    conflicts.declare(world.desk.pk, bell, actor=world.alice, note="My cousin.")
    ended = conflicts.declare(world.desk.pk, osei, actor=world.bob)
    conflicts.end(ended.pk, actor=world.bob, reason="He left.")
    assert "Mark Osei" not in as_(world.carol).get("/desk/conflicts/").content.decode()
    page = as_(world.carol).get("/desk/conflicts/?status=all").content.decode()
    for words in ("Alice", "Anna &lt;b&gt;Bell", "My cousin.", "Bob", "Mark Osei", "He left."):
        assert words in page
    theirs = as_(world.mallory).get("/desk/conflicts/?status=all").content.decode()
    assert "Nobody declared one" in theirs
    assert "My cousin." not in as_(world.bob).get("/desk/me/").content.decode()


def test_the_list_goes_on_with_the_filter_that_was_chosen(world: World, as_: SignedIn) -> None:
    for number in range(30):
        row = conflicts.declare(world.desk.pk, register.create("person", f"Person {number}"), actor=world.alice)
        conflicts.end(row.pk, actor=world.alice, reason="Over.")
    client, shown, path = as_(world.carol), "", "/desk/conflicts/?status=all"
    for _ in range(2):
        page = client.get(path).content.decode()
        shown += page
        path = "/desk/conflicts/" + (re.findall(r'href="(\?[^"]*before=[^"]*)"', page) or [""])[0].replace("&amp;", "&")
    assert all(f">Person {number}<" in shown for number in range(30))


def test_more_of_them_ask_no_more_questions(world: World, as_: SignedIn) -> None:
    counts = []
    for size in (1, 15):
        for number in range(size):
            source = register.create("person", f"Person {number} of {size}")
            row = conflicts.declare(world.desk.pk, source, actor=world.carol)
            if number % 2:
                conflicts.end(row.pk, actor=world.carol, reason="Over.")
        (claim,) = factories.queued_claims(world, 1)
        paths = ("/desk/me/", "/desk/conflicts/?status=all", "/desk/", f"/desk/claims/{claim.pk}/")
        counts.append([asked(as_(world.carol), path) for path in paths])
    assert counts[0] == counts[1]


# --- Topics of articles -----------------------------------------------------------------------------------------------


def test_an_article_says_what_it_is_about(world: World, as_: SignedIn) -> None:
    alice = as_(world.alice)
    submitted = {"desk": world.desk.pk, "way": "text", "text": factories.TEXT, "topics": "Bridges, Public  Safety"}
    where = alice.post("/articles/new/", submitted).headers["Location"]
    factories.perform()
    claim = Claim.objects.filter(state="queued")[0]
    for path in (where, f"/desk/claims/{claim.pk}/"):
        assert "bridges, public safety" in alice.get(path).content.decode(), path
    article = claim.article
    typed = {"version": article.version, "title": article.title, "topics": "tolls"}
    alice.post(f"{where}describe/", typed)
    assert "tolls" in alice.get(where).content.decode()
    assert Event.objects.of("article", article.pk).get(kind="article.described").data["topics"] == [
        "('bridges', 'public safety')",
        "('tolls',)",
    ]


def test_too_many_topics_of_an_article_come_back(world: World, as_: SignedIn) -> None:
    many = ", ".join(map(str, range(21)))
    submitted = {"desk": world.desk.pk, "way": "text", "text": factories.TEXT, "topics": many}
    answer = as_(world.alice).post("/articles/new/", submitted)
    assert answer.status_code == 422
    assert "at most 20 topics" in answer.content.decode()
    assert many in answer.content.decode()


def test_two_who_name_topics_at_once_see_both(world: World, as_: SignedIn) -> None:
    article = factories.ready_article(world, topics=("bridges",))
    seen = article.version
    as_(world.alice).post(f"/articles/{article.pk}/describe/", {"version": seen, "topics": "tolls"})
    answer = as_(world.bob).post(f"/articles/{article.pk}/describe/", {"version": seen, "topics": "harbour"})
    assert answer.status_code == 409
    assert 'name="keep_topics"' in answer.content.decode()
    article.refresh_from_db()
    kept = {"version": article.version, "topics": "harbour", "keep_topics": "theirs"}
    as_(world.bob).post(f"/articles/{article.pk}/describe/", kept)
    article.refresh_from_db()
    assert article.topics == ["tolls"]


def test_a_second_reviewer_learns_nothing_from_whom_the_first_declared(
    world: World, as_: SignedIn, bell: Source
) -> None:
    """Who gave a claim up for a conflict of interest is no reviewer of it, and the page of the next one is as any."""
    type(world.desk).objects.filter(pk=world.desk.pk).update(second_review_share=1)
    claim = said_by(world, bell)
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, factories.answers())
    review.take(world.bob, claim.pk)
    conflicts.declare(world.desk.pk, bell, actor=world.bob, note="My cousin.")
    held = review.take(world.dora, claim.pk)
    assert held.role == "second"
    for path in (
        f"/desk/claims/{claim.pk}/",
        f"/claims/{claim.pk}/history/",
        "/desk/",
        f"/articles/{claim.article_id}/",
    ):
        page = as_(world.dora).get(path).content.decode()
        for words in ("conflict of interest.", "My cousin.", "The inspection report says otherwise."):
            assert words not in page, (path, words)


# --- Away -------------------------------------------------------------------------------------------------------------


def test_people_say_when_they_are_away(world: World, as_: SignedIn) -> None:
    bob, mine = as_(world.bob), seat(world, world.bob)
    (claim,) = factories.queued_claims(world, 1)
    held = review.take(world.bob, claim.pk)
    page = bob.get("/desk/me/").content.decode()
    assert "You hold 1 claim" in page
    assert "I am here" not in page
    today = review.database_now().date()
    days = {"first_day": today.isoformat(), "last_day": (today + timedelta(days=3)).isoformat()}
    wrong = bob.post(f"/desk/me/{mine.pk}/away/", days | {"last_day": "2020-01-01"})
    assert wrong.status_code == 422
    assert "before the first one" in wrong.content.decode()
    page = bob.post(f"/desk/me/{mine.pk}/away/", days, follow=True).content.decode()
    held.refresh_from_db()
    assert held.state == "active"
    assert "I am here" in page
    assert "away until" in as_(world.ruth).get("/desks/harbour/").content.decode()
    bob.post(f"/desk/me/{mine.pk}/away/", days | {"release": "1"})
    held.refresh_from_db()
    assert held.state == "released"
    place = as_(world.carol).get(f"/desk/claims/{claim.pk}/place/").content.decode()
    assert re.search(r'<option value="bob">Bob \(bob\), away until [^<]+</option>', place)
    assert f"Is away until {days['last_day']}." in place
    assert "I am here" not in bob.post(f"/desk/me/{mine.pk}/back/", follow=True).content.decode()
    assert "not away" in bob.post(f"/desk/me/{mine.pk}/back/", follow=True).content.decode()


def test_away_from_all_desks_at_once(world: World, as_: SignedIn) -> None:
    desks.set_member(world.elsewhere, world.bob, Role.REVIEWER)
    bob, mine = as_(world.bob), seat(world, world.bob)
    assert "At all my desks" in bob.get("/desk/me/").content.decode()
    day = review.database_now().date().isoformat()
    bob.post(f"/desk/me/{mine.pk}/away/", {"first_day": day, "last_day": day})
    assert Membership.objects.exclude(away_from=None).count() == 1
    bob.post(f"/desk/me/{mine.pk}/away/", {"first_day": day, "last_day": day, "everywhere": "on"})
    assert Membership.objects.exclude(away_from=None).count() == 2
