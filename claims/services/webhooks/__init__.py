"""Webhooks: which programs a desk tells of what, and the sending, signed, in order, and again until it arrives."""

from claims.services.webhooks.keeping import (
    MOST,
    Settings,
    add,
    change,
    deliveries,
    delivery_of,
    of_desk,
    pause,
    remove,
    resume,
    rotate,
    secret_of,
    send_again,
    send_test,
    summary,
)
from claims.services.webhooks.sending import plan, send

__all__ = [
    "MOST",
    "Settings",
    "add",
    "change",
    "deliveries",
    "delivery_of",
    "of_desk",
    "pause",
    "plan",
    "remove",
    "resume",
    "rotate",
    "secret_of",
    "send",
    "send_again",
    "send_test",
    "summary",
]
