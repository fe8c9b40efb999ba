"""A server that passes what one person says to everyone else in the room. Lesson 04 finds the lines."""

import socket
import sys
import threading

from room import Room


def serve(conn, address, room):
    with conn:
        room.join(conn)
        try:
            # TODO 5: this takes each recv for one line. Import LineReader, and loop over its lines instead.
            while True:
                data = conn.recv(4096)
                if not data:  # b"" is the end: this caller sends nothing more
                    break
                line = data.decode("utf-8", "replace").removesuffix("\n")
                room.broadcast(line, conn)
        # TODO 6: catch LineTooLong, and tell the talker. Then this function ends, and closes conn.
        except OSError as error:  # only this caller is gone, and only this thread ends
            print(address, "is gone:", error)
        finally:
            room.leave(conn)


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    room = Room()
    listener = socket.create_server((host, port))  # the option of lesson 01, on every system
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    while True:
        conn, address = listener.accept()
        threading.Thread(target=serve, args=(conn, address, room)).start()


if __name__ == "__main__":
    main()
