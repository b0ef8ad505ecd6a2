"""One claim's way through the desk over the REST API, as ``demo --once`` walks it: two people, review, publication."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from workbench.stack.errors import StackError

TIMEOUT_S = 30


class Api:
    """The REST API as the bearer of one token."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The answer's JSON (None for 204). Raises StackError for everything but 2xx."""
        request = urllib.request.Request(  # noqa: S310 -- the address is this program's own web server
            f"{self.url}/api/v1{path}",
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                content = answer.read()
        except urllib.error.HTTPError as error:
            said = error.read().decode("utf-8", "replace")[:2000]
            raise StackError(f"{method} {path} was answered with {error.code}: {said}") from None
        return json.loads(content) if content else None


def review_and_publish(reviewer: Api, editor: Api) -> dict[str, Any]:
    """The reviewer takes the next claim and submits both verdicts; the editor publishes. Returns the public verdict."""
    assignment = reviewer("POST", "/queue/next", {})
    if assignment is None:
        raise StackError("The queue is empty: no claim is waiting for a reviewer.")
    claim = assignment["claim"]["id"]
    reviewer(
        "POST",
        f"/assignments/{assignment['id']}/submit",
        {
            "attribution_verdict": "accurate",
            "veracity_verdict": "unproven",
            "rationale": "It was quoted as it was published; whether it is true cannot be told from this alone.",
            "evidence": [
                {
                    "url": "https://www.reuters.com/world/europe/",
                    "relation": "context",
                    "note": "The agency's coverage of that week.",
                }
            ],
        },
    )
    editor("POST", f"/claims/{claim}/publish", {})
    verdicts = editor("GET", "/verdicts")["results"]
    published = next(verdict for verdict in verdicts if verdict["claim"]["id"] == claim)
    verdict: dict[str, Any] = editor("GET", f"/verdicts/{published['id']}")
    return verdict
