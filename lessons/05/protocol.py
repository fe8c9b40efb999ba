"""The protocol: what a line means, and what is answered. It knows no sockets."""


def introduce(line, conn, room):
    """The first lines: the name under which this caller is in the room now, or None."""
    # TODO 5: refuse a bad name, and one that is taken. Then there is no name yet: None.
    room.join(line, conn)
    return line


def obey(line, name, room):
    """Each later line: a command to the server, or a text for the others."""
    # TODO 7: what begins with `/` is a command.
    room.broadcast(line, name)  # TODO 6: sign it. An empty line is nothing to pass on.
