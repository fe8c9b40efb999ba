"""Every student's client at every student's server: which of them work together.

A matrix of meetings (meeting.py), several at once, some of one server in one sandbox; what is known of two
programs is not asked again. Written as JSON, as a table in plain text, and as a picture (heat_map.py).
"""

import contextlib
import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from grader import screen
from grader.classroom import heat_map, interop_table, sandbox
from grader.classroom.engine import MORE_PATIENCE, Engine, add_files
from grader.classroom.meeting import CLIENT, REFERENCE, SERVER, UNKNOWN, Order
from grader.classroom.submissions import programs
from grader.lessons import Lesson, checked_lessons
from grader.words import _, told

SCHEMA, VERSION = "echo-to-chat/interop", 1
SHOWN = ("server", "client", "verdict", "reason")
CLIENTS_OF, SERVERS_FROM = Lesson("06"), "05"
GROUP = 20  # clients that meet a server in one process: to start it costs about as much as a meeting
WALL = 60  # seconds that one meeting may take, with the reference's if that is asked, too


@dataclass(frozen=True)
class Cell:
    """What became of a server and a client. `digest`: of both programs, the kit and the options."""

    server: str
    client: str
    verdict: str
    reason: str
    digest: str


def clients_of(submissions):
    """Each one's client of lesson 06, the file, by key; and the reference's."""
    found = {one.student.key: programs(one.folder, [CLIENTS_OF]) for one in submissions if one.folder}
    known = {key: folders[CLIENTS_OF.number] / CLIENTS_OF.entry for key, folders in found.items() if folders}
    return {REFERENCE: CLIENT} | known


def servers_of(submissions):
    """Each one's server of the last lesson from 05 on that has one, the file, by key; and the reference's."""
    lessons = [lesson for lesson in checked_lessons() if lesson.number >= SERVERS_FROM]
    found = {one.student.key: last_server(one.folder, lessons) for one in submissions if one.folder}
    return {REFERENCE: SERVER} | {key: path for key, path in found.items() if path}


def last_server(folder, lessons):
    for lesson in reversed(lessons):
        server = programs(folder, [lesson]).get(lesson.number, folder / lesson.number) / "server.py"
        if server.is_file():
            return server
    return None


def interop(submissions, plan, folder):
    """Fills the matrix of the class and writes it into the folder; the paths."""
    servers, clients = servers_of(submissions), clients_of(submissions)
    known = folder / "interop"
    known.mkdir(parents=True, exist_ok=True)
    with progress(len(servers) * len(clients)) as on_cells:
        cells = Matrix(replace(plan, rows=known), servers, clients).fill(on_cells)
    write_json(cells, folder / "interop.json")
    text = interop_table.text(list(servers), list(clients), cells)
    replace_text(folder / "interop.txt", text)
    written = heat_map.write(list(servers), list(clients), cells, folder)
    return [folder / "interop.json", folder / "interop.txt", *written]


@contextlib.contextmanager
def progress(total):
    """A bar on a terminal; gives the function to call with new cells."""
    if not screen.is_terminal():
        yield lambda cells: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(told(_("meetings"))), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as bar:
        task = bar.add_task("", total=total)
        yield lambda cells: bar.advance(task, len(cells))


class Matrix:
    """Lets servers and clients meet; each is a file, by key. `plan.rows` is the folder of what is known."""

    def __init__(self, plan, servers, clients):
        self._plan, self._servers, self._clients = plan, servers, clients
        self._engine, self._cells = Engine(plan), {}
        folders = [path.parent for path in (*servers.values(), *clients.values())]
        theirs = [folder for folder in folders if folder not in (SERVER.parent, CLIENT.parent)]
        self._base = Path(os.path.commonpath(theirs or folders))
        self._digests = {folder: digest_of(folder) for folder in folders}

    def fill(self, on_cells=lambda cells: None):
        """All cells, by (server, client). Raises KeyboardInterrupt, with nothing left running."""
        wanted = [(server, client) for server in self._servers for client in self._clients]
        self._cells = dict(self._known())
        on_cells(self._cells)
        self._ask([pair for pair in wanted if pair not in self._cells], self._plan, on_cells)
        unsure = [pair for pair in wanted if self._cells[pair].verdict == UNKNOWN]
        patient = replace(self._plan, jobs=1, patience=self._plan.patience * MORE_PATIENCE)
        self._ask(unsure, patient)  # alone, for it may have been too busy
        return {pair: self._cells[pair] for pair in wanted}

    def _ask(self, pairs, plan, on_cells=lambda cells: None):
        with ThreadPoolExecutor(plan.jobs) as pool:
            waiting = [pool.submit(self._meet, server, clients, plan) for server, clients in grouped(pairs)]
            try:
                for done in as_completed(waiting):
                    self._keep(done.result())
                    on_cells(done.result())
            except KeyboardInterrupt:
                for future in waiting:
                    future.cancel()
                self._engine.stop()
                raise

    def _meet(self, server, clients, plan):
        """The cells of a group; what its process did not come to, nobody can tell."""
        seconds = WALL * len(clients)
        said = self._engine.hear(
            lambda descriptor: self._command(server, clients, plan, descriptor), plan.is_caged, seconds
        )
        answers = {answer.pop("client"): answer for answer in map(parsed, said.splitlines()) if answer}
        lost = {"verdict": UNKNOWN, "reason": _("The process in which they met ended early.")}
        return {
            (server, client): Cell(
                server, client, digest=self._digest(server, client), **answers.get(client, lost)
            )
            for client in clients
        }

    def _command(self, server, clients, plan, descriptor):
        """The command of the process in which they meet, in the sandbox or not."""
        paths = {client: self._inside(self._clients[client]) for client in clients}
        server = self._inside(self._servers[server])
        order = Order(server, paths, plan.seed, plan.patience, plan.is_caged)
        words = ["-s", "-B", "-m", "grader.classroom.meeting", json.dumps(asdict(order)), str(descriptor)]
        command = [sys.executable, *words]
        return sandbox.around(command, self._base) if plan.is_caged else command

    def _inside(self, path):
        """The path as the process sees it."""
        if self._plan.is_caged and path not in (SERVER, CLIENT):
            return f"{sandbox.HANDED_IN}/{path.relative_to(self._base).as_posix()}"
        return str(path)

    # what is known

    def _digest(self, server, client):
        plan = self._plan
        both = self._digests[self._servers[server].parent], self._digests[self._clients[client].parent]
        asked = (self._engine.kit, both, plan.seed, plan.patience, plan.is_caged)
        return hashlib.sha256(repr(asked).encode()).hexdigest()

    def _known(self):
        """The cells of an earlier run that could tell, if the programs and the kit are the same."""
        for server in self._servers:
            for cell in earlier(self._file(server)):
                pair = server, cell.client
                if (
                    cell.client in self._clients
                    and cell.digest == self._digest(*pair)
                    and cell.verdict != UNKNOWN
                ):
                    yield pair, cell

    def _keep(self, cells):
        """Notes the cells down, in the file of their server."""
        self._cells |= cells
        for server in {server for server, _client in cells}:
            known = [self._cells.get((server, client)) for client in self._clients]
            replace_text(self._file(server), dumped([asdict(cell) for cell in known if cell]))

    def _file(self, server):
        return self._plan.rows / f"{server}.json"


def earlier(path):
    """The cells that stand in the file; none if it is not there, or no such file."""
    try:
        return [Cell(**cell) for cell in json.loads(path.read_text("utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def grouped(pairs):
    """(server, some clients) for each process, of these pairs of keys."""
    by_server = {}
    for server, client in pairs:
        by_server.setdefault(server, []).append(client)
    for server, clients in by_server.items():
        yield from ((server, clients[at : at + GROUP]) for at in range(0, len(clients), GROUP))


def parsed(line):
    """An answer of meeting.main; nothing if the line is not whole."""
    with contextlib.suppress(ValueError, TypeError, AttributeError):
        answer = json.loads(line)
        return answer if answer.keys() == {"client", "verdict", "reason"} else None


def digest_of(folder):
    whole = hashlib.sha256()
    add_files(whole, folder, "*")
    return whole.hexdigest()


def dumped(value):
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def replace_text(path, text):
    """Writes the file in one step."""
    new = path.with_suffix(".new")
    new.write_text(text, "utf-8", errors="replace")
    new.replace(path)


def write_json(cells, path):
    """For programs: the digests are of no use to them."""
    found = [{name: getattr(cell, name) for name in SHOWN} for cell in cells.values()]
    replace_text(path, dumped({"schema": SCHEMA, "version": VERSION, "cells": found}))
