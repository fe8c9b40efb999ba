"""A room of lines under one big lock, with the framing left to a buffered file around the socket."""

import contextlib
import socket
import sys
import threading
import time

MAX_LINE = 65536  # bytes, with the newline

lock = threading.Lock()
room = []


def tell_others(talker, data):
    with lock:
        for conn in room:
            if conn is not talker:
                with contextlib.suppress(OSError):  # it is gone; the others still hear
                    conn.sendall(data)


def listen_to(conn):
    with conn.makefile("rb") as file:  # closed before conn, or conn would stay open
        while line := file.readline(MAX_LINE):
            if line.endswith(b"\n"):
                text = line[:-1].removesuffix(b"\r").decode(errors="replace")
                tell_others(conn, f"{text}\n".encode())
            elif len(line) == MAX_LINE:
                with lock:
                    conn.sendall(b"! line too long\n")
                return
            # else it is the last one and has no end: the next readline finds nothing more


def leave(conn):
    with contextlib.suppress(OSError):
        conn.shutdown(socket.SHUT_RDWR)  # whoever holds the lock may be stuck sending to us
    with lock:
        room.remove(conn)
    conn.close()


def serve(conn):
    try:
        listen_to(conn)
    except OSError:
        pass
    finally:
        leave(conn)


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    listener = socket.create_server((host, port))
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:  # the caller gave up, or no descriptor is left: try again, without haste
            time.sleep(0.05)
            continue
        with lock:
            room.append(conn)
        threading.Thread(target=serve, args=(conn,)).start()


if __name__ == "__main__":
    main()
