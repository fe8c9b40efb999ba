"""The inner layer of the sandbox: a student's process that sees the system's files, its own, and no more.

bubblewrap (bwrap) makes it, on Linux. The network is that of whoever starts it: the grader, which has one of
its own (classroom/sandbox.py), so that 127.0.0.1 is the same for both. The process cannot see the grader,
the checks, the solutions, or any other process; when its bwrap ends, all that it started ends.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

LAUNCHER = Path("/launcher")  # where launcher.py stands inside, alone
LIMITS = ("--nproc=1024", f"--as={8 << 30}", "--cpu=60", "--nofile=1024", "--core=0")
TEMPORARY = 16 << 20  # bytes in /tmp
USEFUL = ("/etc/hosts", "/etc/nsswitch.conf", "/etc/localtime", "/etc/ld.so.cache", "/etc/alternatives")
BEGIN = 10  # seconds for bwrap to start the process, on a machine however busy


def system():
    """What every layer sees of the machine: programs and libraries, and this Python; as words for bwrap."""
    words = ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), str(path)]
        elif path.exists():
            words += ["--ro-bind", str(path), str(path)]
    for path in USEFUL:
        words += ["--ro-bind-try", path, path]
    return words


def python():
    """The folders of this Python; after /tmp was made anew, for a virtual environment may stand there."""
    return [word for path in prefixes() for word in ("--ro-bind", path, path)]


def prefixes():
    return [path for path in dict.fromkeys([sys.base_prefix, sys.prefix]) if not path.startswith("/usr")]


def around(command, folder, work, environment, info):
    """The command of a student's process in its cage. `info`: where bwrap writes which process it is."""
    words = ["bwrap", "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--disable-userns"]
    words += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    words += [word for name, value in environment.items() for word in ("--setenv", name, value)]
    words += [*system(), "--proc", "/proc", "--dev", "/dev", "--size", str(TEMPORARY), "--tmpfs", "/tmp"]
    words += [*python(), "--ro-bind", str(Path(__file__).with_name("launcher.py")), f"{LAUNCHER}/launcher.py"]
    words += ["--ro-bind", str(folder), str(folder), "--bind", str(work), str(work)]
    words += ["--chdir", str(work / "here"), "--info-fd", str(info)]
    return [*words, "--", "prlimit", *LIMITS, *command]


class Caged:
    """Stands for subprocess.Popen; signals go to the student's process, its end is seen through bwrap."""

    def __init__(self, command, folder, work, environment, **options):
        read, write = os.pipe()
        command = around(command, folder, work, environment, write)
        path = {"PATH": os.environ.get("PATH", "/usr/bin:/bin")}  # bwrap's own; it can be read from inside
        self._bwrap = subprocess.Popen(command, env=path, pass_fds=(write,), **options)
        os.close(write)
        with open(read, encoding="utf-8") as info:
            self.pid = self._find(info.read())

    def _find(self, info):
        """The student's process: the child of the one that bwrap tells of, which only waits for it."""
        if not info:  # bwrap itself failed; what it said is in the program's stream of errors
            return self._bwrap.pid
        waits, end = json.loads(info)["child-pid"], time.monotonic() + BEGIN
        while self._bwrap.poll() is None and time.monotonic() < end:
            if children := children_of(waits):
                return children[0]
            time.sleep(0.0005)
        return self._bwrap.pid

    def poll(self):
        code = self._bwrap.poll()
        return code if code is None or code <= 128 else 128 - code  # as a shell says that a signal ended it

    def send_signal(self, number):
        if self.poll() is None and self.pid != self._bwrap.pid:
            os.kill(self.pid, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self._bwrap.kill()

    def wait(self):
        return self._bwrap.wait()


def children_of(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    except OSError:
        return []
