"""The whole way over REST: article in, found, reviewed by one person, published by another, read by anybody."""

from tests import factories
from tests.api.conftest import ApiOf
from tests.factories import World


def test_an_article_becomes_a_public_verdict(world: World, api: ApiOf) -> None:
    intake, editor = api(world.carol, "intake"), api(world.carol, "edit")
    reviewer, anybody = api(world.alice, "review"), api()

    accepted = intake("POST", "/articles", {"text": factories.TEXT})
    assert accepted.status_code == 202, accepted.content
    assert accepted.json()["status"] == "queued"
    assert accepted["Location"].endswith(f"/api/v1/articles/{accepted.json()['id']}")
    factories.perform()
    article = intake("GET", accepted["Location"]).json()
    assert article["status"] == "ready"
    assert article["counts"]["claims"] >= 1

    found = intake("GET", f"/articles/{article['id']}/attributions").json()
    text = intake("GET", f"/articles/{article['id']}/text").json()["text"]
    spans = [span for each in found["attributions"] for role in ("source", "cue", "content") for span in each[role]]
    assert spans
    assert all(text[span["start"] : span["end"]] == span["text"] for span in spans)

    assignment = reviewer("POST", "/queue/next")
    assert assignment.status_code == 200, assignment.content
    claim = assignment.json()["claim"]["id"]
    submitted = reviewer(
        "POST",
        f"/assignments/{assignment.json()['id']}/submit",
        {
            "attribution_verdict": "accurate",
            "veracity_verdict": "mostly_false",
            "rationale": "The accounts say three million.",
            "evidence": [{"url": "https://example.org/accounts", "relation": "refutes", "note": "Page 3."}],
        },
    )
    assert submitted.status_code == 200, submitted.content
    assert submitted.json()["claim"]["state"] == "decided"
    assert anybody("GET", "/verdicts").json()["results"] == []

    published = editor("POST", f"/claims/{claim}/publish")
    assert published.status_code == 200, published.content
    (entry,) = anybody("GET", "/verdicts").json()["results"]
    assert entry["claim"]["id"] == claim
    verdict = anybody("GET", f"/verdicts/{entry['id']}").json()
    rating = {"key": "mostly_false", "label": "Mostly false", "number": 2, "normalised": "refuted"}
    assert verdict["veracity"]["rating"] == rating
    assert verdict["attribution"]["rating"]["key"] == "accurate"
    assert verdict["evidence"][0]["url"] == "https://example.org/accounts"
    assert verdict["claim"]["attributions"]
