"""A chat room under one big lock: it is held while everybody is told, so no copy is needed."""

import contextlib
import socket
import sys
import threading
import time

lock = threading.Lock()
room = []


def tell_others(talker, data):
    with lock:
        for conn in room:
            if conn is not talker:
                with contextlib.suppress(OSError):  # it is gone; the others still hear
                    conn.sendall(data)


def leave(conn):
    with contextlib.suppress(OSError):
        conn.shutdown(socket.SHUT_RDWR)  # whoever holds the lock may be stuck sending to us
    with lock:
        room.remove(conn)
    conn.close()


def serve(conn):
    try:
        while data := conn.recv(16384):
            tell_others(conn, data)
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
