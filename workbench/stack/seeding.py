"""The demo's people, desk, sources and articles: from the data in ``seeds/``, through the same services as everything.

``seeds/README.md`` describes the data. Articles are taken in at the first desk by its first editor.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from claims.models.articles import Article
from claims.models.desks import Desk, Membership, Role
from claims.rules.refusals import Conflict
from claims.services import articles, desks
from claims.services import sources as register
from sources import services as relations
from sources.models import Source
from sources.services import Naming
from workbench.accounts import tokens
from workbench.accounts.models import ApiToken, Scope, User
from workbench.stack.folder import DataFolder

SEEDS = Path(settings.BASE_DIR) / "seeds"
TOKEN_DAYS = 365


@dataclass(frozen=True)
class Sign:
    """How the demo's people and programs sign in; the shape of ``demo.json`` without its address."""

    users: list[dict[str, Any]]
    tokens: dict[str, str]


def load_people(folder: DataFolder) -> Sign:
    """Makes what is missing of desks, people and tokens. Passwords and tokens are drawn once for each data folder."""
    known = folder.secrets()
    passwords: dict[str, str] = known.setdefault("passwords", {})
    users = [user for desk in _read("desks.json") for user in _load_desk(desk, passwords)]
    known["tokens"] = _load_tokens(known.get("tokens", {}))
    folder.keep_secrets(known)
    return Sign(users, known["tokens"])


def _read(name: str) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = json.loads((SEEDS / name).read_text(encoding="utf-8"))
    return data


@transaction.atomic
def _load_desk(data: dict[str, Any], passwords: dict[str, str]) -> list[dict[str, Any]]:
    fields = {name: value for name, value in data.items() if name != "members"}
    desk = Desk.objects.filter(slug=data["slug"]).first() or desks.create(**fields)
    made = []
    for member in data["members"]:
        skills = dict(member)
        username, role = skills.pop("username"), skills.pop("role")
        user = _load_user(username, skills.pop("display_name"), passwords, is_admin=role == Role.ADMIN)
        if not Membership.objects.filter(desk=desk, user=user).exists():
            desks.set_member(desk, user, role, **skills)
        made.append({"username": username, "password": passwords[username], "roles": [role]})
    return made


def _load_user(username: str, display_name: str, passwords: dict[str, str], *, is_admin: bool) -> User:
    """Finds or makes a person. One whose password this folder does not know gets a new one."""
    user = User.objects.filter(username=username).first()
    if user is None or username not in passwords:
        user = user or User(username=username, display_name=display_name, is_staff=is_admin, is_superuser=is_admin)
        passwords[username] = secrets.token_urlsafe(12)
        user.set_password(passwords[username])
        user.save()
    return user


def _load_tokens(known: dict[str, str]) -> dict[str, str]:
    """The tokens of ``demo.json``, each somebody's of the first desk; one that no longer signs in is drawn anew."""
    people = Membership.objects.filter(desk__slug=_read("desks.json")[0]["slug"]).order_by("pk").select_related("user")
    reviewers = [member.user for member in people if member.role in (Role.REVIEWER, Role.SENIOR_REVIEWER)]
    editors = [member.user for member in people if member.role == Role.EDITOR]
    owners = {
        "read": (reviewers[0], [Scope.READ]),
        "review": (reviewers[0], [Scope.READ, Scope.REVIEW]),
        "review2": (reviewers[1], [Scope.READ, Scope.REVIEW]),
        "edit": (editors[0], [Scope.READ, Scope.EDIT]),
        "intake": (editors[0], [Scope.READ, Scope.INTAKE]),
    }
    return {name: _load_token(name, user, scopes, known.get(name)) for name, (user, scopes) in owners.items()}


def _load_token(name: str, user: User, scopes: list[Scope], secret: str | None) -> str:
    if secret and ApiToken.objects.alive().filter(digest=ApiToken.digest_of(secret), user=user).exists():
        return secret
    return tokens.draw(user, f"demo: {name}", scopes, timezone.now() + timedelta(days=TOKEN_DAYS))


def load_sources() -> None:
    """Enters the sources, their aliases and relations, once: afterwards the register belongs to its admins."""
    if Source.objects.exists():
        return
    rows = _read("sources.json")
    with transaction.atomic():
        made = {row["name"]: _load_source(row) for row in rows}
        for row in rows:
            for relation in row.get("relations", []):
                relations.relate(made[row["name"]], relation["kind"], made[relation["to"]], **_validity(relation))


def _load_source(row: dict[str, Any]) -> Source:
    details = {name: value for name, value in row.items() if name not in ("kind", "name", "aliases", "relations")}
    aliases = [Naming(alias["kind"], alias["name"], **_validity(alias)) for alias in row.get("aliases", [])]
    return register.create(row["kind"], row["name"], aliases=aliases, **details)


def _validity(row: dict[str, Any]) -> dict[str, date | None]:
    ends = ("valid_from", "valid_to")
    return {end: date.fromisoformat(row[end]) if row.get(end) else None for end in ends}


def load_articles() -> list[Article]:
    """Submits the articles: rows and jobs, which the worker carries out. Those known already are found again."""
    desk = Desk.objects.get(slug=_read("desks.json")[0]["slug"])
    editor = Membership.objects.filter(desk=desk, role=Role.EDITOR).order_by("pk").select_related("user")[0].user
    loaded = []
    for file in sorted((SEEDS / "articles").glob("*.txt")):
        submission = articles.Submission(text=file.read_bytes().decode("utf-8"))
        try:
            loaded.append(articles.ingest(desk, submission, actor=editor))
        except Conflict as known:
            loaded.append(Article.objects.get(pk=known.details["article"]))
    return loaded
