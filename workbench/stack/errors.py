"""What stops the start, in words for the person who started it."""


class StackError(Exception):
    """The stack cannot start or go on; the message says why and names the way out."""
