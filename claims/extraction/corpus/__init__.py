"""Stories written for this project, with every statement marked (CC BY 4.0); see README.md."""

import zlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
STORIES = FOLDER / "stories"
SECOND = FOLDER / "second"


def is_held_out(name: str) -> bool:
    """Whether the story of that name is one of the tenth that is never learned from; a new story changes no other's
    place."""
    return zlib.crc32(name.encode()) % 10 == 0
