"""Telling people what concerns them: in the workbench, by mail at once, or in a digest, as each of them wants it."""

from claims.services.notifications.telling import Veil, mark_read, tell, unread, veil_notes, visible

__all__ = [
    "Veil",
    "mark_read",
    "tell",
    "unread",
    "veil_notes",
    "visible",
]
