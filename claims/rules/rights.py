"""Who may do what at a desk: the one table that the gates, the services, the pages and docs/roles.md all ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

# Rising: a role may do what is said of it, and what those before it may.
ROLES = ("reader", "reviewer", "senior_reviewer", "editor", "admin")


class Right(StrEnum):
    """Something that the members of a desk may do from some role on."""

    READ = "read"
    SUBMIT = "submit"
    CORRECT = "correct"
    REVIEW = "review"
    REVIEW_RESERVED = "review_reserved"
    ADJUDICATE = "adjudicate"
    APPROVE = "approve"
    TRIAGE = "triage"
    REREAD = "reread"
    OVERSEE = "oversee"
    ASSIGN = "assign"
    PUBLISH = "publish"
    SEE_AGREEMENT = "see_agreement"
    RETRY_JOBS = "retry_jobs"
    MANAGE_SOURCES = "manage_sources"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_POLICY = "manage_policy"
    MANAGE_WEBHOOKS = "manage_webhooks"


class Access(StrEnum):
    """What an address asks for that belongs to no desk."""

    EVERYBODY = "everybody"
    SIGNED_IN = "whoever is signed in"
    STAFF = "staff of the installation"


# What one address asks for.
Needed = Right | Access


@dataclass(frozen=True, slots=True)
class Grant:
    """The lowest role that has a right, and what the right lets them do."""

    lowest: str
    lets: str


TABLE: Mapping[Right, Grant] = {
    Right.READ: Grant("reader", "read the desk's articles, claims, evidence, sources and verdicts"),
    Right.SUBMIT: Grant("reviewer", "add articles"),
    Right.CORRECT: Grant("reviewer", "describe articles; confirm, correct, reject and add attributions"),
    Right.REVIEW: Grant("reviewer", "take claims, review them, hold them, give them back; write notes"),
    Right.REVIEW_RESERVED: Grant("senior_reviewer", "be given the claims that are reserved for senior reviewers"),
    Right.ADJUDICATE: Grant("senior_reviewer", "settle what two reviewers disagree on"),
    Right.APPROVE: Grant("editor", "read reviews before they decide, and approve them or send them back"),
    Right.TRIAGE: Grant("editor", "dismiss claims, restore them, send them to the reviewers, have them reviewed twice"),
    Right.REREAD: Grant("editor", "have an article read again"),
    Right.OVERSEE: Grant("editor", "see what is in whose hands, and who declared which conflict of interest"),
    Right.ASSIGN: Grant("editor", "take claims back and give them to somebody else"),
    Right.PUBLISH: Grant("editor", "publish verdicts, reopen and retract them"),
    Right.SEE_AGREEMENT: Grant("editor", "see how far reviewers agree"),
    Right.RETRY_JOBS: Grant("editor", "see work that was given up, and begin it anew"),
    Right.MANAGE_SOURCES: Grant("admin", "keep the register of sources"),
    Right.MANAGE_MEMBERS: Grant("admin", "invite people, and change their roles"),
    Right.MANAGE_POLICY: Grant("admin", "change the desk's policy"),
    Right.MANAGE_WEBHOOKS: Grant("admin", "say which programs are told of what the desk does"),
}


def roles_with(right: Right) -> tuple[str, ...]:
    """The roles that have the right, rising."""
    return ROLES[ROLES.index(TABLE[right].lowest) :]


def has(role: str | None, right: Right) -> bool:
    """Whether somebody with this role, or with none, has the right."""
    return role in roles_with(right)


def outranks(role: str, other: str) -> bool:
    """Whether the one role stands above the other."""
    return ROLES.index(role) > ROLES.index(other)
