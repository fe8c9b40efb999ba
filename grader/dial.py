"""Talk to a server by hand: lines go out, what comes is shown. It checks nothing and knows no protocol."""

import codecs
import contextlib
import os
import re
import select
import socket
import sys
import threading

from grader.lessons import WrongUse
from grader.transcript import readable
from grader.words import _, _n, told

HINT = _("Ctrl-D (on Windows Ctrl-Z, Enter) stops sending, Ctrl-C leaves")
EXAMPLE = _("as in: python checker.py dial 127.0.0.1 12413")
PATIENCE = 10  # seconds for the connection to come about

speaking = threading.RLock()  # one line at a time, whichever thread prints it


def dial(words):
    """Talks to the server at `words` until either side ends it; returns the exit code. Raises WrongUse."""
    host, port = address(words)
    let_any_text_pass()
    trouble, keyboard = [], None
    try:
        conn = call(host, port)
        if conn is None:
            return 1
        with conn:
            say(told(greeting(host, port)))
            keyboard = threading.Thread(target=send_lines, args=(conn, trouble), daemon=True)
            keyboard.start()
            show_arrivals(conn, trouble)
            # After a reset whichever thread comes first gets the error. If that was the sending one, recv
            # returned b"" as after a close, and the other thread is about to leave the error in `trouble`.
            keyboard.join(0.2)
        return finish(*ending(trouble), keyboard)
    except KeyboardInterrupt:
        return finish(_("(you left)"), 0, keyboard)


def is_typed():
    """Whether somebody sits at the keyboard: else the lines are shown, and the keys not explained."""
    return bool(sys.stdin and sys.stdin.isatty())


def greeting(host, port):
    if is_typed():
        return _("connected to {host}:{port} · {hint}", host=host, port=port, hint=HINT)
    return _("connected to {host}:{port}", host=host, port=port)


def let_any_text_pass():
    if sys.stdin:  # None when it was closed before we began
        sys.stdin.reconfigure(errors="surrogateescape")  # bytes that are no text are sent as they are
    sys.stdout.reconfigure(errors="backslashreplace")  # not every console knows every letter


def address(words):
    """Host and port from nothing, PORT, HOST:PORT or HOST PORT."""
    if len(words) > 2:
        raise WrongUse(too_many(len(words)))
    host, colon, port = ":".join(words).rpartition(":") if words else ("", "", "12413")
    if not re.fullmatch("[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        raise WrongUse(
            _("{port!r} is no port: say a number from 1 to 65535, {example}", port=port, example=EXAMPLE)
        )
    return host.strip("[]") or "127.0.0.1", int(port)


def too_many(words):
    return _n(
        "dial takes a host and a port, and here is {count} word: {example}",
        "dial takes a host and a port, and here are {count} words: {example}",
        words,
        example=EXAMPLE,
    )


def call(host, port):
    """The connection; or None, after it was said on stderr why there is none."""
    try:
        conn = socket.create_connection((host, port), timeout=PATIENCE)
        conn.settimeout(None)
        return conn
    except (socket.gaierror, UnicodeError):
        wrong = _(
            "There is no host {host!r}: say a name or an address, {example}", host=host, example=EXAMPLE
        )
        raise WrongUse(wrong) from None
    except ConnectionRefusedError:
        why = _(
            "nobody listens at {host}:{port}: start the server first, in another terminal",
            host=host,
            port=port,
        )
    except OSError as error:
        what = error.strerror or error
        why = _("{host}:{port} cannot be reached: {error}", host=host, port=port, error=what)
    print(told(why), file=sys.stderr)


def say(text):
    with speaking:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def send_lines(conn, trouble):
    """The keyboard's thread: sends each line at once, and half-closes after the last."""
    try:
        for line in sys.stdin or ():  # not input(): a thread waiting there can break Python's exit
            if not is_typed():  # nobody has seen it; said first, so that no answer overtakes it
                say("→ " + readable(line.removesuffix("\n")))
            conn.sendall(line.encode("utf-8", "surrogateescape"))
        if is_typed():  # else it would stand before or after an answer, by luck
            say(told(_("(you stopped sending)")))
    except BrokenPipeError:  # the server has gone: show_arrivals learns how; or who read our output has
        pass
    except OSError as error:
        trouble.append(error)
    finally:
        with contextlib.suppress(OSError):
            conn.shutdown(socket.SHUT_WR)


def show_arrivals(conn, trouble):
    """Prints what comes as soon as it comes, line end or not, until the end."""
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")  # keeps a character's first half
    data = True
    while data:
        data = arrival(conn, trouble)
        text = decoder.decode(data, final=not data)
        for line in text.removesuffix("\n").split("\n") if text else ():
            say(f"← {readable(line)}")


def arrival(conn, trouble):
    """The next bytes; b"" when none will come, and then an error, if it was one, is in `trouble`."""
    try:
        while not select.select([conn], [], [], 0.5)[0]:
            pass  # on Windows Ctrl-C is heeded only between two calls (cpython #85609)
        return conn.recv(65536)
    except OSError as error:
        trouble.append(error)
        return b""


def ending(trouble):
    """How the connection ended, in words and as exit code."""
    if not trouble:
        return _("(the server closed the connection)"), 0
    if isinstance(trouble[0], ConnectionError):
        return _("(the server reset the connection)"), 1
    return _("(the connection is lost: {error})", error=trouble[0].strerror or trouble[0]), 1


def finish(last_words, code, keyboard):
    """Says how it ended, and ends although the keyboard's thread may wait for a line that never comes."""
    with speaking:  # kept to the end: nothing is said after the last words
        say(told(last_words))
        sys.stderr.flush()
        if keyboard and keyboard.is_alive():
            # Nothing can wake a thread that reads the keyboard, and Python's own exit can fail or hang over
            # the lock of stdin which it holds. So we leave without that; both streams are flushed.
            os._exit(code)
    return code
