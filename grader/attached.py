"""A server that the user has started, under a debugger or in another language: its port is all we know."""

import re
import socket

from grader.lessons import WrongUse
from grader.words import _


class NeedsProgram(Exception):
    """A check asks for what only the checker's own start of the program can give."""


class Attached:
    """Stands where the program stands; what is not known of it, it raises NeedsProgram for."""

    flooded = False

    def exit_code(self):
        """Whether it ended, nobody has told us."""

    def nothing(self, *_, **__):
        """Of a program that is not ours there is nothing to see, to end or to excuse."""
        return []

    crashes = stacks = settle = kill = end = nothing

    def output(self):
        return b""

    def no(self):
        return False

    stop_if_flooding = is_starved = is_spinning = no

    def delay(self):
        return 0.0

    def __getattr__(self, name):
        raise NeedsProgram(name)


def address(text, patience):
    """Host and port from HOST:PORT or PORT. Raises WrongUse if that is none, or nobody listens there."""
    host, colon, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not re.fullmatch("[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise WrongUse(_("{text} is no address: say --attach 127.0.0.1:12413", text=repr(text)))
    try:
        host = socket.getaddrinfo(host, int(port), socket.AF_INET, socket.SOCK_STREAM)[0][4][0]
        socket.create_connection((host, int(port)), timeout=patience).close()
    except OSError as error:
        why = error.strerror or str(error)
        raise WrongUse(
            _("Nobody can be reached at {text}: {why}. Start your server first.", text=text, why=why)
        ) from None
    return host, int(port)
