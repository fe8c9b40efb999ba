"""A class graded on a Dask cluster: a scheduler and two workers on this machine, who talk TLS and nothing else.

What needs no cluster is tested without one. Where Dask is not installed, or openssl is not there to make
certificates, the rest is skipped.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from grader.classroom import sandbox
from grader.classroom.engine import Engine, Plan
from grader.classroom.rows import GRADED, UNGRADED, UNREADABLE, Student
from grader.lessons import Lesson, WrongUse
from tests.kit.support import ROOT, SAFETY, until

cluster = pytest.importorskip("grader.classroom.cluster")
HAS_DASK = True
try:
    import distributed
except ImportError:
    HAS_DASK = False
needs_dask = pytest.mark.skipif(not HAS_DASK, reason="needs Dask: pip install -r requirements-cluster.txt")
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl, to make certificates")

RIGHT = (ROOT / "solutions/01/server.py").read_text("utf-8")
SILENT = "raise SystemExit(3)\n"
# Without a sandbox a program can reach the worker: it is the parent of the grader, which is its own parent.
POISON = """
import os, signal

def parent(pid):
    return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])

os.kill(parent(os.getppid()), signal.SIGKILL)
"""
