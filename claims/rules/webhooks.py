"""What other programs are told of, how a message is signed, and when one that failed is sent again.

The form is that of Standard Webhooks (https://www.standardwebhooks.com): its libraries verify what is sent here.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

SECRET_PREFIX = "whsec_"  # noqa: S105 - the standard's mark of a secret, not one
# Each delay is four times the one before and at most half a day, so the last try is two to three days after the first.
ATTEMPTS = 12
FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(hours=12)
JITTER = 0.2
# A receiver that was told a new secret late still knows what is signed with the old one.
BOTH_VALID_FOR = timedelta(days=1)
KEPT_FOR = timedelta(days=30)


class Kind(StrEnum):
    """What a message tells of. The first three are public; the others are the desk's own, and tell ids alone."""

    PUBLISHED = "verdict.published"
    CORRECTED = "verdict.corrected"
    RETRACTED = "verdict.retracted"
    DECIDED = "claim.decided"
    READ = "article.extracted"
    TEST = "webhook.test"


PUBLIC = (Kind.PUBLISHED, Kind.CORRECTED, Kind.RETRACTED)
# The names are those of the events that they tell of (docs/events.md).
INTERNAL = (Kind.DECIDED, Kind.READ)
# What can be asked for. A test is sent to whoever asks for one.
CHOICES = (*PUBLIC, *INTERNAL)


def secret_text(key: bytes) -> str:
    """The secret as receivers enter it."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def signatures(message_id: str, timestamp: int, body: bytes, keys: Sequence[bytes]) -> str:
    """The value of `webhook-signature`: one for each key, parted by blanks. `timestamp` is in seconds since 1970."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def delay(attempts: int, chance: float) -> timedelta | None:
    """How long to wait after so many failed attempts, or None when that was the last one.

    ``chance`` (0 to 1, drawn by the caller) spreads it by a fifth to either side, so that what failed together does not
    come back together.
    """
    if attempts >= ATTEMPTS:
        return None
    wait: timedelta = min(FIRST_DELAY * 4 ** (attempts - 1), LONGEST_DELAY)
    return wait * (1 - JITTER + 2 * JITTER * chance)
