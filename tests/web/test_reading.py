"""The article's page: cards beside the words, what is shown by the address, the map, and what was checked before."""

import hashlib
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims.models.articles import Article, Revision
from claims.models.claims import Attribution, Claim, ClaimLink
from claims.services import claims
from claims.web import reading
from sources.models import Source
from tests import factories
from tests.e2e.pages import seed_text
from tests.factories import World
from tests.web.conftest import SignedIn


@pytest.fixture
def alice(world: World, as_: SignedIn) -> Client:
    return as_(world.alice)


@pytest.fixture
def article(world: World) -> Article:
    """The story of the seeds: with a denial, a claim that the outlet contradicts, and one that it repeats."""
    return factories.ready_article(world, seed_text())


ARABIC = "قال وزير الصحة إن المستشفيات ممتلئة. وأضاف أن الأطباء يعملون بلا توقف منذ أسابيع في المدينة كلها."


def page(client: Client, article: Article, query: str = "") -> str:
    answer = client.get(f"/articles/{article.pk}/{query}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def card(page: str, claim: Claim) -> str:
    """The card of a claim, from its tag to its end."""
    found = re.search(rf'<article class="claim-card" id="c-{claim.pk}".*?</article>', page)
    assert found is not None
    return found.group()


def claim(article: Article, words: str) -> Claim:
    return article.claims.get(text__contains=words)


def shown(page: str) -> set[int]:
    """The claims whose cards are not hidden."""
    tags = re.findall(r'<article class="claim-card" id="c-(\d+)"([^>]*)>', page)
    return {int(pk) for pk, attributes in tags if not attributes.endswith("hidden")}


def test_a_card_stands_after_the_paragraph_and_leads_to_its_words_and_back(alice: Client, article: Article) -> None:
    whole = page(alice, article)
    crimes = claim(article, "war crimes")
    said = crimes.attributions.get(stance="accuses")
    passage = next(each for each in whole.split('<div class="passage">') if f'id="c-{crimes.pk}"' in each)
    assert "committing war crimes in occupied Ukrainian territory" in passage.split('class="notes"')[0]
    link = re.search(rf'<a class="s s-source"[^>]*id="a-{said.pk}"[^>]*>', whole)
    assert link is not None
    assert f'href="#c-{crimes.pk}"' in link.group()
    assert f'aria-describedby="d-{said.pk}"' in link.group()
    assert f'href="#a-{said.pk}"' in card(whole, crimes)
    ids = re.findall(r' id="([^"]+)"', whole)
    assert len(ids) == len(set(ids)), "every anchor leads to one place"


def test_a_denial_says_what_it_denies_and_by_whom_that_is_denied(alice: Client, article: Article) -> None:
    crimes = claim(article, "war crimes")
    accused, denied = (crimes.attributions.get(stance=stance) for stance in ("accuses", "denies"))
    words = re.sub(r"<[^>]+>", "", card(page(alice, article), crimes))
    assert re.search(r"denies: +Government of Ukraine and the West +\(accuses\)", words)
    assert re.search(r"denied by: +Government of Russia", words)
    assert f'data-of="{denied.pk}"' in card(page(alice, article), crimes)
    assert f'data-answers="{accused.pk}"' in card(page(alice, article), crimes)


def test_the_address_says_what_is_shown(alice: Client, article: Article) -> None:
    everything = {each.pk for each in article.claims.all()}
    assert shown(page(alice, article)) == everything

    def only(**having: object) -> set[int]:
        return set(article.claims.filter(**having).values_list("pk", flat=True))

    assert shown(page(alice, article, "?quote=direct")) == only(attributions__quote_type="direct")
    assert shown(page(alice, article, "?quote=direct&quote=mixed")) == only(
        attributions__quote_type__in=["direct", "mixed"]
    )
    assert shown(page(alice, article, "?who=Kremlin")) == only(attributions__source_entity="Kremlin")
    assert shown(page(alice, article, "?state=triaged")) == only(state="triaged")
    assert shown(page(alice, article, "?outlet=side")) == only(text__contains="taken Bakhmut")
    assert shown(page(alice, article, "?outlet=restated")) == only(attributions__source_entity="Oleksandr Syrskyi")
    assert shown(page(alice, article, "?below=90")) == only(attributions__confidence__lt=0.895)
    assert shown(page(alice, article, "?who=Nobody")) == set()
    assert "0 of 13 claims are shown" in page(alice, article, "?who=Nobody")


def test_what_is_not_shown_is_not_marked_and_no_stop_of_the_keyboard(alice: Client, article: Article) -> None:
    said = Attribution.objects.get(revision__article=article, source_entity="Oleksandr Syrskyi")
    whole = page(alice, article, "?who=Kremlin")
    marks = re.findall(rf'<\w+ class="(s [^"]*)" data-attribution="{said.pk}"([^>]*)>', whole)
    assert marks
    for classes, more in marks:
        assert "is-out" in classes
        assert "href" not in more or 'tabindex="-1"' in more
    kremlin = Attribution.objects.filter(revision__article=article, source_entity="Kremlin")
    assert all(f'class="s s-source" data-attribution="{each.pk}"' in whole for each in kremlin)
    assert whole.count("checked>") == 1
    box = re.search(r'<input type="checkbox" name="who" value="Kremlin"[^>]*checked>', whole)
    assert box is not None


def test_a_button_on_a_card_leads_back_to_what_was_shown(alice: Client, article: Article) -> None:
    whole = page(alice, article, "?who=Kremlin&quote=indirect")
    attended = claim(article, "attended a military command meeting")
    back = f"/articles/{article.pk}/?who=Kremlin&amp;quote=indirect#c-{attended.pk}"
    assert f'name="back" value="{back}"' in card(whole, attended)


def test_how_sure_the_engine_is_and_why(alice: Client, article: Article) -> None:
    said = Attribution.objects.get(revision__article=article, source_entity="Oleksandr Syrskyi")
    source = Source.objects.create(kind="person", name="Oleksandr Syrskyi")
    said.resolved_sources.create(source=source, surface="Syrskyi", score=0.83, reason="A family name.")
    taken = claim(article, "heavy artillery activity")
    where = f"/claims/{taken.pk}/found/"
    assert f'hx-get="{where}"' in card(page(alice, article), taken)
    whole = " ".join(alice.get(where).content.decode().split())
    current = f"http://testserver/articles/{article.pk}/?quote=direct"
    htmx = {"HX-Request": "true", "HX-Current-URL": current}
    part = " ".join(alice.get(where, headers=htmx).content.decode().split())
    assert "<html" in whole, "without scripts it is a page"
    assert "<html" not in part
    for answer in (whole, part):
        assert f"{said.engine}, {round(100 * said.confidence)} % sure" in answer
        assert "83 % sure: A family name." in answer
        assert f"{round(100 * taken.check_worthiness)} %" in answer
        assert '<q dir="auto">said</q>' in answer
        assert "a quotation before the words of saying" in answer
    assert f'name="back" value="/articles/{article.pk}/?quote=direct#c-{taken.pk}"' in part
    assert f'name="back" value="{where}#c-{taken.pk}"' in whole
    elsewhere = alice.get(where, headers=htmx | {"HX-Current-URL": "https://elsewhere.example/?quote=direct"})
    assert f'name="back" value="/articles/{article.pk}/#c-{taken.pk}"' in elsewhere.content.decode()


def test_what_the_outlet_repeats_is_marked_as_that(alice: Client, article: Article) -> None:
    said = Attribution.objects.get(revision__article=article, source_entity="Oleksandr Syrskyi")
    mark = re.search(r'<span class="s s-restatement" ([^>]*)>(.*?)</span>', page(alice, article))
    assert mark is not None
    assert mark.group(1) == f'data-attribution="{said.pk}" data-role="restatement"'
    assert mark.group(2).startswith("Russian forces step up heavy artillery shelling")


def test_what_nobody_is_quoted_with_stands_below_as_the_outlets_own(world: World, alice: Client) -> None:
    article = factories.ready_article(world)
    own = Claim.objects.create(
        desk=world.desk, article=article, label="C99", text="It rained in Riverton.", narrator_claim=True
    )
    whole = page(alice, article)
    assert "Claims that the article makes without quoting anybody." in whole
    assert own.pk in shown(page(alice, article, "?outlet=own"))
    assert own.pk not in shown(page(alice, article, "?quote=direct"))
    assert own.pk not in shown(page(alice, article, "?below=100")), "no engine's confidence, nothing below it"


def test_a_statement_without_a_claim_has_a_card_too(world: World, alice: Client) -> None:
    said = factories.queued_claims(world, 1)[0].attributions.get()
    said.links.all().delete()
    whole = page(alice, said.revision.article)
    assert f'id="n-{said.pk}"' in whole
    assert f'href="#n-{said.pk}"' in whole
    assert "A statement from which no claim was made." in whole


# --- What was checked before ------------------------------------------------------------------------------------------


def test_what_is_published_on_the_same_claim_is_there(world: World, alice: Client) -> None:
    before, again, other = factories.queued_claims(world, 3)
    done = factories.published(world, factories.reviewed(world, claim=before))
    suspected = ClaimLink.objects.create(from_claim=before, to_claim=again, kind="same_as", score=0.9)
    whole = page(alice, again.article)
    found = card(whole, again)
    assert "Published on what seems to be the same claim:" in found
    assert f'href="/verdicts/{done.verdict_id}/"' in found
    assert "Published on this claim:" in card(whole, before)
    assert "Published on" not in card(whole, other)
    ClaimLink.objects.filter(pk=suspected.pk).update(confirmed_by=world.carol)
    assert "Published on the same claim:" in card(page(alice, again.article), again)


def test_what_is_only_decided_is_not(world: World, alice: Client) -> None:
    before, again = factories.queued_claims(world, 2)
    factories.reviewed(world, claim=before)
    ClaimLink.objects.create(from_claim=before, to_claim=again, kind="same_as", confirmed_by=world.carol)
    assert "Published on" not in card(page(alice, again.article), again)


# --- Long texts, foreign texts, texts without a statement -------------------------------------------------------------


def long_article(world: World, size: int) -> Article:
    """An article of at least so many code points; somebody is quoted in each of its paragraphs."""
    count = size // 5_000 + 1
    sentences = [f"Speaker {n} said that bridge {n} was safe." for n in range(count)]
    filler = " Plain words follow." * 250
    text = "\n\n".join(sentence + filler for sentence in sentences)
    at = [text.index(sentence) for sentence in sentences]
    article = Article.objects.create(desk=world.desk, origin="text", title="Bridges, all of them")
    revision = Revision.objects.create(article=article, text=text, sha256=hashlib.sha256(text.encode()).hexdigest())
    claims.store(revision, factories.extraction(text, sentences, at))
    return article


def test_of_a_long_text_only_what_stands_in_the_part_is_loaded(world: World, alice: Client) -> None:
    costs = []
    for size in (300_000, 3_000_000):
        article = long_article(world, size)
        alice.get(f"/articles/{article.pk}/")
        with CaptureQueriesContext(connection) as queries:
            first = alice.get(f"/articles/{article.pk}/?quote=indirect")
        costs.append(len(queries))
        assert len(first.content) < 250_000
        assert len(shown(" ".join(first.content.decode().split()))) < 40
    assert costs[0] == costs[1], "ten times the text costs as many questions"
    text = " ".join(first.content.decode().split())
    later = re.search(r'href="\?quote=indirect&amp;at=(\d+)">Further in this article', text)
    assert later is not None, "what was chosen stays chosen in the next part"
    marks = re.findall(
        r'xlink:href="\?at=(\d+)&amp;quote=indirect" aria-label="(\d+) % into the text: \d+ statements?"', text
    )
    assert len(marks) == 100, "the map is of the whole text"
    assert "Speaker 599" in page(alice, article, f"?at={marks[-1][0]}")


def test_ten_megabytes_open_in_parts(world: World, alice: Client) -> None:
    article = long_article(world, 10_000_000)
    answer = alice.get(f"/articles/{article.pk}/?at=5000000")
    assert answer.status_code == 200
    assert len(answer.content) < 600_000
    assert answer.context["part"].start <= 5_000_000 < answer.context["part"].end


def dense_article(world: World, count: int, parted_by: str = "\n\n") -> Article:
    """Nothing but short statements, which stand in a paragraph each, or in one."""
    sentences = [f"Speaker {n} said that bridge {n} was safe." for n in range(count)]
    text = parted_by.join(sentences)
    at = [text.index(sentence) for sentence in sentences]
    article = Article.objects.create(desk=world.desk, origin="text", title="Bridges, one by one")
    revision = Revision.objects.create(article=article, text=text, sha256=hashlib.sha256(text.encode()).hexdigest())
    claims.store(revision, factories.extraction(text, sentences, at))
    return article


def parts(client: Client, article: Article, step: str, at: int | None) -> list[tuple[int, int, int]]:
    """Where the parts begin and end that one meets on the way ``earlier`` or ``later``, and how many cards each has."""
    walked = []
    while at is not None:
        answer = client.get(f"/articles/{article.pk}/?at={at}")
        part = answer.context["part"]
        walked.append((part.start, part.end, len(shown(" ".join(answer.content.decode().split())))))
        at = getattr(part, step)
    return walked


@pytest.mark.parametrize("parted_by", ["\n\n", "\n"])
def test_a_dense_text_is_parted_by_its_statements(
    world: World, alice: Client, monkeypatch: pytest.MonkeyPatch, parted_by: str
) -> None:
    monkeypatch.setattr(reading, "STATEMENTS", 10)
    article = dense_article(world, 35, parted_by)
    length = len(article.revisions.get().text)
    forth = parts(alice, article, "later", 0)
    assert [cards for _, _, cards in forth] == [10, 10, 10, 5]
    assert [start for start, _, _ in forth] == [0, *[end for _, end, _ in forth][:-1]], "nothing is left out or twice"
    assert forth[-1][1] == length
    back = parts(alice, article, "earlier", forth[-1][0])
    assert back == forth[::-1], "the way back is the same"
    third = article.revisions.get().text.index("bridge 23 ")
    assert "bridge 23 was safe" in page(alice, article, f"?at={third}")
    edited = alice.get(f"/articles/{article.pk}/edit/").content.decode()
    assert "bridge 9 was safe" in edited
    assert "bridge 10 was safe" not in edited, "the editor shows the same part"


def test_a_line_stays_whole_however_many_speak_in_it(
    world: World, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "STATEMENTS", 10)
    article = dense_article(world, 25, " ")
    assert parts(alice, article, "later", 0) == [(0, len(article.revisions.get().text), 25)]


def test_names_and_paragraphs_of_other_directions_are_isolated(world: World, alice: Client) -> None:
    claim = factories.queued_claims(world, 1)[0]
    claim.attributions.update(source_entity="وزارة الدفاع\u202e")
    whole = page(alice, claim.article)
    assert '<p dir="auto" data-start="0">' in whole
    name = '<bdi>وزارة الدفاع<bdi class="unseen" data-name="RLO"'
    assert f'href="#a-{claim.attributions.get().pk}">{name}' in whole
    assert re.search(rf'value="[^"]*" data-token="who=0"[^>]*> {name}', whole)


def test_several_names_are_escaped_once(world: World, alice: Client) -> None:
    article = factories.article(world, byline=("Nora O'Hara", "Tom <b>Reyes"))
    assert "Nora O&#x27;Hara, Tom &lt;b&gt;Reyes" in page(alice, article)


def test_a_text_in_which_nobody_speaks_says_so(world: World, alice: Client) -> None:
    article = factories.ready_article(world, "It rained in Riverton. The sun came out.")
    whole = page(alice, article)
    assert "Nothing to check was found in this text." in whole
    assert "Who speaks" not in whole


def test_before_the_reading_the_page_says_what_will_be_there(world: World, alice: Client) -> None:
    article = factories.article(world)
    assert "What is said in it appears here as soon as the article has been read." in page(alice, article)


def test_a_reader_reads_and_is_offered_nothing_else(world: World, as_: SignedIn, article: Article) -> None:
    reader = as_(world.ruth)
    whole = page(reader, article)
    assert "claim-card" in whole
    for each in article.claims.all()[:2]:
        whole += reader.get(f"/claims/{each.pk}/found/").content.decode()
    assert "Worth a check" in whole
    for verb in ("Confirm", "Who is", "Dismiss", "Take it out", "Correct outlet"):
        assert verb not in whole


def test_a_text_in_a_language_that_the_engine_does_not_read_is_no_finding(world: World, alice: Client) -> None:
    foreign = factories.ready_article(world, ARABIC * 3)
    assert "nothing was looked for" in page(alice, foreign)
    assert "Nothing to check was found" not in page(alice, foreign)
    empty = factories.ready_article(world, "Rain fell in the valley, and the river rose through the night.")
    assert "Nothing to check was found in this text." in page(alice, empty)
