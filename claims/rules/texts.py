"""What people type as a name, a label, a title or a reason: nothing in it that shows otherwise than it reads."""

from sources.names import misleading

# What is longer is a text of its own: kept word for word, with what nobody sees in it shown by name.
LABEL_LIMIT = 500
# What the keyboard and the clipboard put between lines.
BETWEEN = frozenset("\t\n\r")


def problem(text: str, *, one_line: bool = False) -> str:
    """What is wrong with the text, with the way out; empty when nothing is."""
    between = BETWEEN & set(text)
    if between and one_line:
        return "Write it in one line, without tabs and line breaks."
    char = misleading("".join(" " if each in BETWEEN else each for each in text) if between else text)
    return f"Leave out the character U+{ord(char):04X}, which nobody sees: type the words anew." if char else ""
