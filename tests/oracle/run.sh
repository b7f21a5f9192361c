#!/bin/sh
# Compares the library with CPython's http.client: tests/oracle/run.sh [case]. PYTHON names the
# interpreter (3.8 or later; python3), HC_LIB the shared library (target/release/libhttpclient.so).
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-python3}
status=0
"$python" cpython_tests.py || status=1
"$python" oracle.py "$@" || status=1
exit $status
