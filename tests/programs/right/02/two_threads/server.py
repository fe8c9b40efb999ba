"""An echo server with two threads for each caller: one reads, one writes, a queue between them."""

import queue
import socket
import sys
import threading
import time

END = None  # the last thing in a queue: the caller sends nothing more


def read(conn, chunks):
    try:
        while data := conn.recv(16384):
            chunks.put(data)  # waits while the queue is full
    except OSError:
        pass
    chunks.put(END)


def write(conn, chunks):
    reader = threading.Thread(target=read, args=(conn, chunks))
    reader.start()
    chunk = chunks.get()
    try:
        while chunk is not END:
            conn.sendall(chunk)
            chunk = chunks.get()
    except OSError:  # nobody takes it: empty the queue, so that the reader comes to its end
        while chunk is not END:
            chunk = chunks.get()
    reader.join()
    conn.close()


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
        threading.Thread(target=write, args=(conn, queue.Queue(maxsize=8))).start()


if __name__ == "__main__":
    main()
