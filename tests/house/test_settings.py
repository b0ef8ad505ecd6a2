"""docs/settings.md names every variable that the code reads, with its true type, bounds and default; and no other."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "settings.md"
TYPES = {
    "text": "text",
    "boolean": "yes or no",
    "integer": "number",
    "words": "list",
    "database": "PostgreSQL",
    "redis": "Redis",
}
# Read where no Django is yet, hence not by way of the settings.
BY_HAND = {"DATA_DIR"}
# Django's own.
NOT_OURS = {"DJANGO_SETTINGS_MODULE"}


@dataclass(frozen=True)
class Variable:
    """How ``workbench/settings.py`` reads a variable; a default that is computed is None, none at all is "none"."""

    name: str
    type: str
    default: str | None


def literal(node: ast.expr) -> str | None:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) or "empty" if isinstance(value, tuple) else str(value)


def read(call: ast.Call, method: str) -> Variable:
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    name, kind = ast.literal_eval(call.args[0]), TYPES[method]
    if method == "integer":
        kind += f", {ast.literal_eval(given['low'])} to {ast.literal_eval(given['high'])}"
    default = call.args[1] if len(call.args) > 1 else given.get("default")
    if default is None:
        return Variable(name, kind, "empty" if method == "words" else "none")
    return Variable(name, kind, literal(default))


def variables() -> dict[str, Variable]:
    tree = ast.parse((ROOT / "workbench" / "settings.py").read_text(encoding="utf-8"))
    found = [
        read(node, node.func.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
    ]
    return {variable.name: variable for variable in found}


def documented() -> dict[str, tuple[str, str]]:
    """The tables' rows: name to type and default."""
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \| ([^|]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: (kind.strip(), default.strip().strip("`")) for name, kind, default in rows}


def read_elsewhere() -> Iterator[str]:
    """Variables that other modules of the project take out of the environment by name."""
    pattern = re.compile(r"""(?:environ(?:\.get|\.setdefault)?|getenv)[\[(]\s*["']([A-Z][A-Z_]+)["']""")
    for package in ("workbench", "claims", "sources"):
        for file in (ROOT / package).rglob("*.py"):
            yield from pattern.findall(file.read_text(encoding="utf-8"))


def test_the_page_names_exactly_what_is_read() -> None:
    assert documented().keys() == variables().keys() | BY_HAND


def test_types_bounds_and_defaults_are_true() -> None:
    page, wrong = documented(), []
    for variable in variables().values():
        kind, default = page.get(variable.name, ("", ""))
        if kind != variable.type or (variable.default is not None and default != variable.default):
            wrong.append((variable, kind, default))
    assert wrong == []


def test_nothing_is_read_behind_the_back_of_the_page() -> None:
    assert set(read_elsewhere()) - variables().keys() - BY_HAND - NOT_OURS == set()
