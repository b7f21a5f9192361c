"""Runs CPython's own test_httplib, as installed beside the running Python, against the library."""

import http
import http.client
import http.server  # before the substitution: it is not what is tested
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pyhc

http.client = sys.modules["http.client"] = pyhc
sys.modules["http"].client = pyhc
from test import test_httplib  # noqa: E402

suite = unittest.defaultTestLoader.loadTestsFromModule(test_httplib)
result = unittest.TextTestRunner(verbosity=2).run(suite)
