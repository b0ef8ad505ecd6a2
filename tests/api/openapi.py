"""The published description as a judge: every answer that a test gets must be one that the description allows."""

import copy
import functools
import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
from django.http import HttpResponse
from django.urls import Resolver404, resolve
from drf_spectacular.generators import SchemaGenerator

# The framework's own answers to a wrong method or form; the description has them under "default".
ANYWHERE = frozenset({"405", "406"})


@functools.cache
def description() -> dict[str, Any]:
    """The OpenAPI description; of what is answered, no field may be missing from it."""
    described: dict[str, Any] = copy.deepcopy(SchemaGenerator().get_schema(request=None, public=True))
    for name, schema in described["components"]["schemas"].items():
        if "properties" in schema and name != "Problem" and not name.endswith("Request"):
            schema.setdefault("additionalProperties", False)
    return described


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """The described operation behind a request; None where the API has no such address."""
    try:
        route = resolve(path.partition("?")[0]).route
    except Resolver404:
        return None
    template = "/" + route.replace("<int:", "{").replace(">", "}")
    found: dict[str, Any] | None = description()["paths"].get(template, {}).get(method.lower())
    return found


def judge(method: str, path: str, answer: HttpResponse) -> None:
    """Raises AssertionError unless status, media type and body of the answer are described."""
    operation = operation_of("GET" if method == "HEAD" else method, path)
    status = str(answer.status_code)
    if operation is None:
        assert answer.status_code in (404, 405), f"{method} {path} is not described, and answers {status}"
        return
    assert status in operation["responses"] or status in ANYWHERE, f"{method} {path}: {status} is not described"
    response = operation["responses"].get(status, operation["responses"]["default"])
    if "content" not in response or method == "HEAD":
        assert answer.content == b"", f"{method} {path}: {status} is described without a body"
        return
    kind = answer["Content-Type"].partition(";")[0]
    assert kind in response["content"], f"{method} {path}: {status} comes as {kind}"
    schema = {**response["content"][kind]["schema"], "components": description()["components"]}
    jsonschema.validate(json.loads(answer.content), schema, jsonschema.Draft202012Validator)
