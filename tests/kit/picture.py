"""The picture at the end of page 06: two people chat in two terminals. It is drawn from a real run.

    python tests/kit/picture.py        writes lessons/06/two_people.svg anew

Two shells run on pseudo-terminals of their own, each starts the client of solutions/06, and what then
stands on each screen is drawn side by side. Nothing in it is made up, and nothing is timed: each step
waits until the screen shows what it must.
"""

import contextlib
import os
import select
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.kit.pages import ROOT, python_folder, wait_for_port

PICTURE = ROOT / "lessons" / "06" / "two_people.svg"
CLIENT = "python solutions/06/client.py"
PROMPT = "$ "
PATIENCE = 30  # seconds for one step
WIDTH = 48  # columns of one terminal
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" class="rich-terminal">
<title>Two people chat in two terminals</title>
<style>
.{unique_id}-matrix {{ font-family: monospace; font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>
{lines}
</defs>
<rect width="{width}" height="100%" rx="8" fill="#1b1b1b"/>
<g transform="translate({terminal_x}, 10)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class Shell:
    """A shell on a pseudo-terminal, the person who types into it, and all that its screen has shown."""

    def __init__(self, who):
        self.who, self.typed, self._shown, self._known = who, [], b"", 0
        self._screen, slave = os.openpty()
        path = f"{python_folder()}{os.pathsep}{os.environ['PATH']}"
        environment = {
            **os.environ,
            "PATH": path,
            "PS1": PROMPT,
            "TERM": "dumb",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._process = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "--noediting"],
            cwd=ROOT,
            env=environment | {"PYTHONUTF8": "1", "BASH_SILENCE_DEPRECATION_WARNING": "1"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.shows(PROMPT)

    def types(self, line):
        self.typed.append(line)
        os.write(self._screen, f"{line}\n".encode())
        self.shows(line)

    def presses_ctrl_d(self):
        os.write(self._screen, b"\x04")

    def shows(self, text):
        """Waits until this line, or the prompt, appears below what was waited for before."""
        due = text.encode() if text == PROMPT else f"{text}\r\n".encode()
        deadline = time.monotonic() + PATIENCE
        while (place := self._shown.find(due, self._known)) < 0:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.who} does not see {text!r} but {self._shown[self._known :]!r}")
            if select.select([self._screen], [], [], 0.1)[0]:
                self._shown += os.read(self._screen, 65536)
        self._known = place + len(due)

    def lines(self):
        return self._shown.decode().replace("\r", "").splitlines()

    def end(self):
        self._process.kill()
        self._process.wait()
        os.close(self._screen)


@contextlib.contextmanager
def people(*names):
    """A chat server of solutions/06 at its usual port, and a shell for each person."""
    wait_for_port()
    command = [sys.executable, "solutions/06/server.py"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    server.stdout.readline()
    shells = [Shell(name) for name in names]
    try:
        yield shells
    finally:
        for shell in shells:
            shell.end()
        server.kill()
        server.communicate()


def chat():
    """Plays the scene, and returns the two shells with what stands on their screens."""
    with people("Алиса", "Боб") as (alice, bob):
        alice.types(CLIENT)
        alice.shows("* what is your name?")
        alice.types("Алиса")
        alice.shows("* online: Алиса")
        bob.types(CLIENT)
        bob.shows("* what is your name?")
        bob.types("Боб")
        bob.shows("* online: Алиса Боб")
        alice.shows("* Боб joined")
        alice.types("привет, Боб! 🙂")
        bob.shows("Алиса: привет, Боб! 🙂")
        bob.types("and hello to you")
        alice.shows("Боб: and hello to you")
        alice.types("/msg Боб это только тебе")
        bob.shows("(Алиса) это только тебе")
        bob.types("/who")
        bob.shows("* online: Алиса Боб")
        bob.presses_ctrl_d()
        bob.shows(PROMPT)
        alice.shows("* Боб left")
        alice.types("/quit")
        alice.shows(PROMPT)
        return alice, bob


def draw(shells):
    """The two screens side by side, as SVG; what was typed is bold."""
    from rich.columns import Columns
    from rich.console import Console
    from rich.panel import Panel
    from rich.text import Text

    height = max(len(shell.lines()) for shell in shells)
    with open(os.devnull, "w") as nowhere:
        console = Console(record=True, width=2 * WIDTH + 1, file=nowhere, color_system="truecolor")
        panels = []
        for shell in shells:
            text, typed = Text(), list(shell.typed)
            for line in shell.lines():
                own = bool(typed) and line.removeprefix("$ ") == typed[0]
                text.append(line + "\n", style="bold #8ae234" if own else "#d3d7cf")
                typed = typed[own:]
            panels.append(Panel(text, title=shell.who, width=WIDTH, height=height + 2, title_align="left"))
        console.print(Columns(panels, padding=(0, 1)))
    return console.export_svg(code_format=SVG, unique_id="chat")


def main():
    PICTURE.write_text(draw(chat()), "utf-8")
    print(f"{PICTURE.relative_to(ROOT)} is drawn anew")


if __name__ == "__main__":
    main()
