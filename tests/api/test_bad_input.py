"""Input that makes no sense: always a problem that names the field, never a fault, whatever the address."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims.models.articles import Article
from claims.models.review import Assignment
from tests import factories
from tests.api.conftest import Api, ApiOf
from tests.factories import World
from workbench.accounts import tokens


def error(answer: Any) -> tuple[int, str, str]:
    """Status, field and code of a problem with one error."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    problem = answer.json()
    assert problem["status"] == answer.status_code
    (only,) = problem["errors"]
    assert only["detail"]
    return answer.status_code, only["field"], only["code"]


@pytest.fixture
def carol(world: World, api: ApiOf) -> Api:
    return api(world.carol)


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "text", "empty"),
        ({"text": " \n\t "}, "text", "empty"),
        ({"text": "\x00\x01"}, "text", "empty"),
        ({"text": 7.5, "url": ["x"]}, "url", "invalid"),
        ({"text": {"a": 1}}, "text", "invalid"),
        ({"url": "http://127.0.0.1/"}, "url", "refused"),
        ({"url": "http://[::ffff:10.0.0.1]/"}, "url", "refused"),
        ({"url": "file:///etc/passwd"}, "url", "refused"),
        ({"url": "https://user@example.org/"}, "url", "refused"),
        ({"url": "https://example.org/" + "a" * 2000}, "url", "max_length"),
        ({"file": "not a file"}, "file", "invalid"),
        ({"text": "A said B.", "published_at": "yesterday"}, "published_at", "invalid"),
        ({"text": "A said B.", "title": "a\x00b"}, "title", "null_characters_not_allowed"),
        ({"text": "A said B.", "outlet": "\ud800"}, "outlet", "surrogate_characters_not_allowed"),
        ({"text": "A said B.", "byline": "Nora"}, "byline", "not_a_list"),
        ({"text": "A said B.", "byline": [["Nora"]]}, "byline.0", "invalid"),
        ({"text": "A said B.", "language": "not a language"}, "language", "invalid"),
    ],
)
def test_an_article_that_cannot_be(carol: Api, body: dict[str, Any], field: str, code: str) -> None:
    assert error(carol("POST", "/articles", body)) == (400, field, code)
    assert not Article.objects.exists()


def test_signs_that_are_removed_are_told(carol: Api) -> None:
    answer = carol("POST", "/articles", {"text": "Bell said\x00 the harbour\ud800 was safe."})
    assert answer.status_code == 202
    removed = answer.json()["revision"]["removed"]
    assert removed["nul"] == 1
    assert removed["surrogates"] == 1


def test_a_known_article_is_named(carol: Api) -> None:
    first = carol("POST", "/articles", {"text": factories.TEXT}).json()["id"]
    again = carol("POST", "/articles", {"text": factories.TEXT + "\n  \n"})
    assert error(again) == (409, "text", "duplicate")
    assert again.json()["article"] == first


@override_settings(ARTICLE_LIMIT_BYTES=1_000)
def test_an_article_above_the_limit(carol: Api) -> None:
    assert carol("POST", "/articles", {"text": "a" * 999 + "."}).status_code == 202
    assert error(carol("POST", "/articles", {"text": "a" * 1_001})) == (413, "text", "too_large")
    assert error(carol("POST", "/articles", {"text": "ä" * 501})) == (413, "text", "too_large")


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1_000)
@pytest.mark.parametrize("headers", [{}, {"Idempotency_Key": "one"}])
def test_a_request_above_the_limit(carol: Api, headers: dict[str, str]) -> None:
    assert error(carol("POST", "/articles", {"text": "a" * 1_001}, **headers)) == (413, "body", "too_large")


def send_file(secret: str, name: str, content: bytes) -> Any:
    api = Api(secret)
    return api.client.post("/api/v1/articles", {"file": SimpleUploadedFile(name, content)}, headers=api.headers)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.exe", b"MZ", "unknown_type"),
        ("article", b"Bell said it.", "unknown_type"),
        ("a.txt", b"", "empty"),
        ("a.html", b"  ", "empty"),
        ("a.txt", b"Bell said \xff\xfe\xfa.", "encoding"),
    ],
)
def test_a_file_that_cannot_be_read(world: World, name: str, content: bytes, code: str) -> None:
    secret = tokens.draw(world.carol, "test", ["intake"])
    assert error(send_file(secret, name, content)) == (400, "file", code)


def test_a_file_that_can(world: World) -> None:
    secret = tokens.draw(world.carol, "test", ["intake"])
    assert send_file(secret, "a.txt", factories.TEXT.encode()).status_code == 202


DEEP = "[" * 20_000 + "]" * 20_000


@pytest.mark.parametrize(
    "raw",
    [
        b"{", b"", b"null", b"[]", b'"text"', b"7", b"NaN", b'{"text": NaN}', b"\xff\xfe", b'{"text": "\xff"}',
        DEEP.encode(), b'{"text":' + DEEP.encode() + b"}", b'{"text": ' + b"9" * 5_000 + b"}",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/articles"), ("PUT", "/assignments/{id}/draft"), ("POST", "/assignments/{id}/submit")],
)
def test_bodies_that_are_no_object(world: World, raw: bytes, method: str, path: str) -> None:
    owner = world.carol
    api = Api(tokens.draw(owner, "test", ["intake", "review"]))
    if "{id}" in path:
        factories.queued_claims(world, 1)
        path = path.replace("{id}", str(factories.taken(owner).pk))
    answer = api.client.generic(method, f"/api/v1{path}", raw, content_type="application/json", headers=api.headers)
    empty_draft = raw == b"" and path.endswith("draft")
    assert answer.status_code == (200 if empty_draft else 400), answer.content


def test_a_form_that_is_no_json_nor_form(world: World) -> None:
    api = Api(tokens.draw(world.carol, "test", ["intake"]))
    answer = api.client.generic("POST", "/api/v1/articles", b"<a/>", content_type="text/xml", headers=api.headers)
    assert error(answer) == (415, "request", "unsupported_media_type")
    broken = "multipart/form-data; boundary=x"
    answer = api.client.generic("POST", "/api/v1/articles", b"no form", content_type=broken, headers=api.headers)
    assert answer.status_code == 400


LISTS = ("/articles", "/claims", "/assignments", "/sources", "/verdicts", "/verdicts/search", "/jobs")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=10000000", 200),
        ("limit=1" + "0" * 23, 200),
        ("limit=0", 400),
        ("limit=-1", 400),
        ("limit=abc", 400),
        ("limit=%00", 400),
        ("limit=" + "9" * 5_000, 400),
        ("cursor=forged", 400),
        ("cursor=WzFd:forged", 400),
        ("cursor=%00", 400),
        ("cursor=" + "a" * 501, 400),
        ("cursor=%ff%fe", 400),
        ("offset=1" + "0" * 20, 200),
        ("unknown=1", 200),
    ],
)
def test_lists_take_any_query(world: World, api: ApiOf, path: str, query: str, status: int) -> None:
    caller = api(factories.user("admin", is_staff=True)) if path == "/jobs" else api(world.carol)
    assert caller("GET", f"{path}?{query}").status_code == status


def test_a_cursor_is_of_one_list(world: World, api: ApiOf) -> None:
    factories.queued_claims(world, 3)
    carol = api(world.carol)
    following = carol("GET", "/claims?limit=1").json()["next"]
    cursor = following.partition("cursor=")[2].partition("&")[0]
    assert carol("GET", f"/claims?limit=1&cursor={cursor}").status_code == 200
    assert carol("GET", f"/articles?limit=1&cursor={cursor}").status_code == 400
    assert carol("GET", f"/claims?state=queued&cursor={cursor}").status_code == 400
    assert carol("GET", f"/claims?cursor={cursor[:-1]}{'A' if cursor[-1] != 'A' else 'B'}").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "state=unknown", "article=abc", "article=0", "source=-1", "checkability=maybe", "q=%00", "q=" + "a" * 501,
    ],
)  # fmt: skip
def test_claims_by_what_is_none(world: World, api: ApiOf, query: str) -> None:
    assert api(world.carol)("GET", f"/claims?{query}").status_code == 400


@pytest.mark.parametrize(
    "query", ["article=9" + "0" * 23, "source=9" + "0" * 23, "q=%27%29%3B--", "q=a+%26+%7C+%21%28"]
)
def test_claims_by_what_is_odd(world: World, api: ApiOf, query: str) -> None:
    answer = api(world.carol)("GET", f"/claims?{query}")
    assert (answer.status_code, answer.json()["results"]) == (200, [])


@pytest.mark.parametrize(
    "since", ["yesterday", "2026-13-01", "2026-11-23T25:00:00Z", "12", "%00", "0001-01-01T00:00:00%2B23:59"]
)
def test_a_moment_that_is_none(db: None, api: ApiOf, since: str) -> None:
    assert error(api()("GET", f"/verdicts?since={since}"))[:2] == (400, "since")


@pytest.mark.parametrize(
    "since", ["2026-11-23", "2026-11-23T10:00", "2026-11-23T10:00:00Z", "2026-11-23T10:00:00+01:00", "0001-01-01"]
)
def test_a_moment_in_any_form_of_the_standard(db: None, api: ApiOf, since: str) -> None:
    assert api()("GET", f"/verdicts?since={since}").json()["results"] == []


@pytest.mark.parametrize("name", ["attribution_confidence", "veracity_confidence"])
@pytest.mark.parametrize("value", [-0.1, 1.1, "nan", "inf", "much", []])
def test_a_confidence_that_is_none(world: World, api: ApiOf, name: str, value: Any) -> None:
    factories.queued_claims(world, 1)
    assignment = factories.taken(world.alice)
    answer = api(world.alice)("PUT", f"/assignments/{assignment.pk}/draft", {name: value})
    assert error(answer)[:2] == (400, name)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"evidence": []}, {"evidence"}),
        ({"evidence": "https://example.org"}, {"evidence"}),
        ({"evidence": [{"url": "javascript:alert(1)", "relation": "refutes"}]}, {"evidence"}),
        ({"evidence": [{"url": "https://example.org", "relation": "proves"}]}, {"evidence.0.relation"}),
        ({"evidence": [{"relation": "refutes"}]}, {"evidence.0.url"}),
        ({"evidence": [{"url": "https://e.org", "relation": "refutes", "note": "a\x00"}]}, {"evidence.0.note"}),
        ({"attribution_verdict": "maybe"}, {"attribution_verdict"}),
        ({"attribution_verdict": "", "veracity_verdict": ""}, {"attribution_verdict", "veracity_verdict"}),
        ({"rationale": "   "}, {"rationale"}),
        ({"rationale": "a" * 20_001}, {"rationale"}),
    ],
)
def test_a_review_that_cannot_be(world: World, api: ApiOf, change: dict[str, Any], fields: set[str]) -> None:
    factories.queued_claims(world, 1)
    assignment = factories.taken(world.alice)
    body = {
        "attribution_verdict": "accurate",
        "veracity_verdict": "false",
        "rationale": "The report says otherwise.",
        "evidence": [{"url": "https://example.org/report", "relation": "refutes"}],
    }
    answer = api(world.alice)("POST", f"/assignments/{assignment.pk}/submit", body | change)
    assert answer.status_code == 400
    assert {one["field"] for one in answer.json()["errors"]} == fields
    assignment.refresh_from_db()
    assert assignment.state == "active"


def test_what_was_typed_is_kept_when_it_is_refused(world: World, api: ApiOf) -> None:
    factories.queued_claims(world, 1)
    assignment = factories.taken(world.alice)
    alice = api(world.alice)
    typed = {"rationale": "An hour of work.", "attribution_verdict": "accurate", "veracity_verdict": "nearly"}
    assert alice("POST", f"/assignments/{assignment.pk}/submit", typed).status_code == 400
    kept = alice("GET", f"/assignments/{assignment.pk}").json()["draft"]
    assert {name: kept[name] for name in typed} == typed


@pytest.mark.parametrize(
    ("method", "path", "body", "detail"),
    [
        ("GET", "/claims?sort={input}", None, "“{input}” is not one of: newest, priority, changed."),
        ("POST", "/claims/1/notes", {"text": "x", "kind": "{input}"}, "“{input}” is not one of: note, question."),
        (
            "POST", "/desks/1/webhooks", {"name": "x", "url": "https://e.org", "kinds": ["{input}"]},
            "“{input}” is not one of: verdict.published, verdict.corrected, verdict.retracted, claim.decided, "
            "article.extracted.",
        ),
    ],
)  # fmt: skip
def test_what_there_is_to_choose_from_is_named(
    world: World, api: ApiOf, method: str, path: str, body: dict[str, Any] | None, detail: str
) -> None:
    (claim,) = factories.queued_claims(world, 1)
    path = path.replace("/claims/1/", f"/claims/{claim.pk}/").replace("/desks/1/", f"/desks/{world.desk.pk}/")
    answer = api(world.dora)(method, path, body)
    assert error(answer)[2] == "invalid_choice"
    assert answer.json()["detail"] == detail


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    "text url file title byline published_at language desk rationale evidence reason note dateline attribution_verdict "
    "veracity_confidence correction_kind counter_evidence_sought".split()
)


@pytest.fixture
def taken(world: World) -> tuple[Assignment, Api]:
    """A claim in somebody's hands, and that person's programs."""
    factories.queued_claims(world, 1)
    return factories.taken(world.carol), Api(tokens.draw(world.carol, "test", ["intake", "review", "edit"]))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.dictionaries(NAMES, JSON, max_size=5))
def test_no_body_breaks_a_verb(taken: tuple[Assignment, Api], body: dict[str, Any]) -> None:
    assignment, api = taken  # one for all examples
    for path in ("/articles", f"/claims/{assignment.claim_id}/publish", f"/claims/{assignment.claim_id}/dismiss"):
        assert api("POST", path, body).status_code < 500
    assert api("PUT", f"/assignments/{assignment.pk}/draft", body).status_code in (200, 400)
