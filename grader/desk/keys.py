"""Single keys from a terminal, without Enter; when it is closed, the terminal is as it was."""

import codecs
import contextlib
import os
import signal
import sys
import threading

# The same keys on a Russian keyboard.
LATIN = str.maketrans("йцукенгшщзфывапролдячсмить", "qwertyuiopasdfghjklzxcvbnm")


class Keyboard:
    """Calls `on_key` with each key that is pressed while its `with` block runs. No terminal, no keys."""

    def __init__(self, on_key):
        self._on_key, self._before = on_key, None

    def __enter__(self):
        if sys.stdin is None or not sys.stdin.isatty():
            return self
        read = self._read_console
        if os.name == "posix":
            import termios

            read, self._before = self._read, termios.tcgetattr(sys.stdin)
            self._take()
            signal.signal(signal.SIGTSTP, self._pause)
        threading.Thread(target=read, daemon=True).start()
        return self

    def __exit__(self, *_):
        if self._before:
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            self._give_back()

    def _take(self):
        """Each key comes at once and is not shown; Ctrl-C and Ctrl-Z stay what they are."""
        import tty

        tty.setcbreak(sys.stdin)

    def _give_back(self):
        import termios

        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before)

    def _pause(self, *_):
        """Ctrl-Z: the shell gets its terminal as it was, and we take it again when we go on."""
        self._give_back()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._take()

    def _read(self):
        decoder = codecs.getincrementaldecoder("utf-8")("replace")  # a letter may be two bytes
        with contextlib.suppress(OSError):  # the terminal is gone
            while data := os.read(sys.stdin.fileno(), 64):
                for key in decoder.decode(data):
                    self._on_key(latin(key))

    def _read_console(self):
        import msvcrt

        while True:
            self._on_key(latin(msvcrt.getwch()))


def latin(key):
    """The key as it is called on an English keyboard, in lower case."""
    return key.lower().translate(LATIN)
