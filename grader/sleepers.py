"""A chat some of whose people do not read. It knows no lesson."""

from grader.race import Race


class Sleepers(Race):
    """A chat, and people who sleep, or read slowly."""
