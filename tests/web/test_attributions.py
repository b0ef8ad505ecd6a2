"""Suggestions and confirmations on an article's page, and the button that has it read again."""

import pytest
from django.db import transaction
from django.test import Client

from claims.models.articles import Article
from claims.models.claims import Attribution
from claims.models.jobs import Job, JobState
from claims.rules.workflow import DismissReason
from claims.services import attributions, claims, rereading
from claims.services.attributions import Reading
from tests import factories
from tests.factories import World
from tests.integration.services.test_rereading import extraction, suggestion
from tests.web.conftest import SignedIn
from tests.web.test_queries import asked

BUTTON = "Read again with the newer engine"


@pytest.fixture
def article(world: World) -> Article:
    return factories.ready_article(world)


def page_of(client: Client, article: Article) -> str:
    return client.get(f"/articles/{article.pk}/").content.decode()


def suggestions_on(page: str) -> str:
    return page.partition('id="suggestions"')[2].partition("</section>")[0]


def older(article: Article) -> None:
    Article.objects.filter(pk=article.pk).update(read_by="rules 1")


def test_editors_are_offered_to_read_again_when_the_engine_is_newer(
    world: World, as_: SignedIn, article: Article
) -> None:
    carol = as_(world.carol)
    assert BUTTON not in page_of(carol, article), "the engine of today has read it"
    older(article)
    page = page_of(carol, article)
    assert BUTTON in page
    assert "rules 1" in page
    assert rereading.engine_of_today() in page
    assert BUTTON not in page_of(as_(world.alice), article)
    assert BUTTON not in page_of(as_(world.ruth), article)


def test_reading_again_shows_its_progress_and_then_nothing_more(world: World, as_: SignedIn, article: Article) -> None:
    older(article)
    carol, where = as_(world.carol), f"/articles/{article.pk}/reextract/"
    assert carol.post(where).headers["Location"] == f"/articles/{article.pk}/"
    page = page_of(carol, article)
    assert 'id="progress"' in page
    assert BUTTON not in page
    assert 'class="claim-card"' in page, "what was found before stays"
    assert carol.get(f"/articles/{article.pk}/progress/").status_code == 200
    factories.perform()
    assert carol.get(f"/articles/{article.pk}/progress/").headers["HX-Refresh"] == "true"
    page = page_of(carol, article)
    assert 'id="progress"' not in page
    assert BUTTON not in page


def test_when_it_was_given_up_the_button_is_back_and_says_so(world: World, as_: SignedIn, article: Article) -> None:
    older(article)
    job = rereading.ask(article, actor=world.carol)
    Job.objects.filter(pk=job.pk).update(state=JobState.DEAD, finished_at=job.created_at, error="It crashed.")
    page = page_of(as_(world.carol), article)
    assert "Reading it again failed" in page
    assert BUTTON in page


def test_what_is_not_ready_is_not_read_again(world: World, as_: SignedIn) -> None:
    waiting = factories.article(world)
    answer = as_(world.carol).post(f"/articles/{waiting.pk}/reextract/", follow=True)
    assert "It can be read again when it is ready." in answer.content.decode()


def test_a_suggestion_is_shown_beside_the_claims_until_it_is_accepted(
    world: World, as_: SignedIn, article: Article
) -> None:
    row = suggestion(world, article, "17\ncracks")
    claim = row.claims.get()
    alice = as_(world.alice)
    page = page_of(alice, article)
    shown = suggestions_on(page)
    assert "17\ncracks" in shown
    assert claim.text in shown
    assert f'id="c-{claim.pk}"' not in page
    assert f'id="a-{row.pk}"' not in page, "it is not marked in the text"
    back = f"/articles/{article.pk}/#suggestions"
    answer = alice.post(f"/attributions/{row.pk}/confirm/", {"back": back})
    assert answer.headers["Location"] == back
    factories.perform()
    page = page_of(alice, article)
    assert suggestions_on(page) == ""
    assert f'id="c-{claim.pk}"' in page
    assert "Accepted. Its claims are on their way" in page


def test_what_becomes_of_the_claims_is_said_as_it_is(world: World, as_: SignedIn, article: Article) -> None:
    row = suggestion(world, article, "17\ncracks")
    claim = row.claims.get()
    alice = as_(world.alice)

    def accepted() -> str:
        page = alice.post(f"/attributions/{row.pk}/confirm/", follow=True).content.decode()
        return page.partition("Accepted.")[2].partition("<")[0].strip()

    claims.dismiss(claim.pk, DismissReason.DUPLICATE, actor=world.carol)
    assert accepted() == "What was dismissed for another reason stays dismissed; an editor can bring it back."
    claims.restore(claim.pk, actor=world.carol)
    attributions.reject(row.pk, actor=world.alice)
    assert accepted() == "Its claims are on their way to the reviewers."
    factories.perform()
    attributions.reject(row.pk, actor=world.alice)
    assert accepted() == "Claims that are already being worked on stay where they are."


def test_what_is_no_statement_goes_with_its_claims(world: World, as_: SignedIn, article: Article) -> None:
    row = suggestion(world, article, "17\ncracks")
    alice = as_(world.alice)
    alice.post(f"/attributions/{row.pk}/reject/")
    page = page_of(alice, article)
    assert suggestions_on(page) == ""
    assert f'id="c-{row.claims.get().pk}"' not in page
    row.refresh_from_db()
    assert (row.decision, row.decided_by, row.claims.get().state) == ("rejected", world.alice, "dismissed")
    assert alice.post(f"/attributions/{row.pk}/reject/", {"reason": "x" * 401}).status_code == 400


def test_a_reader_sees_suggestions_without_buttons(world: World, as_: SignedIn, article: Article) -> None:
    suggestion(world, article, "17\ncracks")
    shown = suggestions_on(page_of(as_(world.ruth), article))
    assert "17\ncracks" in shown
    assert "<button" not in shown


def test_an_attribution_is_confirmed_on_its_card(world: World, as_: SignedIn, article: Article) -> None:
    row = Attribution.objects.filter(revision__article=article, claims__isnull=False).order_by("pk")[0]
    where, alice = f"/attributions/{row.pk}/confirm/", as_(world.alice)
    page = page_of(alice, article)
    assert f'action="{where}"' in page
    alice.post(where, {"back": "https://elsewhere.example/"})
    row.refresh_from_db()
    assert (row.decision, row.decided_by) == ("confirmed", world.alice)
    page = page_of(alice, article)
    assert f'action="{where}"' not in page
    assert '<span class="label good">confirmed</span>' in page
    undo = f"/attributions/{row.pk}/unconfirm/"
    assert f'action="{undo}"' in page
    answer = alice.post(undo, {"back": f"/articles/{article.pk}/#card"})
    assert answer.headers["Location"] == f"/articles/{article.pk}/#card"
    row.refresh_from_db()
    assert row.decision == "unseen"
    assert f'action="{where}"' in page_of(alice, article)
    assert "Only a confirmation" in alice.post(undo, follow=True).content.decode()


def test_what_the_newer_engine_does_not_find_says_so(world: World, as_: SignedIn, article: Article) -> None:
    alice, said = as_(world.alice), "not found by the newer engine"
    assert said not in page_of(alice, article)
    with transaction.atomic():
        rereading.reconcile(article.revisions.get(), extraction(article.revisions.get().text))
    assert said in page_of(alice, article)


def test_a_suggestion_on_a_known_claim_counts_for_nobody_yet(world: World, as_: SignedIn, article: Article) -> None:
    row = suggestion(world, article, "17\ncracks")
    claim = article.claims.filter(state="queued")[0]
    Attribution.objects.filter(pk=row.pk).update(source_entity="Somebody Else")
    claim.links.create(attribution=row, stance="denies")
    alice = as_(world.alice)
    for path in ("/desk/", f"/desk/claims/{claim.pk}/"):
        assert "Somebody Else" not in alice.get(path).content.decode(), path
    attributions.confirm(row.pk, actor=world.bob)
    for path in ("/desk/", f"/desk/claims/{claim.pk}/"):
        assert "Somebody Else" in alice.get(path).content.decode(), path


def test_a_claim_whose_attribution_was_rejected_still_shows_where_it_is_from(
    world: World, as_: SignedIn, article: Article
) -> None:
    claim = article.claims.filter(state="queued")[0]
    row = claim.attributions.get()
    attributions.reject(row.pk, actor=world.bob)
    alice = as_(world.alice)
    assert f'id="a-{row.pk}"' in alice.get(f"/desk/claims/{claim.pk}/").content.decode()
    assert f'id="a-{row.pk}"' not in page_of(alice, article)


def test_what_waits_costs_no_more_questions(world: World, as_: SignedIn, article: Article) -> None:
    alice, counts = as_(world.alice), []
    for words in ("17\ncracks", "inspection report", "harbour bridge was"):
        suggestion(world, article, words)
        counts.append(asked(alice, f"/articles/{article.pk}/"))
    assert len(set(counts)) == 1


def test_what_a_person_found_gets_its_claim_on_its_own_page(world: World, as_: SignedIn, article: Article) -> None:
    text = article.revisions.get().text
    cue, content = text.index("had found"), text.index("17\ncracks")
    reading = Reading(content=((content, content + 9),), cue=((cue, cue + 9),))
    row = attributions.add(article.pk, reading, actor=world.alice)
    page, alice = f"/attributions/{row.pk}/", as_(world.alice)
    before = page_of(alice, article)
    assert f'href="{page}#claim">Have it checked' in before
    all_of_them = article.claims.count()
    assert f"{all_of_them} of {all_of_them} claims are shown" in before
    assert "17\ncracks.</textarea>" in alice.get(page).content.decode(), "its words, to begin with"
    assert "Have it checked" not in page_of(as_(world.ruth), article) + as_(world.ruth).get(page).content.decode()
    refused = alice.post(f"{page}claim/", {"text": " "})
    assert refused.status_code == 422
    sent = alice.post(f"{page}claim/", {"text": "Inspectors found 17 cracks."})
    claim = row.claims.get()
    assert sent.headers["Location"] == f"/articles/{article.pk}/#c-{claim.pk}"
    assert "Have it checked" not in alice.get(page).content.decode()
    late = alice.post(f"{page}claim/", {"text": "Inspectors found 18 cracks."})
    assert late.status_code == 409
    assert "Inspectors found 18 cracks.</textarea>" in late.content.decode()
    assert "Put into words" in alice.get(f"/claims/{claim.pk}/history/").content.decode()
