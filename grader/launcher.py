"""Runs inside the student's process, before the student's file. It imports nothing of the grader.

    import launcher; launcher.main()  with WORK PIECES SCHEDULE PARTS TYPING DESCRIPTORS ENTRY [ARGUMENT ...]

WORK is a folder for what the launcher reports, PIECES is 0 or 1, SCHEDULE a seed or "-", PARTS is 0 or 1
(sendall() sends in two parts, and others may come between), TYPING is
"terminal" where the standard input is one, DESCRIPTORS how many the program may have, or 0: as many as
the system gives.
The student's file then runs as `__main__`, as if it had been started by itself.
"""

import os
import signal
import sys

MAX_FILE = 128 * 1024 * 1024  # bytes: the largest file that the program may write, its output included
# Bytes that one recv() returns and one send() takes, at most. send() takes less than recv() gives: or an
# echo would never see that it did not take everything.
PIECE_RECEIVED, PIECE_SENT = 3, 2
KEPT = 8192  # bytes that the system keeps of what is sent in parts; Linux doubles it
MOMENT = 0.05  # seconds, for threads that are about to end
PAUSE_SHARE, PAUSE_LENGTH = 0.3, 0.001  # how often a line waits; seconds, at most


def restore_signals():
    """A checker that was started in the background ignores Ctrl-C; the program shall not inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def own_terminal():
    """Makes the terminal that is our input the one whose Ctrl-C reaches us."""
    import fcntl
    import termios

    if os.getsid(0) != os.getpid():  # in a cage another process leads the session
        os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def limit_files(descriptors):
    """How large a file may get, and how many may be open at once."""
    try:
        import resource
    except ImportError:  # Windows: there the checker's own watch over the output must do
        return
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE, MAX_FILE))
    if descriptors:
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, most))


def with_more_descriptors(write):
    """Calls it while this process may open more files than it may else, or it could not say what crashed."""
    try:
        import resource
    except ImportError:
        return write()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        write()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def report_stacks(work):
    """Has the line of every thread written to WORK/stacks, also while one of them holds the GIL.

    On POSIX when the checker sends SIGUSR1; on Windows, which has no such signal, twice a second.
    """
    import faulthandler

    stacks = open(os.path.join(work, "stacks"), "w")  # noqa: SIM115 - open as long as the process
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR1, file=stacks, all_threads=True, chain=False)
    else:
        faulthandler.dump_traceback_later(0.5, repeat=True, file=stacks)


def report_crashes(work):
    """Writes each uncaught exception to WORK/crashes, a JSON object a line, and prints it as ever."""
    import threading

    def write(kind, value, trace, thread):
        import json
        import traceback

        frames = traceback.extract_tb(trace)
        if isinstance(value, SyntaxError) and value.filename:
            where = [[value.filename, value.lineno or 0, "", (value.text or "").strip()]]
        else:
            where = [[frame.filename, frame.lineno, frame.name, frame.line] for frame in frames]
        record = {"thread": thread, "type": kind.__name__, "message": str(value), "frames": where}
        with open(os.path.join(work, "crashes"), "a", encoding="utf-8") as crashes:
            crashes.write(json.dumps(record) + "\n")

    def main_crashed(kind, value, trace):
        while trace and trace.tb_frame.f_code.co_filename in (__file__, "<string>"):
            trace = trace.tb_next  # the student did not write this file and need not read of it
        with_more_descriptors(lambda: write(kind, value, trace, "main"))
        sys.__excepthook__(kind, value.with_traceback(trace), trace)

    def thread_crashed(args):
        name = args.thread.name if args.thread else "?"
        with_more_descriptors(lambda: write(args.exc_type, args.exc_value, args.exc_traceback, name))
        threading.__excepthook__(args)

    sys.excepthook = main_crashed
    threading.excepthook = thread_crashed


def report_threads(work):
    """Writes to WORK/threads the names of the threads that are alive when the main one is done.

    One of which the main thread knows that it is done, and which it did not join, gets a moment to end.
    Daemon threads get none: Python would stop them here, and in that moment they would do more.
    """
    import threading
    import time

    def others():
        return [thread for thread in threading.enumerate() if thread is not threading.current_thread()]

    is_crashing = sys.exc_info()[0] not in (None, SystemExit)
    end = time.monotonic() + MOMENT * (not is_crashing)
    while any(not thread.daemon for thread in others()) and time.monotonic() < end:
        time.sleep(0.001)

    names = names_at_work({thread.ident: thread.name for thread in others()})

    def write():
        with open(os.path.join(work, "threads"), "w", encoding="utf-8") as file:
            file.write("".join(f"{name}\n" for name in names))

    with_more_descriptors(write)


def names_at_work(names):
    """The names of all threads but this one, also of such as threading does not know.

    Not of those that have left the code that they were to run, and that Python is about to end.
    """
    import threading

    frames = {i: frame.f_code for i, frame in sys._current_frames().items() if i != threading.get_ident()}
    thread = threading.Thread
    own = [step.__code__ for step in (thread._bootstrap, thread._bootstrap_inner, thread._delete)]
    return [names.get(i, "(no name)") for i, code in frames.items() if code not in own]


def use_small_pieces():
    """recv() returns little and send() takes little, as the socket API allows at any time.

    sendall() loops in C below this class and stays right; MSG_WAITALL is a promise and is kept.
    """
    import socket

    whole = prompt_socket()

    def little(size, flags):
        return size if flags & getattr(socket, "MSG_WAITALL", 0) else min(size, PIECE_RECEIVED)

    class SmallPieces(whole):
        def recv(self, bufsize, flags=0):
            return whole.recv(self, little(bufsize, flags), flags)

        def recv_into(self, buffer, nbytes=0, flags=0):
            size = nbytes or memoryview(buffer).nbytes
            return whole.recv_into(self, buffer, little(size, flags), flags)

        def send(self, data, flags=0):
            return whole.send(self, memoryview(data).cast("B")[:PIECE_SENT], flags)

    if hasattr(whole, "sendmsg"):  # not on Windows; asyncio writes with it from Python 3.12 on

        def sendmsg(self, buffers, *rest):
            return whole.sendmsg(self, [b"".join(buffers)[:PIECE_SENT]], *rest)

        SmallPieces.sendmsg = sendmsg
    socket.socket = SmallPieces


def prompt_socket():
    """The class of sockets, made so that no piece waits for the last one's ACK (Nagle)."""
    import contextlib
    import socket

    class Prompt(socket.socket):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            with contextlib.suppress(OSError):
                self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    return Prompt


def use_parts(seed):
    """sendall() sends in two parts, and lets others go first between them, as the socket API allows.

    The system keeps little of what is sent: then sendall() of a long line waits for one who does not read.
    """
    import contextlib
    import random
    import socket
    import time

    whole, sleep, choices = prompt_socket(), time.sleep, random.Random(seed)

    class Parts(whole):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            with contextlib.suppress(OSError):
                self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KEPT)

        def sendall(self, data, flags=0):
            data = memoryview(data).cast("B")
            middle = len(data) // 2
            whole.sendall(self, data[:middle], flags)
            sleep(choices.random() * PAUSE_LENGTH / 2)
            whole.sendall(self, data[middle:], flags)

    socket.socket = Parts


def use_schedule(folder, seed):
    """Lets another thread go first at random lines of the student's files: same seed, same choices."""
    import itertools
    import random
    import threading
    import time

    sleep, numbers, own = time.sleep, itertools.count(), threading.local()

    def pause():
        if not hasattr(own, "choices"):
            own.choices = random.Random(f"{seed}:{next(numbers)}")
        if own.choices.random() < PAUSE_SHARE:
            sleep(own.choices.random() * PAUSE_LENGTH)

    def is_students(code):
        return code.co_filename.startswith(folder)

    def trace(frame, event, argument):
        if not is_students(frame.f_code):
            return None
        if event == "line":
            pause()
        return trace

    if not hasattr(sys, "monitoring"):  # Python 3.11
        threading.settrace(trace)
        sys.settrace(trace)
        return

    def reached(code, place):
        if not is_students(code):
            return sys.monitoring.DISABLE
        pause()
        return None

    tool, events = sys.monitoring.PROFILER_ID, sys.monitoring.events
    sys.monitoring.use_tool_id(tool, "schedule")
    for event in (events.LINE, events.PY_START):  # a lambda of one line has no LINE event in Python 3.13
        sys.monitoring.register_callback(tool, event, reached)
    sys.monitoring.set_events(tool, events.LINE | events.PY_START)


def run(entry):
    with open(entry, "rb") as file:
        code = compile(file.read(), entry, "exec")
    module = type(sys)("__main__")
    module.__file__ = entry
    sys.modules["__main__"] = module
    exec(code, module.__dict__)


def main():
    work, pieces, schedule, parts, typing, descriptors, entry, *arguments = sys.argv[1:]
    descriptors, folder = int(descriptors), os.path.dirname(entry)
    sys.argv = [entry, *arguments]
    sys.path[0] = folder  # where Python itself would look first
    restore_signals()
    limit_files(descriptors)
    report_stacks(work)
    report_crashes(work)
    if typing == "terminal":
        own_terminal()
    if pieces == "1":
        use_small_pieces()
    if parts == "1":
        use_parts(schedule)
    if schedule != "-":
        use_schedule(folder, schedule)
    open(os.path.join(work, "begun"), "w").close()  # from here on the time is the student's
    try:
        run(entry)
    finally:
        report_threads(work)
