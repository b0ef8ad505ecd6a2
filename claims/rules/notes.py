"""Notes on claims: how long they may be, and whom they mention."""

import re

TEXT_LIMIT = 5000
MENTION_LIMIT = 20

# As usernames are written. Behind a letter or a digit it is the middle of a mail address.
_MENTION = re.compile(r"(?<![\w.+@-])@([\w.+@-]{1,150})")


def mentioned(text: str) -> list[str]:
    """The usernames that the text may mean, in small letters and without twins, in their order.

    A name can end in a full stop, and so can a sentence: both readings are given.
    """
    names: dict[str, None] = {}
    for found in _MENTION.finditer(text):
        name = found[1].lower()
        names[name] = None
        names[name.rstrip(".+@-")] = None
    return [name for name in names if name]
