"""Python's http.server with HTTP/1.1, a chunked answer at /chunked, and files from a directory; uploads to /count are
counted, those to /early refused.

    real_server.py DIRECTORY        prints the port it has on 127.0.0.1
"""
import functools
import http.server
import socket
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path != "/chunked":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in (b"one ", b"two ", b"three "):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def do_HEAD(self):
        if self.path != "/chunked":
            super().do_HEAD()
            return
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def handle_expect_100(self):
        return self.path == "/early" or super().handle_expect_100()

    def do_POST(self):
        if self.path == "/count":
            self.answer(200, b"%d" % len(self.rfile.read(int(self.headers["Content-Length"]))))
        elif self.path == "/early":
            # Who still sends must not be reset before it has read this.
            self.close_connection = True
            self.answer(413, b"big\n")
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(10)
            while self.rfile.read1(65536):
                pass
        else:
            self.send_error(501)

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


handler = functools.partial(Handler, directory=sys.argv[1])
with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
