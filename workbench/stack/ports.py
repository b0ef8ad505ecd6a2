"""TCP ports on this machine's own address."""

import argparse
import errno
import socket

from workbench.stack.errors import StackError

HOST = "127.0.0.1"


def number(text: str) -> int:
    """A port number from a command line."""
    try:
        port = int(text)
    except ValueError:
        port = 0
    if not 1 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; use a number from 1 to 65535")
    return port


def free() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def require_free(port: int) -> None:
    """Raises StackError, naming the option that changes it, when the port is busy or not for this user."""
    with socket.socket() as probe:
        # As servers do: connections of an earlier run that still linger do not make the port busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            busy = error.errno == errno.EADDRINUSE
            reason = "is busy: another program listens there" if busy else f"cannot be used ({error.strerror})"
            raise StackError(
                f"Port {port} of {HOST} {reason}. Choose another one with --port (make run PORT={port + 1})."
            ) from None
