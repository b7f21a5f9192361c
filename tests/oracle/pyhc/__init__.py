"""http.client's names over the C ABI of the library.

A thin layer: it turns Python's arguments into C's and back, and holds no rule of HTTP. What CPython's
own tests replace (sockets, connect(), _create_connection()) is given to the library as its transport.
"""

import collections.abc
import contextlib
import ctypes
import io
import os
import socket
import ssl
import sys
import tempfile
import warnings
import weakref
from ctypes import byref, c_size_t, c_void_p
from http import HTTPStatus
from http.client import (
    BadStatusLine, CannotSendHeader, CannotSendRequest, HTTPException, HTTPMessage,
    ImproperConnectionState, IncompleteRead, InvalidURL, LineTooLong, NotConnected,
    RemoteDisconnected, ResponseNotReady, UnimplementedFileMode, UnknownProtocol,
    UnknownTransferEncoding, error,
)

from . import _abi
from ._abi import CLASSES, CODES, contexts, copy, failure, lib, pairs, texts

__all__ = [
    "HTTPResponse", "HTTPConnection", "HTTPSConnection", "HTTPException", "NotConnected",
    "UnknownProtocol", "UnknownTransferEncoding", "UnimplementedFileMode", "IncompleteRead",
    "InvalidURL", "ImproperConnectionState", "CannotSendRequest", "CannotSendHeader",
    "ResponseNotReady", "BadStatusLine", "LineTooLong", "RemoteDisconnected", "error", "responses",
]

# The HC_LENIENT_ flags of everything that is made from now on, and the preset.
leniency = 0
HTTP_CLIENT = _abi.FLAGS["LENIENT_HTTP_CLIENT"]

HTTP_PORT, HTTPS_PORT = 80, 443
_UNKNOWN = "UNKNOWN"
_MAXLINE, _MAXHEADERS = 65536, 100
globals().update(HTTPStatus.__members__)
responses = {status: lib.hc_status_reason(status).decode()
             for status in range(1000) if lib.hc_status_reason(status)}


def latin1(text):
    if isinstance(text, int):
        text = str(text)
    return text.encode("latin-1") if isinstance(text, str) else bytes(text)


def header_name(text):
    return text.encode("ascii") if isinstance(text, str) else bytes(text)


def utf8(text):
    """Text whose characters the library judges."""
    return text.encode("utf-8") if isinstance(text, str) else bytes(text)


def memory(data):
    """The bytes of a buffer, copied."""
    return bytes(memoryview(data).cast("B"))


def message(fields, kind=HTTPMessage):
    result = kind()
    for name, value in fields:
        result._headers.append((name, value))
    return result


class Failing:
    """Whose callbacks keep what was raised in them until the call of the library is over."""

    def __init__(self):
        self.error = None

    def raised(self, error):
        self.error = error

    def take_error(self):
        error, self.error = self.error, None
        return error


class SocketStream:
    """A Python socket, or what a test has in its place, as a transport."""

    def __init__(self, sock, failing):
        self.sock, self.raised, self.file = sock, failing.raised, None

    def read(self, buffer, capacity):
        if hasattr(self.sock, "recv"):
            data = self.sock.recv(capacity)
        else:
            self.file = self.file or self.sock.makefile("rb")
            data = self.file.read(1)
        ctypes.memmove(buffer, data, len(data))
        return len(data)

    def write(self, data, length):
        self.sock.sendall(copy(data, length))
        return length

    def close(self):
        if self.file is not None:
            self.file.close()
        self.sock.close()


class FileStream:
    """The file of a response that has no connection. Tests look at what is left of it, so it gives a byte
    at a time, or what is known to be the response's; and they put another one in its place."""

    def __init__(self, response):
        self.response, self.raised = weakref.ref(response), response._failing.raised
        self.close = response.fp.close
        self.left = 1

    def read(self, buffer, capacity):
        data = self.response().fp.read(min(capacity, self.left))
        ctypes.memmove(buffer, data, len(data))
        return len(data)


class Reader(Failing):
    """A body that is read from an object with read()."""

    kind = _abi.BODY_CALLBACK

    def __init__(self, file):
        super().__init__()
        self.file = file

    def read(self, buffer, capacity):
        block = self.file.read(capacity) or b""
        block = block.encode("latin-1") if isinstance(block, str) else memory(block)
        if len(block) > capacity:
            raise ValueError("read() gave more than it was asked for")
        ctypes.memmove(buffer, block, len(block))
        return len(block)


class Pieces(Failing):
    """A body of pieces that an iterable gives."""

    kind = _abi.BODY_PIECES

    def __init__(self, iterable):
        super().__init__()
        self.pieces = iter(iterable)
        self.piece = None

    def lend(self, piece):
        for item in self.pieces:
            self.piece = memory(item)
            piece[0] = ctypes.cast(ctypes.c_char_p(self.piece), c_void_p)
            return len(self.piece)
        return 0


@contextlib.contextmanager
def parts_of(body, connection):
    """A body that is not bytes, as the context of callbacks for the length of a call."""
    if hasattr(body, "read"):
        parts = Reader(body)
    elif isinstance(body, collections.abc.Iterable):
        parts = Pieces(body)
    else:
        raise TypeError("a body is a bytes-like object or an iterable, not %r" % type(body))
    parts.raised = connection._failing.raised
    number = contexts.put(parts)
    try:
        yield parts.kind, number
    finally:
        del contexts.objects[number]


def as_bytes(body):
    """A body that is bytes; None for every other."""
    if body is None or hasattr(body, "read"):
        return None
    try:
        return memory(body)
    except TypeError:
        return None


@contextlib.contextmanager
def printing(level):
    """What the library prints meanwhile on its standard output goes where Python prints."""
    if level <= 0:
        yield
        return
    sys.stdout.flush()
    kept = os.dup(1)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)
            file.seek(0)
            sys.stdout.write(file.read().decode())


class Descriptor:
    """The library's own socket, for a look."""

    def __init__(self, connection):
        self.connection = connection
        self.fd, self.timeout = lib.hc_conn_fileno(connection._handle), connection._used_timeout

    def settimeout(self, timeout):
        self.connection.timeout = timeout
        self.connection._settings()

    def fileno(self):
        return self.fd

    def gettimeout(self):
        return self.timeout

    def getsockname(self):
        with socket.socket(fileno=os.dup(self.fd)) as sock:
            return sock.getsockname()


class HTTPResponse(io.BufferedIOBase):
    def __init__(self, sock, debuglevel=0, method=None, url=None):
        self._sock, self._method, self.debuglevel, self.url = sock, method, debuglevel, url
        self._handle = None
        self.fp = None
        self._failing = Failing()
        self._connection = self._stream = None
        self.headers = self.msg = None

    def begin(self):
        if self._handle is not None:
            return
        self.fp = self._sock.makefile("rb")
        transport, handle = _abi.Transport(), c_void_p()
        self._stream = FileStream(self)
        _abi.fill_transport(transport, self._stream)
        method = None if self._method is None else latin1(self._method)
        code = lib.hc_response_new(byref(transport), method, byref(handle))
        if code:
            raise failure(code)
        self._handle = handle
        self._check(lib.hc_response_set_leniency(handle, leniency))
        self._check(lib.hc_response_set_limit(handle, _abi.LIMIT_HEADERS, _MAXHEADERS))
        self._check(lib.hc_response_set_debuglevel(handle, self.debuglevel))
        with printing(self.debuglevel):
            code = lib.hc_response_begin(handle)
        self._check(code)
        self._headers_came()

    def _adopt(self, handle, connection):
        self._handle, self._connection, self._failing = handle, connection, connection._failing
        self._headers_came()

    def _headers_came(self):
        self.headers = self.msg = message(
            pairs(lib.hc_response_header_count, lib.hc_response_header_at, self._handle))

    def _check(self, code, partial=b""):
        if code:
            raise self._failing.take_error() or failure(
                code, self._handle, lib.hc_response_error_detail, partial)

    def __del__(self):
        if getattr(self, "_handle", None) is not None:
            lib.hc_response_free(self._handle)

    def _value(self, function):
        return _UNKNOWN if self._handle is None else function(self._handle)

    status = property(lambda self: self._value(lib.hc_response_status))
    code = status
    version = property(lambda self: self._value(lib.hc_response_version))
    chunked = property(lambda self: self._value(lib.hc_response_chunked))
    will_close = property(lambda self: self._value(lib.hc_response_will_close))

    @property
    def reason(self):
        length = c_size_t()
        return self._value(lambda handle: copy(
            lib.hc_response_reason(handle, byref(length)), length.value).decode("latin-1"))

    @property
    def length(self):
        length = self._value(lib.hc_response_length)
        return None if length == _abi.LENGTH_UNKNOWN else length

    def close(self):
        if self._handle is not None and not self.closed:
            lib.hc_response_close(self._handle)
        super().close()

    def isclosed(self):
        return self._handle is None or lib.hc_response_is_closed(self._handle)

    def flush(self):
        super().flush()

    def readable(self):
        return True

    def fileno(self):
        return lib.hc_response_fileno(self._handle)

    def _call(self, function, *arguments):
        """A call that reads; gives its code."""
        if self._stream is not None:
            self._stream.left = self.length or 1
        return function(self._handle, *arguments)

    def _fill(self, function, capacity):
        buffer, count = ctypes.create_string_buffer(max(capacity, 1)), c_size_t()
        self._check(self._call(function, buffer, capacity, byref(count)))
        return buffer.raw[:count.value]

    def _fill_up(self, capacity):
        """Where chunks are broken off, the library fails after the bytes, and http.client with them."""
        data = self._fill(lib.hc_response_read, capacity)
        if self.chunked and 0 < len(data) < capacity:
            try:
                self._fill(lib.hc_response_read, 1)
            except IncompleteRead as error:
                error.partial = data
                raise
        return data

    def read(self, amt=None):
        if amt is not None and amt >= 0:
            return self._fill_up(amt)
        body, length = c_void_p(), c_size_t()
        code = self._call(lib.hc_response_read_all, 2**62, byref(body), byref(length))
        data = copy(body.value, length.value)
        self._check(code, data)
        return data

    def readinto(self, b):
        view = memoryview(b).cast("B")
        data = self._fill_up(len(view))
        view[:len(data)] = data
        return len(data)

    def read1(self, n=-1):
        return self._fill(lib.hc_response_read1, 65536 if n is None or n < 0 else n)

    def peek(self, n=-1):
        data, length = c_void_p(), c_size_t()
        self._check(self._call(lib.hc_response_peek, byref(data), byref(length)))
        return copy(data.value, length.value)

    def readline(self, limit=-1):
        if limit is not None and limit >= 0:
            return self._fill(lib.hc_response_readline, limit)
        line = b""
        while not line.endswith(b"\n"):
            more = self._fill(lib.hc_response_readline, 65536)
            if not more:
                break
            line += more
        return line

    def getheader(self, name, default=None):
        if self._handle is None:
            raise ResponseNotReady()
        length = c_size_t()
        found = lib.hc_response_getheader(self._handle, latin1(name), byref(length))
        if found is not None:
            return copy(found, length.value).decode("latin-1")
        if isinstance(default, str) or not hasattr(default, "__iter__"):
            return default
        return ", ".join(default)

    def getheaders(self):
        if self.headers is None:
            raise ResponseNotReady()
        return list(self.headers.items())

    def gettrailers(self):
        return pairs(lib.hc_response_trailer_count, lib.hc_response_trailer_at, self._handle)

    def info(self):
        return self.headers

    def geturl(self):
        return self.url

    def getcode(self):
        return self.status


class HTTPConnection:
    response_class = HTTPResponse
    default_port = HTTP_PORT
    _http_vsn = 11
    _http_vsn_str = "HTTP/1.1"
    auto_open = 1
    debuglevel = 0

    def __init__(self, host, port=None, timeout=socket._GLOBAL_DEFAULT_TIMEOUT, source_address=None,
                 blocksize=8192):
        self._failing = Failing()
        self._pending = self._python_socket = None
        self._handle = c_void_p()
        self._lines = None
        name = utf8(host)
        checked = type(self)._validate_host is HTTPConnection._validate_host
        code = self._new(name if checked else b"unchecked.invalid", -1 if port is None else port)
        if code:
            raise failure(code)
        if not checked:
            lib.hc_conn_dangerous_set_host(self._handle, name, len(name))
        self._callbacks = contexts.put(Callbacks(self))
        lib.hc_conn_set_dialer(self._handle, _abi.dial_callback, self._callbacks)
        lib.hc_conn_set_limit(self._handle, _abi.LIMIT_HEADERS, _MAXHEADERS)
        self.host = lib.hc_conn_host(self._handle, None).decode() if checked else host
        self.port = lib.hc_conn_port(self._handle)
        self.timeout, self.source_address, self.blocksize = timeout, source_address, blocksize
        self._create_connection = socket.create_connection
        self._call(lib.hc_conn_set_blocksize, blocksize)

    def _new(self, host, port):
        return lib.hc_conn_new_bytes(host, len(host), port, byref(self._handle))

    def __del__(self):
        if getattr(self, "_handle", None):
            lib.hc_conn_free(self._handle)
            contexts.objects.pop(self._callbacks, None)

    def _call(self, function, *arguments):
        with printing(self.debuglevel):
            code = function(self._handle, *arguments)
        if code:
            error = self._failing.take_error() or failure(code, self._handle, lib.hc_conn_error_detail)
            if code == _abi.CODES["ERR_TUNNEL"]:
                # http.client closes where a proxy refuses; the library keeps what it has said to be read.
                lib.hc_conn_close(self._handle)
            raise error
        self._failing.take_error()  # of a callback whose failure the library got over

    def _validate_host(self, host):
        """Overridden, the library's check of the host is switched off; likewise the next two."""

    def _validate_path(self, url):
        pass

    def _encode_request(self, request):
        pass

    def _unchecked(self):
        flags = 0
        if type(self)._validate_path is not HTTPConnection._validate_path:
            flags |= _abi.FLAGS["UNCHECKED_TARGET"]
        if type(self)._encode_request is not HTTPConnection._encode_request:
            flags |= _abi.FLAGS["UNCHECKED_ASCII"]
        return flags

    def _settings(self):
        """Attributes that Python programs set, as settings."""
        timeout = self.timeout
        if timeout is socket._GLOBAL_DEFAULT_TIMEOUT:
            timeout = socket.getdefaulttimeout()
        self._used_timeout = timeout
        self._call(lib.hc_conn_set_timeout, -1 if timeout is None else int(timeout * 1000))
        self._call(lib.hc_conn_set_leniency, leniency)
        self._call(lib.hc_conn_dangerous_skip_checks, self._unchecked())
        self._call(lib.hc_conn_set_auto_open, bool(self.auto_open))
        self._call(lib.hc_conn_set_http10, self._http_vsn == 10)
        if self.source_address and self._create_connection is socket.create_connection:
            host, port = self.source_address
            self._call(lib.hc_conn_set_source_address, host.encode(), port)
        self._call(lib.hc_conn_set_debuglevel, self.debuglevel)
        if self._lines is not None:
            self._call(lib.hc_conn_set_trace, _abi.trace_callback, self._callbacks)

    @property
    def sock(self):
        if self._pending is not None:
            return self._pending
        if not lib.hc_conn_is_open(self._handle):
            # With a request whose answer was refused, CPython keeps the socket until close().
            refused = lib.hc_conn_state(self._handle) == _abi.STATE_REQUEST_SENT
            return self._python_socket if refused else None
        return self._python_socket or Descriptor(self)

    @sock.setter
    def sock(self, sock):
        self._pending = sock

    @property
    def _buffer(self):
        return self._lines

    @_buffer.setter
    def _buffer(self, lines):
        self._lines = lines

    def connect(self):
        callbacks = contexts.objects[self._callbacks]
        if callbacks.dialing:
            self.sock = self._create_connection(
                (self.host, self.port), self.timeout, self.source_address)
        else:
            self._settings()
            self._call(lib.hc_conn_connect)

    def close(self):
        self._pending = None
        lib.hc_conn_close(self._handle)

    def set_debuglevel(self, level):
        self.debuglevel = level

    def set_tunnel(self, host, port=None, headers=None):
        fields = [latin1(text) for pair in (headers or {}).items() for text in pair]
        self._call(lib.hc_conn_set_tunnel, _abi.checked(utf8(host)),
                   -1 if port is None else port, texts(fields))

    @property
    def _tunnel_host(self):
        host = lib.hc_conn_tunnel_host(self._handle, None)
        return None if host is None else host.decode()

    @property
    def _tunnel_port(self):
        return lib.hc_conn_tunnel_port(self._handle) or None

    @property
    def _tunnel_headers(self):
        return dict(pairs(
            lib.hc_conn_tunnel_header_count, lib.hc_conn_tunnel_header_at, self._handle))

    def get_proxy_response_headers(self):
        if not lib.hc_conn_proxy_status(self._handle):
            return None
        return message(
            pairs(lib.hc_conn_proxy_header_count, lib.hc_conn_proxy_header_at, self._handle))

    def request(self, method, url, body=None, headers={}, *, encode_chunked=False):
        self._settings()
        fields = [(header_name(name), latin1(value)) for name, value in headers.items()]
        options = _abi.request_options(utf8(method), utf8(url), fields)
        options.encode_chunked = bool(encode_chunked)
        data = as_bytes(body.encode("latin-1") if isinstance(body, str) else body)
        if data is not None:
            options.body_kind, options.body, options.body_len = _abi.BODY_BYTES, data, len(data)
        if body is None or data is not None:
            return self._call(lib.hc_request_with, byref(options))
        with parts_of(body, self) as (options.body_kind, options.context):
            options.length = _abi.LENGTH_UNKNOWN
            if options.body_kind == _abi.BODY_CALLBACK:
                options.callback = _abi.read_callback
            else:
                options.pieces = _abi.pieces_callback
            self._call(lib.hc_request_with, byref(options))

    def putrequest(self, method, url, skip_host=False, skip_accept_encoding=False):
        self._settings()
        method, url = utf8(method), utf8(url)
        self._call(lib.hc_putrequest_bytes, method, len(method), url, len(url), bool(skip_host),
                   bool(skip_accept_encoding))

    def putheader(self, header, *values):
        name, values = header_name(header), [latin1(value) for value in values]
        if len(values) <= 1:
            value = b"".join(values)
            self._call(lib.hc_putheader_bytes, name, len(name), value, len(value))
        else:
            self._call(lib.hc_putheader_values, _abi.checked(name), texts(values))

    def endheaders(self, message_body=None, *, encode_chunked=False):
        chunked = bool(encode_chunked)
        data = as_bytes(message_body)
        if message_body is None or data is not None:
            return self._call(lib.hc_endheaders, data, len(data or b""), chunked)
        with parts_of(message_body, self) as (kind, context):
            if kind == _abi.BODY_CALLBACK:
                self._call(lib.hc_endheaders_callback, _abi.read_callback, context,
                           _abi.LENGTH_UNKNOWN, chunked)
            else:
                self._call(lib.hc_endheaders_pieces, _abi.pieces_callback, context,
                           _abi.LENGTH_UNKNOWN, chunked)

    def send(self, data):
        self._settings()
        given = as_bytes(data)
        if given is not None:
            return self._call(lib.hc_send, given, len(given))
        with parts_of(data, self) as (kind, context):
            if kind == _abi.BODY_CALLBACK:
                self._call(lib.hc_send_callback, _abi.read_callback, context)
            else:
                self._call(lib.hc_send_pieces, _abi.pieces_callback, context)

    def getresponse(self):
        self._settings()
        response = self.response_class(self.sock)
        handle = c_void_p()
        try:
            self._call(lib.hc_getresponse, byref(handle))
        except BaseException:
            response.close()
            raise
        response._adopt(handle, self)
        return response


class HTTPSConnection(HTTPConnection):
    default_port = HTTPS_PORT

    def __init__(self, host, port=None, *arguments, context=None, check_hostname=None, **named):
        if check_hostname is not None:  # an argument of 3.11 and before
            warnings.warn("use a context", DeprecationWarning, 2)
            context.check_hostname = check_hostname
        self._context = context
        super().__init__(host, port, *arguments, **named)

    def _new(self, host, port):
        config = None if self._context is None else tls_config(self._context)
        code = lib.hc_conn_new_tls_bytes(host, len(host), port, config, byref(self._handle))
        lib.hc_tls_config_free(config)
        return code


# Whom an ssl.SSLContext was told to trust, since it does not give that out: see remember_roots().
_roots = weakref.WeakKeyDictionary()


def tls_config(context):
    """What an ssl.SSLContext asks for."""
    builder, config = c_void_p(), c_void_p()
    lib.hc_tls_builder_new(byref(builder))
    for file in _roots.get(context, ()):
        lib.hc_tls_builder_add_roots_file(builder, os.fsencode(file))
    if not context.check_hostname:
        lib.hc_tls_builder_dangerous_accept_any_name(builder)
    if context.verify_mode == ssl.CERT_NONE:
        lib.hc_tls_builder_dangerous_accept_any_certificate(builder)
    code = lib.hc_tls_builder_build(builder, byref(config))
    lib.hc_tls_builder_free(builder)
    if code:
        raise failure(code)
    return config


def remember_roots():
    """From now on it is known whom an ssl.SSLContext trusts."""
    load = ssl.SSLContext.load_verify_locations

    def load_and_remember(context, cafile=None, *arguments, **named):
        load(context, cafile, *arguments, **named)
        if cafile is not None:
            _roots.setdefault(context, []).append(cafile)

    ssl.SSLContext.load_verify_locations = load_and_remember


class Callbacks:
    """What the library asks a connection for."""

    def __init__(self, connection):
        self.connection = weakref.ref(connection)
        self.failing = connection._failing
        self.dialing = False

    def raised(self, error):
        self.failing.raised(error)

    def dial(self, host, port, transport):
        connection = self.connection()
        if connection._pending is None:
            if (type(connection).connect is HTTPConnection.connect
                    and connection._create_connection is socket.create_connection):
                connection._python_socket = None
                return _abi.DIAL_DEFAULT
            self.dialing = True
            try:
                connection.connect()
            finally:
                self.dialing = False
        connection._python_socket, connection._pending = connection._pending, None
        stream = SocketStream(connection._python_socket, self.failing)
        _abi.fill_transport(transport.contents, stream)
        return _abi.DIAL_DONE

    def trace(self, event, data, length):
        if event == _abi.TRACE_SEND:
            for line in copy(data, length).split(b"\r\n"):
                self.connection()._lines.append(line)


def parse_headers(fp, _class=HTTPMessage):
    """The fields of a header block, which is read from a file."""
    block, headers = b"", c_void_p()
    while True:
        line = fp.readline()
        block += line
        code = lib.hc_headers_parse(block, len(block), byref(headers), None)
        if not line or code != CODES["ERR_INCOMPLETE_READ"]:
            break
    if code:
        raise failure(code)
    try:
        return message(pairs(lib.hc_headers_count, lib.hc_headers_at, headers), _class)
    finally:
        lib.hc_headers_free(headers)


# What pickles, prints and test_all know them by.
for exported in HTTPResponse, HTTPConnection, HTTPSConnection:
    exported.__module__ = "http.client"
del exported
