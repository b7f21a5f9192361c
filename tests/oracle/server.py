"""A server on loopback that sends exact bytes and keeps what it receives."""

import contextlib
import socket
import threading

SECOND = b"HTTP/1.1 299 Second\r\nContent-Length: 0\r\n\r\n"
LIMIT = 5  # seconds for anything


class Server:
    """Answers the first request with `reply` and every later one with SECOND; `end` says whether the
    stream ends behind the first. Without a reply it only listens."""

    def __init__(self, reply, end):
        self.reply, self.end = reply, end
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.port = self.listener.getsockname()[1]
        self.received = []  # all bytes, by connection
        self.arrivals = []  # the connection of each request
        self.threads = []
        self.changed = threading.Lock()
        self.farewell = None
        self.start(self.accept)

    def start(self, work, *arguments):
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        thread.start()
        self.threads.append(thread)

    def accept(self):
        while True:
            sock, address = self.listener.accept()
            if address == self.farewell:
                sock.close()
                return
            sock.settimeout(LIMIT)
            with self.changed:
                self.received.append(bytearray())
            self.start(self.serve, sock, len(self.received) - 1)

    def serve(self, sock, number):
        answered = 0
        with sock, contextlib.suppress(OSError):
            while True:
                data = sock.recv(65536)
                with self.changed:
                    received = self.received[number]
                    received += data
                if not data:
                    return
                while self.reply is not None and received.count(b"\r\n\r\n") > answered:
                    answered += 1
                    self.answer(sock, number)

    def answer(self, sock, number):
        with self.changed:
            first = not self.arrivals
            self.arrivals.append(number)
        sock.sendall(self.reply if first else SECOND)
        if first and self.end:
            sock.shutdown(socket.SHUT_WR)

    def close(self):
        """Ends when all that the client has sent was received: connections are accepted in order, and
        the last one is the farewell."""
        with socket.socket() as farewell:
            farewell.bind(("127.0.0.1", 0))
            self.farewell = farewell.getsockname()
            farewell.connect(self.listener.getsockname())
            self.threads[0].join(LIMIT)
        for thread in self.threads:
            thread.join(LIMIT)
        self.listener.close()
