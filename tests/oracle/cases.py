"""The cases: what a server answers, and what a client is told to send.

A row of RESPONSES is (name, bytes, end, method): `end` says whether the server ends the stream behind
the bytes. A row of REQUESTS is (name, function): the function drives a connection. PRINTED is the same,
for what is printed with a debug level set, to the letter. An entry of ADDRESSES is what a connection is made
with; a row of TUNNELS is (name, host, port, headers, bytes that the proxy answers CONNECT with, whether its
stream ends there). Both sides must agree on all but deviations.DEVIATIONS.
"""

import array
import io
import mmap
import sys

OK = b"HTTP/1.1 200 OK\r\n"
FIVE = b"Content-Length: 5\r\n\r\nhello"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"

RESPONSES = []
REQUESTS = []
PRINTED = []
TUNNELS = []


def response(name, data, end=True, method="GET"):
    RESPONSES.append((name, data, end, method))


def status_lines():
    for name, line in (
        ("plain", b"HTTP/1.1 200 OK"),
        ("http10", b"HTTP/1.0 200 OK"),
        ("no reason", b"HTTP/1.1 200"),
        ("empty reason", b"HTTP/1.1 200 "),
        ("long reason", b"HTTP/1.1 404 Not Found At All"),
        ("latin-1 reason", b"HTTP/1.1 200 \xe9t\xe9"),
        ("reason with blanks around", b"HTTP/1.1 200   OK  "),
        ("three digits, high", b"HTTP/1.1 999 Top"),
        ("minor 2", b"HTTP/1.2 200 OK"),
        ("minor 9", b"HTTP/1.9 200 OK"),
        ("code 099", b"HTTP/1.1 099 Low"),
        ("code 0", b"HTTP/1.1 0 Low"),
        ("code 1000", b"HTTP/1.1 1000 High"),
        ("code missing", b"HTTP/1.1"),
        ("code no number", b"HTTP/1.1 abc OK"),
        ("code with dot", b"HTTP/1.1 400.100 Not Ok"),
        ("code signed", b"HTTP/1.1 +200 OK"),
        ("code underscore", b"HTTP/1.1 2_00 OK"),
        ("code zeros", b"HTTP/1.1 0200 OK"),
        ("lower case", b"http/1.1 200 OK"),
        ("icy", b"ICY 200 OK"),
        ("html", b"<html>no status line</html>"),
        ("http2", b"HTTP/2.0 200 OK"),
        ("http2 short", b"HTTP/2 200 OK"),
        ("http09", b"HTTP/0.9 200 OK"),
        ("http3", b"HTTP/3.0 200 OK"),
        ("minor no digit", b"HTTP/1.x 200 OK"),
        ("minor two digits", b"HTTP/1.10 200 OK"),
        ("tab separated", b"HTTP/1.1\t200\tOK"),
        ("blanks doubled", b"HTTP/1.1  200  OK"),
        ("leading blank", b" HTTP/1.1 200 OK"),
        ("separated by VT and FF", b"HTTP/1.1\x0b200\x0cOK"),
        ("separated by 1C to 1F", b"\x1fHTTP/1.1\x1c200\x1dOK\x1e"),
        ("separated by NEL and NBSP", b"HTTP/1.1\x85200\xa0OK"),
        ("reason ended by NBSP", b"HTTP/1.1 200 OK\xa0"),
        ("blank behind version alone", b"HTTP/1.1 "),
        ("code and word", b"HTTP/1.1 200OK"),
        ("code of wide digits", "HTTP/1.1 \xb2\xb9\xb3 OK".encode("latin-1")),
        ("http2, code no number", b"HTTP/2.0 abc"),
        ("http11 without minor", b"HTTP/1. 200 OK"),
        ("version alone", b"HTTP/ 200 OK"),
        ("version of control bytes", b"HTTP/1.1\x01 200 OK"),
        ("version beyond ASCII", b"HTTP/1.\xb9 200 OK"),
        ("just too long", b"HTTP/1.1 200 " + b"k" * (65536 - 14)),
        ("control byte in reason", b"HTTP/1.1 200 O\x01K"),
        ("nul in reason", b"HTTP/1.1 200 O\0K"),
        ("bare cr in reason", b"HTTP/1.1 200 O\rK"),
        ("empty", b""),
        ("too long", b"HTTP/1.1 200 " + b"k" * 65536),
        ("longest", b"HTTP/1.1 200 " + b"k" * (65536 - 15)),
    ):
        response("status line: " + name, line + b"\r\n" + FIVE)
    response("status line: ended by LF", b"HTTP/1.1 200 OK\n" + FIVE)
    response("status line: nothing", b"")
    response("status line: LF behind CR LF", b"\n" + OK + FIVE)
    for status in (101, 102, 103, 199):
        response("status %d" % status, b"HTTP/1.1 %d Interim\r\n\r\n" % status)
    for status in (200, 201, 204, 205, 206, 300, 304, 400, 404, 500, 599):
        response("status %d" % status, b"HTTP/1.1 %d X\r\n" % status + FIVE)
        response("status %d to HEAD" % status, b"HTTP/1.1 %d X\r\nContent-Length: 5\r\n\r\n" % status,
                 method="HEAD", end=False)


def header_blocks():
    for name, block in (
        ("order, case and repetition", b"B: 1\r\na: 2\r\nB: 3\r\n"),
        ("empty value", b"A:\r\nB: \r\n"),
        ("no blank", b"A:b\r\n"),
        ("many blanks", b"A: \t  b\r\n"),
        ("trailing blanks", b"A: b \t \r\n"),
        ("colon in value", b"A: b:c: d\r\n"),
        ("latin-1 value", b"A: \xe9\xff\r\n"),
        ("all token characters", b"!#$%&'*+-.^_`|~09azAZ: v\r\n"),
        ("lines ended by LF", b"A: b\nC: d\n"),
        ("folded by blank", b"A: b\r\n c\r\n"),
        ("folded, blanks", b"A:\r\n b \r\n \t\r\n"),
        ("folded by tab", b"A: b\r\n\tc\r\n"),
        ("folded first", b" A: b\r\nC: d\r\n"),
        ("no colon", b"A: b\r\nnonsense\r\nC: d\r\n"),
        ("blank before colon", b"A : b\r\nC: d\r\n"),
        ("empty name", b"A: b\r\n: x\r\nC: d\r\n"),
        ("non-ASCII name", b"\xc4: b\r\nC: d\r\n"),
        ("control byte in name", b"A\x01: b\r\nC: d\r\n"),
        ("blank in name", b"A B: b\r\nC: d\r\n"),
        ("quote in name", b"A\"B: b\r\nC: d\r\n"),
        ("nul in value", b"A: b\0c\r\nC: d\r\n"),
        ("control byte in value", b"A: b\x01c\r\nC: d\r\n"),
        ("bare cr in value", b"A: b\rC: d\r\n"),
        ("cr cr lf", b"A: b\r\r\nC: d\r\n"),
        ("From line", b"From me\r\nC: d\r\n"),
        ("From line between", b"A: b\r\nFrom: x\r\nFrom me\r\n and you\r\nC: d\r\n"),
        ("folded empty name", b"A: b\r\n: x\r\n y\r\nC: d\r\n"),
        ("99 fields", b"A: b\r\n" * 98),
        ("100 fields", b"A: b\r\n" * 99),
        ("200 fields", b"A: b\r\n" * 200),
        ("90 lines of 8 KB", (b"A: " + b"b" * 8000 + b"\r\n") * 90),
        ("100 lines, folded", b"A: b\r\n" * 97 + b" c\r\n" * 1),
        ("101 lines, folded", b"A: b\r\n" * 98 + b" c\r\n" * 1),
        ("value of blanks, folded", b"A: \t\r\n b\r\n"),
        ("two colons", b"A:: b\r\n"),
        ("From field", b"From: me\r\n"),
        ("from line, lower case", b"from me\r\nC: d\r\n"),
        ("DEL in name", b"A\x7f: b\r\nC: d\r\n"),
        ("DEL in value", b"A: b\x7fc\r\n"),
        ("VT around value", b"A:\x0bb\x0c\r\n"),
        ("NBSP around value", b"A: \xa0b\xa0\r\n"),
        ("NEL in value", b"A: b\x85c\r\n"),
        ("1E in value", b"A: b\x1ec\r\n"),
        ("LF CR LF", b"A: b\n\r\n"),
        ("CR before the end", b"A: b\r\n\r\r\n"),
        ("brackets in name", b"A[1]: b\r\nC: d\r\n"),
        ("just too long", b"A: " + b"b" * (65536 - 4) + b"\r\n"),
        ("line too long", b"A: " + b"b" * 65536 + b"\r\n"),
        ("longest line", b"A: " + b"b" * (65536 - 5) + b"\r\n"),
    ):
        response("headers: " + name, OK + block + FIVE)


def framings():
    for name, fields, body in (
        ("length", b"Content-Length: 5\r\n", b"hello"),
        ("length zero", b"Content-Length: 0\r\n", b""),
        ("length, lower case", b"content-length: 5\r\n", b"hello"),
        ("length with blanks", b"Content-Length:  5  \r\n", b"hello"),
        ("length with zeros", b"Content-Length: 0005\r\n", b"hello"),
        ("none", b"", b"hello"),
        ("none, empty", b"", b""),
        ("close", b"Connection: close\r\n", b"hello"),
        ("length empty", b"Content-Length:\r\n", b"hello"),
        ("length negative", b"Content-Length: -1\r\n", b"hello"),
        ("length signed", b"Content-Length: +5\r\n", b"hello"),
        ("length underscore", b"Content-Length: 0_5\r\n", b"hello"),
        ("length hex", b"Content-Length: 0x5\r\n", b"hello"),
        ("length word", b"Content-Length: abc\r\n", b"hello"),
        ("length fraction", b"Content-Length: 5.0\r\n", b"hello"),
        ("length list, equal", b"Content-Length: 5, 5\r\n", b"hello"),
        ("length list, different", b"Content-Length: 5, 6\r\n", b"hello"),
        ("length twice, equal", b"Content-Length: 5\r\nContent-Length: 5\r\n", b"hello"),
        ("length twice, different", b"Content-Length: 5\r\nContent-Length: 3\r\n", b"hello"),
        ("length beyond 64 bits", b"Content-Length: 99999999999999999999999\r\n", b"hello"),
        ("chunked", b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
        ("chunked, case", b"transfer-encoding: CHUNKED\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
        ("chunked and blank", b"Transfer-Encoding: chunked \r\n", b"5\r\nhello\r\n0\r\n\r\n"),
        ("chunked and length", b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
         b"5\r\nhello\r\n0\r\n\r\n"),
        ("gzip, chunked", b"Transfer-Encoding: gzip, chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
        ("chunked, gzip", b"Transfer-Encoding: chunked, gzip\r\n", b"hello"),
        ("gzip", b"Transfer-Encoding: gzip\r\n", b"hello"),
        ("identity", b"Transfer-Encoding: identity\r\n", b"hello"),
        ("identity and length", b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n", b"hello"),
        ("xchunked and length", b"Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", b"hello"),
        ("xchunked", b"Transfer-Encoding: xchunked\r\n", b"hello"),
        ("chunked twice", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
         b"5\r\nhello\r\n0\r\n\r\n"),
        ("folded length", b"Content-Length:\r\n 5\r\n", b"hello"),
    ):
        for version in b"HTTP/1.1", b"HTTP/1.0":
            response("framing %s: %s" % (version.decode(), name),
                     version + b" 200 OK\r\n" + fields + b"\r\n" + body)
    for status in (204, 304):
        response("framing: %d with length" % status,
                 b"HTTP/1.1 %d X\r\nContent-Length: 5\r\n\r\n" % status, end=False)
        response("framing: %d chunked" % status,
                 b"HTTP/1.1 %d X\r\n" % status + CHUNKED + LAST)
    response("framing: HEAD chunked", OK + CHUNKED, method="HEAD", end=False)
    response("framing: HEAD without length", OK + b"\r\n", method="HEAD", end=False)


def chunks():
    for name, body in (
        ("one", b"5\r\nhello\r\n0\r\n\r\n"),
        ("two", b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"),
        ("none", b"0\r\n\r\n"),
        ("zeros", b"00005\r\nhello\r\n000\r\n\r\n"),
        ("hex, both cases", b"a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n"),
        ("lines inside", b"6\r\na\nb\nc\n\r\n0\r\n\r\n"),
        ("extension", b"5;a=b\r\nhello\r\n0;c\r\n\r\n"),
        ("quoted extension", b"5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n"),
        ("blank before extension", b"5 ;a\r\nhello\r\n0\r\n\r\n"),
        ("blank after size", b"5 \r\nhello\r\n0\r\n\r\n"),
        ("trailer", b"5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n"),
        ("trailer that frames", b"5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n"),
        ("trailer malformed", b"5\r\nhello\r\n0\r\nnonsense\r\n\r\n"),
        ("101 trailers", b"5\r\nhello\r\n0\r\n" + b"A: b\r\n" * 101 + b"\r\n"),
        ("trailer too long", b"5\r\nhello\r\n0\r\nA: " + b"b" * 65536 + b"\r\n\r\n"),
        ("blank before size", b" 5\r\nhello\r\n0\r\n\r\n"),
        ("size 0x5", b"0x5\r\nhello\r\n0\r\n\r\n"),
        ("size +5", b"+5\r\nhello\r\n0\r\n\r\n"),
        ("size -5", b"-5\r\nhello\r\n0\r\n\r\n"),
        ("size 0_5", b"0_5\r\nhello\r\n0\r\n\r\n"),
        ("size word", b"xyz\r\nhello\r\n0\r\n\r\n"),
        ("size empty", b"\r\nhello\r\n0\r\n\r\n"),
        ("size beyond 64 bits", b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
        ("size huge", b"7fffffffffffffff\r\nhello"),
        ("size line too long", b"0" * 65536 + b"5\r\nhello\r\n0\r\n\r\n"),
        ("lf only", b"5\nhello\n0\n\n"),
        ("no crlf behind data", b"5\r\nhelloXY0\r\n\r\n"),
        ("bare cr in extension", b"5;a\rb\r\nhello\r\n0\r\n\r\n"),
        ("data behind the end", b"5\r\nhello\r\n0\r\n\r\nextra"),
    ):
        response("chunks: " + name, OK + CHUNKED + body)


def truncations():
    for name, whole in (
        ("length", OK + b"A: b\r\n" + FIVE),
        ("chunked", OK + CHUNKED + b"3\r\nhel\r\n2\r\nlo\r\n0\r\nT: u\r\n\r\n"),
        ("interim", b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\n" + OK + FIVE),
    ):
        for cut in range(len(whole)):
            response("cut %s at %d" % (name, cut), whole[:cut])


def interims():
    for name, before in (
        ("100", b"HTTP/1.1 100 Continue\r\n\r\n"),
        ("100 with headers", b"HTTP/1.1 100 Continue\r\nA: b\r\nContent-Length: 7\r\n\r\n"),
        ("100 in 1.0", b"HTTP/1.0 100 Continue\r\n\r\n"),
        ("100 in 2.0", b"HTTP/2.0 100 Continue\r\n\r\n"),
        ("100 in 0.9", b"HTTP/0.9 100 Continue\r\n\r\n"),
        ("100 in 1.x", b"HTTP/1.x 100 Continue\r\n\r\n"),
        ("100 with 99 fields", b"HTTP/1.1 100 Continue\r\n" + b"A: b\r\n" * 99 + b"\r\n"),
        ("100 with a long line", b"HTTP/1.1 100 Continue\r\nA: " + b"b" * 65536 + b"\r\n\r\n"),
        ("100 malformed", b"HTTP/1.1 100 Continue\r\nnonsense\r\n\r\n"),
        ("two 100s", b"HTTP/1.1 100 Continue\r\n\r\n" * 2),
        ("ninety 100s", b"HTTP/1.1 100 Continue\r\n\r\n" * 90),
        ("a thousand 100s", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        ("102", b"HTTP/1.1 102 Processing\r\n\r\n"),
        ("103", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
        ("101", b"HTTP/1.1 101 Switching\r\n\r\n"),
        ("100 with 100 lines", b"HTTP/1.1 100 Continue\r\n" + b"A: b\r\n" * 100 + b"\r\n"),
    ):
        response("interim: " + name, before + OK + FIVE, end=False)


def persistence():
    for version in b"1.0", b"1.1":
        for name, fields in (
            ("nothing", b""),
            ("close", b"Connection: close\r\n"),
            ("Close", b"Connection: Close\r\n"),
            ("keep-alive", b"Connection: keep-alive\r\n"),
            ("Keep-Alive", b"Connection: Keep-Alive\r\n"),
            ("Keep-Alive field", b"Keep-Alive: timeout=5\r\n"),
            ("proxy", b"Proxy-Connection: keep-alive\r\n"),
            ("list with close", b"Connection: x, close\r\n"),
            ("second line close", b"Connection: x\r\nConnection: close\r\n"),
            ("not quite close", b"Connection: closed\r\n"),
            ("both", b"Connection: keep-alive, close\r\n"),
            ("not quite keep-alive", b"Connection: not-keep-alive\r\n"),
            ("second line keep-alive", b"Connection: x\r\nConnection: keep-alive\r\n"),
            ("Keep-Alive field, empty", b"Keep-Alive:\r\n"),
            ("proxy, close", b"Proxy-Connection: close\r\n"),
        ):
            response("persistence %s: %s" % (version.decode(), name),
                     b"HTTP/%s 200 OK\r\n" % version + fields + FIVE, end=False)
    response("persistence: chunked", OK + CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", end=False)
    response("persistence: a second response unasked", OK + FIVE + OK + FIVE, end=False)
    response("persistence: bytes behind the body", OK + FIVE + b"\r\n", end=False)
    response("persistence: body to HEAD", OK + FIVE, method="HEAD", end=False)


def tunnel(name, reply=OK + b"\r\n", host="h.test", port=443, headers=None, end=False):
    TUNNELS.append(("tunnel: " + name, host, port, headers, reply, end))


def tunnels():
    tunnel("plain")
    tunnel("no port", port=None)
    tunnel("port in host", host="h.test:8080", port=None)
    tunnel("address", host="127.0.0.1")
    tunnel("IPv6", host="::1")
    tunnel("IPv6 in brackets", host="[::1]", port=None)
    tunnel("headers", headers={"Proxy-Authorization": "x", "A": ""})
    tunnel("own host", headers={"hOst": "other.test"})
    tunnel("host with CR LF", host="h.test\r\nA: b")
    tunnel("value with CR LF", headers={"A": "b\r\nC: d"})
    tunnel("name with CR LF", headers={"A\r\nB": "c"})
    for name, reply in (
        ("fields", OK + b"A: b\r\na: c\r\n\r\n"), ("no reason", b"HTTP/1.1 200\r\n\r\n"),
        ("HTTP/1.0", b"HTTP/1.0 200 Connection established\r\n\r\n"),
        ("HTTP/2.0", b"HTTP/2.0 200 OK\r\n\r\n"), ("201", b"HTTP/1.1 201 Created\r\n\r\n"),
        ("204", b"HTTP/1.1 204 No Content\r\n\r\n"), ("299", b"HTTP/1.1 299 X\r\n\r\n"),
        ("100 first", b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"\r\n"),
        ("302", b"HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n"),
        ("407", b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno"),
        ("bytes behind", OK + b"\r\nHTTP/1.1 200 Evil\r\n\r\n"),
        ("no status line", b"SSH-2.0-x\r\n\r\n"), ("no code", b"HTTP/1.1 OK\r\n\r\n"),
        ("code zeros", b"HTTP/1.1 0200 OK\r\n\r\n"), ("no colon", OK + b"nonsense\r\n\r\n"),
        ("100 fields", OK + b"A: b\r\n" * 100 + b"\r\n"),
        ("99 fields", OK + b"A: b\r\n" * 99 + b"\r\n"),
        ("200 fields", OK + b"A: b\r\n" * 200 + b"\r\n"),
        ("line too long", OK + b"A: " + b"b" * 65536 + b"\r\n\r\n"),
        ("status line too long", b"HTTP/1.1 200 " + b"k" * 65536 + b"\r\n\r\n"),
        ("field in UTF-8", OK + b"D: \xc3\xa9\r\n\r\n"),
        ("lines ended by LF", b"HTTP/1.1 200 OK\nA: b\n\n"),
        ("blanks in the reason", b"HTTP/1.1 407 Authenticate  First \r\nA: b\r\n\r\n"),
        ("refused without a reason", b"HTTP/1.1 502\r\n\r\n"),
        ("100 alone", b"HTTP/1.1 100 Continue\r\n\r\n"), ("empty line", b"\r\n"),
    ):
        tunnel(name, reply)
    tunnel("nothing", b"", end=True)
    tunnel("cut in the status line", b"HTTP/1.1 2", end=True)
    tunnel("cut head", OK + b"A: b\r\n", end=True)
    for name, host in (
        ("with bad port", "h.test:x"), ("to a host with blank", "a b"),
        ("idna", "b\u00fccher.example"), ("idna, capitals", "B\u00dcCHER.Example"),
        ("idna, wide letters and dot", "\uff42\u00fccher\u3002example"),
        ("idna, Japanese", "\u4f8b\u3048.\u30c6\u30b9\u30c8"),
        ("idna, sharp s", "stra\u00dfe.example"),
        ("idna, final sigma", "\u03b2\u03cc\u03bb\u03bf\u03c2.example"),
        ("idna, newer script", "\U00011c72.example"),
        ("idna, label too long", "\u00fc" * 64 + ".example"),
        ("idna, right to left mixed", "\u05d0a.example"),
    ):
        tunnel(name, host=host, port=None)
    tunnel("value beyond ASCII", headers={"User-Agent": "me", "A": "\u00e9"})


def request(name, *arguments, http10=False, **named):
    def send(connection):
        if http10:
            connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"
        values = {key: value() if callable(value) else value for key, value in named.items()}
        connection.request(*arguments, **values)
    REQUESTS.append(("request: " + name, send))


def steps(name, send):
    REQUESTS.append(("steps: " + name, send))


def reader(data):
    return lambda: io.BytesIO(data)


def pieces(*items):
    return lambda: iter(items)


def mapped():
    """A buffer that can be read from."""
    memory = mmap.mmap(-1, 5)
    memory.write(b"hello")
    memory.seek(0)
    return memory


def methods_and_targets():
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "FOO",
                   "M-SEARCH", "post", "Patch", "put"):
        request("method " + method, method, "/")
    for name, method in (
        ("empty", ""), ("with blank", "GE T"), ("with CR", "GET\r"),
        ("with LF", "GET\nA: b"), ("with DEL", "GET\x7f"), ("with colon", "GET:"),
        ("not ASCII", "G\u00c9T"), ("with tab", "GE\tT"),
        ("with NUL", "GE\0T"), ("with 1F", "GET\x1f"), ("not ASCII, with CR", "G\u00c9T\r"),
    ):
        request("method " + name, method, "/")
    request("method CONNECT", "CONNECT", "other.test:443")
    for name, target in (
        ("empty", ""), ("path", "/a/b?c=d&e=%20"), ("query only", "?a"),
        ("relative", "a/b"), ("asterisk", "*"), ("quotes", "/\"'<>"),
        ("fragment", "/a#b"), ("absolute", "http://other.test/a"),
        ("absolute with port", "http://other.test:8080/a"),
        ("absolute https", "https://other.test/a"),
        ("absolute with user", "http://me:pw@other.test/a"),
        ("absolute IPv6", "http://[::1]:81/a"),
        ("absolute with zone", "http://[fe80::1%25eth0]:81/a"),
        ("absolute upper case", "HTTP://other.test/a"),
        ("absolute query", "http://other.test?x"),
        ("with blank", "/a b"), ("with CR LF", "/a\r\nb"), ("with tab", "/a\tb"),
        ("with DEL", "/a\x7f"), ("not ASCII", "/\u00e9"), ("backslash", "/a\\b"),
        ("with NUL", "/a\0"), ("not ASCII, with blank", "/\u00e9 b"), ("host:port", "x:80"),
        ("httpfoo", "httpfoo"), ("http without authority", "http:/x"), ("http, empty", "http://"),
        ("http, path alone", "http:///a"),
        ("absolute, bracket open", "http://[::1/"), ("absolute, bracket close", "http://::1]/"),
        ("absolute with empty port", "http://other.test:/a"), ("ftp", "ftp://other.test/a"),
        ("absolute with default port", "http://other.test:80/a"),
        ("absolute IPv6 without port", "http://[::1]/"), ("slashes", "//other.test/a"),
        ("absolute with bad port", "http://other.test:x/"), ("absolute with bare IPv6", "http://::1/a"),
        ("absolute with blank host", "http://a b/"), ("absolute, two ats", "http://a@b@c/"),
    ):
        request("target " + name, "GET", target)


def headers():
    for name, fields in (
        ("one", {"A": "b"}), ("two", {"B": "1", "a": "2"}),
        ("integer", {"A": 5}), ("bytes", {b"A": b"\xff"}), ("latin-1", {"A": "\u00e9"}),
        ("empty value", {"A": ""}), ("blanks around", {"A": " b "}),
        ("tab inside", {"A": "b\tc"}),
        ("host", {"Host": "other.test"}), ("host, lower case", {"host": "x"}),
        ("accept-encoding", {"Accept-Encoding": "gzip"}),
        ("connection", {"Connection": "close"}),
        ("upgrade", {"Upgrade": "x", "Connection": "upgrade"}),
        ("upgrade alone", {"Upgrade": "x"}), ("te", {"TE": "trailers"}),
        ("te chunked", {"TE": "chunked"}),
        ("expect without content", {"Expect": "100-continue"}),
        ("folded", {"A": "b\r\n c"}), ("CR LF", {"A": "b\r\nC: d"}),
        ("LF", {"A": "b\nc"}), ("CR", {"A": "b\rc"}), ("CR blank", {"A": "b\r c"}),
        ("name empty", {"": "b"}), ("name with blank", {"A B": "c"}),
        ("name with slash", {"a/b": "c"}),
        ("name with colon", {"A:": "c"}), ("name with LF", {"A\n": "c"}),
        ("name with control byte", {"A\x01": "c"}),
        ("name not ASCII", {b"A\xa0": "c"}), ("control byte in value", {"A": "b\x01"}),
        ("name not ASCII, text", {"A\xa0": "c"}), ("value beyond latin-1", {"A": "\u20ac"}),
        ("name with tab first", {"\tA": "c"}), ("name with blank first", {" A": "c"}),
        ("name with VT first", {"\x0bA": "c"}), ("name with colon first", {":A": "c"}),
        ("name with CR", {"A\rB": "c"}), ("name with NUL", {b"A\0": "c"}),
        ("NUL in value", {"A": b"b\0c"}), ("folded by tab", {"A": "b\r\n\tc"}),
        ("folded by LF", {"A": "b\n c"}), ("ends with CR LF", {"A": "b\r\n"}),
        ("ends with LF", {"A": "b\n"}), ("ends with CR", {"A": "b\r"}), ("CR tab", {"A": "b\r\tc"}),
        ("DEL in value", {"A": "b\x7f"}), ("CR CR LF blank", {"A": "b\r\r\n c"}),
        ("content-length, integer", {"Content-Length": 0}),
    ):
        request("header " + name, "GET", "/", headers=fields)


def bodies():
    for method in "GET", "POST", "PUT", "DELETE":
        for name, body in (("bytes", b"hello"), ("empty", b""), ("text", "hell\u00f6"),
                           ("bytearray", bytearray(b"hello")), ("large", b"x" * 100000),
                           ("reader", reader(b"hello")), ("reader, empty", reader(b"")),
                           ("reader, blocks", reader(b"x" * 20000)),
                           ("pieces", pieces(b"one", b"two")), ("piece, large", pieces(b"x" * 20000)),
                           ("text pieces", pieces("h\u00f6")), ("list", [b"a", b"b"]),
                           ("text reader", lambda: io.StringIO("h\u00f6")), ("pieces, empty ones",
                                                                pieces(b"", b"a", b"", b"b", b""))):
            request("body %s %s" % (method, name), method, "/", body=body)
            if method in ("GET", "POST"):
                request("body %s %s in HTTP/1.0" % (method, name), method, "/", body=body, http10=True)
    for name, body, fields, chunked in (
        ("length right", b"hello", {"Content-Length": "5"}, False),
        ("length wrong", b"hello", {"Content-Length": "6"}, False),
        ("length, reader", reader(b"hello"), {"Content-Length": "5"}, False),
        ("length, pieces", pieces(b"he", b"llo"), {"content-length": "5"}, False),
        ("length, reader short", reader(b"hell"), {"Content-Length": "5"}, False),
        ("length and encode", b"hello", {"Content-Length": "5"}, True),
        ("length no number", b"hello", {"Content-Length": "x"}, False),
        ("coded by caller, reader", reader(b"hello"), {"Transfer-Encoding": "chunked"}, False),
        ("coded by library, reader", reader(b"hello"), {"Transfer-Encoding": "chunked"}, True),
        ("coded by library, bytes", b"hello", {"Transfer-Encoding": "chunked"}, True),
        ("gzip, chunked", reader(b"hello"), {"Transfer-Encoding": "gzip, chunked"}, True),
        ("reader and buffer", mapped, {}, False),
        ("wide items", array.array("H", [0x6161] * 3), {}, False),
        ("wide items, coded", array.array("H", [0x6161] * 3), {"Transfer-Encoding": "chunked"}, True),
        ("gzip", reader(b"hello"), {"Transfer-Encoding": "gzip"}, True),
        ("both", b"hello", {"Content-Length": "5", "Transfer-Encoding": "chunked"}, False),
        ("encode without field", b"hello", {}, True),
        ("length without body", None, {"Content-Length": "0"}, False),
        ("expect", b"hello", {"Expect": "100-continue"}, False),
    ):
        request("body with " + name, "POST", "/", body=body, headers=fields, encode_chunked=chunked)
    request("body TRACE bytes", "TRACE", "/", body=b"hello")
    for method, target in (("G\u00c9T", "/a b"), ("G\u00c9T\n", "/a b"), ("GE\nT", "/a b"),
                           ("G\u00c9T", "/\u00e9")):
        request("order of checks %r %r" % (method, target), method, target)
    request("body text beyond latin-1", "POST", "/", body="\u20ac")


def step_by_step():
    def whole(c):
        c.putrequest("POST", "/a")
        c.putheader("Content-Length", "5")
        c.putheader("A", "b")
        c.endheaders(b"hello")

    def sent(c):
        c.putrequest("POST", "/a", skip_host=True, skip_accept_encoding=True)
        c.putheader("Host", "x")
        c.putheader("Content-Length", 5)
        c.endheaders()
        c.send(b"hel")
        c.send(b"lo")

    def several(c):
        c.putrequest("GET", "/")
        c.putheader("A", "b", "c")
        c.endheaders()

    def several_first_empty(c):
        c.putrequest("GET", "/")
        c.putheader("A", "", "b")
        c.endheaders()

    def chunked(c):
        c.putrequest("POST", "/")
        c.putheader("Transfer-Encoding", "chunked")
        c.endheaders(io.BytesIO(b"hello"), encode_chunked=True)

    def raw(c):
        c.putrequest("POST", "/")
        c.endheaders(b"hello")

    def own_chunks(c):
        c.putrequest("POST", "/")
        c.putheader("Transfer-Encoding", "chunked")
        c.endheaders()
        c.send(b"5\r\nhello\r\n0\r\n\r\n")

    def send_reader(c):
        c.putrequest("POST", "/")
        c.putheader("Content-Length", "20000")
        c.endheaders()
        c.send(io.BytesIO(b"x" * 20000))

    def send_nothing(c):
        c.putrequest("GET", "/")
        c.endheaders()
        c.send(b"")

    def send_first(c):
        c.putrequest("GET", "/")
        c.send(b"raw\r\n")
        c.endheaders()

    def send_pieces(c):
        c.putrequest("POST", "/")
        c.putheader("Content-Length", "20003")
        c.endheaders()
        c.send([b"abc", b"", bytearray(b"x" * 20000)])

    def refused_name(c):
        c.putrequest("GET", "/")
        try:
            c.putheader("A:", "b")
        except ValueError:
            pass
        c.endheaders()

    def no_value(c):
        c.putrequest("GET", "/")
        c.putheader("A")
        c.endheaders()

    def integers(c):
        c.putrequest("GET", "/")
        c.putheader("A", -5)
        c.putheader(b"B", b"\xff")
        c.putheader("a", "\u00e9")
        c.endheaders()

    def skip_all(c):
        c.putrequest("GET", "http://other.test/", skip_host=True, skip_accept_encoding=True)
        c.endheaders()

    def chunked_pieces(c):
        c.putrequest("POST", "/")
        c.putheader("Transfer-Encoding", "chunked")
        c.endheaders(iter([b"a" * 9000, b"", b"b"]), encode_chunked=True)

    def chunked_text(c):
        c.putrequest("POST", "/")
        c.putheader("Transfer-Encoding", "chunked")
        c.endheaders("\u00e9" * 26, encode_chunked=True)

    def blocks_of_three(c):
        small = type(c)("127.0.0.1", c.port, blocksize=3)
        small.request("POST", "/", body=io.BytesIO(b"hello"))
        small.close()

    def length_and_encode(c):
        c.putrequest("POST", "/")
        c.putheader("Content-Length", "5")
        c.endheaders(b"hello", encode_chunked=True)

    def twice(c):
        c.putrequest("GET", "/")
        c.putrequest("GET", "/")

    def refused_header(c):
        c.putrequest("GET", "/")
        try:
            c.putheader("A", "b\nc")
        except ValueError:
            pass
        c.putheader("D", "e")
        c.endheaders()

    def after_close(c):
        c.putrequest("GET", "/lost")
        c.close()
        c.request("GET", "/kept")

    def no_host(c):
        c.putrequest("GET", "/", skip_host=True)
        c.endheaders()

    def two_hosts(c):
        c.putrequest("GET", "/")
        c.putheader("Host", "x")
        c.endheaders()

    def not_open(c):
        c.auto_open = 0
        c.request("GET", "/")

    for function in (whole, sent, several, several_first_empty, chunked, raw, own_chunks, send_reader, twice,
                     refused_header, refused_name, after_close, no_host, two_hosts, not_open, send_first,
                     send_pieces, no_value, integers, skip_all, chunked_pieces, chunked_text,
                     length_and_encode, send_nothing):
        steps(function.__name__, function)
    if sys.version_info >= (3, 7):  # blocksize
        steps("blocks_of_three", blocks_of_three)
    steps("putheader alone", lambda c: c.putheader("A", "b"))
    steps("endheaders alone", lambda c: c.endheaders())
    steps("getresponse alone", lambda c: c.getresponse())
    steps("send alone", lambda c: c.send(b"raw"))
    steps("two requests", lambda c: (c.request("GET", "/a"), c.request("GET", "/b")))


def debug_output():
    def printed(name, body):
        PRINTED.append(("printed: " + name, lambda c: c.request("POST", "/", body=body())))

    printed("bytearray", lambda: bytearray(b"hello"))
    printed("bytes", lambda: b"it's \0\xff\t\\")
    printed("reader", reader(b"hello"))
    printed("pieces", pieces(b"one", b"", b"two"))
    printed("reader of text", lambda: io.StringIO("hello"))


# Host and port as a connection is made.
ADDRESSES = [
    ("x", 0), ("x", 65535), ("x:80", 81), ("x:65535",), ("x:65536",), ("x:0080",), ("x:\u0668\u0660",),
    ("x:1\u00b2",), ("x::80",), (":80",), (":",), ("[]",), ("[::1",), ("::1]",), ("[::1]x",), ("[x]",),
    ("[x]:80",), ("[::1]]:80",), ("[::1%eth0]:80",), ("fe80::1%eth0", 80), ("a/b",), ("a?b", 80), ("a#b", 80),
    ("user@x", 80), ("a\\b", 80), ("a\x00", 80), ("a\tb", 80), (" a", 80), ("a ", 80), ("a\x1fb", 80),
    ("127.0.0.1",), ("1.2.3.4:5",), ("a_b",), ("a-.b", 1), ("A.Example.", 80), ("a%41b", 80), ("a,b;c=d", 80),
    ("a:b:c", 80), ("a\"b", 80), ("a<b>", 80), ("x" * 70000,), ("x", None),
    ("www.x.org",), ("www.x.org:80",), ("www.x.org:",),
    ("www.x.org:8080",), ("[fe80::1]:8000",), ("[fe80::1]",),
    ("[fe80::1]:",), ("::1", 80), ("x:abc",),
    ("user:pw@x",), ("x:+80",), ("x: 80",), ("x:8_0",),
    ("x:99999",), ("x:-1",), ("x:0",), ("::1",), ("a]b:80",),
    ("[::1]:80", 443), ("",), ("a b",), ("a\r\nb",),
    ("a\x7fb",), ("a\x00b",),
]

if sys.version_info >= (3, 13):  # before, brackets stayed where a port was given
    ADDRESSES.append(("[::1]", 443))

for table in (status_lines, header_blocks, framings, chunks, truncations, interims, persistence,
              methods_and_targets, headers, bodies, step_by_step, debug_output, tunnels):
    table()
