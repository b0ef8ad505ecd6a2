"""Why a verb says no, in the person's words: which field, what is wrong, and the way out. Doors translate these."""

from collections.abc import Sequence
from typing import Any, Self

from claims.rules.workflow import Missing


class Refused(Exception):  # noqa: N818 - it names what happened, as the desk says it
    """Something that was sent cannot be used; nothing was changed. ``problems`` has one entry for each field."""

    def __init__(self, problems: Sequence[Missing]) -> None:
        self.problems = list(problems)
        super().__init__(" ".join(problem.message for problem in problems))

    @classmethod
    def one(cls, field: str, code: str, message: str) -> Self:
        return cls([Missing(field, code, message)])


class TooLarge(Refused):
    """More was sent than the documented limit allows."""


class Forbidden(Refused):
    """The person may see it but not do this to it, for example approve their own work."""


class Absent(Refused):
    """It is not there for this person: it never was, or it belongs to another desk. Both look the same."""


class Conflict(Refused):
    """Somebody else was there first. ``details`` says who or what, for the page and for programs."""

    def __init__(self, problems: Sequence[Missing], details: dict[str, Any] | None = None) -> None:
        super().__init__(problems)
        self.details = details or {}

    @classmethod
    def with_details(cls, field: str, code: str, message: str, **details: Any) -> Self:
        return cls([Missing(field, code, message)], details)
