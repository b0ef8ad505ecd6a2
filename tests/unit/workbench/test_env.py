"""The environment is read once and loudly: what cannot be read is named, with the way out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.env import EnvError, Environment, broker_url


def env(**values: str) -> Environment:
    return Environment(values)


def test_text_is_stripped_and_a_missing_one_is_named() -> None:
    assert env(SECRET_KEY="  s ").text("SECRET_KEY") == "s"
    assert env(SECRET_KEY="").text("SECRET_KEY", default="d") == "d"
    with pytest.raises(EnvError, match="SECRET_KEY is not set"):
        env(SECRET_KEY="   ").text("SECRET_KEY")


@pytest.mark.parametrize(
    ("value", "meant"), [("1", True), ("Yes", True), (" on ", True), ("0", False), ("FALSE", False)]
)
def test_yes_and_no(value: str, meant: bool) -> None:
    assert env(DEBUG=value).boolean("DEBUG", default=not meant) is meant


def test_neither_yes_nor_no() -> None:
    assert env().boolean("DEBUG", default=True) is True
    with pytest.raises(EnvError, match="DEBUG is 'perhaps'"):
        env(DEBUG="perhaps").boolean("DEBUG", default=False)


@given(st.integers(1, 65_535))
def test_numbers_within_their_bounds(number: int) -> None:
    assert env(PORT=f" {number} ").integer("PORT", 1, low=1, high=65_535) == number


@pytest.mark.parametrize("value", ["0", "65536", "eighty", "8.0", "-1", "1e3"])
def test_numbers_that_are_none(value: str) -> None:
    with pytest.raises(EnvError, match=r"^PORT is "):
        env(PORT=value).integer("PORT", 8000, low=1, high=65_535)


def test_a_number_left_out() -> None:
    assert env(PORT="").integer("PORT", 8000, low=1, high=65_535) == 8000


def test_words() -> None:
    assert env(HOSTS=" a, ,b ,").words("HOSTS") == ("a", "b")
    assert env(HOSTS=" , ").words("HOSTS", ("c",)) == ("c",)
    assert env().words("HOSTS") == ()


def test_a_database_over_the_network() -> None:
    assert env(DATABASE_URL="postgresql://us%40er:p%2Fw@db.example:5433/work%20bench").database("DATABASE_URL") == {
        "NAME": "work bench",
        "USER": "us@er",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "5433",
    }


def test_a_database_behind_a_socket() -> None:
    found = env(DATABASE_URL="postgres://workbench@/workbench?host=/run/pg&port=6000").database("DATABASE_URL")
    assert (found["HOST"], found["PORT"], found["USER"], found["NAME"]) == ("/run/pg", "6000", "workbench", "workbench")


@pytest.mark.parametrize(
    "value",
    [
        "mysql://db/workbench",
        "postgresql://db",
        "postgresql://db/",
        "db",
        "postgresql://db:port/x",
        "postgresql://[::1/x",
    ],
)
def test_an_address_that_is_no_database(value: str) -> None:
    with pytest.raises(EnvError, match=r"^DATABASE_URL .*postgresql://user:password@host:5432/name"):
        env(DATABASE_URL=value).database("DATABASE_URL")


@pytest.mark.parametrize("value", ["redis://h:6379/0", "rediss://h", "unix:///run/v.sock"])
def test_a_broker(value: str) -> None:
    assert env(REDIS_URL=value).redis("REDIS_URL") == value


@pytest.mark.parametrize("value", ["http://h", "h:6379", "redis"])
def test_an_address_that_is_no_broker(value: str) -> None:
    with pytest.raises(EnvError, match=r"^REDIS_URL is not the address"):
        env(REDIS_URL=value).redis("REDIS_URL")


def test_celery_spells_sockets_its_own_way() -> None:
    assert broker_url("unix:///run/v.sock?db=1") == "redis+socket:///run/v.sock?db=1"
    assert broker_url("redis://h:6379/0") == "redis://h:6379/0"
