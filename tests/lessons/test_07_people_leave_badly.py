"""Lesson 07 · People leave badly: resets, silence, a storm of leavers; the rest of the room goes on."""

import pytest

pytestmark = pytest.mark.audited


def test_one(chat, some):
    """One."""
    alice, bob = chat.join("alice", "bob")
    bob.resets()
    alice.hears(f"* {bob} left")


@pytest.mark.few_descriptors(40)
@pytest.mark.options("--idle 0.5")
def test_two(chat, some):
    """Two."""
    alice, bob = chat.join("alice", "bob")
    alice.hears("! idle")
    bob.hears(f"* {alice} left")
