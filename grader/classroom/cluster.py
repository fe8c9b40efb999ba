"""The engine on a Dask cluster: the same rows, graded by workers on other machines, over TLS only.

What travels to a worker is a submission's files and the options; what runs there is `grade_one` of the kit
that is installed there. It starts the grader as engine.py does here: a process of its own, in its sandbox.
The scheduler gives what a lost worker had in hand to another. It starts no scheduler and no worker.
"""

import contextlib
import os
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

from grader.classroom import sandbox
from grader.classroom.engine import Engine, Plan
from grader.classroom.rows import Student
from grader.classroom.submissions import Submission, programs
from grader.lessons import WrongUse, choose
from grader.words import _, _n, told

TLS = "tls://"
CONNECT, FIRST_WORKER = 10, 10  # seconds for the scheduler to answer, for a first worker to be there
LOOK, FETCH = 1, 60  # seconds between two looks at the connection; for a result to come from its worker
LOST = 3 * CONNECT  # seconds without a connection after which no answer is waited for
GONE = ("closing", "closed")  # what Dask says of a client that has given up
FILES = ("tls_ca", "tls_cert", "tls_key")
QUIET = {"distributed.admin.large-graph-warning-threshold": "1 GiB"}  # a submission may have some MB


def add_arguments(parser):
    parser.add_argument(
        "--scheduler", metavar="tls://HOST:PORT", help=told(_("grade on the cluster of this Dask scheduler"))
    )
    parser.add_argument("--tls-ca", type=Path, help=told(_("the certificate that the cluster trusts")))
    parser.add_argument("--tls-cert", type=Path, help=told(_("our own certificate, for the cluster")))
    parser.add_argument("--tls-key", type=Path, help=told(_("the key of our own certificate")))


def engine(given):
    """What makes, of plan, on_row and on_start, the engine that the arguments ask for. Raises WrongUse."""
    files = [getattr(given, name) for name in FILES]
    if given.scheduler:
        safe = security(given.scheduler, *files)
        return lambda plan, *told_to: ClusterEngine(plan, given.scheduler, safe, *told_to)
    if any(files):
        raise WrongUse(_("Certificates are for a cluster: say --scheduler tls://HOST:PORT, too."))
    return Engine


def security(scheduler, ca, cert, key):
    """Dask's Security from three files. Raises WrongUse where anything would go unencrypted or unproved."""
    see_that_it_is_tls(scheduler)
    for name, path in zip(FILES, (ca, cert, key), strict=True):
        option = f"--{name.replace('_', '-')}"
        if path is None:
            raise WrongUse(_("A cluster needs certificates: {option} is missing.", option=option))
        if not path.is_file():
            raise WrongUse(_("There is no file {file} ({option}).", file=str(path), option=option))
    return known_good(
        distributed().Security(
            tls_ca_file=str(ca), tls_client_cert=str(cert), tls_client_key=str(key), require_encryption=True
        )
    )


def see_that_it_is_tls(scheduler):
    if not scheduler.startswith(TLS):
        raise WrongUse(
            _(
                "The address of a scheduler begins with tls://, and {address} does not: "
                "without TLS anybody on the network could run programs on your machines.",
                address=scheduler,
            )
        )


def known_good(made):
    """The same, if certificate and key can be read and belong together."""
    try:
        made.get_connection_args("client")
    except OSError as error:  # ssl.SSLError is one
        why = error.strerror or str(error)
        raise WrongUse(_("The certificates for the cluster cannot be used: {why}", why=why)) from None
    return made


def distributed():
    """Dask's module, which only a cluster needs. Raises WrongUse if it is not installed."""
    try:
        import distributed
    except ImportError:
        raise WrongUse(
            _("A cluster needs Dask, here and on its machines: pip install -r requirements-cluster.txt")
        ) from None
    return distributed


class ClusterEngine(Engine):
    """An Engine whose submissions are graded by the workers of a Dask cluster."""

    def __init__(
        self, plan, scheduler, security, on_row=lambda row, is_new: None, on_start=lambda submission: None
    ):
        see_that_it_is_tls(scheduler)
        super().__init__(plan, on_row, on_start)
        self._scheduler, self._security = scheduler, security
        self._client, self._asked = None, {}

    def grade(self, submissions):
        """As Engine.grade; as many at once as the workers have threads. Raises WrongUse."""
        with connected(self._scheduler, self._security) as self._client:
            self._see_that_all_are_fit()
            self._plan = replace(self._plan, jobs=sum(self._client.nthreads().values()))
            return super().grade(submissions)

    def stop(self):
        """Takes back what waits, and ends the graders that run on the workers."""
        super().stop()
        with contextlib.suppress(Exception):  # the cluster may be what is broken
            self._client.cancel(list(self._asked.values()))
            self._client.run(end_graders, self._client.id, on_error="ignore")

    def ask(self, submission, found, plan):
        """What a worker says, or why none has said anything."""
        try:
            future = self._client.submit(grade_one, pack(submission.folder), self._order(plan), pure=False)
            with self._asking(future):
                return result_of(future, self._client)
        except Exception as error:
            return {"reason": why_not(error)}

    @contextlib.contextmanager
    def _asking(self, future):
        """Releases the result as soon as it has come: else it would be made again if its worker is lost."""
        self._asked[future.key] = future
        try:
            yield
        finally:
            del self._asked[future.key]
            future.release()

    def _order(self, plan):
        """What is asked of a worker, as plain data."""
        return {
            "client": self._client.id,
            "kit": self.kit,
            "lessons": [lesson.number for lesson in plan.lessons],
            "seed": plan.seed,
            "patience": plan.patience,
            "any_library": plan.any_library,
            "is_caged": plan.is_caged,
        }

    def _see_that_all_are_fit(self):
        """Each worker has this kit and, if it is to, can keep programs in. Raises WrongUse."""
        order = self._order(self._plan)
        for worker in self._client.nthreads():
            future = self._client.submit(why_unfit, order, workers=[worker], pure=False)
            try:
                why = result_of(future, self._client)
            except Exception as error:  # it cannot import the kit, most likely
                why = _(
                    "start it in the folder of the kit with `python -m dask worker`. It said: {said}",
                    said=(str(error) or type(error).__name__).partition("\n")[0],
                )
            if why:
                raise WrongUse(_("The worker {worker} cannot grade: {why}", worker=worker, why=why))


@contextlib.contextmanager
def connected(scheduler, security):
    """A client of the scheduler, when there is a worker. Raises WrongUse if there is none in time."""
    import dask

    with dask.config.set(QUIET):
        try:
            client = distributed().Client(scheduler, security=security, timeout=CONNECT, set_as_default=False)
        except (OSError, ValueError) as error:
            why = str(error)
            raise WrongUse(
                _("No scheduler answers at {address}: {why}", address=scheduler, why=why)
            ) from None
        with client:
            try:
                client.wait_for_workers(1, timeout=FIRST_WORKER)
            except TimeoutError:
                raise WrongUse(_("The scheduler at {address} has no worker.", address=scheduler)) from None
            yield client


def result_of(future, client):
    """Its result. Raises what went wrong there, or OSError when the scheduler is lost: Dask may wait on."""
    done = threading.Event()
    future.add_done_callback(lambda future: done.set())
    connected_at = time.monotonic()
    while not done.wait(LOOK):
        if is_connected(client):
            connected_at = time.monotonic()
        elif client.status in GONE or time.monotonic() - connected_at > LOST:
            raise OSError("the scheduler was lost")
    return future.result(FETCH)


def is_connected(client):
    """Whether it hears the scheduler. Its status alone may say "connecting" for ever: seen once in thirty."""
    comm = client.scheduler_comm
    return client.status == "running" and comm is not None and not comm.closed()


def why_not(error):
    """The reason of a row for which no worker had an answer."""
    if isinstance(error, distributed().KilledWorker):
        return _n(
            "{count} worker was lost while it graded this, so it was given up.",
            "{count} workers in turn were lost while they graded this, so it was given up.",
            error.allowed_failures + 1,
        )
    return _("The cluster could not grade it: {why}", why=str(error) or type(error).__name__)


def pack(folder):
    """The files of a submission: their bytes by their paths."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# What follows runs on a worker.

RUNNING, ENDED = {}, set()  # the engines that grade here now, by client; the clients that want no more
OTHER_KIT = _("The kit on this worker is not the one that the class is graded with.")
STOPPED = _("It was stopped.")


def grade_one(files, order):
    """The answer of a grader about a submission with these files; one.main says its form."""
    plan = plan_of(order)
    worker = Engine(plan)
    if worker.kit != order["kit"]:
        return {"reason": OTHER_KIT}
    with unpacked(files) as folder, registered(worker, order["client"]):
        try:
            return worker.ask(Submission(Student("one"), folder), programs(folder, plan.lessons), plan)
        except KeyboardInterrupt:  # said by `end_graders`; it would end Dask's worker, too
            return {"reason": STOPPED}


def plan_of(order):
    lessons = tuple(choose(order["lessons"]))
    asked = {name: order[name] for name in ("seed", "patience", "any_library", "is_caged")}
    return Plan(lessons, None, **asked)


@contextlib.contextmanager
def unpacked(files):
    """A folder with these files, in one that Dask empties if this worker is killed."""
    inside = distributed().get_worker().local_directory
    with tempfile.TemporaryDirectory(prefix="echo-to-chat-", dir=inside) as name:
        for path, data in files.items():
            Path(name, path).parent.mkdir(parents=True, exist_ok=True)
            Path(name, path).write_bytes(data)
        hand_over(Path(name))
        yield Path(name)


def hand_over(folder):
    """As root: what was unpacked belongs to the user that the sandbox becomes."""
    if hasattr(os, "geteuid") and not os.geteuid():
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, sandbox.NOBODY, sandbox.NOBODY)


@contextlib.contextmanager
def registered(worker, client):
    """Lets the client end what this engine runs."""
    RUNNING.setdefault(client, set()).add(worker)
    try:
        if client in ENDED:
            worker.stop()
        yield
    finally:
        RUNNING[client].discard(worker)


def end_graders(client):
    """Ends every grader that runs here for this client."""
    ENDED.add(client)
    for worker in list(RUNNING.get(client, ())):
        worker.stop()


def why_unfit(order):
    """Why this worker cannot grade such an order; nothing if it can."""
    if Engine(plan_of(order)).kit != order["kit"]:
        return OTHER_KIT
    if not order["is_caged"]:
        return ""
    with unpacked({}) as folder:
        try:
            sandbox.probe(folder)
        except WrongUse as wrong:
            return wrong.args[0]
    return ""
