#!/bin/bash
# proxy.py takes what follows an answer to HEAD that says `Transfer-Encoding: chunked` for chunks of that answer, though
# an answer to HEAD may say so and has no body (RFC 9112 sections 6.1 and 6.3). The next answer on that connection is no
# chunk: the proxy drops it and closes, without a word to the client. With a Content-Length in it all is well.
#
# Seen with proxy.py 2.4.10 of PyPI. Needs python3 with venv.
set -eu
work=$(mktemp -d)
proxy=
trap '[ -z "$proxy" ] || kill "$proxy"; wait; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install proxy.py==2.4.10
HOME=$work venv/bin/proxy --hostname 127.0.0.1 --port 0 --port-file "$work/port" --num-workers 1 --num-acceptors 1 \
    --log-level CRITICAL >proxy.log 2>&1 &
proxy=$!
until [ -s port ]; do
    kill -0 "$proxy"
    sleep 0.1
done
cat >pair.py <<'PY'
import http.client
import http.server
import sys
import threading


class Origin(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", "6")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(b"6\r\nhello\n\r\n0\r\n\r\n" if self.path == "/chunked" else b"hello\n")

    do_HEAD = do_GET

    def log_message(self, *arguments):
        pass


origin = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
origin.daemon_threads = True
threading.Thread(target=origin.serve_forever, daemon=True).start()


def pair(port, method, path):
    """That request, and behind it a GET on the same connection."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    base = "http://127.0.0.1:%d" % origin.server_port if port != origin.server_port else ""
    words = []
    for request in ((method, path), ("GET", "/sized")):
        client.request(request[0], base + request[1])
        try:
            response = client.getresponse()
            words.append("%d %r" % (response.status, response.read()))
        except http.client.RemoteDisconnected:
            words.append("closed without an answer")
    return ", ".join(words)


for name, port in (("directly", origin.server_port), ("proxy.py", int(sys.argv[1]))):
    for method, path in (("GET", "/chunked"), ("HEAD", "/sized"), ("HEAD", "/chunked")):
        print("%s: %s %s, GET: %s" % (name, method, path, pair(port, method, path)))
PY
venv/bin/python pair.py "$(cat port)" | tee seen
diff seen - <<'SEEN'
directly: GET /chunked, GET: 200 b'hello\n', 200 b'hello\n'
directly: HEAD /sized, GET: 200 b'', 200 b'hello\n'
directly: HEAD /chunked, GET: 200 b'', 200 b'hello\n'
proxy.py: GET /chunked, GET: 200 b'hello\n', 200 b'hello\n'
proxy.py: HEAD /sized, GET: 200 b'', 200 b'hello\n'
proxy.py: HEAD /chunked, GET: 200 b'', closed without an answer
SEEN
