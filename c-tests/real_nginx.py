"""Becomes nginx, listening on 127.0.0.1 at a port of the system's choice, and prints the port.

    real_nginx.py DIRECTORY CONFIGURATION

The configuration has @PORT@ for the port. nginx takes over a listening socket that the environment names,
as it does when it is upgraded: nobody else can take the port meanwhile.
"""

import os
import socket
import sys

directory, configuration = sys.argv[1:]
listener = socket.create_server(("127.0.0.1", 0), backlog=64)
port = listener.getsockname()[1]
with open(configuration) as template:
    text = template.read().replace("@PORT@", str(port))
with open(configuration, "w") as file:
    file.write(text)
print(port, flush=True)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
listener.set_inheritable(True)
os.environ["NGINX"] = f"{listener.fileno()};"
os.execvp("nginx", ["nginx", "-p", directory, "-e", directory + "/error.log", "-c", configuration])
