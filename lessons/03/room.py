"""The room: who is here, and how one person's bytes reach all the others."""


class Room:
    def __init__(self):
        pass  # TODO 1: remember who is here, and make the lock that guards it.

    def join(self, conn):
        pass  # TODO 2: from now on this connection hears what the others say.

    def leave(self, conn):
        pass  # TODO 3: this connection hears nothing more.

    def broadcast(self, data, talker):
        pass  # TODO 4: send the data to everyone but the talker, also when one of them has just died.
