"""Nothing is left behind: a run's folder, its processes, and a guardian that outlives the checker.

The guardian is a process of its own. It waits for its input to end, which happens when the checker
ends, however it ends; then it kills what is left of the run and removes the run's folder.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

MARK = "ECHO_TO_CHAT_RUN"  # in the environment of every process that a run starts
SWEEP = 2  # seconds to look again and again, for a process may start another while we look


class Run:
    """One run of the checker: its folder, its mark, its guardian. Use it in a `with` block."""

    def __init__(self, caged=False):
        self.caged = caged  # whether each program runs in a cage, of which bwrap holds the door
        self.mark = uuid.uuid4().hex
        self.folder = Path(tempfile.mkdtemp(prefix="echo-to-chat-"))
        self.programs = set()
        self.cancelled = threading.Event()
        self._guardian = subprocess.Popen(
            [sys.executable, "-P", __file__, self.mark, str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def environment(self):
        """What a student's process may see: the mark and the few things that an interpreter needs."""
        kept = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "TEMP", "TMP", "USERPROFILE")
        return {name: os.environ[name] for name in kept if name in os.environ} | {MARK: self.mark}

    def has_strays(self):
        """Whether a process goes on that has left the session of the program that started it."""
        import psutil

        if self.caged:  # what it started has ended with it
            return False
        sessions = {program.pid for program in self.programs}
        return any(
            carries(process, self.mark) and session_of(process) not in sessions
            for process in psutil.process_iter()
        )

    def cancel(self):
        """Ends every program now; checks that are running see it and stop."""
        self.cancelled.set()
        for program in list(self.programs):
            program.kill()

    def close(self):
        self.cancel()
        sweep(self.mark)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._guardian.kill()
        self._guardian.stdin.close()
        self._guardian.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def sweep(mark):
    """Kills every process that carries the mark, also one that left its session and its parents."""
    import psutil

    end = time.monotonic() + SWEEP
    while found := [process for process in psutil.process_iter() if carries(process, mark)]:
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
        if time.monotonic() > end:
            return


def carries(process, mark):
    import psutil

    try:
        return process.pid != os.getpid() and process.environ().get(MARK) == mark
    except (psutil.Error, OSError):  # another user's, or gone by now
        return False


def session_of(process):
    with contextlib.suppress(OSError, AttributeError):  # it is gone; this system has no sessions
        return os.getsid(process.pid)


def main():
    mark, folder = sys.argv[1:]
    sys.stdin.buffer.read()
    sweep(mark)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
