"""A first chat client. It is wrong on purpose, in many ways at once.

It looks finished and it works in a demonstration. The lessons of this course take its faults
one after another and mend them. The faults are not marked: to find them is the course.
"""

import socket
import sys
import threading

host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413


def send_messages(client):
    while True:
        message = input()
        client.send(message.encode())


client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect((host, port))
print("connected to", host, port, flush=True)

thread = threading.Thread(target=send_messages, args=(client,))
thread.start()

while True:
    try:
        message = client.recv(1024).decode()
        print(message, flush=True)
    except OSError:
        print("the connection is broken", flush=True)
        break

client.close()
