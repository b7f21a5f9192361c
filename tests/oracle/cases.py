"""The cases: what a server answers, and what a client is told to send.

A row of RESPONSES is (name, bytes, end, method, deviation): `end` says whether the server ends the
stream behind the bytes. A row of REQUESTS is (name, function, deviation): the function drives a
connection. A deviation is a key of deviations.DEVIATIONS, or None where both must agree.
"""

import io

OK = b"HTTP/1.1 200 OK\r\n"
EMPTY = b"Content-Length: 0\r\n\r\n"
FIVE = b"Content-Length: 5\r\n\r\nhello"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"

RESPONSES = []
REQUESTS = []


def response(name, data, deviation=None, end=True, method="GET"):
    RESPONSES.append((name, data, end, method, deviation))


def status_lines():
    for name, line, deviation in (
        ("plain", b"HTTP/1.1 200 OK", None),
        ("http10", b"HTTP/1.0 200 OK", None),
        ("no reason", b"HTTP/1.1 200", None),
        ("empty reason", b"HTTP/1.1 200 ", None),
        ("long reason", b"HTTP/1.1 404 Not Found At All", None),
        ("latin-1 reason", b"HTTP/1.1 200 \xe9t\xe9", None),
        ("reason with blanks around", b"HTTP/1.1 200   OK  ", None),
        ("three digits, high", b"HTTP/1.1 999 Top", None),
        ("minor 2", b"HTTP/1.2 200 OK", None),
        ("minor 9", b"HTTP/1.9 200 OK", None),
        ("code 099", b"HTTP/1.1 099 Low", None),
        ("code 0", b"HTTP/1.1 0 Low", None),
        ("code 1000", b"HTTP/1.1 1000 High", None),
        ("code missing", b"HTTP/1.1", None),
        ("code no number", b"HTTP/1.1 abc OK", None),
        ("code with dot", b"HTTP/1.1 400.100 Not Ok", None),
        ("code signed", b"HTTP/1.1 +200 OK", None),
        ("code underscore", b"HTTP/1.1 2_00 OK", None),
        ("code zeros", b"HTTP/1.1 0200 OK", None),
        ("lower case", b"http/1.1 200 OK", None),
        ("icy", b"ICY 200 OK", None),
        ("html", b"<html>no status line</html>", None),
        ("http2", b"HTTP/2.0 200 OK", None),
        ("http2 short", b"HTTP/2 200 OK", None),
        ("http09", b"HTTP/0.9 200 OK", None),
        ("http3", b"HTTP/3.0 200 OK", None),
        ("minor no digit", b"HTTP/1.x 200 OK", None),
        ("minor two digits", b"HTTP/1.10 200 OK", None),
        ("tab separated", b"HTTP/1.1\t200\tOK", None),
        ("blanks doubled", b"HTTP/1.1  200  OK", None),
        ("leading blank", b" HTTP/1.1 200 OK", None),
        ("nul in reason", b"HTTP/1.1 200 O\0K", None),
        ("bare cr in reason", b"HTTP/1.1 200 O\rK", None),
        ("empty", b"", None),
        ("too long", b"HTTP/1.1 200 " + b"k" * 65536, None),
        ("longest", b"HTTP/1.1 200 " + b"k" * (65536 - 15), None),
    ):
        response("status line: " + name, line + b"\r\n" + FIVE, deviation)
    response("status line: ended by LF", b"HTTP/1.1 200 OK\n" + FIVE)
    response("status line: nothing", b"")
    for status in (101, 102, 103, 199):
        response("status %d" % status, b"HTTP/1.1 %d Interim\r\n\r\n" % status)
    for status in (200, 201, 204, 205, 206, 300, 304, 400, 404, 500, 599):
        response("status %d" % status, b"HTTP/1.1 %d X\r\n" % status + FIVE)
        response("status %d to HEAD" % status, b"HTTP/1.1 %d X\r\nContent-Length: 5\r\n\r\n" % status,
                 method="HEAD", end=False)


def header_blocks():
    for name, block, deviation in (
        ("order, case and repetition", b"B: 1\r\na: 2\r\nB: 3\r\n", None),
        ("empty value", b"A:\r\nB: \r\n", None),
        ("no blank", b"A:b\r\n", None),
        ("many blanks", b"A: \t  b\r\n", None),
        ("trailing blanks", b"A: b \t \r\n", None),
        ("colon in value", b"A: b:c: d\r\n", None),
        ("latin-1 value", b"A: \xe9\xff\r\n", None),
        ("all token characters", b"!#$%&'*+-.^_`|~09azAZ: v\r\n", None),
        ("lines ended by LF", b"A: b\nC: d\n", None),
        ("folded by blank", b"A: b\r\n c\r\n", None),
        ("folded by tab", b"A: b\r\n\tc\r\n", None),
        ("folded first", b" A: b\r\nC: d\r\n", None),
        ("no colon", b"A: b\r\nnonsense\r\nC: d\r\n", None),
        ("blank before colon", b"A : b\r\nC: d\r\n", None),
        ("empty name", b"A: b\r\n: x\r\nC: d\r\n", None),
        ("non-ASCII name", b"\xc4: b\r\nC: d\r\n", None),
        ("control byte in name", b"A\x01: b\r\nC: d\r\n", None),
        ("blank in name", b"A B: b\r\nC: d\r\n", None),
        ("quote in name", b"A\"B: b\r\nC: d\r\n", None),
        ("nul in value", b"A: b\0c\r\nC: d\r\n", None),
        ("control byte in value", b"A: b\x01c\r\nC: d\r\n", None),
        ("bare cr in value", b"A: b\rC: d\r\n", None),
        ("cr cr lf", b"A: b\r\r\nC: d\r\n", None),
        ("From line", b"From me\r\nC: d\r\n", None),
        ("99 fields", b"A: b\r\n" * 98, None),
        ("100 fields", b"A: b\r\n" * 99, None),
        ("200 fields", b"A: b\r\n" * 200, None),
        ("line too long", b"A: " + b"b" * 65536 + b"\r\n", None),
        ("longest line", b"A: " + b"b" * (65536 - 5) + b"\r\n", None),
    ):
        response("headers: " + name, OK + block + FIVE, deviation)


def framings():
    for name, fields, body, deviation in (
        ("length", b"Content-Length: 5\r\n", b"hello", None),
        ("length zero", b"Content-Length: 0\r\n", b"", None),
        ("length, lower case", b"content-length: 5\r\n", b"hello", None),
        ("length with blanks", b"Content-Length:  5  \r\n", b"hello", None),
        ("length with zeros", b"Content-Length: 0005\r\n", b"hello", None),
        ("none", b"", b"hello", None),
        ("none, empty", b"", b"", None),
        ("close", b"Connection: close\r\n", b"hello", None),
        ("length empty", b"Content-Length:\r\n", b"hello", None),
        ("length negative", b"Content-Length: -1\r\n", b"hello", None),
        ("length signed", b"Content-Length: +5\r\n", b"hello", None),
        ("length underscore", b"Content-Length: 0_5\r\n", b"hello", None),
        ("length hex", b"Content-Length: 0x5\r\n", b"hello", None),
        ("length word", b"Content-Length: abc\r\n", b"hello", None),
        ("length fraction", b"Content-Length: 5.0\r\n", b"hello", None),
        ("length list, equal", b"Content-Length: 5, 5\r\n", b"hello", None),
        ("length list, different", b"Content-Length: 5, 6\r\n", b"hello", None),
        ("length twice, equal", b"Content-Length: 5\r\nContent-Length: 5\r\n", b"hello", None),
        ("length twice, different", b"Content-Length: 5\r\nContent-Length: 3\r\n", b"hello", None),
        ("length beyond 64 bits", b"Content-Length: 99999999999999999999999\r\n", b"hello", None),
        ("chunked", b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n", None),
        ("chunked, case", b"transfer-encoding: CHUNKED\r\n", b"5\r\nhello\r\n0\r\n\r\n", None),
        ("chunked and blank", b"Transfer-Encoding: chunked \r\n", b"5\r\nhello\r\n0\r\n\r\n", None),
        ("chunked and length", b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
         b"5\r\nhello\r\n0\r\n\r\n", None),
        ("gzip, chunked", b"Transfer-Encoding: gzip, chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n", None),
        ("chunked, gzip", b"Transfer-Encoding: chunked, gzip\r\n", b"hello", None),
        ("gzip", b"Transfer-Encoding: gzip\r\n", b"hello", None),
        ("identity", b"Transfer-Encoding: identity\r\n", b"hello", None),
        ("identity and length", b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n", b"hello",
         None),
        ("xchunked and length", b"Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", b"hello",
         None),
        ("chunked twice", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
         b"5\r\nhello\r\n0\r\n\r\n", None),
        ("folded length", b"Content-Length:\r\n 5\r\n", b"hello", None),
    ):
        for version in b"HTTP/1.1", b"HTTP/1.0":
            response("framing %s: %s" % (version.decode(), name),
                     version + b" 200 OK\r\n" + fields + b"\r\n" + body, deviation)
    for status in (204, 304):
        response("framing: %d with length" % status,
                 b"HTTP/1.1 %d X\r\nContent-Length: 5\r\n\r\n" % status, end=False)
        response("framing: %d chunked" % status,
                 b"HTTP/1.1 %d X\r\n" % status + CHUNKED + LAST)
    response("framing: HEAD chunked", OK + CHUNKED, method="HEAD", end=False)
    response("framing: HEAD without length", OK + b"\r\n", method="HEAD", end=False)


def chunks():
    for name, body, deviation in (
        ("one", b"5\r\nhello\r\n0\r\n\r\n", None),
        ("two", b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", None),
        ("none", b"0\r\n\r\n", None),
        ("zeros", b"00005\r\nhello\r\n000\r\n\r\n", None),
        ("hex, both cases", b"a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n", None),
        ("lines inside", b"6\r\na\nb\nc\n\r\n0\r\n\r\n", None),
        ("extension", b"5;a=b\r\nhello\r\n0;c\r\n\r\n", None),
        ("quoted extension", b"5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n", None),
        ("blank before extension", b"5 ;a\r\nhello\r\n0\r\n\r\n", None),
        ("blank after size", b"5 \r\nhello\r\n0\r\n\r\n", None),
        ("trailer", b"5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n", None),
        ("trailer that frames", b"5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n", None),
        ("trailer malformed", b"5\r\nhello\r\n0\r\nnonsense\r\n\r\n", None),
        ("101 trailers", b"5\r\nhello\r\n0\r\n" + b"A: b\r\n" * 101 + b"\r\n", None),
        ("trailer too long", b"5\r\nhello\r\n0\r\nA: " + b"b" * 65536 + b"\r\n\r\n", None),
        ("blank before size", b" 5\r\nhello\r\n0\r\n\r\n", None),
        ("size 0x5", b"0x5\r\nhello\r\n0\r\n\r\n", None),
        ("size +5", b"+5\r\nhello\r\n0\r\n\r\n", None),
        ("size -5", b"-5\r\nhello\r\n0\r\n\r\n", None),
        ("size 0_5", b"0_5\r\nhello\r\n0\r\n\r\n", None),
        ("size word", b"xyz\r\nhello\r\n0\r\n\r\n", None),
        ("size empty", b"\r\nhello\r\n0\r\n\r\n", None),
        ("size beyond 64 bits", b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n", None),
        ("size huge", b"7fffffffffffffff\r\nhello", None),
        ("size line too long", b"0" * 65536 + b"5\r\nhello\r\n0\r\n\r\n", None),
        ("lf only", b"5\nhello\n0\n\n", None),
        ("no crlf behind data", b"5\r\nhelloXY0\r\n\r\n", None),
        ("bare cr in extension", b"5;a\rb\r\nhello\r\n0\r\n\r\n", None),
        ("data behind the end", b"5\r\nhello\r\n0\r\n\r\nextra", None),
    ):
        response("chunks: " + name, OK + CHUNKED + body, deviation)


def truncations():
    for name, whole, deviations in (
        ("length", OK + b"A: b\r\n" + FIVE, ()),
        ("chunked", OK + CHUNKED + b"3\r\nhel\r\n2\r\nlo\r\n0\r\nT: u\r\n\r\n", ()),
        ("interim", b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\n" + OK + FIVE, ()),
    ):
        for cut in range(len(whole)):
            deviation = next((d for first, last, d in deviations if first <= cut < last), None)
            response("cut %s at %d" % (name, cut), whole[:cut], deviation)


def interims():
    for name, before, deviation in (
        ("100", b"HTTP/1.1 100 Continue\r\n\r\n", None),
        ("100 with headers", b"HTTP/1.1 100 Continue\r\nA: b\r\nContent-Length: 7\r\n\r\n", None),
        ("100 in 1.0", b"HTTP/1.0 100 Continue\r\n\r\n", None),
        ("two 100s", b"HTTP/1.1 100 Continue\r\n\r\n" * 2, None),
        ("ninety 100s", b"HTTP/1.1 100 Continue\r\n\r\n" * 90, None),
        ("a thousand 100s", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, None),
        ("102", b"HTTP/1.1 102 Processing\r\n\r\n", None),
        ("103", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", None),
        ("101", b"HTTP/1.1 101 Switching\r\n\r\n", None),
        ("100 with 100 lines", b"HTTP/1.1 100 Continue\r\n" + b"A: b\r\n" * 100 + b"\r\n", None),
    ):
        response("interim: " + name, before + OK + FIVE, deviation, end=False)


def persistence():
    for version in b"1.0", b"1.1":
        for name, fields, deviation in (
            ("nothing", b"", None),
            ("close", b"Connection: close\r\n", None),
            ("Close", b"Connection: Close\r\n", None),
            ("keep-alive", b"Connection: keep-alive\r\n", None),
            ("Keep-Alive", b"Connection: Keep-Alive\r\n", None),
            ("Keep-Alive field", b"Keep-Alive: timeout=5\r\n", None),
            ("proxy", b"Proxy-Connection: keep-alive\r\n", None),
            ("list with close", b"Connection: x, close\r\n", None),
            ("second line close", b"Connection: x\r\nConnection: close\r\n", None),
            ("not quite close", b"Connection: closed\r\n", None),
            ("both", b"Connection: keep-alive, close\r\n", None),
        ):
            response("persistence %s: %s" % (version.decode(), name),
                     b"HTTP/%s 200 OK\r\n" % version + fields + FIVE, deviation, end=False)
    response("persistence: chunked", OK + CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", end=False)
    response("persistence: a second response unasked", OK + FIVE + OK + FIVE, end=False)
    response("persistence: bytes behind the body", OK + FIVE + b"\r\n", end=False)
    response("persistence: body to HEAD", OK + FIVE, method="HEAD", end=False)


def request(name, *arguments, deviation=None, http10=False, **named):
    def send(connection):
        if http10:
            connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"
        values = {key: value() if callable(value) else value for key, value in named.items()}
        connection.request(*arguments, **values)
    REQUESTS.append(("request: " + name, send, deviation))


def steps(name, send, deviation=None):
    REQUESTS.append(("steps: " + name, send, deviation))


def reader(data):
    return lambda: io.BytesIO(data)


def pieces(*items):
    return lambda: iter(items)


def methods_and_targets():
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "FOO",
                   "M-SEARCH"):
        request("method " + method, method, "/")
    for name, method, deviation in (
        ("empty", "", None), ("with blank", "GE T", None), ("with CR", "GET\r", None),
        ("with LF", "GET\nA: b", None), ("with DEL", "GET\x7f", None), ("with colon", "GET:", None),
        ("not ASCII", "G\u00c9T", None), ("with tab", "GE\tT", None),
    ):
        request("method " + name, method, "/", deviation=deviation)
    for name, target, deviation in (
        ("empty", "", None), ("path", "/a/b?c=d&e=%20", None), ("query only", "?a", None),
        ("relative", "a/b", None), ("asterisk", "*", None), ("quotes", "/\"'<>", None),
        ("fragment", "/a#b", None), ("absolute", "http://other.test/a", None),
        ("absolute with port", "http://other.test:8080/a", None),
        ("absolute https", "https://other.test/a", None),
        ("absolute with user", "http://me:pw@other.test/a", None),
        ("absolute IPv6", "http://[::1]:81/a", None),
        ("absolute with zone", "http://[fe80::1%25eth0]:81/a", None),
        ("absolute upper case", "HTTP://other.test/a", None),
        ("absolute query", "http://other.test?x", None),
        ("with blank", "/a b", None), ("with CR LF", "/a\r\nb", None), ("with tab", "/a\tb", None),
        ("with DEL", "/a\x7f", None), ("not ASCII", "/\u00e9", None), ("backslash", "/a\\b", None),
    ):
        request("target " + name, "GET", target, deviation=deviation)


def headers():
    for name, fields, deviation in (
        ("one", {"A": "b"}, None), ("two", {"B": "1", "a": "2"}, None),
        ("integer", {"A": 5}, None), ("bytes", {b"A": b"\xff"}, None), ("latin-1", {"A": "\u00e9"}, None),
        ("empty value", {"A": ""}, None), ("blanks around", {"A": " b "}, None),
        ("tab inside", {"A": "b\tc"}, None),
        ("host", {"Host": "other.test"}, None), ("host, lower case", {"host": "x"}, None),
        ("accept-encoding", {"Accept-Encoding": "gzip"}, None),
        ("connection", {"Connection": "close"}, None),
        ("upgrade", {"Upgrade": "x", "Connection": "upgrade"}, None),
        ("upgrade alone", {"Upgrade": "x"}, None), ("te", {"TE": "trailers"}, None),
        ("te chunked", {"TE": "chunked"}, None),
        ("expect without content", {"Expect": "100-continue"}, None),
        ("folded", {"A": "b\r\n c"}, None), ("CR LF", {"A": "b\r\nC: d"}, None),
        ("LF", {"A": "b\nc"}, None), ("CR", {"A": "b\rc"}, None), ("CR blank", {"A": "b\r c"}, None),
        ("name empty", {"": "b"}, None), ("name with blank", {"A B": "c"}, None),
        ("name with colon", {"A:": "c"}, None), ("name with LF", {"A\n": "c"}, None),
        ("name with control byte", {"A\x01": "c"}, None),
        ("name not ASCII", {b"A\xa0": "c"}, None), ("control byte in value", {"A": "b\x01"}, None),
    ):
        request("header " + name, "GET", "/", headers=fields, deviation=deviation)


def bodies():
    for method in "GET", "POST", "PUT", "DELETE":
        for name, body in (("bytes", b"hello"), ("empty", b""), ("text", "hell\u00f6"),
                           ("bytearray", bytearray(b"hello")), ("large", b"x" * 100000),
                           ("reader", reader(b"hello")), ("reader, empty", reader(b"")),
                           ("reader, blocks", reader(b"x" * 20000)),
                           ("pieces", pieces(b"one", b"two")), ("pieces, empty ones",
                                                                pieces(b"", b"a", b"", b"b", b""))):
            request("body %s %s" % (method, name), method, "/", body=body)
            if method in ("GET", "POST"):
                request("body %s %s in HTTP/1.0" % (method, name), method, "/", body=body, http10=True)
    for name, body, fields, chunked, deviation in (
        ("length right", b"hello", {"Content-Length": "5"}, False, None),
        ("length wrong", b"hello", {"Content-Length": "6"}, False, None),
        ("length, reader", reader(b"hello"), {"Content-Length": "5"}, False, None),
        ("length, pieces", pieces(b"he", b"llo"), {"content-length": "5"}, False, None),
        ("length, reader short", reader(b"hell"), {"Content-Length": "5"}, False, None),
        ("length and encode", b"hello", {"Content-Length": "5"}, True, None),
        ("length no number", b"hello", {"Content-Length": "x"}, False, None),
        ("coded by caller, reader", reader(b"hello"), {"Transfer-Encoding": "chunked"}, False, None),
        ("coded by library, reader", reader(b"hello"), {"Transfer-Encoding": "chunked"}, True, None),
        ("coded by library, bytes", b"hello", {"Transfer-Encoding": "chunked"}, True, None),
        ("gzip, chunked", reader(b"hello"), {"Transfer-Encoding": "gzip, chunked"}, True, None),
        ("gzip", reader(b"hello"), {"Transfer-Encoding": "gzip"}, True, None),
        ("both", b"hello", {"Content-Length": "5", "Transfer-Encoding": "chunked"}, False, None),
        ("encode without field", b"hello", {}, True, None),
        ("length without body", None, {"Content-Length": "0"}, False, None),
        ("expect", b"hello", {"Expect": "100-continue"}, False, None),
    ):
        request("body with " + name, "POST", "/", body=body, headers=fields, encode_chunked=chunked,
                deviation=deviation)
    request("body text beyond latin-1", "POST", "/", body="\u20ac")
    request("body no body", "POST", "/", body=lambda: 5 + 0)


def step_by_step():
    def whole(c):
        c.putrequest("POST", "/a")
        c.putheader("Content-Length", "5")
        c.putheader("A", "b", )
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

    for function, deviation in (
        (whole, None), (sent, None), (several, None), (chunked, None), (raw, None),
        (own_chunks, None), (send_reader, None), (twice, None), (refused_header, None),
        (after_close, None), (no_host, None), (two_hosts, None), (not_open, None),
        (lambda c: c.putheader("A", "b"), None), (lambda c: c.endheaders(), None),
        (lambda c: c.getresponse(), None), (lambda c: c.send(b"raw"), None),
        (lambda c: (c.request("GET", "/a"), c.request("GET", "/b")), None),
    ):
        steps(function.__name__ if function.__name__ != "<lambda>" else "call %d" % len(REQUESTS),
              function, deviation)


# Host and port as a connection is made: (arguments, deviation).
ADDRESSES = [
    (("www.x.org",), None), (("www.x.org:80",), None), (("www.x.org:",), None),
    (("www.x.org:8080",), None), (("[fe80::1]:8000",), None), (("[fe80::1]",), None),
    (("[fe80::1]:",), None), (("::1", 80), None), (("[::1]", 443), None), (("x:abc",), None),
    (("user:pw@x",), None), (("x:+80",), None), (("x: 80",), None), (("x:8_0",), None),
    (("x:99999",), None), (("x:-1",), None), (("x:0",), None), (("::1",), None), (("a]b:80",), None),
    (("[::1]:80", 443), None), (("",), None), (("a b",), None), (("a\r\nb",), None),
    (("a\x7fb",), None), (("a\x00b",), None),
]

for table in (status_lines, header_blocks, framings, chunks, truncations, interims, persistence,
              methods_and_targets, headers, bodies, step_by_step):
    table()
