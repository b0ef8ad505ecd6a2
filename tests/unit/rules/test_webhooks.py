"""Signatures as the standard has them, and delays that grow, spread, and end."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from claims.rules import webhooks
from claims.rules.webhooks import ATTEMPTS, CHOICES, INTERNAL, PUBLIC, Kind, delay, secret_text, signatures

# The example of the specification (https://github.com/standard-webhooks/standard-webhooks, "Signature scheme").
SECRET = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_example_of_the_standard_is_signed_as_it_has_it() -> None:
    assert signatures(MESSAGE, AT, BODY, [base64.b64decode(SECRET)]) == SIGNATURE


def test_two_keys_give_two_signatures() -> None:
    both = signatures(MESSAGE, AT, BODY, [b"another key of the desk", base64.b64decode(SECRET)])
    first, second = both.split(" ")
    assert second == SIGNATURE
    assert first.startswith("v1,")
    assert first != second


@pytest.mark.parametrize("change", [{"message_id": "msg_q"}, {"timestamp": AT + 1}, {"body": BODY + b" "}])
def test_every_part_is_signed(change: dict[str, Any]) -> None:
    what: dict[str, Any] = {"message_id": MESSAGE, "timestamp": AT, "body": BODY} | change
    assert signatures(**what, keys=[base64.b64decode(SECRET)]) != SIGNATURE


def test_a_secret_is_written_as_receivers_enter_it() -> None:
    assert secret_text(base64.b64decode(SECRET)) == f"whsec_{SECRET}"


def test_every_kind_is_public_or_the_desks_own_or_a_test() -> None:
    assert {*PUBLIC, *INTERNAL, Kind.TEST} == set(Kind)
    assert len(CHOICES) == len(Kind) - 1
    assert Kind.TEST not in CHOICES


def test_delays_grow_to_half_a_day_and_end_after_days() -> None:
    waits = [wait for count in range(1, ATTEMPTS) if (wait := delay(count, 0.5))]
    assert len(waits) == ATTEMPTS - 1
    assert waits[0] == timedelta(seconds=10)
    assert waits == sorted(waits)
    assert waits[-1] == webhooks.LONGEST_DELAY
    assert timedelta(days=2) < sum(waits, timedelta()) < timedelta(days=3)
    assert delay(ATTEMPTS, 0.5) is None
    assert delay(ATTEMPTS + 7, 0.5) is None


def test_chance_spreads_a_delay_by_a_fifth() -> None:
    assert delay(1, 0) == timedelta(seconds=8)
    assert delay(1, 1) == timedelta(seconds=12)
