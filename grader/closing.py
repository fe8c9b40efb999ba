"""A chat that is told to end: by Ctrl-C, by SIGTERM, twice. It knows no lesson."""

from grader.sleepers import Sleepers


class Closing(Sleepers):
    """A chat, and its last orders."""
