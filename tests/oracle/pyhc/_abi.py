"""The C ABI as ctypes sees it, and its error codes as exceptions. No rule of HTTP is here."""

import ctypes
import errno
import itertools
import os
import re
import socket
import ssl
from ctypes import (
    CFUNCTYPE, POINTER, Structure, byref, c_bool, c_char_p, c_int32, c_int64, c_size_t, c_uint32,
    c_void_p,
)
from http import client as reference

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
LIBRARY = os.environ.get("HC_LIB") or os.path.join(
    os.environ.get("CARGO_TARGET_DIR") or os.path.join(ROOT, "target"),
    "release", "lib", "libhttpclient.so")
HEADER = os.path.join(ROOT, "include", "httpclient.h")

LENGTH_UNKNOWN = -1
WOULD_BLOCK = -1073741824
OWN_FAILURE = -2
DIAL_DONE, DIAL_DEFAULT = 0, 1
TRACE_SEND = 1
STATE_REQUEST_SENT = 2
BODY_BYTES, BODY_CALLBACK, BODY_PIECES = 1, 3, 4

READ = CFUNCTYPE(c_int64, c_void_p, c_void_p, c_size_t)
PIECES = CFUNCTYPE(c_int64, c_void_p, POINTER(c_void_p))
WRITE = CFUNCTYPE(c_int64, c_void_p, c_void_p, c_size_t)
QUIET = CFUNCTYPE(c_bool, c_void_p)
CLOSE = CFUNCTYPE(None, c_void_p)
TRACE = CFUNCTYPE(None, c_void_p, c_int32, c_void_p, c_size_t)


LIMIT_HEADERS = 1  # HC_LIMIT_HEADERS

class Transport(Structure):
    _fields_ = [
        ("size", c_size_t), ("context", c_void_p), ("read", READ), ("write", WRITE),
        ("quiet", QUIET), ("close", CLOSE), ("fd", c_int32)]


DIAL = CFUNCTYPE(c_int64, c_void_p, c_char_p, c_int32, POINTER(Transport))


class Detail(Structure):
    _fields_ = [
        ("size", c_size_t), ("code", c_int32), ("os_error", c_int32), ("retry", c_int32), ("phase", c_int32),
        ("received", c_int64), ("expected", c_int64), ("message", c_void_p),
        ("message_len", c_size_t), ("line", c_void_p), ("line_len", c_size_t)]


class Header(Structure):
    _fields_ = [
        ("name", c_char_p), ("name_len", c_size_t), ("value", c_char_p), ("value_len", c_size_t)]


class RequestOptions(Structure):
    _fields_ = [
        ("size", c_size_t), ("method", c_char_p), ("method_len", c_size_t), ("target", c_char_p),
        ("target_len", c_size_t), ("headers", POINTER(Header)), ("header_count", c_size_t),
        ("body_kind", c_int32), ("fd", c_int32), ("body", c_char_p), ("body_len", c_size_t),
        ("callback", READ), ("pieces", PIECES), ("context", c_void_p), ("length", c_int64),
        ("encode_chunked", c_bool), ("target_is_url", c_bool)]


lib = ctypes.CDLL(LIBRARY)
NAMES = POINTER(c_char_p)
OUT = POINTER(c_void_p)
SIZE = POINTER(c_size_t)

for name, result, *arguments in (
    ("hc_error_is", c_bool, c_int32, c_int32),
    ("hc_error_string", c_char_p, c_int32),
    ("hc_status_reason", c_char_p, c_int32),
    ("hc_conn_new_bytes", c_int32, c_char_p, c_size_t, c_int32, OUT),
    ("hc_conn_new_tls_bytes", c_int32, c_char_p, c_size_t, c_int32, c_void_p, OUT),
    ("hc_tls_builder_new", c_int32, OUT),
    ("hc_tls_builder_free", c_int32, c_void_p),
    ("hc_tls_builder_add_roots_file", c_int32, c_void_p, c_char_p),
    ("hc_tls_builder_dangerous_accept_any_name", c_int32, c_void_p),
    ("hc_tls_builder_dangerous_accept_any_certificate", c_int32, c_void_p),
    ("hc_tls_builder_build", c_int32, c_void_p, OUT),
    ("hc_tls_config_free", c_int32, c_void_p),
    ("hc_conn_free", c_int32, c_void_p),
    ("hc_conn_connect", c_int32, c_void_p),
    ("hc_conn_close", c_int32, c_void_p),
    ("hc_conn_host", c_char_p, c_void_p, SIZE),
    ("hc_conn_port", c_int32, c_void_p),
    ("hc_conn_state", c_int32, c_void_p),
    ("hc_conn_is_open", c_bool, c_void_p),
    ("hc_conn_fileno", c_int32, c_void_p),
    ("hc_conn_error_detail", c_int32, c_void_p, POINTER(Detail)),
    ("hc_conn_set_timeout", c_int32, c_void_p, c_int64),
    ("hc_conn_set_auto_open", c_int32, c_void_p, c_bool),
    ("hc_conn_set_http10", c_int32, c_void_p, c_bool),
    ("hc_conn_set_blocksize", c_int32, c_void_p, c_size_t),
    ("hc_conn_set_debuglevel", c_int32, c_void_p, c_int32),
    ("hc_conn_set_source_address", c_int32, c_void_p, c_char_p, c_int32),
    ("hc_conn_set_leniency", c_int32, c_void_p, c_uint32),
    ("hc_conn_dangerous_skip_checks", c_int32, c_void_p, c_uint32),
    ("hc_conn_dangerous_set_host", c_int32, c_void_p, c_char_p, c_size_t),
    ("hc_conn_set_limit", c_int32, c_void_p, c_int32, c_size_t),
    ("hc_response_set_limit", c_int32, c_void_p, c_int32, c_size_t),
    ("hc_conn_set_dialer", c_int32, c_void_p, DIAL, c_void_p),
    ("hc_conn_set_trace", c_int32, c_void_p, TRACE, c_void_p),
    ("hc_conn_set_tunnel", c_int32, c_void_p, c_char_p, c_int32, NAMES),
    ("hc_conn_tunnel_host", c_char_p, c_void_p, SIZE),
    ("hc_conn_tunnel_port", c_int32, c_void_p),
    ("hc_conn_tunnel_header_count", c_size_t, c_void_p),
    ("hc_conn_tunnel_header_at", c_int32, c_void_p, c_size_t, OUT, SIZE, OUT, SIZE),
    ("hc_conn_proxy_status", c_int32, c_void_p),
    ("hc_conn_proxy_header_count", c_size_t, c_void_p),
    ("hc_conn_proxy_header_at", c_int32, c_void_p, c_size_t, OUT, SIZE, OUT, SIZE),
    ("hc_request_with", c_int32, c_void_p, POINTER(RequestOptions)),
    ("hc_putrequest_bytes", c_int32, c_void_p, c_char_p, c_size_t, c_char_p, c_size_t, c_bool, c_bool),
    ("hc_putheader_bytes", c_int32, c_void_p, c_char_p, c_size_t, c_char_p, c_size_t),
    ("hc_putheader_values", c_int32, c_void_p, c_char_p, NAMES),
    ("hc_endheaders", c_int32, c_void_p, c_void_p, c_size_t, c_bool),
    ("hc_endheaders_callback", c_int32, c_void_p, READ, c_void_p, c_int64, c_bool),
    ("hc_endheaders_pieces", c_int32, c_void_p, PIECES, c_void_p, c_int64, c_bool),
    ("hc_send", c_int32, c_void_p, c_void_p, c_size_t),
    ("hc_send_callback", c_int32, c_void_p, READ, c_void_p),
    ("hc_send_pieces", c_int32, c_void_p, PIECES, c_void_p),
    ("hc_getresponse", c_int32, c_void_p, OUT),
    ("hc_response_new", c_int32, POINTER(Transport), c_char_p, OUT),
    ("hc_response_set_leniency", c_int32, c_void_p, c_uint32),
    ("hc_response_set_debuglevel", c_int32, c_void_p, c_int32),
    ("hc_response_begin", c_int32, c_void_p),
    ("hc_response_free", c_int32, c_void_p),
    ("hc_response_close", c_int32, c_void_p),
    ("hc_response_status", c_int32, c_void_p),
    ("hc_response_reason", c_void_p, c_void_p, SIZE),
    ("hc_response_version", c_int32, c_void_p),
    ("hc_response_length", c_int64, c_void_p),
    ("hc_response_chunked", c_bool, c_void_p),
    ("hc_response_will_close", c_bool, c_void_p),
    ("hc_response_is_closed", c_bool, c_void_p),
    ("hc_response_fileno", c_int32, c_void_p),
    ("hc_response_read", c_int32, c_void_p, c_void_p, c_size_t, SIZE),
    ("hc_response_read1", c_int32, c_void_p, c_void_p, c_size_t, SIZE),
    ("hc_response_readline", c_int32, c_void_p, c_void_p, c_size_t, SIZE),
    ("hc_response_read_all", c_int32, c_void_p, c_size_t, OUT, SIZE),
    ("hc_response_peek", c_int32, c_void_p, OUT, SIZE),
    ("hc_response_error_detail", c_int32, c_void_p, POINTER(Detail)),
    ("hc_response_header_count", c_size_t, c_void_p),
    ("hc_response_header_at", c_int32, c_void_p, c_size_t, OUT, SIZE, OUT, SIZE),
    ("hc_response_getheader", c_void_p, c_void_p, c_char_p, SIZE),
    ("hc_headers_parse", c_int32, c_char_p, c_size_t, OUT, SIZE),
    ("hc_headers_free", c_int32, c_void_p),
    ("hc_headers_count", c_size_t, c_void_p),
    ("hc_headers_at", c_int32, c_void_p, c_size_t, OUT, SIZE, OUT, SIZE),
    ("hc_response_trailer_count", c_size_t, c_void_p),
    ("hc_response_trailer_at", c_int32, c_void_p, c_size_t, OUT, SIZE, OUT, SIZE),
):
    function = getattr(lib, name)
    function.restype, function.argtypes = result, arguments

with open(HEADER) as header:
    text = header.read()
    CODES = {name: int(number) for name, number in
             re.findall(r"^ +HC_(\w+) = (\d+),", text, re.MULTILINE)}
    FLAGS = {name: 1 << int(bit) if bit else int(number) for name, bit, number in
             re.findall(r"^#define HC_((?:LENIENT|UNCHECKED)_\w+) (?:\(1u << (\d+)\)|(\d+))", text, re.MULTILINE)}


def copy(address, length):
    return ctypes.string_at(address, length) if address and length else b""


def texts(items):
    """An array of texts, ended by NULL."""
    items = [checked(item) for item in items]
    return (c_char_p * (len(items) + 1))(*items, None)


def request_options(method, target, fields):
    """A request that has no body yet."""
    headers = (Header * len(fields))(
        *(Header(name, len(name), value, len(value)) for name, value in fields))
    return RequestOptions(
        size=ctypes.sizeof(RequestOptions), method=method, method_len=len(method), target=target,
        target_len=len(target), headers=headers, header_count=len(fields))


def checked(text):
    """C texts end at a NUL; what has one cannot be given."""
    if b"\0" in text:
        raise ValueError("Invalid header: embedded null character")
    return text


def pairs(count, at, handle):
    """The fields of a table."""
    name, value = c_void_p(), c_void_p()
    name_len, value_len = c_size_t(), c_size_t()
    fields = []
    for index in range(count(handle)):
        at(handle, index, byref(name), byref(name_len), byref(value), byref(value_len))
        fields.append(tuple(copy(text.value, length.value).decode("latin-1")
                            for text, length in ((name, name_len), (value, value_len))))
    return fields


# Python 3.6 has no class of its own for it.
CERTIFICATE_ERROR = getattr(ssl, "SSLCertVerificationError", None) or type(
    "SSLCertVerificationError", (ssl.SSLError, ssl.CertificateError), {})

# The classes of the codes, the most special first; hc_error_is answers for codes without their own.
CLASSES = (
    ("ERR_REMOTE_DISCONNECTED", reference.RemoteDisconnected),
    ("ERR_BAD_STATUS_LINE", reference.BadStatusLine),
    ("ERR_LINE_TOO_LONG", reference.LineTooLong),
    ("ERR_INCOMPLETE_READ", reference.IncompleteRead),
    ("ERR_UNKNOWN_PROTOCOL", reference.UnknownProtocol),
    ("ERR_UNKNOWN_TRANSFER_ENCODING", reference.UnknownTransferEncoding),
    ("ERR_UNIMPLEMENTED_FILE_MODE", reference.UnimplementedFileMode),
    ("ERR_CANNOT_SEND_REQUEST", reference.CannotSendRequest),
    ("ERR_CANNOT_SEND_HEADER", reference.CannotSendHeader),
    ("ERR_RESPONSE_NOT_READY", reference.ResponseNotReady),
    ("ERR_IMPROPER_CONNECTION_STATE", reference.ImproperConnectionState),
    ("ERR_INVALID_URL", reference.InvalidURL),
    ("ERR_NOT_CONNECTED", reference.NotConnected),
    ("ERR_HTTP", reference.HTTPException),
    ("ERR_CONNECTION_REFUSED", ConnectionRefusedError),
    ("ERR_CONNECTION_RESET", ConnectionResetError),
    ("ERR_CONNECTION_ABORTED", ConnectionAbortedError),
    ("ERR_BROKEN_PIPE", BrokenPipeError),
    ("ERR_CONNECTION", ConnectionError),
    ("ERR_TIMEOUT", socket.timeout),
    ("ERR_NAME_LOOKUP", socket.gaierror),
    ("ERR_TLS_CERTIFICATE", CERTIFICATE_ERROR),
    ("ERR_TLS", ssl.SSLError),
    ("ERR_OS", OSError),
    ("WOULD_BLOCK", BlockingIOError),
    ("ERR_ENCODING", UnicodeError),
    ("ERR_VALUE", ValueError),
    ("ERR_STATE", RuntimeError),
    ("ERR_INVALID_ARGUMENT", TypeError),
    ("ERR_NO_MEMORY", MemoryError),
)


def failure(code, handle=None, explain=None, partial=b""):
    """The exception for a code; the handle's detail says the rest."""
    detail = Detail(size=ctypes.sizeof(Detail))
    known = handle is not None and explain(handle, byref(detail)) == 0 and detail.code == code
    message = copy(detail.message, detail.message_len).decode() if known else ""
    message = message or lib.hc_error_string(code).decode()
    line = copy(detail.line, detail.line_len).decode("latin-1") if known else ""
    kind = next((kind for name, kind in CLASSES if lib.hc_error_is(code, CODES[name])), None)
    if kind is None:
        return SystemError(message)
    if kind is reference.IncompleteRead:
        expected = detail.expected if known and detail.expected != LENGTH_UNKNOWN else None
        error = kind(partial, expected)
    elif kind in (reference.BadStatusLine, reference.UnknownProtocol):
        error = kind(line)
    elif kind is reference.LineTooLong:
        error = kind("line")
        error.args = (message,)
    elif issubclass(kind, OSError) and kind is not reference.RemoteDisconnected:
        error = kind(detail.os_error, message) if known and detail.os_error > 0 else kind(message)
    else:
        error = kind(message)
    if kind is CERTIFICATE_ERROR:
        error.reason = "CERTIFICATE_VERIFY_FAILED"
    error.hc_code, error.hc_message = code, message
    return error


class Table:
    """Objects by number, so that C can hold them as contexts."""

    def __init__(self):
        self.numbers = itertools.count(1)
        self.objects = {}

    def put(self, item):
        number = next(self.numbers)
        self.objects[number] = item
        return number


contexts = Table()


def answering(method):
    """A callback that calls `method` of its context; an exception is kept for who made the call."""
    def callback(context, *arguments):
        item = contexts.objects[context]
        try:
            return getattr(item, method)(*arguments)
        except BaseException as error:  # nothing may pass through C
            item.raised(error)
            return OWN_FAILURE
    return callback


def _close(context):
    contexts.objects.pop(context).close()


read_callback = READ(answering("read"))
pieces_callback = PIECES(answering("lend"))
write_callback = WRITE(answering("write"))
dial_callback = DIAL(answering("dial"))
trace_callback = TRACE(answering("trace"))
close_callback = CLOSE(_close)


def fill_transport(transport, stream):
    """Makes a transport of an object with read(), write() and close()."""
    transport.size = ctypes.sizeof(Transport)
    transport.context = contexts.put(stream)
    transport.read, transport.write, transport.close = read_callback, write_callback, close_callback
    transport.fd = -1
