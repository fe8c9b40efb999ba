"""The log: what happens, a line each on stderr, with the time. On request also what people say."""

import logging
from logging import debug, info, warning  # noqa: F401 - so that others need to import this file alone

LONGEST = 200  # characters of one line


class Harmless(logging.Formatter):
    """Leaves out what would steer the terminal on which the log is read."""

    def format(self, record):
        line = super().format(record)[:LONGEST]
        return "".join(char if char.isprintable() else "·" for char in line)


def start(verbose):
    handler = logging.StreamHandler()
    handler.setFormatter(Harmless("%(asctime)s  %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[handler])
