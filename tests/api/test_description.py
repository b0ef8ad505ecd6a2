"""The description and the guide name every address, and the description itself is sound."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from tests.api.test_access import operations

GUIDE = Path(settings.BASE_DIR) / "docs" / "api.md"


def test_the_guide_names_every_address() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    missing = [f"{method} {path}" for method, path in operations() if f"`{method} {path}`" not in guide]
    assert missing == []


def test_the_description_is_valid_and_complete(tmp_path: Path) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))


def test_it_is_served(db: None) -> None:
    answer = Client().get("/api/schema/?format=json")
    assert answer.status_code == 200
    described: dict[str, Any] = json.loads(answer.content)
    assert described["openapi"].startswith("3.1")
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    feed = described["paths"]["/api/v1/verdicts"]["get"]
    assert {} in feed["security"], "the feed is everybody's"
    kinds = described["components"]["schemas"]["WebhookInRequest"]["properties"]["kinds"]
    assert kinds["minItems"] == 1, "an empty list is refused"
    for operations_ in described["paths"].values():
        for name, operation in operations_.items():
            keyed = any(one.get("name") == "Idempotency-Key" for one in operation.get("parameters", ()))
            assert keyed == (name != "get")


@pytest.mark.parametrize(
    ("method", "address", "headers", "status"),
    [
        ("POST", "/api/schema/", {}, 405),
        ("GET", "/api/schema/", {"Authorization": "Bearer wb_unknown"}, 401),
        ("GET", "/api/schema/", {"Accept": "image/png"}, 406),
        ("GET", "/api/schema/?format=xml", {}, 404),
    ],
)
def test_a_problem_is_json_where_the_answer_would_be_yaml(
    db: None, method: str, address: str, headers: dict[str, str], status: int
) -> None:
    answer = Client().generic(method, address, headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert json.loads(answer.content)["status"] == status


def test_whoever_asks_for_an_unknown_format_is_told_which_there_are(db: None) -> None:
    answer = Client().get("/api/schema/?format=zip")
    assert (
        "There is no format “zip” here. Leave it out, or write one of:"
        in json.loads(answer.content)["errors"][0]["detail"]
    )
