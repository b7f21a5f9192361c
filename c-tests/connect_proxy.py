"""A proxy that knows CONNECT to a port of this machine, and nothing else.

    connect_proxy.py        prints the port it has on 127.0.0.1
"""
import socket
import socketserver
import threading


def move(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other side has gone


class Handler(socketserver.StreamRequestHandler):
    # What follows the head belongs to the tunnel.
    rbufsize = 0

    def handle(self):
        method, authority, _ = self.rfile.readline().split(b" ", 2)
        while self.rfile.readline() != b"\r\n":
            pass
        if method != b"CONNECT":
            self.wfile.write(b"HTTP/1.1 405 CONNECT only\r\nConnection: close\r\n\r\n")
            return
        port = int(authority.rpartition(b":")[2])
        with socket.create_connection(("127.0.0.1", port)) as target:
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=move, args=(target, self.connection))
            back.start()
            move(self.connection, target)
            back.join()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


with Server(("127.0.0.1", 0), Handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
