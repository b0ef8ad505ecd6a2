"""Which commands need servers, and what the environment says about them."""

import os

import pytest

from workbench.stack import launch


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test sets in the environment is taken back."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    os.environ.pop("WORKBENCH_OFFLINE", None)


@pytest.mark.parametrize(
    "words",
    [
        ["manage.py"],
        ["manage.py", "help"],
        ["manage.py", "--version"],
        ["manage.py", "extract", "article.txt"],
        ["manage.py", "score_extraction", "gold.json"],
        ["manage.py", "makemigrations", "--check", "--dry-run"],
        ["manage.py", "migrate", "--help"],
    ],
)
def test_what_needs_no_database_is_offline(words: list[str]) -> None:
    with launch.servers_for(words, 0.0):
        assert os.environ["WORKBENCH_OFFLINE"] == "1"


def test_given_addresses_are_left_alone() -> None:
    given = {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://broker"}
    os.environ.update(given)
    with launch.servers_for(["manage.py", "migrate"], 0.0):
        assert {name: os.environ[name] for name in given} == given
        assert "WORKBENCH_OFFLINE" not in os.environ
