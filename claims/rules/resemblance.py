"""Is this the same story, slightly edited? Each text has a sketch, and an index finds the texts that share part of one.

The sketch is that of Broder (On the resemblance and containment of documents, 1997): every run of four words is hashed,
and the smallest hashes are kept. Two texts with much in common have most of these in common as well, whatever their
headlines are, and how much they share follows from the sketches alone.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence

# Runs shorter than this are said by everybody; much longer ones break at every edited word.
RUN = 4
HASHES = 64
# What is the same story begins alike, and the rest of a book would only cost time.
LEAD = 20_000
# Half of all runs: an agency's story with an edited lead has more, another story on the same day hardly any.
NEAR_FROM = 0.5

_WORD = re.compile(r"\w+")


def sketch(text: str) -> list[int]:
    """The smallest hashes of the runs of words, ascending, as signed 64-bit integers; empty below four words."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text[:LEAD]).casefold())
    runs = {" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}
    return sorted(map(_hash, runs))[:HASHES]


def _hash(run: str) -> int:
    digest = hashlib.blake2b(run.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def resemblance(one: Sequence[int], other: Sequence[int]) -> float:
    """The share of their runs, 0..1, that two texts have in common, reckoned from their sketches."""
    smallest = sorted({*one, *other})[:HASHES]
    if not smallest:
        return 0.0
    return len({*one} & {*other} & {*smallest}) / len(smallest)
