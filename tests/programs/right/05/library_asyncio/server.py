"""A chat server on asyncio streams: one task for each caller; while nobody awaits, nobody else runs.

A caller who does not read lets its transport's buffer grow; what to do about that is lesson 09.
"""

import asyncio
import contextlib
import sys
import unicodedata

MAX_LINE = 65536  # bytes, with the newline
MAX_NAME = 16  # characters

members = {}  # name: StreamWriter


def tell(writer, line):
    writer.write(f"{line}\n".encode())


def tell_others(talker, line):
    for name, writer in members.items():
        if name != talker:
            tell(writer, line)


def online():
    return "* online: " + " ".join(sorted(members))


async def lines_of(reader):
    """The whole lines as text; a last one without its end is none. Raises ValueError if one is too long."""
    while (line := await reader.readline()).endswith(b"\n"):
        yield line[:-1].removesuffix(b"\r").decode(errors="replace")


def why_not(name):
    """What speaks against the name, or None."""
    if not 1 <= len(name) <= MAX_NAME or not all(char.isalnum() or char in "_-" for char in name):
        return "! bad name"
    if any(name.casefold() == other.casefold() for other in members):
        return "! name taken"
    return None


async def introduce(lines, writer):
    """The name of the caller, who is a member then; None if it left without one."""
    tell(writer, "* what is your name?")
    async for line in lines:
        name = unicodedata.normalize("NFC", line)
        refusal = why_not(name)
        if refusal is None:
            members[name] = writer
            tell(writer, online())
            tell_others(name, f"* {name} joined")
            return name
        tell(writer, refusal)
    return None


async def chat(lines, name, writer):
    async for line in lines:
        match line.split(" ", maxsplit=2):
            case ["/quit"]:
                return
            case ["/who", *_]:
                tell(writer, online())
            case ["/msg", other, text] if other in members:
                tell(members[other], f"({name}) {text}")
            case ["/msg", *_]:
                tell(writer, "! no such user")
            case [word, *_] if word.startswith("/"):
                tell(writer, "! unknown command")
            case [""]:
                pass
            case _:
                tell_others(name, f"{name}: {line}")


async def serve(reader, writer):
    lines, name = lines_of(reader), None
    try:
        name = await introduce(lines, writer)
        if name is not None:
            await chat(lines, name, writer)
    except ValueError:
        tell(writer, "! line too long")
    except OSError:  # it is gone
        pass
    finally:
        if name is not None:
            del members[name]
            tell_others(name, f"* {name} left")
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def main(host="127.0.0.1", port="12413"):
    limit = MAX_LINE - 1  # asyncio counts a line without its newline
    server = await asyncio.start_server(serve, host, int(port), limit=limit)
    print("listening on {}:{}".format(*server.sockets[0].getsockname()), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
