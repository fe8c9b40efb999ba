"""The inner layer of the sandbox: a student's process that sees the system's files, its own, and no more.

bubblewrap (bwrap) makes it, on Linux. The network is that of whoever starts it: the grader, which has one of
its own (classroom/sandbox.py), so that 127.0.0.1 is the same for both. The process cannot see the grader,
the checks, the solutions, or any other process; when its bwrap ends, all that it started ends.
"""

import contextlib
import errno
import json
import os
import platform
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

LAUNCHER = Path("/launcher")  # where launcher.py stands inside, alone
LIMITS = ("--nproc=1024", f"--as={8 << 30}", "--cpu=60", "--nofile=1024", "--core=0")
TEMPORARY = 16 << 20  # bytes in /tmp, and in /dev/shm
USEFUL = ("/etc/hosts", "/etc/nsswitch.conf", "/etc/localtime", "/etc/ld.so.cache", "/etc/alternatives")
BEGIN = 10  # seconds for bwrap to start the process, on a machine however busy

# What a filter of system calls works with (Linux, uapi/linux/seccomp.h, filter.h and audit.h).
MACHINE, CALL = 4, 0  # where both stand in what it looks at
LOAD, IS, FROM, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
OTHER_CALLS = 0x40000000  # from this number on: those of another kind of program (x32)
# The calls that are refused, and the machine itself, by its name. Links and named pipes, for the grader reads
# files that the program can replace; memory that no process is seen to hold; ptrace, for who is stopped by it
# does not end; and io_uring, which does all that where no filter looks.
LINKS = {"x86_64": (88, 266, 133, 259), "aarch64": (36, 33)}  # symlink, symlinkat, mknod, mknodat
# memfd_create, memfd_secret, shmget, msgget
HIDDEN = {"x86_64": (319, 447, 29, 68), "aarch64": (279, 447, 194, 186)}
OTHERS = {"x86_64": (101, 425), "aarch64": (117, 425)}  # ptrace, io_uring_setup
KINDS = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


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


def refusals():
    """The filter of system calls, as Linux wants it (seccomp(2)); nothing for a machine that is unknown."""
    if (name := platform.machine()) not in KINDS:
        return b""
    tests = [(FROM, OTHER_CALLS), *((IS, call) for call in (*LINKS[name], *HIDDEN[name], *OTHERS[name]))]
    steps = [(LOAD, 0, 0, MACHINE), (IS, 0, len(tests) + 2, KINDS[name]), (LOAD, 0, 0, CALL)]
    steps += [(test, len(tests) - place, 0, number) for place, (test, number) in enumerate(tests)]
    steps += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def around(command, folder, work, environment, info, filtered):
    """The command of a student's process in its cage.

    `info`: where bwrap writes which process it is; `filtered`: where it reads the filter of system calls.
    """
    words = ["bwrap", "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--disable-userns"]
    words += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    words += [word for name, value in environment.items() for word in ("--setenv", name, value)]
    words += [*system(), "--proc", "/proc", "--dev", "/dev"]
    words += [word for at in ("/dev/shm", "/tmp") for word in ("--size", str(TEMPORARY), "--tmpfs", at)]
    words += [*python(), "--ro-bind", str(Path(__file__).with_name("launcher.py")), f"{LAUNCHER}/launcher.py"]
    words += ["--ro-bind", str(folder), str(folder), "--bind", str(work), str(work)]
    # bwrap's own mounts have no bound: half of the memory could be filled with files there.
    words += ["--remount-ro", "/dev", "--remount-ro", "/"]
    words += ["--chdir", str(work / "here"), "--info-fd", str(info)]
    words += ["--seccomp", str(filtered)] if refusals() else []
    return [*words, "--", "prlimit", *LIMITS, *command]


class Caged:
    """Stands for subprocess.Popen; signals go to the student's process, its end is seen through bwrap."""

    def __init__(self, command, folder, work, environment, **options):
        read, write = os.pipe()
        filtered = in_pipe(refusals())
        command = around(command, folder, work, environment, write, filtered)
        path = {"PATH": os.environ.get("PATH", "/usr/bin:/bin")}  # bwrap's own; it can be read from inside
        self._bwrap = subprocess.Popen(command, env=path, pass_fds=(write, filtered), **options)
        os.close(write)
        os.close(filtered)
        with open(read, encoding="utf-8") as info:
            told = info.read()  # nothing if bwrap failed; what it said is in the program's stream of errors
        # The process above all others in the cage.
        self.first = json.loads(told)["child-pid"] if told else self._bwrap.pid
        self._handle, self._lock = handle_of(self.first), threading.Lock()
        self.pid = self._find() if told else self.first

    def _find(self):
        """The student's process: the child of the first one in the cage, which only waits for it."""
        end = time.monotonic() + BEGIN
        while self._bwrap.poll() is None and time.monotonic() < end:
            if children := children_of(self.first):
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
        """Ends all that is in the cage.

        The first process would end with its bwrap, if a program had not written into its memory that it must
        not; and with the first one the kernel ends all others (Linux, pid_namespaces(7)).
        """
        with self._lock, contextlib.suppress(ProcessLookupError):
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        self._bwrap.kill()

    def wait(self):
        code = self._bwrap.wait()
        with self._lock:
            if self._handle is not None:
                os.close(self._handle)
            self._handle = None
        return code


def in_pipe(data):
    """The end of a pipe from which these few bytes can be read, and then the end."""
    read, write = os.pipe()
    os.write(write, data)
    os.close(write)
    return read


def handle_of(pid):
    """A descriptor for this process, and for no other that gets its number later; None if it has ended."""
    with contextlib.suppress(ProcessLookupError):
        return os.pidfd_open(pid)


def children_of(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    except OSError:
        return []
