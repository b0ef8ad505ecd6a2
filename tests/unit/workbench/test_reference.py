"""The description as it is read: what an operation takes and answers, in words and with its way to the objects."""

from typing import Any

from workbench import reference
from workbench.reference import Piece

PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
ROW = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Row"}}}, "description": "OK"}
SCHEMAS: dict[str, Any] = {
    "RowRequest": {
        "type": "object",
        "description": "What is new.",
        "properties": {"name": {"type": "string", "maxLength": 9}, "state": {"$ref": "#/components/schemas/State"}},
        "required": ["name"],
    },
    "Row": {
        "type": "object",
        "properties": {"next": {"oneOf": [{"$ref": "#/components/schemas/Row"}, {"type": "null"}]}},
    },
    "State": {
        "enum": ["open", "on_hold"],
        "type": "string",
        "description": "* `open` - Open\n* `on_hold` - Waits for somebody",
    },
    "Problem": {"type": "object", "properties": {}},
    "Elsewhere": {"type": "object", "properties": {}},
}


def description(**said: Any) -> dict[str, Any]:
    operation = {
        "operationId": "rows_add",
        "description": "Add a row. It is named by `name`.",
        "tags": ["rows"],
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/RowRequest"}}}},
        "responses": {"201": ROW, "400": PROBLEM, "default": PROBLEM},
        **said,
    }
    return {
        "info": {"title": "Rows", "description": "Rows of all kinds.", "version": "1"},
        "paths": {"/rows": {"post": operation}},
        "components": {"schemas": SCHEMAS},
    }


def only(described: dict[str, Any]) -> reference.Operation:
    (operation,) = reference.read(described).groups["rows"].operations
    return operation


def test_an_operation_says_what_it_does_in_a_sentence_and_in_full() -> None:
    operation = only(description())
    assert (operation.name, operation.method, operation.path) == ("rows_add", "POST", "/rows")
    assert operation.summary == [Piece("Add a row.")]
    assert operation.words == [Piece("Add a row. It is named by "), Piece("name", code=True), Piece(".")]


def test_the_body_has_its_fields_with_type_bounds_and_what_must_be_there() -> None:
    body = only(description()).body
    assert body is not None
    name, state = body.fields
    assert (name.name, name.type, name.bounds, name.required) == (
        "name",
        [Piece("string")],
        ["length at most 9"],
        True,
    )
    assert (state.type, state.required) == ([Piece("State", of="State")], False)


def test_answers_name_their_objects_and_problems_are_told_together() -> None:
    operation = only(description())
    (made,) = operation.answers
    assert (made.status, made.type, made.media) == ("201", [Piece("Row", of="Row")], "application/json")
    assert operation.problems == ["400", "default"]


def test_a_group_has_the_objects_that_it_leads_to_and_no_others() -> None:
    group = reference.read(description()).groups["rows"]
    assert [each.name for each in group.schemas] == ["Problem", "Row", "RowRequest", "State"]


def test_values_stand_in_a_list_with_labels_where_these_say_more() -> None:
    state = reference.read(description()).groups["rows"].schemas[-1]
    assert (state.words, state.values) == ([], [("open", ""), ("on_hold", "Waits for somebody")])


def test_types_are_said_in_words() -> None:
    def said(schema: dict[str, Any]) -> str:
        return "".join(piece.text for piece in reference.kind(schema))

    assert said({"type": "array", "items": {"type": "integer"}}) == "list of integer"
    assert said({"type": ["string", "null"], "format": "date-time"}) == "string (date-time) or null"
    assert said({"oneOf": [{"$ref": "#/components/schemas/Row"}, {"type": "null"}]}) == "Row or null"
    assert said({}) == "anything"


def test_parameters_say_where_they_go_and_what_holds_without_them() -> None:
    limit = {"in": "query", "name": "limit", "schema": {"type": "integer", "default": 50}, "description": "Rows."}
    (field,) = only(description(parameters=[limit])).parameters
    assert (field.name, field.place, field.bounds, field.words) == (
        "limit",
        "query",
        ["otherwise 50"],
        [Piece("Rows.")],
    )


def test_an_operation_for_everybody_says_so() -> None:
    assert only(description(security=[{"token": []}, {}])).everybody
    assert not only(description(security=[{"token": []}])).everybody


def test_every_operation_of_the_api_is_read_and_every_object_is_on_its_page() -> None:
    whole = reference.reference()
    operations = [each for group in whole.groups.values() for each in group.operations]
    assert len(operations) > 100
    assert len({each.name for each in operations}) == len(operations)
    for group in whole.groups.values():
        shown = {schema.name for schema in group.schemas}
        fields = [
            field for each in group.operations for field in [*each.parameters, *(each.body.fields if each.body else [])]
        ]
        fields += [field for schema in group.schemas for field in schema.fields]
        named = {piece.of for field in fields for piece in field.type if piece.of}
        named |= {piece.of for each in group.operations for answer in each.answers for piece in answer.type if piece.of}
        assert named <= shown, group.name
