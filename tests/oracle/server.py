"""A server on loopback that sends exact bytes and keeps what it receives."""

import contextlib
import socket
import struct
import threading

SECOND = b"HTTP/1.1 299 Second\r\nContent-Length: 0\r\n\r\n"
LIMIT = 60  # seconds for anything
ABORT = struct.pack("ii", 1, 0)  # SO_LINGER: close() leaves nothing behind

# One for all cases, so that some thousand of them do not use up the system's ports.
LISTENER = socket.socket()
LISTENER.bind(("127.0.0.1", 0))
LISTENER.listen()


class Server:
    """Answers the first request with `reply` and every later one with SECOND; `end` says whether the
    stream ends behind the first. Without a reply it only listens.

    A reply may come in parts: from the second on, each one waits for release()."""

    def __init__(self, reply, end):
        self.parts = [reply] if isinstance(reply, bytes) else reply
        self.end = end
        self.released = threading.Semaphore(0)
        self.port = LISTENER.getsockname()[1]
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
            sock, address = LISTENER.accept()
            if address == self.farewell:
                sock.close()
                return
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
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
                while self.parts is not None and received.count(b"\r\n\r\n") > answered:
                    answered += 1
                    self.answer(sock, number)

    def answer(self, sock, number):
        with self.changed:
            first = not self.arrivals
            self.arrivals.append(number)
        if not first:
            return sock.sendall(SECOND)
        for index, part in enumerate(self.parts):
            if index > 0:
                self.released.acquire(timeout=LIMIT)
            sock.sendall(part)
        if self.end:
            sock.shutdown(socket.SHUT_WR)

    def release(self):
        """Lets the next part of the reply go."""
        self.released.release()

    def close(self):
        """Ends when all that the client has sent was received: connections are accepted in order, and
        the last one is the farewell."""
        self.release()
        with socket.socket() as farewell:
            farewell.bind(("127.0.0.1", 0))
            self.farewell = farewell.getsockname()
            farewell.connect(LISTENER.getsockname())
            self.threads[0].join(LIMIT)
        for thread in self.threads:
            thread.join(LIMIT)
