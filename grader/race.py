"""A chat in which many talk, come and go at once: one order for all. It knows no lesson."""

from grader.endings import Endings


class Race(Endings):
    """A chat, and what must hold when everything happens at once."""
