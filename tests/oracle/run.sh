#!/bin/sh
# Compares the library with CPython's http.client: tests/oracle/run.sh [case]. PYTHON names the
# interpreter (3.8 or later; python3), HC_LIB the shared library (target/release/libhttpclient.so).
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-python3}
status=0
"$python" cpython_tests.py || status=1
"$python" oracle.py "$@" || status=1
# The README has the table of deviations as it is declared here.
"$python" oracle.py --readme >"${TMPDIR:-/tmp}/deviations.$$"
sed -n '/deviations: begin/,/deviations: end/p' ../../README.md | sed '1d;$d' |
    diff - "${TMPDIR:-/tmp}/deviations.$$" || { echo "README.md: the table of deviations is not current"; status=1; }
rm -f "${TMPDIR:-/tmp}/deviations.$$"
exit $status
