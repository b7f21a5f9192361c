"""Calls in every order: what each of them came to, one after another.

A row of SESSIONS is (name, reply, end, function): the function drives a connection to the server that
gives this reply (in parts, if it is a list: server.release() lets the next one go), and notes outcomes.
"""

import io
import select
import socket

from server import LIMIT

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
EMPTY = b"HTTP/1.1 204 Empty\r\n\r\n"
SHORT = 0.05  # seconds, for a timeout that is to come

SESSIONS = []


def session(reply=OK, end=False):
    def add(function):
        SESSIONS.append(("session: " + function.__name__.replace("_", " "), reply, end, function))
        return function
    return add


# Closing.

@session()
def close_with_a_response_unread(c, server, note):
    c.request("GET", "/")
    response = c.getresponse()
    c.close()
    note(response.isclosed)
    note(response.read)
    note(lambda: c.sock)
    c.close()
    c.request("GET", "/")
    note(lambda: c.getresponse().status)


@session()
def close_with_a_response_half_read(c, server, note):
    c.request("GET", "/")
    response = c.getresponse()
    note(lambda: response.read(2))
    c.close()
    note(response.read)
    note(response.isclosed)


@session(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello")
def close_with_a_response_that_owns_its_stream(c, server, note):
    c.request("GET", "/")
    response = c.getresponse()
    note(lambda: c.sock)
    c.close()
    note(response.isclosed)
    note(response.read)
    note(response.isclosed)


@session(b"HTTP/1.1 200 OK\r\n\r\nhello", end=True)
def request_while_a_response_owns_its_stream(c, server, note):
    c.request("GET", "/")
    first = c.getresponse()
    c.request("GET", "/")
    note(lambda: c.getresponse().status)
    note(first.read)


@session()
def close_before_anything(c, server, note):
    note(c.close)
    note(c.connect)
    note(c.close)
    c.request("GET", "/")
    note(lambda: c.getresponse().read())


@session()
def close_after_the_request(c, server, note):
    c.request("GET", "/")
    c.close()
    note(c.getresponse)
    c.request("GET", "/again")
    note(lambda: c.getresponse().status in (200, 299))


# Timeouts.

def arrived(c):
    """Waits for what the server has sent, without reading it."""
    select.select([c.sock], [], [], LIMIT)


def waiting(c, call):
    c.sock.settimeout(SHORT)
    try:
        return call()
    finally:
        c.sock.settimeout(LIMIT)


@session([b"", OK])
def timeout_before_the_head(c, server, note):
    c.request("GET", "/")
    note(lambda: waiting(c, c.getresponse))
    note(lambda: c.request("GET", "/"))
    server.release()
    note(lambda: c.getresponse().read())
    c.request("GET", "/")
    note(lambda: c.getresponse().status)


@session([OK[:10], OK[10:]])
def timeout_inside_the_status_line(c, server, note):
    c.request("GET", "/")
    arrived(c)
    note(lambda: waiting(c, c.getresponse))
    server.release()
    note(lambda: c.getresponse().read())


@session([OK[:-3], OK[-3:]])
def timeout_inside_the_body(c, server, note):
    c.request("GET", "/")
    response = c.getresponse()
    note(lambda: response.read(2))
    note(lambda: waiting(c, lambda: response.read(1)))
    server.release()
    note(response.read)


# States.

@session()
def a_second_request_behind_an_unread_response(c, server, note):
    c.request("GET", "/")
    response = c.getresponse()
    c.request("GET", "/")
    note(c.getresponse)
    note(lambda: c.request("GET", "/"))
    note(response.read)
    note(lambda: c.getresponse().status)


@session(EMPTY)
def an_empty_response_is_held(c, server, note):
    c.request("GET", "/")
    response = c.getresponse()
    note(response.isclosed)
    c.request("GET", "/")
    note(c.getresponse)
    note(response.read)
    note(response.isclosed)
    note(lambda: c.getresponse().status)


@session(EMPTY)
def an_empty_response_is_closed(c, server, note):
    c.request("GET", "/")
    response = c.getresponse()
    c.request("GET", "/")
    response.close()
    note(lambda: c.getresponse().status)


@session()
def getresponse_twice(c, server, note):
    c.request("GET", "/")
    c.getresponse()
    note(c.getresponse)


@session()
def calls_out_of_order(c, server, note):
    note(lambda: c.putheader("A", "b"))
    note(c.endheaders)
    note(c.getresponse)
    c.putrequest("GET", "/")
    note(lambda: c.putrequest("GET", "/"))
    note(lambda: c.request("GET", "/"))
    note(c.getresponse)
    c.endheaders()
    note(lambda: c.putheader("A", "b"))
    note(c.endheaders)
    note(lambda: c.putrequest("GET", "/"))
    note(lambda: c.getresponse().read())
    note(lambda: c.putheader("A", "b"))


@session()
def a_tunnel_on_an_open_connection(c, server, note):
    c.connect()
    note(lambda: c.set_tunnel("x"))
    c.request("GET", "/")
    note(lambda: c.getresponse().read())


@session()
def not_connected(c, server, note):
    c.auto_open = 0
    note(lambda: c.request("GET", "/"))
    note(lambda: c.request("GET", "/"))
    note(lambda: c.putheader("A", "b"))
    note(lambda: c.send(b"x"))
    c.close()
    c.auto_open = 1
    c.request("GET", "/")
    note(lambda: c.getresponse().read())


# What was refused, and what failed.

@session()
def a_refused_request(c, server, note):
    note(lambda: c.request("GET", "/\n"))
    note(lambda: c.request("GET", "/"))
    note(lambda: c.getresponse().read())


@session()
def a_refused_header_of_a_request(c, server, note):
    note(lambda: c.request("GET", "/", headers={"A": "b", "C": "d\n"}))
    c.close()
    c.request("GET", "/")
    note(lambda: c.getresponse().read())


@session()
def a_refused_request_line(c, server, note):
    note(lambda: c.putrequest("GET", "/ "))
    note(lambda: c.putrequest("GET", "/"))
    note(lambda: c.putheader("A", "b"))
    c.close()
    c.request("GET", "/")
    note(lambda: c.getresponse().read())


@session()
def a_request_line_refused_for_its_method(c, server, note):
    note(lambda: c.putrequest("G\rET", "/"))
    note(lambda: c.putrequest("GET", "/"))
    note(c.getresponse)
    c.close()
    c.request("GET", "/")
    note(lambda: c.getresponse().read())


@session()
def nobody_listens(c, server, note):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        other = type(c)("127.0.0.1", unused.getsockname()[1], timeout=LIMIT)
        note(other.connect)
        note(lambda: other.request("GET", "/"))
        note(lambda: other.request("GET", "/"))
        other.close()
        note(lambda: other.putrequest("GET", "/"))


@session(b"", end=True)
def no_response(c, server, note):
    c.request("GET", "/")
    note(c.getresponse)
    note(lambda: c.sock)
    note(c.getresponse)
    c.request("GET", "/")
    note(lambda: c.getresponse().status)


@session(b"HTTP/1.1 100 Continue\r\n\r\n", end=True)
def no_response_behind_a_100(c, server, note):
    c.request("GET", "/")
    note(c.getresponse)
    note(lambda: c.sock)
    c.request("GET", "/")
    note(lambda: c.getresponse().status)


def failing_head(name, line):
    def drive(c, server, note):
        c.request("GET", "/")
        note(c.getresponse)
        note(lambda: c.request("GET", "/"))
        note(lambda: c.putheader("A", "b"))
        c.close()
        c.request("GET", "/")
        note(lambda: c.getresponse().status)
    SESSIONS.append(("session: after " + name, line, False, drive))


for _name, _line in (
    ("a bad status line", b"nonsense\r\n"), ("a bad code", b"HTTP/1.1 abc\r\n"),
    ("an unknown version", b"HTTP/3.0 200 OK\r\n\r\n"),
    ("a long status line", b"HTTP/1.1 200 " + b"k" * 65536 + b"\r\n"),
    ("too many headers", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 101 + b"\r\n"),
    ("a long header", b"HTTP/1.1 200 OK\r\nA: " + b"b" * 65536 + b"\r\n"),
):
    failing_head(_name, _line)


@session([b"nonsense\r\n", OK])
def a_response_behind_a_bad_status_line(c, server, note):
    c.request("GET", "/")
    note(c.getresponse)
    server.release()
    note(lambda: c.getresponse().status)


# Sending.

@session()
def the_body_comes_after_the_head(c, server, note):
    c.putrequest("POST", "/")
    c.putheader("Content-Length", "6")
    c.endheaders()
    c.send(io.BytesIO(b"ab"))
    c.send([b"c", b"", b"d"])
    c.send(bytearray(b"ef"))
    note(lambda: c.getresponse().read())


@session()
def more_is_sent_than_was_announced(c, server, note):
    c.putrequest("POST", "/")
    c.putheader("Content-Length", "2")
    c.endheaders()
    note(lambda: c.send(b"abc"))
    note(lambda: c.send(b"ab"))
    note(lambda: c.getresponse().read())


@session()
def an_answer_before_the_body_is_sent(c, server, note):
    c.putrequest("POST", "/")
    c.putheader("Content-Length", "2")
    c.endheaders()
    response = c.getresponse()
    note(response.read)
    note(lambda: response.will_close)
