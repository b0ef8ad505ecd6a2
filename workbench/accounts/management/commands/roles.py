"""Prints docs/roles.md: what each role may do, and what each address asks for.

    WORKBENCH_OFFLINE=1 python manage.py roles > docs/roles.md

It stands on the roof, because only from here both doors can be seen.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.core.management.base import BaseCommand
from django.urls import URLPattern

from claims.api import rights as api_rights
from claims.api import urls as api_urls
from claims.rules.rights import ROLES, TABLE, Needed, has
from claims.web import rights as web_rights
from claims.web import urls as web_urls

HEAD = """# Roles and rights

<!-- Printed by `manage.py roles`; a test compares the two. Change claims/rules/rights.py, or rights.py of a door. -->

What a person may do at a desk is their role there, and nothing else: a role may do what is said of it and what those
before it may. Whoever is no member of a desk meets none of it: what belongs to the desk looks as if it did not exist
(404). A member whose role is too low is told so (403). A step may refuse more than that, such as to publish what only
oneself reviewed; the guides say when.
"""

ASKS = """## What each address asks for

*whoever is signed in* means that the answer holds what belongs to the person's own desks, which may be nothing. The
register of sources is common to all desks: a right to it at one desk is enough.
"""


def page() -> str:
    """The whole document."""
    parts = [HEAD, "## What each role may do\n", *_rights(), "", ASKS]
    parts += ["### Pages\n", *_routes("/", web_urls.urlpatterns, web_rights.ROUTES), ""]
    parts += ["### REST\n", *_routes("/api/v1/", api_urls.urlpatterns, api_rights.ROUTES)]
    return "\n".join(parts) + "\n"


def _rights() -> Iterator[str]:
    yield f"| right | lets a person | {' | '.join(role.replace('_', ' ') for role in ROLES)} |"
    yield f"|---|---|{'---|' * len(ROLES)}"
    for right, grant in TABLE.items():
        yield f"| `{right}` | {grant.lets} | {' | '.join('yes' if has(role, right) else '' for role in ROLES)} |"


def _routes(prefix: str, patterns: Iterable[URLPattern], asked: Mapping[str, Needed]) -> Iterator[str]:
    yield "| address | asks for |\n|---|---|"
    by_name = {str(pattern.name): prefix + str(pattern.pattern) for pattern in patterns}
    for key, needed in asked.items():
        method, name = key.split(" ")
        address = by_name[name].replace("<int:", "{").replace("<slug:", "{").replace("<str:", "{").replace(">", "}")
        yield f"| {method} `{address}` | {f'`{needed}`' if needed in TABLE else needed} |"


class Command(BaseCommand):
    help = "Print docs/roles.md: the table of roles and rights, and what each address asks for."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(page(), ending="")
