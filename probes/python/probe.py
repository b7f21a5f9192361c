"""httpclient from Python: the ctypes declarations a binding needs, and a check of each.

Usage: probe.py LIBRARY HTTP_PORT HTTPS_PORT SCRIPT_PORT CA_FILE
"""

import ctypes
import errno
import os
import socket
import sys
from ctypes import (CFUNCTYPE, POINTER, Structure, byref, c_bool, c_char_p, c_int32, c_int64,
                    c_size_t, c_void_p)

# --- Declarations ---------------------------------------------------------------------------------

# Constants are part of the ABI: their numbers never change, so a binding may write them down.
HC_OK = 0
HC_ERR_INVALID_ARGUMENT = 10
HC_ERR_INVALID_HANDLE = 11
HC_ERR_BUSY = 12
HC_ERR_HTTP = 100
HC_ERR_INCOMPLETE_READ = 106
HC_ERR_BAD_STATUS_LINE = 120
HC_ERR_OS = 200
HC_ERR_CONNECTION_REFUSED = 202
HC_ERR_TRANSPORT = 215
HC_ERR_TLS_CERTIFICATE = 301
HC_ERR_TLS_UNKNOWN_ISSUER = 305
HC_ERR_TLS_CONFIG = 324
HC_LENGTH_UNKNOWN = -1
HC_RETRY_NOT_SENT = 0
HC_RETRY_RESPONSE_STARTED = 2
HC_TRACE_SEND = 1
HC_TRACE_HEAD = 3


class ErrorDetail(Structure):
    """struct hc_error_detail. ctypes lays it out as the C compiler does, padding included."""

    _fields_ = [
        ("size", c_size_t),  # set before the call, so that the library knows which fields there are
        ("code", c_int32),
        ("os_error", c_int32),
        ("retry", c_int32),
        ("phase", c_int32),
        ("received", c_int64),
        ("expected", c_int64),
        # Addresses rather than c_char_p: the length says where the bytes end, not the first NUL.
        ("message", c_void_p),
        ("message_len", c_size_t),
        ("line", c_void_p),
        ("line_len", c_size_t),
    ]


# Handles are opaque, so an address-sized integer is all a binding keeps: c_void_p.
handle = c_void_p
out_handle = POINTER(c_void_p)
out_size = POINTER(c_size_t)
strings = POINTER(c_char_p)
code = c_int32

trace_fn = CFUNCTYPE(None, c_void_p, c_int32, c_void_p, c_size_t)
body_fn = CFUNCTYPE(c_int64, c_void_p, c_void_p, c_size_t)

# Every function needs its types: without them ctypes would cut a handle down to an int.
# A text returned with its length is declared as an address; one without as c_char_p, which copies.
FUNCTIONS = {
    "hc_version_string": (c_char_p,),
    "hc_error_name": (c_char_p, c_int32),
    "hc_error_string": (c_char_p, c_int32),
    "hc_error_is": (c_bool, c_int32, c_int32),
    "hc_tls_builder_new": (code, out_handle),
    "hc_tls_builder_free": (code, handle),
    "hc_tls_builder_add_roots_file": (code, handle, c_char_p),
    "hc_tls_builder_build": (code, handle, out_handle),
    "hc_tls_builder_error_detail": (code, handle, POINTER(ErrorDetail)),
    "hc_tls_config_free": (code, handle),
    "hc_conn_new": (code, c_char_p, c_int32, out_handle),
    "hc_conn_new_tls": (code, c_char_p, c_int32, handle, out_handle),
    "hc_conn_free": (code, handle),
    "hc_conn_connect": (code, handle),
    "hc_conn_close": (code, handle),
    "hc_conn_set_timeout": (code, handle, c_int64),
    "hc_conn_set_trace": (code, handle, trace_fn, c_void_p),
    "hc_conn_error_detail": (code, handle, POINTER(ErrorDetail)),
    "hc_conn_error_message": (c_char_p, handle),
    "hc_request": (code, handle, c_char_p, c_char_p, strings, c_char_p, c_size_t),
    "hc_request_callback": (
        code, handle, c_char_p, c_char_p, strings, body_fn, c_void_p, c_int64),
    "hc_getresponse": (code, handle, out_handle),
    "hc_response_free": (code, handle),
    "hc_response_status": (c_int32, handle),
    "hc_response_reason": (c_void_p, handle, out_size),
    "hc_response_read": (code, handle, c_void_p, c_size_t, out_size),
    "hc_response_error_detail": (code, handle, POINTER(ErrorDetail)),
    "hc_response_header_count": (c_size_t, handle),
    "hc_response_header_at": (
        code, handle, c_size_t, POINTER(c_void_p), out_size, POINTER(c_void_p), out_size),
    "hc_response_getheader": (c_void_p, handle, c_char_p, out_size),
}


def load(path):
    # CDLL lets go of the interpreter's lock for the length of each call; callbacks take it again.
    library = ctypes.CDLL(path)
    for name, (result, *arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library


# --- A binding in small ---------------------------------------------------------------------------


class Failure(Exception):
    """A failed call: its code, and the detail that its handle keeps, copied out at once.

    Where there is no detail, as for a wrong handle or a busy one, the code says it all.
    """

    def __init__(self, number, detail=None):
        self.code = number
        self.name = lib.hc_error_name(number).decode("ascii")
        self.message = lib.hc_error_string(number).decode("ascii")
        if detail:
            self.message = ctypes.string_at(detail.message, detail.message_len).decode()
            self.line = ctypes.string_at(detail.line, detail.line_len) if detail.line else None
            self.os_error = detail.os_error
            self.retry = detail.retry
            self.received = detail.received
            self.expected = detail.expected
        super().__init__(f"{self.name}: {self.message}")

    def isa(self, family):
        """What "except" would ask: whether the code belongs to a family."""
        return lib.hc_error_is(self.code, family)


def text(address, length):
    """A text that the library owns, copied. Header bytes are ISO-8859-1, as in http.client."""
    return ctypes.string_at(address, length.value).decode("latin-1")


def encode(value):
    """A text for C. A NUL inside would end it there, unseen by the library."""
    if "\0" in value:
        raise ValueError("a text with a NUL")
    return value.encode("latin-1")


def header_list(headers):
    """Names and values in turn, ended by NULL; ctypes keeps the strings alive with the array."""
    flat = [encode(part) for pair in headers for part in pair]
    return (c_char_p * (len(flat) + 1))(*flat, None)


class Handle:
    """What connection and response have in common: a number, and the failure kept beside it."""

    def __init__(self, number, error, free):
        self.number = number
        self._error = error
        self._free = free

    def check(self, number):
        if number == HC_OK:
            return
        detail = ErrorDetail(size=ctypes.sizeof(ErrorDetail))
        if self._error(self.number, byref(detail)) != HC_OK or detail.code != number:
            raise Failure(number)
        raise Failure(number, detail)

    def free(self):
        return self._free(self.number)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.free()


def tls_config(ca_file):
    """A configuration that trusts the roots in a file, to be freed by hc_tls_config_free."""
    made, config = c_void_p(), c_void_p()
    number = lib.hc_tls_builder_new(byref(made))
    if number != HC_OK:
        raise Failure(number)
    with Handle(made, lib.hc_tls_builder_error_detail, lib.hc_tls_builder_free) as builder:
        # The builder keeps the first failure and tells it when it builds: one look is enough.
        lib.hc_tls_builder_add_roots_file(made, os.fsencode(ca_file))
        builder.check(lib.hc_tls_builder_build(made, byref(config)))
    return config


class Connection(Handle):
    def __init__(self, host, port, tls=False, config=None):
        made = c_void_p()
        if tls:
            number = lib.hc_conn_new_tls(encode(host), port, config, byref(made))
        else:
            number = lib.hc_conn_new(encode(host), port, byref(made))
        if number != HC_OK:
            raise Failure(number)
        super().__init__(made, lib.hc_conn_error_detail, lib.hc_conn_free)
        self.check(lib.hc_conn_set_timeout(made, 60_000))

    def connect(self):
        self.check(lib.hc_conn_connect(self.number))

    def trace(self, function):
        # The library keeps the address only: the callback object must live as long as it is set.
        self._trace = trace_fn(function)
        self.check(lib.hc_conn_set_trace(self.number, self._trace, None))

    def request(self, method, target, headers=(), body=b""):
        self.check(lib.hc_request(self.number, encode(method), encode(target),
                                  header_list(headers), body or None, len(body)))

    def request_from(self, method, target, read):
        """Sends what `read(size)` gives until it gives nothing."""
        caught = []

        def fill(_, buffer, capacity):
            # An exception cannot pass through C. ctypes would print it and return a number of
            # chance, which could be a length. So it becomes a failure here.
            try:
                block = read(capacity)
                ctypes.memmove(buffer, block, len(block))
                return len(block)
            except BaseException as error:
                caught.append(error)
                return -1000

        try:
            self.check(lib.hc_request_callback(self.number, encode(method), encode(target), None,
                                               body_fn(fill), None, HC_LENGTH_UNKNOWN))
        except Failure as failure:
            raise failure from (caught[0] if caught else None)

    def getresponse(self):
        made = c_void_p()
        self.check(lib.hc_getresponse(self.number, byref(made)))
        return Response(made)


class Response(Handle):
    def __init__(self, number):
        super().__init__(number, lib.hc_response_error_detail, lib.hc_response_free)

    @property
    def status(self):
        return lib.hc_response_status(self.number)

    @property
    def reason(self):
        length = c_size_t()
        return text(lib.hc_response_reason(self.number, byref(length)), length)

    def headers(self):
        name, name_len, value, value_len = c_void_p(), c_size_t(), c_void_p(), c_size_t()
        for index in range(lib.hc_response_header_count(self.number)):
            self.check(lib.hc_response_header_at(self.number, index, byref(name), byref(name_len),
                                                 byref(value), byref(value_len)))
            yield text(name, name_len), text(value, value_len)

    def header(self, name):
        length = c_size_t()
        found = lib.hc_response_getheader(self.number, encode(name), byref(length))
        return None if found is None else text(found, length)

    def read(self, size):
        buffer = ctypes.create_string_buffer(size)
        count = c_size_t()
        self.check(lib.hc_response_read(self.number, buffer, size, byref(count)))
        return buffer.raw[:count.value]


# --- The probe ------------------------------------------------------------------------------------


def expect(what, actual, wanted):
    if actual != wanted:
        sys.exit(f"python: {what} is {actual!r}, not {wanted!r}")


def failure_of(what, call):
    try:
        call()
    except Failure as failure:
        print(f"{what}: {failure}")
        return failure
    sys.exit(f"python: {what} did not fail")


def read_pieces(response, size):
    """The body, and in how many pieces it came."""
    pieces = list(iter(lambda: response.read(size), b""))
    return b"".join(pieces), len(pieces)


def a_get(port):
    with Connection("127.0.0.1", port) as conn:
        conn.request("GET", "/headers/3", [("X-From", "Python")])
        with conn.getresponse() as response:
            expect("status", (response.status, response.reason), (200, "OK"))
            headers = list(response.headers())
            print(f"GET: {response.status} {response.reason}, {len(headers)} headers")
            expect("a header by index", ("X-Field-2", "value 2") in headers, True)
            expect("a header by name", response.header("x-field-3"), "value 3")
            expect("a header that is not there", response.header("X-None"), None)
            while response.read(100):
                pass
        # The same connection again: a body larger than the pieces it is read in.
        conn.request("GET", "/bytes/10000")
        with conn.getresponse() as response:
            body, pieces = read_pieces(response, 4096)
            expect("the body", body, bytes(i % 251 for i in range(10000)))
            print(f"body: {len(body)} bytes in {pieces} pieces")


def callbacks(port):
    with Connection("127.0.0.1", port) as conn:
        events = []
        busy = []

        def trace(_, event, data, length):
            # `data` is valid during this call only. The connection is busy until it returns.
            events.append((event, ctypes.string_at(data, length)))
            busy.append(lib.hc_conn_close(conn.number))

        conn.trace(trace)
        blocks = iter([b"one ", b"two ", b"three"])
        conn.request_from("POST", "/echo", lambda size: next(blocks, b""))
        with conn.getresponse() as response:
            body, _ = read_pieces(response, 4096)
            expect("what the callback sent", body.endswith(b"\n\none two three"), True)
        sent = b"".join(data for event, data in events if event == HC_TRACE_SEND)
        expect("the traced request line", sent.startswith(b"POST /echo HTTP/1.1\r\n"), True)
        expect("heads traced", sum(event == HC_TRACE_HEAD for event, _ in events), 1)
        expect("calls from a callback", set(busy), {HC_ERR_BUSY})
        print(f"callbacks: a body in 3 blocks; {len(events)} events traced")

        def broken(_):
            raise KeyError("no more")

        failure = failure_of("failing callback", lambda: conn.request_from("POST", "/echo", broken))
        expect("its code", failure.code, HC_ERR_TRANSPORT)
        expect("its own number", failure.os_error, -1000)
        expect("its cause", type(failure.__cause__), KeyError)


def errors(script_port):
    # A port that is bound and not listened on refuses, and nobody else can get it meanwhile.
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with Connection("127.0.0.1", bound.getsockname()[1]) as conn:
            failure = failure_of("refused", lambda: conn.request("GET", "/"))
            expect("its code", failure.code, HC_ERR_CONNECTION_REFUSED)
            expect("its name", failure.name, "HC_ERR_CONNECTION_REFUSED")
            expect("its family", (failure.isa(HC_ERR_OS), failure.isa(HC_ERR_HTTP)), (True, False))
            expect("its errno", failure.os_error, errno.ECONNREFUSED)
            expect("its retry", failure.retry, HC_RETRY_NOT_SENT)

    with Connection("127.0.0.1", script_port) as conn:
        conn.request("GET", "/")
        with conn.getresponse() as response:
            expect("what came before the cut", response.read(100), b"x" * 60)
            failure = failure_of("cut body", lambda: response.read(100))
            expect("its code", failure.code, HC_ERR_INCOMPLETE_READ)
            expect("received and expected", (failure.received, failure.expected), (60, 40))
            expect("its retry", failure.retry, HC_RETRY_RESPONSE_STARTED)

    with Connection("127.0.0.1", script_port) as conn:
        conn.request("GET", "/")
        failure = failure_of("not HTTP", conn.getresponse)
        expect("its code", failure.code, HC_ERR_BAD_STATUS_LINE)
        expect("its line, NUL and all", failure.line, b"SPAM\0EGGS\r\n")


def handles():
    conn = Connection("127.0.0.1", 80)
    detail = ErrorDetail()
    expect("detail without a size", lib.hc_conn_error_detail(conn.number, byref(detail)),
           HC_ERR_INVALID_ARGUMENT)
    expect("the first free", conn.free(), HC_OK)
    expect("the second free", conn.free(), HC_ERR_INVALID_HANDLE)
    expect("a request on it", lib.hc_request(conn.number, b"GET", b"/", None, None, 0),
           HC_ERR_INVALID_HANDLE)
    expect("another number", lib.hc_conn_free(0x123450), HC_ERR_INVALID_HANDLE)
    try:
        conn.request("GET", "/", [("X-Cut", "short\0ened")])
        sys.exit("python: a text with a NUL was taken")
    except ValueError:
        pass
    print("handles: a freed one and a foreign one are refused")


def https(port, ca_file):
    with Connection("127.0.0.1", port, tls=True) as conn:
        failure = failure_of("unknown CA", conn.connect)
        expect("its code", failure.code, HC_ERR_TLS_UNKNOWN_ISSUER)
        expect("its family", failure.isa(HC_ERR_TLS_CERTIFICATE), True)

    failure = failure_of("missing CA file", lambda: tls_config(ca_file + ".none"))
    expect("its code", failure.code, HC_ERR_TLS_CONFIG)
    expect("its errno", failure.os_error, errno.ENOENT)

    config = tls_config(ca_file)
    with Connection("127.0.0.1", port, tls=True, config=config) as conn:
        # The connection has its own share of the configuration.
        expect("freeing the configuration", lib.hc_tls_config_free(config), HC_OK)
        conn.request("GET", "/bytes/1000")
        with conn.getresponse() as response:
            expect("status over TLS", response.status, 200)
            body, _ = read_pieces(response, 300)
            expect("the body over TLS", len(body), 1000)
            print(f"HTTPS: {response.status}, {len(body)} bytes, by our own CA")


def main():
    http_port, https_port, script_port = map(int, sys.argv[2:5])
    print(f"httpclient {lib.hc_version_string().decode()} by ctypes")
    a_get(http_port)
    callbacks(http_port)
    errors(script_port)
    handles()
    https(https_port, sys.argv[5])


lib = load(sys.argv[1])
main()
