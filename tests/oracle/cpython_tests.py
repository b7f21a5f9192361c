"""Runs CPython's own test_httplib, as installed beside the running Python, against the library.

Every test passes but those in LENIENT with the preset (--lenient), and those in STRICT besides without
it, each with its reason. A test that fails undeclared is a
failure, and so is a declared one that passes. Nothing of CPython's is copied here.
"""

import http
import http.client
import http.server  # noqa: F401  before the substitution: it is not what is tested
import inspect
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pyhc  # noqa: E402

CUT_HEAD = "BEHAVIOUR H8, CONFORMANCE 33: a head that ends early is an incomplete message"
SHORT_BODY = "BEHAVIOUR 16.2: a short body is an error for every read, after its bytes"

# With HC_LENIENT_HTTP_CLIENT: what no flag brings back, and what looks inside CPython's objects.
LENIENT = {
    "HeaderTests.test_putheader": "it reads CPython's private _buffer",
    "HeaderTests.test_invalid_tunnel_headers":
        "BEHAVIOUR 16.5: set_tunnel() itself refuses what http.client refuses in connect()",
    "HeaderTests.test_invalid_tunnel_host":
        "BEHAVIOUR 16.5: set_tunnel() itself refuses what http.client refuses in connect()",
    "HTTPSTest.test_tls13_pha": "it reads the ssl.SSLContext that CPython's connection makes",
    "RequestBodyTest.test_manual_content_length":
        "BEHAVIOUR 16.4, CONFORMANCE 14: Content-Length equals the body",
    "TransferEncodingTest.test_explicit_headers":
        "CONFORMANCE 11: a body under the caller's Transfer-Encoding is encoded, not sent raw",
    "TunnelTests.test_tunnel_connect_single_send_connection_setup":
        "it replaces HTTPConnection.send, through which the library does not send",
}

if sys.version_info < (3, 12):
    LENIENT["TunnelTests.test_set_tunnel_host_port_headers"] = \
        "since 3.12 a proxy gets Host, and it is among the tunnel's headers"

# Since 3.13.5 it has a read1() of a whole chunk from a file.
READ1_OF_FILE = "BasicTest.test_chunked", "pyhc gives what is in a file a byte at a time (FileStream)"

# Without: these as well.
STRICT = {
    "BasicTest.test_chunked_missing_end":
        "CONFORMANCE 63: an unfinished last chunk is an incomplete body",
    "BasicTest.test_early_eof": CUT_HEAD,
    "BasicTest.test_epipe": CUT_HEAD,
    "BasicTest.test_large_content_length_truncated":
        "CONFORMANCE 46: a length beyond 64 bits is refused, where http.client finds the body too short",
    "BasicTest.test_negative_content_length": "BEHAVIOUR H11, CONFORMANCE 48: 1*DIGIT only",
    "BasicTest.test_partial_reads_incomplete_body": SHORT_BODY,
    "BasicTest.test_partial_readintos_incomplete_body": SHORT_BODY,
    "HeaderTests.test_content_length_0": "CONFORMANCE 8, 23: CONNECT has a host and port, TRACE no content",
    "HeaderTests.test_headers_debuglevel": CUT_HEAD,
    "HeaderTests.test_malformed_headers_coped_with":
        "CONFORMANCE 39: a field without a name is refused",
    "PersistenceTest.test_100_close": "CONFORMANCE 22: Expect: 100-continue needs content",
}


class Result(unittest.TestResult):
    """Keeps what became of each test, the sum of its sub-tests."""

    def __init__(self):
        super().__init__()
        self.outcomes = {}

    def note(self, test, outcome):
        name = ".".join(test.id().split(".")[-2:])
        self.outcomes[name] = outcome

    def startTest(self, test):
        super().startTest(test)
        self.note(test, "ok")

    def addError(self, test, error):
        self.note(test, self._exc_info_to_string(error, test))

    addFailure = addError

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.note(test, self._exc_info_to_string(error, test))

    def addSkip(self, test, reason):
        self.note(test, "skipped: " + reason)


def run(flags):
    pyhc.leniency = flags
    pyhc.remember_roots()
    http.client = sys.modules["http.client"] = pyhc
    from test import support, test_httplib
    support.use_resources = []  # nothing but loopback
    support.verbose = False
    if "read1(-1)" in inspect.getsource(test_httplib.BasicTest.test_chunked):
        LENIENT.update([READ1_OF_FILE])
    result = Result()
    stdout = sys.stdout
    unittest.defaultTestLoader.loadTestsFromModule(test_httplib).run(result)
    sys.stdout = stdout
    return result.outcomes


def main():
    lenient = sys.argv[1:] == ["--lenient"]
    outcomes = run(pyhc.HTTP_CLIENT if lenient else 0)
    expected = LENIENT if lenient else {**LENIENT, **STRICT}
    counts = {"passed": 0, "expected to fail": 0, "skipped": 0}
    wrong = 0
    for name, outcome in sorted(outcomes.items()):
        if outcome == "ok" and name not in expected:
            kind, text = "passed", "pass"
        elif outcome.startswith("skipped"):
            kind, text = "skipped", outcome
        elif outcome != "ok" and name in expected:
            kind, text = "expected to fail", "expected to fail: " + expected[name]
        else:
            kind, text = None, outcome if outcome != "ok" else "passes, but is declared to fail"
            wrong += 1
        if kind:
            counts[kind] += 1
        print("%s %s" % (name, text))
    print("CPython %s, %s: %s, %d wrong" % (
        sys.version.split()[0], "lenient" if lenient else "strict", ", ".join("%d %s" % (n, kind) for kind, n in counts.items()), wrong))
    return wrong > 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # Not sys.exit: a test that fails may leave a thread behind that waits for ever.
    os._exit(status)
