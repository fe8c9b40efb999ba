"""A process as the system sees it: does it run, sleep or spin; its threads, sockets, memory.

It knows no program's files, no people and no lessons.
"""

import contextlib
import os
import sys
import time

from grader.failures import CheckFailed
from grader.words import _

IDLE_LOOKS, LOOK, IDLE_CPU = 10, 0.005, 0.011  # looks, seconds between two of them, CPU seconds in all
QUIET_LOOKS, QUICK_LOOK = 3, 0.001
PAUSED_LOOKS = 6  # in all far longer than the pauses of a schedule, which last a millisecond at most


class Process:
    """What may be asked of a running process; `_process` is its subprocess.Popen, `pid` its number."""

    def exit_code(self):
        """None while it runs; a negative number is the signal that ended it."""
        return self._process.poll()

    def usage(self):
        """The process as psutil sees it. Raises CheckFailed when it is not running any more."""
        import psutil

        if self.exit_code() is not None:
            raise CheckFailed("exited", _("The program is not running any more."))
        return psutil.Process(self.pid)

    def threads(self):
        return self.usage().num_threads()

    def memory(self):
        """Resident bytes."""
        return self.usage().memory_info().rss

    def cpu(self):
        """Seconds of CPU time so far, the program's own and the system's for it."""
        return sum(self.usage().cpu_times()[:2])

    def sockets(self):
        """How many sockets it has open, and in which states: {"ESTABLISHED": 2}."""
        states = {}
        for connection in self.usage().net_connections("inet"):
            states[connection.status] = states.get(connection.status, 0) + 1
        return states

    def descriptors(self):
        """Open files and sockets; quicker to ask than the sockets alone, where the system counts them."""
        usage = self.usage()
        return usage.num_fds() if hasattr(usage, "num_fds") else sum(self.sockets().values())

    def is_idle(self, pause=time.sleep):
        """All its threads sleep, and it uses next to no CPU, over some fifty milliseconds.

        A program that waits asleep is idle at every look; one that spins is ready to run at nearly
        every look, also on a machine so busy that it gets little time: so both are asked.
        """
        before = self.cpu()
        for _look in range(IDLE_LOOKS):
            if self._is_in(b"R"):
                return False
            pause(self._look_pause())
        return self.cpu() - before <= IDLE_CPU

    def is_quiet(self, pause=time.sleep):
        """No thread of it is ready to run, over some milliseconds: what it had begun is done.

        It does not see a thread that sleeps on purpose in the middle of its work, as `is_idle` mostly does.
        """
        if not sys.platform.startswith("linux"):
            return self.is_idle(pause)
        return not any(self._is_in(b"R") or pause(QUICK_LOOK) for _ in range(QUIET_LOOKS))

    def is_quiet_between_pauses(self, pause=time.sleep):
        """The same for one whose threads a schedule sends to sleep again and again for a moment.

        No thread of it is ready to run, or has run, for longer than they sleep. One that looks at
        something every few milliseconds is never so quiet: then idle is quiet enough.
        """
        before = self._run_times()
        quiet = any(before) and not any(self._is_in(b"R") or pause(QUICK_LOOK) for _ in range(PAUSED_LOOKS))
        return (quiet and self._run_times() == before) or self.is_idle(pause)

    def is_spinning(self):
        """Ready to run at nearly every look, or at work all the time: it waits for nothing."""
        looks, cpu = self._activity()
        return looks >= IDLE_LOOKS - 2 or cpu >= IDLE_LOOKS * self._look_pause() / 2

    def is_starved(self):
        """Ready to run, or waiting for a disk, and yet hardly running: then its silence is the machine's."""
        try:
            looks, cpu = self._activity(b"RD")
        except CheckFailed:
            return False
        return looks >= IDLE_LOOKS / 2 and cpu < IDLE_LOOKS * self._look_pause() / 3

    def delay(self):
        """Seconds that its threads have been ready to run and had no core, as far as the system tells."""
        return sum(self.delays().values())

    def delays(self):
        """The same for each of its threads by itself; nothing where the system does not tell.

        On Linux the second number of each thread's schedstat (Linux, Documentation/scheduler/sched-stats).
        """
        return {task: schedstat(task)[1] for task in self._tasks()}

    def _run_times(self):
        """Seconds that each of its threads has run; zeros where the system does not tell."""
        return [schedstat(task)[0] for task in self._tasks()]

    def is_stopped(self):
        """Whether it is held still: on Linux each of its threads, and not the first alone."""
        import psutil

        if not sys.platform.startswith("linux"):
            return self.usage().status() == psutil.STATUS_STOPPED
        return all(state == b"T" for state in self._states())

    def _activity(self, states=b"R"):
        """At how many of some looks a thread of it was ready to run, and the CPU seconds meanwhile."""
        before, looks = self.cpu(), 0
        for _look in range(IDLE_LOOKS):
            looks += self._is_in(states)
            time.sleep(self._look_pause())
        return looks, self.cpu() - before

    def _look_pause(self):
        return LOOK if sys.platform.startswith("linux") else 4 * LOOK

    def _is_in(self, states):
        """Whether a thread of it is in one of these states, as Linux has them.

        Elsewhere nobody tells the state of each thread; there the CPU time alone must do, over longer.
        """
        if not sys.platform.startswith("linux"):
            return False
        return any(state in (states[:1], states[1:]) for state in self._states())

    def _states(self):
        """The state of each of its threads, as a letter of Linux's (proc_pid_stat(5))."""
        for task in self._tasks():
            with contextlib.suppress(OSError):  # this thread ended meanwhile
                yield beginning(f"{task}/stat").rpartition(b")")[2].split(None, 1)[0]

    def _tasks(self):
        """The folder of each of its threads in /proc, as text: asked so often that Paths would cost much.

        None when it has ended, or where the system has no /proc.
        """
        folder = f"/proc/{self.pid}/task"
        with contextlib.suppress(OSError):
            return [f"{folder}/{task}" for task in os.listdir(folder)]  # noqa: PTH208
        return []


def beginning(path):
    """The first bytes of a small file of /proc, without the buffer that open() would make."""
    file = os.open(path, os.O_RDONLY)
    try:
        return os.read(file, 1024)
    finally:
        os.close(file)


def schedstat(task):
    """Seconds that this thread, a folder in /proc, has run, and has waited for a core; or (0, 0)."""
    try:
        ran, waited = beginning(f"{task}/schedstat").split()[:2]
        return int(ran) / 1e9, int(waited) / 1e9
    except (OSError, ValueError):
        return 0.0, 0.0
