"""The API's description as a person finds their way through it, without a script of its own."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

Person = Callable[..., Page]


def test_an_operation_leads_to_what_it_answers(person: Person) -> None:
    page = person()
    page.goto("/api/docs/")
    page.get_by_role("link", name="POST /api/v1/queue/next").click()
    operation = page.get_by_role("region", name="POST /api/v1/queue/next")
    expect(operation).to_contain_text("Take the most important claim")
    expect(operation).to_be_in_viewport()
    operation.get_by_role("link", name="AssignmentDetail").click()
    answered = page.get_by_role("region", name="AssignmentDetail", exact=True)
    expect(answered).to_be_in_viewport()
    expect(answered).to_contain_text("lease_until")
