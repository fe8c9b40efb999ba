"""The interop matrix as plain text: who works with whom, and what to look at first."""

from grader.classroom.meeting import FAILS, REFERENCE, UNKNOWN, WORKS
from grader.transcript import readable
from grader.words import N_, _, _n, told

MARKS = {WORKS: "+", FAILS: "x", UNKNOWN: "?"}
LEGEND = N_("A row is a server, a column a client: + they work together, x they do not, ? could not tell.")
LISTED = 200  # lines of one list


def text(servers, clients, cells):
    """The whole table, in the reader's language: keys of servers and clients, cells by both."""
    lines = [told(headline(cells)), told(LEGEND), "", *rows(servers, clients, cells)]
    for title, found in lists(cells):
        if found:
            lines += ["", told(title), *(f"  {told(line)}" for line in shortened(found))]
    return "\n".join(lines) + "\n"


def headline(cells):
    works = sum(cell.verdict == WORKS for cell in cells.values())
    return _n(
        "{works} of {count} meeting works.", "{works} of {count} meetings work.", len(cells), works=works
    )


def rows(servers, clients, cells):
    """A line for each server; a column has the number of its client in the list below."""
    wide, digits = max(len(readable(server)) for server in servers), len(str(len(clients)))
    yield " ".join([" " * wide, *(f"{number:{digits}}" for number in range(1, len(clients) + 1))])
    for server in servers:
        marks = (f"{MARKS[cells[server, client].verdict]:>{digits}}" for client in clients)
        yield " ".join([f"{readable(server):{wide}}", *marks])
    yield ""
    yield from (f"{number:{digits}}  {readable(client)}" for number, client in enumerate(clients, 1))


def lists(cells):
    """What to look at first: a title each, and the sentences below it."""
    fails = [cell for cell in cells.values() if cell.verdict == FAILS]
    unsure = [cell for cell in cells.values() if cell.verdict == UNKNOWN]
    servers = [cell for cell in fails if cell.client == REFERENCE]
    clients = [cell for cell in fails if cell.server == REFERENCE]
    apart = [cell for cell in fails if get_on_otherwise(cell, cells)]
    yield _("Servers at which the reference's client does not get on:"), [at_server(cell) for cell in servers]
    yield _("Clients that do not get on at the reference's server:"), [at_client(cell) for cell in clients]
    yield _("Both get on with the reference, and not with each other:"), [of_both(cell) for cell in apart]
    yield _("Could not tell:"), [of_both(cell) for cell in unsure]


def get_on_otherwise(cell, cells):
    """Whether it is only together that they fail."""
    pairs = (cell.server, REFERENCE), (REFERENCE, cell.client)
    return all(cells[pair].verdict == WORKS for pair in pairs)


def at_server(cell):
    return _("{who}: {reason}", who=readable(cell.server), reason=readable(cell.reason))


def at_client(cell):
    return _("{who}: {reason}", who=readable(cell.client), reason=readable(cell.reason))


def of_both(cell):
    server, client, reason = map(readable, (cell.server, cell.client, cell.reason))
    return _("{client} at {server}: {reason}", client=client, server=server, reason=reason)


def shortened(found):
    left = len(found) - LISTED
    return found[:LISTED] + ([_n("and {count} more", "and {count} more", left)] if left > 0 else [])
