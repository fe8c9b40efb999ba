"""The protocol: what a line means, and what is answered. It knows no sockets."""

import unicodedata

MAX_NAME = 16  # characters


def introduce(line, conn, room):
    """The first lines: the name under which this caller is in the room now, or None."""
    name = unicodedata.normalize("NFC", line)  # one way to write it, or é is not é
    good = 0 < len(name) <= MAX_NAME and all(char.isalnum() or char in "_-" for char in name)
    if good and room.join(name, conn):
        return name
    room.send(conn, "! name taken" if good else "! bad name")
    return None


def obey(line, name, room):
    """Each later line: a command to the server, or a text for the others."""
    command, _, rest = line.partition(" ")
    if command == "/who":
        room.tell(name, room.online())
    elif command == "/msg":
        other, _, text = rest.partition(" ")
        if not room.tell(other, f"({name}) {text}"):
            room.tell(name, "! no such user")
    elif command.startswith("/"):
        room.tell(name, "! unknown command")
    elif line:
        room.broadcast(f"{name}: {line}", name)
