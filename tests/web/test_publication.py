"""What waits for publication, the gate, and the steps in public: publish, reopen, correct, retract."""

import re

import pytest
from django.test import Client

from claims.models.publication import Correction, Publication
from claims.models.review import Assignment
from claims.services import review
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn


@pytest.fixture
def carol(world: World, as_: SignedIn) -> Client:
    return as_(world.carol)


def test_a_decided_claim_is_previewed_and_published(world: World, carol: Client) -> None:
    done = factories.reviewed(world)
    assert done.claim.text in carol.get("/publish/").content.decode()
    page = carol.get(f"/publish/{done.claim.pk}/").content.decode()
    assert "The inspection report says otherwise." in page
    assert "Alice" in page
    answer = carol.post(f"/publish/{done.claim.pk}/publish/", {"counter_evidence_sought": "on"})
    assert answer.headers["Location"] == f"/verdicts/{done.verdict.pk}/"
    assert Publication.objects.get().statements == {"counter_evidence_sought": True}
    assert "Nothing waits for publication." in carol.get("/publish/").content.decode()


def test_the_only_reviewer_does_not_publish_and_is_told_why(world: World, carol: Client) -> None:
    done = factories.reviewed(world, world.carol)
    page = carol.get(f"/publish/{done.claim.pk}/").content.decode()
    assert "You are the only reviewer of this claim." in page
    assert "disabled" in page.split('data-key="p"')[1].split(">")[0]
    answer = carol.post(f"/publish/{done.claim.pk}/publish/")
    assert answer.status_code == 403
    assert "You are the only reviewer of this claim." in answer.content.decode()
    assert not Publication.objects.exists()


def test_what_the_gate_requires_is_listed_and_can_be_stated(db: None, as_: SignedIn) -> None:
    world = factories.world(gate_requires=["sources", "claimant_contact"])
    carol = as_(world.carol)
    done = factories.reviewed(world, evidence=[factories.piece()])
    page = carol.get(f"/publish/{done.claim.pk}/").content.decode()
    assert page.count('class="missing"') == 2
    assert page.count('class="advice"') == 2
    where = f"/publish/{done.claim.pk}/publish/"
    refused = carol.post(where, {"source_exception": "There was one witness."})
    assert refused.status_code == 422
    assert 'value="There was one witness."' in refused.content.decode()
    stated = {"source_exception": "There was one witness.", "no_contact_reason": "She has died."}
    assert carol.post(where, stated).status_code == 302


def test_who_takes_a_reopened_claim_reads_why_and_finds_what_is_public(
    world: World, carol: Client, as_: SignedIn
) -> None:
    done = factories.published(world)
    where, public = f"/desk/claims/{done.claim_id}/", f'href="/verdicts/{done.verdict_id}/"'
    assert public in carol.get(where).content.decode()
    assert public in carol.get(f"/publish/{done.claim_id}/").content.decode()
    carol.post(f"/publish/{done.claim_id}/reopen/", {"reason": "new_evidence", "note": "A <letter> says more."})
    bob = as_(world.bob)
    bob.post(f"{where}take/")
    page = bob.get(where).content.decode()
    assert "new evidence: A &lt;letter&gt; says more." in page
    assert public in page
    held = Assignment.objects.get(claim=done.claim_id, reviewer=world.bob)
    review.submit(held.pk, world.bob, factories.answers())
    decided = bob.get(where).content.decode()
    assert "A &lt;letter&gt; says more." not in decided
    assert public not in decided


def test_a_second_version_needs_a_note_for_the_public(world: World, carol: Client) -> None:
    claim = factories.published(world).claim
    assert (
        carol.post(f"/publish/{claim.pk}/reopen/", {"reason": "new_evidence", "note": "A letter."}).status_code == 302
    )
    claim.refresh_from_db()
    factories.reviewed(world, world.bob, claim, veracity_verdict="mostly_false")
    where = f"/publish/{claim.pk}/publish/"
    refused = carol.post(where)
    assert refused.status_code == 422
    assert "Tell the public what changed and why." in refused.content.decode()
    done = carol.post(where, {"correction_kind": "correction", "correction_note": "A detail was right."}, follow=True)
    assert "A detail was right." in done.content.decode()
    assert Correction.objects.get().kind == "correction"


def test_a_retraction_says_why_in_public(world: World, carol: Client, client: Client) -> None:
    published = factories.published(world)
    where = f"/publish/{published.claim_id}/retract/"
    assert carol.post(where, {"note": " "}).status_code == 422
    assert carol.post(where, {"note": "The report was forged."}).status_code == 302
    page = client.get(f"/verdicts/{published.verdict_id}/").content.decode()
    assert "This verdict was retracted." in page
    assert "The report was forged." in page
    assert "ClaimReview" not in page
    assert factories.published(world).claim.text in client.get("/verdicts/").content.decode()
    assert f"/verdicts/{published.verdict_id}/" not in client.get("/verdicts/").content.decode()


def test_no_reason_is_chosen_beforehand(world: World, carol: Client) -> None:
    claim = factories.published(world).claim
    page = carol.get(f"/publish/{claim.pk}/").content.decode()
    (form,) = re.findall(r'<form[^>]*/reopen/".*?</form>', page, re.DOTALL)
    assert '<option value="" selected>' in form


@pytest.mark.parametrize("reason", ["", "boredom"])
def test_an_unknown_reason_is_refused(world: World, carol: Client, reason: str) -> None:
    claim = factories.published(world).claim
    assert carol.post(f"/publish/{claim.pk}/reopen/", {"reason": reason}).status_code == 422
    claim.refresh_from_db()
    assert claim.state == "published"


def test_what_is_published_is_not_published_again(world: World, carol: Client) -> None:
    claim = factories.published(world).claim
    answer = carol.post(f"/publish/{claim.pk}/publish/", {"correction_kind": "correction", "correction_note": "Again."})
    assert answer.status_code == 409
    assert Publication.objects.count() == 1


def test_what_was_typed_comes_back_when_somebody_else_was_faster(world: World, carol: Client) -> None:
    """The form is not on the page any more, and the words would be lost with it."""
    claim = factories.published(world).claim
    where, note = f"/publish/{claim.pk}/", "The <b>ministry</b> has answered."
    refused = carol.post(f"{where}publish/", {"correction_kind": "correction", "correction_note": note})
    assert "The &lt;b&gt;ministry&lt;/b&gt; has answered." in refused.content.decode()
    carol.post(f"{where}retract/", {"note": "The report was forged."})
    for step in ("retract", "reopen"):
        refused = carol.post(f"{where}{step}/", {"reason": "new_evidence", "note": "A second letter came."})
        assert refused.status_code == 409
        assert "A second letter came." in refused.content.decode()
    assert "Not sent" not in carol.get(where).content.decode()
