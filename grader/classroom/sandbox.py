"""The outer layer of the sandbox: one for each submission, with a network, processes and a /tmp of its own.

In it runs the grader, which sees the kit and this one submission; in it again each student's process has a
cage (grader/cage.py). Linux and bubblewrap only. As root we become another user first, for bwrap as root
keeps nobody in: measured, it let `mount -o remount,rw` through.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from grader.cage import prefixes, python, system
from grader.lessons import ROOT, WrongUse
from grader.words import _

NOBODY = 65534  # the user and the group that we become when we are root
HANDED_IN = "/handed-in"  # where the submission stands inside
KIT = ("grader", "lessons", "solutions", "tests/lessons", "tests/mistakes")
TEMPORARY = 512 << 20  # bytes in /tmp, where programs' outputs go
TOOLS = ("bwrap", "prlimit")
PATH = "/usr/local/bin:/usr/bin:/bin"


def around(command, folder):
    """The command of a grader in its sandbox, which sees the submission's folder and the kit."""
    words = ["bwrap", "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session"]
    words += ["--cap-drop", "ALL", "--clearenv", "--setenv", "PATH", PATH, "--setenv", "LANG", "C.UTF-8"]
    words += ["--setenv", "HOME", "/tmp", *system(), "--proc", "/proc", "--dev", "/dev"]
    words += ["--size", str(TEMPORARY), "--tmpfs", "/tmp", *python()]
    for part in KIT:
        words += ["--ro-bind", str(ROOT / part), str(ROOT / part)]
    words += ["--ro-bind", str(folder), HANDED_IN, "--chdir", str(ROOT), "--", *command]
    return [*as_another_user([*prefixes(), str(ROOT), str(folder)]), *words]


def as_another_user(needed):
    """What stands in front when we are root: the way to these paths is opened, and then root is left.

    The processes have a namespace of their own here already: when this bwrap is killed, the kernel ends them.
    The signal that a parent's death sends would not reach another user's process (Linux, prctl(2)).
    """
    if os.geteuid():
        return []
    words = ["bwrap", "--unshare-pid", "--die-with-parent", "--dev-bind", "/", "/"]
    for closed in sorted({door for path in needed if (door := closed_door(Path(path)))}):
        words += ["--perms", "0755", "--tmpfs", str(closed)]
        for path in (Path(path) for path in needed if Path(path).is_relative_to(closed)):
            steps = reversed([step for step in path.parents if step != closed and closed in step.parents])
            words += [word for step in steps for word in ("--perms", "0755", "--dir", str(step))]
            words += ["--ro-bind", str(path), str(path)]
    drop = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"]
    return [*words, "--", "setpriv", *drop, "--"]


def closed_door(path):
    """The outermost folder on the way that others may not pass, or None. /root is one on most systems."""
    way = [*reversed(path.parents), path]
    return next((step for step in way if not step.stat().st_mode & 0o001), None)


def environment():
    """What bwrap itself gets: its environment can be read from inside."""
    return {"PATH": PATH}


def probe(folder):
    """Sees that both layers work here. Raises WrongUse, with the way to mend it, if they do not."""
    if not sys.platform.startswith("linux"):
        raise refused(_("a sandbox needs Linux"))
    for tool in (*TOOLS, *(["setpriv"] if not os.geteuid() else [])):
        if not shutil.which(tool, path=PATH):
            raise refused(_("{tool} is not installed (Debian: apt install bubblewrap util-linux)", tool=tool))
    if seen := seen_by_all():
        raise refused(_("every program could read this course, for it lies in {folder}", folder=str(seen)))
    inner = ["bwrap", "--unshare-user", "--unshare-pid", "--disable-userns", *system(), "--proc", "/proc"]
    command = around([*inner, "--", "/usr/bin/true"], folder)
    tried = subprocess.run(command, env=environment(), capture_output=True, text=True, errors="replace")
    if tried.returncode:
        raise refused(reason(tried.stderr))


def seen_by_all():
    """The folder that each cage shows and in which the course lies, checks and solutions and all; or None."""
    shown = [Path(folder).resolve() for folder in ("/usr", *prefixes())]
    return next((folder for folder in shown if ROOT.is_relative_to(folder)), None)


def reason(said):
    """Why bwrap failed, with what helps where that is known."""
    last = (said.strip().splitlines() or [""])[-1]
    if "uid map" in said:  # Ubuntu from 23.10 on
        return _("{said}; allow it: an AppArmor profile for bwrap with `userns,`", said=last)
    if "namespace" in said:
        return _("{said}; allow it: sysctl user.max_user_namespaces, and no seccomp against it", said=last)
    return _("bwrap failed: {said}", said=last)


def refused(why):
    return WrongUse(
        _(
            "Programs of strangers are graded in a sandbox, and here it does not work: {why}. "
            "Mend that; or, if you trust every program with your files, say --no-sandbox.",
            why=why,
        )
    )
