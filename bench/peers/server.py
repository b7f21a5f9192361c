"""Canned replies over HTTP/1.1: server.py [CERTIFICATE KEY] prints its port, and serves until stdin ends."""

import asyncio
import ssl
import sys

BODY = b"x" * 1024
LENGTH = b"Content-Length: 1024\r\n"
# A common server's own, and what an API adds to them: 30 in all.
FEW = b"Server: canned\r\nContent-Type: application/octet-stream\r\n" + LENGTH
SEVEN = (
    b"Server: canned/1.22.1\r\nDate: Thu, 20 Nov 2025 10:00:00 GMT\r\n"
    b"Content-Type: application/octet-stream\r\n" + LENGTH + b"Last-Modified: Wed, 19 Nov 2025 10:00:00 GMT\r\n"
    b'Connection: keep-alive\r\nETag: "691d9ea0-400"\r\nAccept-Ranges: bytes\r\n'
)
MANY = SEVEN + b"".join(
    name + b"\r\n"
    for name in (
        b"Cache-Control: private, max-age=0, must-revalidate",
        b"Expires: Thu, 20 Nov 2025 10:00:00 GMT",
        b"Vary: Accept-Encoding, Accept, Authorization, Cookie",
        b"Set-Cookie: session=0123456789abcdef0123456789abcdef; Path=/; HttpOnly; Secure",
        b"Set-Cookie: theme=dark; Path=/; Max-Age=31536000",
        b"X-Request-Id: 7f000001-0000-4000-8000-000000000001",
        b"X-RateLimit-Limit: 5000",
        b"X-RateLimit-Remaining: 4987",
        b"X-RateLimit-Reset: 1763636400",
        b"X-Frame-Options: deny",
        b"X-Content-Type-Options: nosniff",
        b"X-XSS-Protection: 0",
        b"Strict-Transport-Security: max-age=31536000; includeSubdomains; preload",
        b"Content-Security-Policy: default-src 'none'; script-src 'self'; img-src 'self'",
        b"Referrer-Policy: origin-when-cross-origin, strict-origin-when-cross-origin",
        b"Access-Control-Allow-Origin: *",
        b"Access-Control-Expose-Headers: ETag, Link, Location, Retry-After",
        b"Access-Control-Max-Age: 86400",
        b"Content-Language: en",
        b'Link: <http://127.0.0.1/items?page=2>; rel="next"',
        b"Via: 1.1 edge-3",
        b"X-Last: end-of-headers",
    )
)


def fields(count):
    """So many fields of 40 bytes each, of which one frames the body."""
    return LENGTH + b"".join(b"X-Field-%03d: abcdefghijklmnopqrstuvwxy\r\n" % i for i in range(1, count))


def chunked(size, count):
    """A body of so many chunks of that size."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + (b"%x\r\n" % size + b"x" * size + b"\r\n") * count + b"0\r\n\r\n"


def reply(path):
    """The reply for a path: /empty, /ok, /few, /seven, /many, /fields/COUNT, /chunks/SIZE/COUNT."""
    match path.split("/")[1:]:
        case ["empty"]:
            return b"HTTP/1.1 200 OK\r\nServer: canned\r\nContent-Length: 0\r\n\r\n"
        case ["ok"]:
            return b"HTTP/1.1 200 OK\r\nServer: canned\r\nContent-Length: 3\r\n\r\nok\n"
        case ["chunks", size, count]:
            return chunked(int(size), int(count))
        case ["fields", count]:
            block = fields(int(count))
        case [name]:
            block = {"few": FEW, "seven": SEVEN, "many": MANY}[name]
    return b"HTTP/1.1 200 OK\r\n" + block + b"\r\n" + BODY


async def serve(reader, writer):
    """Answers the requests of a connection."""
    known = {}
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"POST"):
                await reader.readexactly(len(BODY))
            path = head.split(b" ", 2)[1]
            if path not in known:
                known[path] = reply(path.decode())
            writer.write(known[path])
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
        writer.close()


async def main(certificate=None, key=None):
    """Serves."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main(*sys.argv[1:]))
