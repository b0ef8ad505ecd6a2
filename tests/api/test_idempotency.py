"""The same request twice: one effect, one answer; whatever the body, the caller and the moment."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from claims.models.articles import Article
from tests import factories
from tests.api.conftest import Api, ApiOf
from tests.concurrency import at_once
from tests.factories import World
from workbench.accounts import tokens
from workbench.accounts.models import IdempotencyKey

BODY = {"text": "Anna Bell said that the harbour was safe again."}


def send(api: Api, key: str, body: Any = BODY) -> Any:
    return api("POST", "/articles", body, Idempotency_Key=key)


def test_a_replay_has_the_same_answer_and_no_new_effect(world: World, api: ApiOf) -> None:
    carol = api(world.carol)
    first = send(carol, "one")
    again = send(carol, "one")
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.content == again.content
    assert first["Location"] == again["Location"]
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Article.objects.count() == 1


def test_without_a_key_the_second_one_is_a_duplicate(world: World, api: ApiOf) -> None:
    carol = api(world.carol)
    assert carol("POST", "/articles", BODY).status_code == 202
    assert carol("POST", "/articles", BODY).status_code == 409


def test_a_refusal_is_kept_too(world: World, api: ApiOf) -> None:
    carol = api(world.carol)
    refused = send(carol, "one", {"text": ""})
    assert refused.status_code == 400
    assert send(carol, "one", {"text": ""}).content == refused.content
    assert send(carol, "one", {"text": ""})["Content-Type"] == "application/problem+json"


def test_another_body_under_the_same_key_is_refused(world: World, api: ApiOf) -> None:
    carol = api(world.carol)
    send(carol, "one")
    other = send(carol, "one", {"text": "Tom Reyes denied that the harbour was safe."})
    assert other.status_code == 422
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"
    assert Article.objects.count() == 1


def test_two_people_never_share_a_key(world: World, api: ApiOf) -> None:
    mine = send(api(world.carol), "one")
    theirs = send(api(world.mallory), "one")
    assert (mine.status_code, theirs.status_code) == (202, 202)
    assert mine.json()["id"] != theirs.json()["id"]


def test_one_person_shares_a_key_among_their_tokens(world: World, api: ApiOf) -> None:
    assert send(api(world.carol), "one").content == send(api(world.carol), "one").content


def test_a_form_with_a_new_boundary_is_the_same_request(world: World) -> None:
    api = Api(tokens.draw(world.carol, "test", ["intake"]))

    def upload(boundary: str) -> Any:
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
            f"Content-Type: text/plain\r\n\r\n{BODY['text']}\r\n--{boundary}--\r\n"
        )
        kind = f"multipart/form-data; boundary={boundary}"
        headers = api.headers | {"Idempotency-Key": "form"}
        return api.client.generic("POST", "/api/v1/articles", body, content_type=kind, headers=headers)

    first, again = upload("aaaa"), upload("bbbb")
    assert first.status_code == 202, first.content
    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"


def test_a_key_is_forgotten_after_a_day(world: World, api: ApiOf) -> None:
    carol = api(world.carol)
    send(carol, "one")
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert send(carol, "one").status_code == 409
    assert IdempotencyKey.objects.count() == 1


def test_a_key_whose_holder_died_is_given_on(world: World, api: ApiOf) -> None:
    carol = api(world.carol)
    send(carol, "one")
    IdempotencyKey.objects.update(status=None)
    assert send(carol, "one").json()["errors"][0]["code"] == "in_flight"
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(minutes=3))
    assert send(carol, "one").json()["errors"][0]["code"] == "duplicate"


@pytest.mark.parametrize("key", ["", "k" * 201, "tab\there"])
def test_a_key_that_is_none_is_refused(world: World, api: ApiOf, key: str) -> None:
    answer = send(api(world.carol), key)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert not Article.objects.exists()


def test_nobody_cannot_fill_the_table(world: World, api: ApiOf) -> None:
    assert send(api(), "one").status_code == 401
    assert send(Api("wb_wrong"), "one").status_code == 401
    assert not IdempotencyKey.objects.exists()


def test_reading_needs_no_key_and_leaves_none(world: World, api: ApiOf) -> None:
    assert api(world.carol)("GET", "/claims", Idempotency_Key="one").status_code == 200
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_have_one_effect() -> None:
    world = factories.world()
    secret = tokens.draw(world.carol, "test", ["intake"])

    def one() -> tuple[int, bytes]:
        answer = send(Api(secret), "one")
        while answer.status_code == 409 and json.loads(answer.content)["errors"][0]["code"] == "in_flight":
            answer = send(Api(secret), "one")
        return answer.status_code, answer.content

    answers = set(at_once([one] * 8))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 202
    assert Article.objects.count() == 1


def test_keys_are_any_printable_signs(world: World, api: ApiOf) -> None:
    assert send(api(world.carol), str(uuid.uuid4())).status_code == 202


def test_an_upload_keeps_its_body_for_the_view(world: World) -> None:
    api = Api(tokens.draw(world.carol, "test", ["intake"]))
    file = SimpleUploadedFile("a.txt", BODY["text"].encode(), "text/plain")
    headers = api.headers | {"Idempotency-Key": "file"}
    answer = api.client.post("/api/v1/articles", {"file": file, "byline": "Nora Field, Tom Reyes"}, headers=headers)
    assert answer.status_code == 202, answer.content
    assert answer.json()["byline"] == ["Nora Field", "Tom Reyes"]


@pytest.mark.parametrize(("method", "path", "status"), [("PUT", "/articles", 405), ("POST", "/nowhere", 404)])
def test_an_address_without_the_method_says_so_whatever_the_key(
    world: World, api: ApiOf, method: str, path: str, status: int
) -> None:
    carol = api(world.carol)
    send(carol, "one")
    assert carol(method, path, BODY, Idempotency_Key="one").status_code == status
