"""Writes the lists of what rules and verbs say to people, so that the pages can say it in other languages.

    WORKBENCH_OFFLINE=1 python manage.py sentences

Rules know no framework, and programs read what verbs say in English; so both write English, and the pages translate.
The lists are for `makemessages`, which does not find sentences that nothing marks. A test compares the two.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

ROOT = Path(__file__).parents[3]
LISTS = {
    "rules": ("claims/rules", "claims/extraction/checkworthiness.py"),
    "services": (
        "claims/services",
        "claims/models",
        "claims/egress.py",
        "sources/services.py",
        "sources/resolution.py",
    ),
}
# A sentence, as against a key, a query or a format. What another one says may follow a colon.
SENTENCE = re.compile(r"(?=[A-Z“{].*[a-z] ).*([.?]|: \{\d\})", re.DOTALL)
# Their sentences are marked where they stand, or are for programmers.
NOT_SAID = {"_", "gettext", "ngettext", "AssertionError", "RuntimeError", "TypeError", "execute"}
NOT_SAID_AS = {"help_text", "sql", "condition", "name"}
HEAD = '''"""What {floor} say to people. Written by `manage.py sentences`; a test compares the two."""

# ruff: noqa: E501, RUF100 - one sentence in a line, however long; where none is, the line stays the same
# fmt: off
from django.utils.translation import gettext_noop as _

SENTENCES = (
'''


def template(node: ast.AST) -> str:
    """The text of a constant or an f-string, with {0}, {1} … where values come; empty for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    text, values = "", 0
    for piece in node.values:
        if isinstance(piece, ast.Constant):
            text += str(piece.value)
        else:
            text += f"{{{values}}}"
            values += 1
    return text


def said(node: ast.AST) -> Iterator[str]:
    """Every sentence below the node that may reach a person."""
    if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in NOT_SAID:
        return
    if isinstance(node, ast.keyword) and node.arg in NOT_SAID_AS:
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.FunctionDef) and node.name == "__str__":
        return
    if SENTENCE.fullmatch(text := template(node).strip()):
        yield text
    for child in ast.iter_child_nodes(node):
        # The constants in an f-string are its own.
        if not (isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant)):
            yield from said(child)


def written(floor: str) -> str:
    """The whole module that lists what this floor says."""
    sentences: dict[str, None] = {}
    for name in LISTS[floor]:
        place = ROOT / name
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            sentences.update(dict.fromkeys(said(ast.parse(file.read_text(encoding="utf-8")))))
    lines = "".join(f"    _({quoted(sentence)}),\n" for sentence in sorted(sentences))
    return HEAD.format(floor=floor) + lines + ")\n"


def quoted(sentence: str) -> str:
    """As Python writes it, in double quotation marks where that needs no backslash."""
    return f'"{sentence}"' if '"' not in sentence and "\\" not in sentence else repr(sentence)


def place_of(floor: str) -> Path:
    return ROOT / "claims" / "web" / "told" / f"{floor}.py"


class Command(BaseCommand):
    help = "Write the lists of what rules and verbs say to people, which makemessages reads."

    def handle(self, *args: Any, **options: Any) -> None:
        for floor in LISTS:
            place_of(floor).write_text(written(floor), encoding="utf-8")
