"""What a program reads its input from: nothing, a pipe, or a pseudo-terminal and its screen."""

import os
import select

NOTHING, PIPE, TERMINAL = "nothing", "pipe", "terminal"


def terminal():
    """A new pseudo-terminal: our end, and the program's; it shows what is printed and not what is typed.

    Ends of lines stay `\\n`. There is none on Windows.
    """
    import termios

    screen, slave = os.openpty()
    mode = termios.tcgetattr(slave)
    mode[1] &= ~termios.OPOST
    mode[3] &= ~termios.ECHO
    termios.tcsetattr(slave, termios.TCSANOW, mode)
    return screen, slave


def copy(screen, file):
    """Writes down what appears at the screen until its program is gone."""
    with file:
        while data := read_screen(screen):
            file.write(data)
            file.flush()
    os.close(screen)


def read_screen(screen):
    select.select([screen], [], [])  # for it does not block: it shares that with our keyboard
    try:
        return os.read(screen, 65536)
    except OSError:  # so says Linux when nobody has the other end open any more
        return b""
