"""An echo server with a pool of threads that grows, so that no caller ever waits for a worker."""

import queue
import socket
import sys
import threading
import time

SPARE = 4  # so many workers always stay; one more than that goes home when its caller leaves


def serve(conn):
    with conn:
        try:
            while data := conn.recv(16384):
                conn.sendall(data)
        except OSError:  # only this caller is gone
            pass


class Pool:
    def __init__(self):
        self._jobs = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._workers = SPARE
        self._free = SPARE  # workers that no job has been promised to
        for _ in range(SPARE):
            threading.Thread(target=self._work).start()

    def submit(self, conn):
        with self._lock:
            grow = self._free == 0
            if grow:
                self._workers += 1
            else:
                self._free -= 1
        if grow:
            threading.Thread(target=self._work).start()
        self._jobs.put(conn)

    def _work(self):
        while True:
            serve(self._jobs.get())
            with self._lock:
                if self._workers > SPARE:
                    self._workers -= 1
                    return
                self._free += 1


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    listener = socket.create_server((host, port))
    pool = Pool()
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:  # the caller gave up, or no descriptor is left: try again, without haste
            time.sleep(0.05)
            continue
        pool.submit(conn)


if __name__ == "__main__":
    main()
