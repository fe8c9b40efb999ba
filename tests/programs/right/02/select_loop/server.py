"""An echo server for many callers in one thread; each caller is an object with its own buffer."""

import select
import socket
import sys
import time

LIMIT = 256 * 1024  # a caller who is owed so many bytes is not read until it takes some


class Caller:
    def __init__(self, conn):
        conn.setblocking(False)
        self.conn = conn
        self.owed = bytearray()
        self.sends_more = True

    def fileno(self):  # this is all that select wants from an object
        return self.conn.fileno()

    def wants_read(self):
        return self.sends_more and len(self.owed) < LIMIT

    def wants_write(self):
        return bool(self.owed)

    def read(self):
        data = self.conn.recv(65536)
        self.owed += data
        self.sends_more = bool(data)

    def write(self):
        sent = self.conn.send(self.owed)
        del self.owed[:sent]

    def finished(self):
        return not self.sends_more and not self.owed


class EchoServer:
    def __init__(self, host, port):
        self.listener = socket.create_server((host, port))
        self.listener.setblocking(False)
        self.callers = set()

    def run(self):
        while True:
            readers = [caller for caller in self.callers if caller.wants_read()]
            writers = [caller for caller in self.callers if caller.wants_write()]
            readable, writable, _ = select.select([self.listener, *readers], writers, [])
            if self.listener in readable:
                self.accept()
                readable.remove(self.listener)
            for caller in readable:
                self.attempt(caller, caller.read)
            for caller in writable:
                if caller in self.callers:  # it may have gone while we read
                    self.attempt(caller, caller.write)

    def accept(self):
        try:
            conn, _ = self.listener.accept()
        except OSError:  # the caller gave up, or no descriptor is left: come back a little later
            time.sleep(0.05)
        else:
            self.callers.add(Caller(conn))

    def attempt(self, caller, action):
        try:
            action()
        except BlockingIOError:
            return
        except OSError:
            self.drop(caller)
        else:
            if caller.finished():
                self.drop(caller)

    def drop(self, caller):
        self.callers.remove(caller)
        caller.conn.close()


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    server = EchoServer(host, port)
    print("listening on {}:{}".format(*server.listener.getsockname()), flush=True)
    server.run()


if __name__ == "__main__":
    main()
