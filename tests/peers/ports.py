"""Keeps ports of 127.0.0.1 for servers that cannot be given one by the system: prints as many as are asked for.

    ports.py COUNT          prints them in one line, and holds them until its standard input ends

A port is held by a socket that is bound and does not listen. Whoever binds with SO_REUSEADDR, as servers do, can
listen there; the system gives it to nobody who asks for any port, and to no connection. Nobody listens at a port
that is not in use: connections to it are refused. (So it is on Linux.)
"""
import socket
import sys

held = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in held:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held), flush=True)
sys.stdin.read()
