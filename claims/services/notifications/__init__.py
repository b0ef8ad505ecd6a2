"""Telling people what concerns them: in the workbench, by mail at once, or in a digest, as each of them wants it."""

from claims.services.notifications.choices import Choices, choose
from claims.services.notifications.choices import of as choices_of
from claims.services.notifications.mail import plan, send
from claims.services.notifications.telling import (
    Veil,
    count_unread,
    is_over,
    listed,
    mark_read,
    opened,
    over,
    tell,
    unread,
    veil_notes,
    visible,
)
from claims.services.notifications.words import NAMES, page, sentence

__all__ = [
    "NAMES",
    "Choices",
    "Veil",
    "choices_of",
    "choose",
    "count_unread",
    "is_over",
    "listed",
    "mark_read",
    "opened",
    "over",
    "page",
    "plan",
    "send",
    "sentence",
    "tell",
    "unread",
    "veil_notes",
    "visible",
]
