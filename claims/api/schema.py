"""What holds for every operation, added to the OpenAPI description in one place."""

from http import HTTPStatus
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
    "description": "Drawn anew for each request. Sent again within a day, it gives the same answer and no new effect; "
    "409 while the first one is under way, 422 with another body.",
}
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Unsafe requests take a key; every status has its name; what no operation names is a problem too."""
    for operations in result["paths"].values():
        for method in METHODS:
            if method in operations:
                _complete(operations[method], unsafe=method != "get")
    return result


def _complete(operation: dict[str, Any], *, unsafe: bool) -> None:
    responses = operation["responses"]
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query" and not parameter.get("required"):
            # As forms send it: an empty one counts as not sent.
            parameter["allowEmptyValue"] = True
    if unsafe:
        operation.setdefault("parameters", []).append(KEY)
        for status in ("400", "409", "413", "422"):
            responses.setdefault(status, {"content": PROBLEM})
    for status, response in responses.items():
        response["description"] = response.get("description") or HTTPStatus(int(status)).phrase
    responses["default"] = {"content": PROBLEM, "description": "Every other problem, such as 405 or 406"}
