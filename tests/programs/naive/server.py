"""A first multi-user chat server. It is wrong on purpose, in many ways at once.

It looks finished and it works in a demonstration. The lessons of this course take its faults
one after another and mend them. The faults are not marked: to find them is the course.
"""

import socket
import sys
import threading

host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413

clients = []


def handle(client):
    while True:
        try:
            data = client.recv(1024)
            if not data:
                print("left:", client.getpeername(), flush=True)
                clients.remove(client)
                client.close()
                break
            message = data.decode()
            print(client.getpeername(), message, flush=True)
            for other in clients:
                if other is not client:
                    other.send(message.encode())
        except Exception as error:
            print("error:", error, flush=True)
            continue


server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind((host, port))
server.listen(5)
print("listening on {}:{}".format(*server.getsockname()), flush=True)
print("waiting for clients", flush=True)

while True:
    client, address = server.accept()
    print("connected:", address, flush=True)
    clients.append(client)
    threading.Thread(target=handle, args=(client,)).start()
