"""Compares CPython's http.client with the library, case by case, over a server of exact bytes."""

import argparse
import array
import ast
import contextlib
import email
import http.client
import io
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cases
import pyhc
import sessions
from deviations import declared, table
from server import LIMIT, Server

# Codes with a class of their own. ValueError and RuntimeError are for calls; some errors of ssl are one, too.
NAMES = [name for name, kind in pyhc.CLASSES
         if kind not in (BlockingIOError, MemoryError, TypeError)]
BASES = [name for name in NAMES if name not in ("ERR_VALUE", "ERR_STATE")]

MOST_READS = 50000  # a bound for what must end by itself


def error(failure):
    """A failure as both sides can have it."""
    if isinstance(failure, http.client.IncompleteRead):
        return ("IncompleteRead", bytes(failure.partial), failure.expected)
    if isinstance(failure, http.client.UnknownProtocol):
        return ("UnknownProtocol", failure.version)
    if type(failure) is http.client.BadStatusLine:
        return ("BadStatusLine", failure.line)
    if isinstance(failure, UnicodeError):
        return ("UnicodeError",)
    if not isinstance(failure, (http.client.HTTPException, OSError)):
        # A refusal is ValueError or a class below it; the message is each side's own.
        return (next(k for k in type(failure).__mro__ if k.__module__ == "builtins").__name__,)
    name = type(failure).__name__
    # http.client says nothing with these, and the system what it says of other OSErrors.
    silent = name in ("NotConnected", "CannotSendHeader")
    if silent or isinstance(failure, OSError) and name not in ("OSError", "RemoteDisconnected"):
        return (name,)
    # The message of the library itself, not what Python makes of its parts; it has bytes escaped.
    message = getattr(failure, "hc_message", str(failure))
    return name, "".join(c if c.isprintable() and c < "\x7f" else ascii(c.encode())[2:-1] for c in message)


def until_empty(read):
    data = []
    for _ in range(MOST_READS):
        try:
            block = read()
        except Exception as failure:
            return data, error(failure)
        if not block:
            return data, None
        data.append(block)
    raise AssertionError("reading does not end")


def joined(outcome):
    data, failure = outcome
    return b"".join(data), failure


def read_all(response):
    return until_empty(response.read)


def read_pieces(response):
    return joined(until_empty(lambda: response.read(3)))


def read_into(response):
    buffer = bytearray(7)
    return joined(until_empty(lambda: bytes(buffer[:response.readinto(buffer)])))


def read_one(response):
    return joined(until_empty(lambda: response.read1(4)))


def read_lines(response):
    return until_empty(response.readline)


def read_short_lines(response):
    return until_empty(lambda: response.readline(3))


def read_peeked(response):
    return joined(until_empty(lambda: response.read(len(response.peek(1)[:4]) or 1)))


def read_mixed(response):
    try:
        first = [response.readline(2), response.read(1), response.read1(1)]
    except Exception as failure:
        return [], error(failure)
    return first, until_empty(response.read)


def read_printed(response):
    """With a debug level set."""
    return read_all(response)


WAYS = (read_all, read_pieces, read_into, read_one, read_lines, read_short_lines, read_peeked,
        read_mixed, read_printed)


# Before 3.13 these closed only with one more read, so neither side of it can be compared.
CLOSED_LATE = (read_one, read_lines, read_short_lines) if sys.version_info < (3, 13) else ()


# Before 3.12 CONNECT was in HTTP/1.0, without Host.
LEFT_OUT = {name for name, *_ in cases.TUNNELS} if sys.version_info < (3, 12) else set()
if sys.version_info < (3, 7):  # which printed the first of repeated headers for each of them
    LEFT_OUT |= {"headers: order, case and repetition", "headers: 100 lines, folded",
                 "persistence 1.0: second line close", "persistence 1.1: second line keep-alive"}
# Newer ones drop a first line of a folded value that has nothing in it; before, the line's end stayed.
if email.message_from_string("folded:\r\n value\r\n\r\n")["folded"] == "value":
    LEFT_OUT |= {"framing HTTP/1.0: folded length", "framing HTTP/1.1: folded length",
                 "headers: value of blanks, folded", "headers: folded, blanks"}


def attempt(work):
    try:
        return work()
    except Exception as failure:
        return error(failure)


def head(response):
    return {
        "status": response.status, "reason": response.reason, "version": response.version,
        "headers": response.getheaders(), "chunked": bool(response.chunked),
        "will_close": bool(response.will_close), "length": response.length,
    }


def exchange(client, server, method, way):
    """One request, its response, and what becomes of the connection."""
    connection = client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT)
    connection.set_debuglevel(way is read_printed)
    outcome = {}
    try:
        connection.request(method, "/first")
        response = connection.getresponse()
        outcome.update(head(response))
        outcome["body"] = way(response)
        if way not in CLOSED_LATE:
            outcome["closed"] = response.isclosed()
        if not server.end and way not in CLOSED_LATE:
            outcome["second"] = attempt(lambda: second(connection, server))
    except Exception as failure:
        outcome["error"] = error(failure)
        outcome["second"] = attempt(lambda: second(connection, server))
    finally:
        connection.close()
    return outcome


def second(connection, server):
    connection.request("GET", "/second")
    status = connection.getresponse().status
    return status, server.arrivals[0] == server.arrivals[-1]


def run_response(client, data, end, method, way):
    server = Server(data, end)
    try:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            outcome = exchange(client, server, method, way)
    finally:
        server.close()
    return {**outcome, "printed": text_of(printed, server)}


def run_request(client, send, notation=None):
    """What a request is on the wire; with a notation, what is printed of it with a debug level set."""
    server = Server(None, False)
    connection = client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT)
    connection.set_debuglevel(notation is not None)
    try:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            failure = attempt(lambda: send(connection) and None)
        connection.close()
    finally:
        server.close()
    if notation is not None:
        return {"error": failure, "printed": notation(text_of(printed, server))}
    port = b":%d" % server.port
    return {"error": failure, "sent": [bytes(data).replace(port, b":PORT")
                                       for data in server.received if data]}


def run_tunnel(client, host, port, headers, reply, end):
    """Opens a tunnel and sends a request, which goes through it, or asks the proxy once more: what both are
    sent, what is printed, and what comes of it."""
    server = Server(reply, end)
    connection = client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT)
    connection.set_debuglevel(1)

    def ask():
        connection.request("GET", "/secret")
        response = connection.getresponse()
        return response.status, response.read()

    try:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            outcome = {"set": attempt(lambda: connection.set_tunnel(host, port, headers))}
            if outcome["set"] is None:
                outcome["connect"] = attempt(connection.connect)
                proxy = connection.get_proxy_response_headers()
                outcome["proxy"] = None if proxy is None else list(proxy.items())
                outcome["request"] = attempt(ask)
        connection.close()
    finally:
        server.close()
    return {**outcome, "sent": [bytes(data) for data in server.received if data],
            "printed": text_of(printed, server)}


def text_of(printed, server):
    text = printed.getvalue().replace(":%d" % server.port, ":PORT")
    # Up to some patch release of each, the interpreters had one line for both.
    text = re.sub(r"(?m)^(send: <.*>)\nsendIng a read\(\)able$", r"\1\nsending a readable", text)
    text = re.sub(r"(?m)^sendIng a read\(\)able$", "reading a readable", text)
    return text


def notation(text):
    """What is printed, with the library's words for the objects that are bodies."""
    text = re.sub(r"(?m)^send: bytearray\((.*)\)$", r"send: \1", text)
    text = re.sub(r"(?m)^(send:|Unable to determine size of) \[.*\]$", r"\1 <pieces>", text)
    text = re.sub(r"(?m)^send: array\('(\w)', (\[.*\])\)$", lambda found: "send: %r" % array.array(
        found.group(1), ast.literal_eval(found.group(2))).tobytes(), text)
    text = re.sub(r"<mmap\.mmap[^>]*>", "<callback>", text)
    text = text.replace("encoding file using iso-8859-1\n", "")
    for kind, word in (("_io.BytesIO", "callback"), ("_io.StringIO", "callback"), ("tuple_iterator", "pieces")):
        text = re.sub("<%s object at 0x[0-9a-f]+>" % re.escape(kind), "<%s>" % word, text)
    return text


def run_class(client, name):
    """What else an error is, of what has a code: the library's answer, or the class's."""
    code, kind = pyhc.CODES[name], dict(pyhc.CLASSES)[name]
    if client is pyhc:
        return {"is": [base for base in BASES if pyhc.lib.hc_error_is(code, pyhc.CODES[base])]}
    return {"is": [base for base in BASES if issubclass(kind, dict(pyhc.CLASSES)[base])]}


def run_session(client, reply, end, drive):
    server = Server(reply, end)
    connection = client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT)
    outcomes = []

    def note(call):
        outcomes.append(attempt(call))

    try:
        note(lambda: drive(connection, server, note))
    finally:
        connection.close()
        server.close()
    return {"steps": [outcome if isinstance(outcome, (tuple, bytes, int, type(None))) else "done"
                      for outcome in outcomes]}


def run_address(client, arguments):
    def address():
        connection = client.HTTPConnection(*arguments)
        return connection.host, connection.port
    try:
        return {"address": address()}
    except Exception as failure:
        return {"address": error(failure)[0]}  # there is no handle to have a message from


def all_cases():
    """Name, way of reading and runner of every comparison."""
    for name, data, end, method in cases.RESPONSES:
        whole = data.partition(b"\r\n\r\n")[2] or method == "HEAD"
        for way in WAYS if whole else (*WAYS[:2], read_printed):
            yield (name, way.__name__, lambda client, a=(data, end, method, way):
                   run_response(client, *a))
    for name, send in cases.REQUESTS:
        yield name, "", lambda client, send=send: run_request(client, send)
        yield name, "printed", lambda client, send=send: run_request(client, send, notation)
    for name, send in cases.PRINTED:
        yield name, "", lambda client, send=send: run_request(client, send, lambda text: text)
    for name, *arguments in cases.TUNNELS:
        yield name, "", lambda client, arguments=arguments: run_tunnel(client, *arguments)
    for name, *script in sessions.SESSIONS:
        yield name, "", lambda client, script=script: run_session(client, *script)
    for name in NAMES:
        yield "class: " + name, "", lambda client, name=name: run_class(client, name)
    for arguments in cases.ADDRESSES:
        yield ("address: %r" % (arguments,), "", lambda client, arguments=arguments:
               run_address(client, arguments))


def compare(only, lenient):
    pyhc.leniency = pyhc.HTTP_CLIENT if lenient else 0
    expected = declared(lenient)
    passed = failed = 0
    names, different = set(), set()
    for name, way, run in all_cases():
        if only not in name or name in LEFT_OUT:
            continue
        names.add(name)
        theirs, ours = run(http.client), run(pyhc)
        keys = sorted(k for k in {*theirs, *ours} if theirs.get(k) != ours.get(k))
        if keys:
            different.add(name)
        _, may_differ = expected.get(name, ("", frozenset()))
        if may_differ is not None and not may_differ.issuperset(keys):
            failed += 1
            print("DIFFERENT %s (%s)" % (name, way))
            for key in keys:
                print("    %s: http.client %s\n    %s  the library %s" % (
                    key, shown(theirs.get(key)), " " * len(key), shown(ours.get(key))))
        else:
            passed += 1
    for name in sorted(expected.keys() & names - different):
        failed += 1
        print("ALIKE, though declared to deviate (%s): %s" % (expected[name][0], name))
    for name in sorted(expected.keys() - names - LEFT_OUT) if not only else ():
        failed += 1
        print("NO SUCH CASE, though declared to deviate (%s): %s" % (expected[name][0], name))
    print("%s: %d passed, %d failed" % ("lenient" if lenient else "strict", passed, failed))
    return failed > 0


def shown(value):
    text = repr(value)
    return text if len(text) < 300 else text[:300] + "..."


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", action="store_true", help="print the table of docs/DEVIATIONS.md")
    parser.add_argument("--lenient", action="store_true", help="with HC_LENIENT_HTTP_CLIENT")
    parser.add_argument("only", nargs="?", default="", help="cases whose name has this in it")
    arguments = parser.parse_args()
    if arguments.table:
        print(table(), end="")
        return 0
    return compare(arguments.only, arguments.lenient)


if __name__ == "__main__":
    sys.exit(main())
