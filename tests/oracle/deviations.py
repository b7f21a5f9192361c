"""Where the library differs from http.client on purpose: the table of docs/DEVIATIONS.md, and the cases that show it.

The references are sections (and hazards H) of BEHAVIOUR and rows of CONFORMANCE, the project's
specifications. oracle.py fails for a difference that is not here, and for one here that does not occur;
so it does with HC_LENIENT_HTTP_CLIENT, where only those differences are left that no flag takes away.
"""

import typing


class Deviation(typing.NamedTuple):
    name: str
    theirs: str
    ours: str
    why: str
    cases: list
    # What brings http.client's answer back, ...
    flags: str = ""
    # ... but for these cases, since one message could be taken for another, or nobody can need it; ...
    left: typing.Sequence = ()
    # ... and in these the connection is not used again, so will_close may differ, and nothing else.
    closes: typing.Sequence = ()
    # And in these there is another line of debug output, and nothing else.
    printed: typing.Sequence = ()


def cuts(of, first, last):
    return ["cut %s at %d" % (of, at) for at in range(first, last + 1)]


def both(*names):
    return ["framing %s: %s" % (version, name) for name in names
            for version in ("HTTP/1.1", "HTTP/1.0")]


TARGETS = ["request: target " + name for name in (
    "fragment", "absolute with user", "absolute, two ats", "absolute with zone", "absolute upper case",
    "absolute with bad port", "absolute with bare IPv6")] + ["request: method CONNECT"]

DEVIATIONS = (
    ("status-line", "takes `+200`, `2_00`, `0200` as a status, any white space of Python's between the parts, "
     "and control bytes, NUL and a lone CR in the reason; takes NEL and NBSP off the reason's end, where they "
     "may be half of a letter",
     "three digits, blanks and text: `HC_ERR_BAD_STATUS_LINE`; only blanks are taken off the reason",
     "BEHAVIOUR H11, CONFORMANCE 25, 30, 31",
     ["status line: " + name for name in (
         "code signed", "code underscore", "code zeros", "control byte in reason", "nul in reason",
         "bare cr in reason", "separated by VT and FF", "separated by 1C to 1F",
         "separated by NEL and NBSP", "reason ended by NBSP", "version of control bytes")],
     "`STATUS_CODE`, `CONTROL_BYTES`; not NUL and CR, nor control bytes in the version",
     ["status line: nul in reason", "status line: bare cr in reason", "status line: reason ended by NBSP",
      "status line: version of control bytes"],
     ["status line: code signed", "status line: code underscore", "status line: code zeros"]),
    ("version", "takes `HTTP/0.9`, `HTTP/1.x`, `HTTP/1.10` as versions, and any for a 100",
     "HTTP/1. and one digit: `HC_ERR_UNKNOWN_PROTOCOL`", "CONFORMANCE 28",
     ["status line: http09", "status line: minor no digit", "status line: minor two digits",
      "status line: http11 without minor", "status line: version beyond ASCII",
      "interim: 100 in 2.0", "interim: 100 in 0.9", "interim: 100 in 1.x"],
     "`VERSION`"),
    ("interim", "gives a 102, 103 or other 1xx out as the response, and the real one to the next request",
     "skips every 1xx but 101, up to a limit", "BEHAVIOUR H9, H16, CONFORMANCE 67",
     ["status 102", "status 103", "status 199", "interim: 102", "interim: 103",
      "interim: a thousand 100s"]),
    ("switch", "gives a 101 out that was not asked for",
     "`HC_ERR_UNEXPECTED_SWITCH` unless the request had Upgrade", "CONFORMANCE 69",
     ["status 101", "interim: 101"], "`UNREQUESTED_SWITCH`", (), ["status 101", "interim: 101"]),
    ("field-lines", "ends the head at a malformed line and drops all fields behind it, takes a lone CR "
     "as a line's end, NUL and control bytes in values, drops fields without a name",
     "refuses the response: `HC_ERR_BAD_HEADER`", "BEHAVIOUR H1, H2, CONFORMANCE 35 to 42",
     ["headers: " + name for name in (
         "folded first", "no colon", "blank before colon", "empty name", "non-ASCII name",
         "control byte in name", "blank in name", "quote in name", "nul in value",
         "control byte in value", "bare cr in value", "cr cr lf", "From line", "From line between",
         "folded empty name", "from line, lower case", "DEL in name", "DEL in value", "VT around value",
         "1E in value", "CR before the end", "brackets in name")] + ["interim: 100 malformed"],
     "`NAMELESS_FIELD`, `FIELD_NAME`, `FROM_LINE`, `LEADING_FOLD`, `CONTROL_BYTES`; the rest is not to be "
     "had", ["headers: " + name for name in (
         "no colon", "blank before colon", "non-ASCII name", "control byte in name", "blank in name",
         "nul in value", "bare cr in value", "cr cr lf", "from line, lower case", "DEL in name",
         "CR before the end")] + ["interim: 100 malformed"],
     ["headers: folded first"]),
    ("field-values", "keeps line breaks of folded values, and blanks behind values",
     "replaces folding by blanks, removes white space around values", "CONFORMANCE 34",
     ["headers: trailing blanks", "headers: folded by blank", "headers: folded by tab",
      "headers: folded, blanks", "headers: 100 lines, folded", "headers: value of blanks, folded", *both("length with blanks", "folded length")],
     "`RAW_VALUES`"),
    ("cut-head", "takes what came of a head for the whole when the stream ends inside, or calls it "
     "BadStatusLine", "`HC_ERR_INCOMPLETE_READ`", "BEHAVIOUR H8, CONFORMANCE 33",
     [*cuts("length", 1, 43), *cuts("chunked", 1, 46), *cuts("interim", 1, 30),
      *cuts("interim", 32, 68)],
     "`TRUNCATED_HEAD`", (),
     [*cuts("length", 40, 43), *cuts("chunked", 43, 46), *cuts("interim", 65, 68)]),
    ("short-body", "hides a short body from every read but read() without an amount",
     "gives the bytes, then `HC_ERR_INCOMPLETE_READ`", "BEHAVIOUR 16.2, CONFORMANCE 50",
     [*cuts("length", 44, 48), *cuts("interim", 69, 73)], "`SHORT_BODY`"),
    ("cut-chunks", "loses the bytes of a chunk that is cut short, and hides the cut from readline()",
     "gives the bytes, then `HC_ERR_INCOMPLETE_READ`", "BEHAVIOUR 9, 16.2, CONFORMANCE 50",
     ["chunks: size word", "chunks: size empty", *cuts("chunked", 48, 62)]),
    ("last-chunk", "takes a chunked body for whole whose last chunk or trailers are cut",
     "`HC_ERR_INCOMPLETE_READ`", "CONFORMANCE 63", cuts("chunked", 63, 72),
     "`LAST_CHUNK`"),
    # tests/tls and tests/leniency show this one: the cases here are without TLS.
    ("tls-end", "takes a TLS connection that just ends for one that was closed",
     "`HC_ERR_TLS_TRUNCATED`, and `HC_ERR_INCOMPLETE_READ` for a body that runs until then",
     "BEHAVIOUR H15, CONFORMANCE 56", [], "`TLS_TRUNCATION`"),
    ("content-length", "takes the first of several lengths, reads `+5` and `0_5` as numbers, and "
     "ignores what is none, `-1` too",
     "1*DIGIT, repeated only if equal: `HC_ERR_BAD_FRAMING`", "BEHAVIOUR H11, CONFORMANCE 46 to 49",
     both("length empty", "length negative", "length signed", "length underscore", "length hex",
          "length word", "length fraction", "length list, equal", "length list, different",
          "length twice, different", "length beyond 64 bits"),
     "`NEGATIVE_LENGTH`, `UNREADABLE_LENGTH`, `INTEGER_LENGTH`; never two that differ",
     both("length list, equal", "length twice, different", "length beyond 64 bits"),
     ["framing HTTP/1.1: length signed", "framing HTTP/1.1: length underscore"]),
    ("transfer-encoding", "knows `chunked` only if it stands alone, else believes Content-Length",
     "reads the list: framed by a final chunked, never by Content-Length beside it; unknown codings "
     "are refused; `identity` alone is none, and the connection ends with the response", "BEHAVIOUR H12, CONFORMANCE 51 to 55",
     [*both("chunked and blank", "gzip, chunked", "xchunked", "xchunked and length", "chunked twice"),
      "framing HTTP/1.1: chunked and length", "framing HTTP/1.1: identity and length"]),
    ("no-body", "says chunked of a response that has no body, and waits for its chunks",
     "no body: not chunked", "BEHAVIOUR H7, CONFORMANCE 44",
     ["framing: 204 chunked", "framing: 304 chunked", "framing: HEAD chunked"]),
    ("chunks", "reads sizes as Python's int() does, does not look at what ends chunk data, takes a "
     "lone CR in an extension",
     "hexadecimal digits, CR LF: `HC_ERR_INCOMPLETE_READ`",
     "BEHAVIOUR H3, H4, CONFORMANCE 59 to 62, 66",
     ["chunks: " + name for name in (
         "blank before size", "size 0x5", "size +5", "size -5", "size 0_5", "size beyond 64 bits",
         "size huge", "lf only", "no crlf behind data", "bare cr in extension")]),
    ("head-size", "takes 6 MB of headers, if they are 99 fields, and no hundredth field",
     "1,000 fields and 256 KiB by default: `HC_ERR_TOO_MANY_HEADERS`, `HC_ERR_HEAD_TOO_LARGE`; the comparison sets 100 "
     "lines", "BEHAVIOUR 16.7, CONFORMANCE 43", ["headers: 90 lines of 8 KB"], "no flag, but `hc_conn_set_limit`", ["headers: 90 lines of 8 KB"]),
    ("trailers", "throws trailers away, whatever and however many they are",
     "reads them, apart from the headers, under the rules and limits of headers",
     "BEHAVIOUR H16, 16.7, CONFORMANCE 64, 65",
     ["chunks: trailer malformed", "chunks: 101 trailers"], "`TRAILERS`"),
    ("failed-body", "stays open after most failures of a chunked body",
     "lets go of the stream; the failure comes again with every read", "BEHAVIOUR 9",
     ["chunks: trailer too long", "chunks: size line too long"]),
    ("readline-limit", "readline(limit) gives more than the limit where a chunk ends before it",
     "never more than the limit", "BEHAVIOUR 9", ["chunks: hex, both cases"]),
    ("connection-field", "looks for the letters `close`, in HTTP/1.0 for `keep-alive`, in the first Connection "
     "field", "`close` or `keep-alive` in any list of any Connection field", "CONFORMANCE 70, 72",
     ["persistence 1.0: both", "persistence 1.1: second line close",
      "persistence 1.1: not quite close", "persistence 1.0: not quite keep-alive",
      "persistence 1.0: second line keep-alive"]),
    ("unsolicited", "takes bytes that nobody asked for as the next response",
     "opens a new connection", "BEHAVIOUR H5, CONFORMANCE 71",
     ["persistence: a second response unasked", "persistence: bytes behind the body",
      "persistence: body to HEAD"]),
    # tests/reading shows these two: what http.client gives there depends on what a receive brought.
    ("past-the-end", "shows in peek() what stands behind a body, and waits for that where there is none",
     "never more than the body", "BEHAVIOUR H17", []),
    ("unread-rest", "leaves what was not read of a response that is closed to be read as the next one",
     "closes the connection", "BEHAVIOUR 9, H5", []),
    ("tunnel", "asks a proxy with an unchecked host and unchecked headers, for IPv6 with Host without brackets; "
     "takes an answer of any version, malformed, cut, or with bytes behind it, and an interim response for the "
     "answer; knows no success but 200; keeps the socket where that fails, and sends the next request over it in the clear",
     "checks both, and reads the answer by every rule of heads, behind interim responses; any 2xx connects (RFC "
     "9110 section 9.3.6), any failure closes the connection, and a refusal's body can be read",
     "BEHAVIOUR H6, H10, 16.5, VULNERABILITIES 6, 47, 58",
     ["tunnel: " + name for name in (
         "IPv6", "IPv6 in brackets", "host with CR LF", "value with CR LF", "name with CR LF", "HTTP/2.0",
         "bytes behind", "no status line", "no code", "code zeros", "no colon", "100 fields", "200 fields",
         "line too long", "status line too long", "empty line", "to a host with blank", "nothing", "cut in the status line", "cut head")]),
    # tests/tls shows this one.
    ("common-name", "takes a certificate without subjectAltName that has the host as its common name",
     "`HC_ERR_TLS_NAME_MISMATCH`", "BEHAVIOUR H15, RFC 9525", []),
    # tests/tls/limits.rs shows this one.
    ("certificates", "takes the certificates, keys and revocation lists that OpenSSL takes",
     "takes fewer: those that the README lists, each with its code, are refused",
     "what rustls and its provider know", []),
    ("method", "sends any method without control characters", "a token: `HC_ERR_VALUE`",
     "BEHAVIOUR H12, CONFORMANCE 18",
     ["request: method " + name for name in ("empty", "with blank", "with DEL", "with colon")],
     "`METHOD`; not empty, with a blank or DEL",
     ["request: method " + name for name in ("empty", "with blank", "with DEL")]),
    ("target", "sends fragments and user information, loses the port behind a zone, knows a scheme in "
     "lower case only, sends any port, says its own host to CONNECT",
     "leaves out fragment and user information; Host is the authority, which must be one",
     "BEHAVIOUR 4, CONFORMANCE 2, 6, 8", TARGETS, "the switch `HC_UNCHECKED_TARGET`, for what is sent", TARGETS),
    ("no-host", "sends HTTP/1.1 without Host where that is asked for, a Host that is no authority, a URL without a "
     "host, and a path after CONNECT",
     "an authority, and after CONNECT host and port: `HC_ERR_VALUE`, `HC_ERR_INVALID_URL`", "CONFORMANCE 1, 2, 8",
     ["steps: no_host", "steps: skip_all", "request: target http, empty", "request: target http, path alone"],
     "`HOST`, `CONNECT_TARGET`"),
    ("host-first", "sends the caller's Host behind the other fields, or a second one",
     "exactly one Host, first", "CONFORMANCE 3, 4",
     ["request: header host", "request: header host, lower case", "steps: two_hosts"]),
    ("names-and-values", "sends blanks, control and non-ASCII bytes in names, folding, control bytes "
     "and CR before a blank in values",
     "names are tokens, values text: `HC_ERR_VALUE`; several values are joined by `, `",
     "BEHAVIOUR H12, CONFORMANCE 15 to 17",
     ["steps: several", "steps: several_first_empty"] + ["request: header " + name for name in (
         "folded", "folded by tab", "folded by LF", "CR blank", "CR tab", "NUL in value", "DEL in value",
         "name with blank", "name with control byte", "name with NUL", "name not ASCII",
         "name with slash", "control byte in value")],
     "`SENT_NAME`, `SENT_FOLD`, `SENT_CONTROL_BYTES`; not NUL, a lone CR or LF, nor control bytes in names",
     ["request: header " + name for name in (
         "folded by LF", "CR blank", "CR tab", "NUL in value", "name with control byte",
         "name with NUL")]),
    ("connection-options", "sends TE and Upgrade without Connection, chunked in TE, and "
     "`Expect: 100-continue` without content",
     "adds the Connection option; refuses the others", "CONFORMANCE 19 to 22",
     ["request: header upgrade alone", "request: header te", "request: header te chunked",
      "request: header expect without content"], "`CONNECTION_OPTIONS`, `EXPECT`"),
    ("trace-content", "sends TRACE with content", "`HC_ERR_VALUE`", "CONFORMANCE 23",
     ["request: body TRACE bytes"], "`TRACE_CONTENT`"),
    # c-tests/test_request.c and test_bodies.c show this one: what Python calls a file is a reader here.
    ("file-body", "sends a file in chunks", "an open regular file has a length: Content-Length is what is left "
     "of it; pipes and readers are sent in chunks", "BEHAVIOUR 16.3", []),
    ("http10-body", "announces chunks in HTTP/1.0 and sends none",
     "refuses a body of unknown length: `HC_ERR_VALUE`", "BEHAVIOUR H14, CONFORMANCE 12",
     ["request: body %s %s in HTTP/1.0" % (method, name) for method in ("GET", "POST")
      for name in ("reader", "reader, empty", "reader, blocks", "text reader", "pieces",
                   "pieces, empty ones", "piece, large", "text pieces", "list")]),
    ("request-framing", "sends any Content-Length and Transfer-Encoding with any body, a body without "
     "either, more than was announced, and chunks of items wider than bytes with a wrong size; keeps the connection of a request that was never completed",
     "head and body agree, or `HC_ERR_VALUE`; what is missing is added; an answer to half a request is the "
     "connection's last",
     "BEHAVIOUR 16.3, 16.4, H14, CONFORMANCE 10 to 14",
     ["request: body with " + name for name in (
         "length wrong", "length, reader short", "length no number", "coded by caller, reader",
         "wide items, coded", "gzip", "both")] + ["steps: raw", "steps: length_and_encode",
                             "session: more is sent than was announced",
                             "session: an answer before the body is sent"]),
    ("idna", "IDNA 2003: `ß` is `ss`, a final sigma is `σ`; labels in ASCII keep their capitals",
     "UTS 46, as browsers have it: they are letters of their own; all is in small letters; what has no such "
     "form is `HC_ERR_ENCODING`", "BEHAVIOUR 4",
     ["tunnel: idna, sharp s", "tunnel: idna, final sigma", "tunnel: idna, capitals"]),
    ("debug-output", "prints the object that a body is in Python's notation, that it encodes text, and an "
     "empty line at the end of the stream among the lines of an interim response",
     "`<callback>`, `<pieces>` or `<file>`; bytes are `b'...'`, and there is no text; lines have ends",
     "BEHAVIOUR 13", ["printed: " + name for name in ("reader", "reader of text", "pieces", "bytearray")],
     "", (), (), cuts("interim", 12, 30)),
    ("refused-request", "begins a request that it refuses: only close() ends that, and what was written of it "
     "goes out in front of the next one",
     "a refused request() was none; putrequest() begins one, as there, but nothing can be added to a refused "
     "line; close() forgets what was written", "BEHAVIOUR H14",
     ["steps: after_close", "session: a refused request", "session: a refused request line"]),
    ("failed-opening", "says Request-sent when a connection could not be opened, or may not be, and may have kept a half-open "
     "one", "closed and Idle, whatever failed", "BEHAVIOUR 16.5, H6", ["session: nobody listens", "session: not connected"]),
    ("failed-head", "reads on behind a head that it did not understand",
     "closes the connection; until close() the failure comes again", "BEHAVIOUR 16.1, H5",
     ["session: a response behind a bad status line"]),
    ("timeouts", "loses what came of a head before a timeout, and cannot read on a body after one",
     "the call can be made again and goes on where it was; a connection that the system has given up "
     "(ETIMEDOUT) is no timeout but `HC_ERR_CONNECTION_ABORTED`", "BEHAVIOUR 16.6",
     ["session: timeout inside the status line", "session: timeout inside the body"]),
    # c-tests/test_settings.c shows this one: to Python programs the process has one.
    ("default-timeout", "uses the timeout that the process has by default (socket.setdefaulttimeout)",
     "none, until one is set", "no state of the process is shared by those who use the library", []),
    ("host-and-port", "takes `+80`, `8_0`, `-1`, `0`, `99999` as ports, `::1` as host `:` and port 1, "
     "brackets anywhere, no host at all, and any host without blanks and control characters",
     "1 to 65535; a host is an address or has the characters of a name (RFC 3986), an IPv6 address may stand "
     "without brackets; else `HC_ERR_INVALID_URL`", "BEHAVIOUR H13, H10",
     ["address: " + repr(arguments) for arguments in (
         ("x:+80",), ("x: 80",), ("x:8_0",), ("x:99999",), ("x:-1",), ("x:0",), ("::1",), ("a]b:80",),
         ("[::1]:80", 443), ("x", 0), ("x:80", 81), ("x:65536",), ("x:\u0668\u0660",), ("x::80",), ("[::1",),
         ("::1]",), ("[::1]x",), ("[::1]]:80",), ("a/b",), ("a?b", 80), ("a#b", 80), ("user@x", 80),
         ("",), (":",), (":80",), ("[]",), ("a\\b", 80), ("a:b:c", 80), ("a\"b", 80), ("a<b>", 80))]),
)

DEVIATIONS = [Deviation(*row) for row in DEVIATIONS]
# What may differ where no message is taken for another, but the connection is not used again.
CLOSING = {"will_close", "second"}


def declared(lenient):
    """Of each case that is to differ: its deviation, and what of the outcome may differ (None: all)."""
    found = {}
    for row in DEVIATIONS:
        if not lenient:
            found.update((case, (row.name, None)) for case in row.cases)
            continue
        found.update((case, (row.name, None)) for case in (row.left if row.flags else row.cases))
        found.update((case, (row.name, CLOSING)) for case in row.closes)
        found.update((case, (row.name, {"printed"})) for case in row.printed)
    return found


def table():
    """The table in Markdown."""
    lines = ["| | http.client | httpclient | why | brought back by |", "|---|---|---|---|---|"]
    lines += ["| %s | %s | %s | %s | %s |" % (*row[:4], row.flags or "nothing") for row in DEVIATIONS]
    return "\n".join(lines) + "\n"
