"""A chat whose people end badly: resets, silence, a storm of leavers. It knows no lesson."""

from grader.chat import Chat


class Endings(Chat):
    """A chat, and the ways in which people leave it."""
