#!/bin/sh
# Compares the library with CPython's http.client, as it is by default and with the preset
# HC_LENIENT_HTTP_CLIENT: tests/oracle/run.sh [case]. PYTHON names the interpreters (3.6 or later; python3),
# HC_LIB the shared library (target/release/lib/libhttpclient.so).
set -eu
cd "$(dirname "$0")"
status=0
for python in ${PYTHON:-python3}; do
    for mode in '' --lenient; do
        # shellcheck disable=SC2086 # no argument, or one
        "$python" cpython_tests.py $mode || status=1
        # shellcheck disable=SC2086
        "$python" oracle.py $mode "$@" || status=1
    done
done
# docs/DEVIATIONS.md has the table as it is declared here.
"$python" oracle.py --table >"${TMPDIR:-/tmp}/deviations.$$"
sed -n '/deviations: begin/,/deviations: end/p' ../../docs/DEVIATIONS.md | sed '1d;$d' |
    diff - "${TMPDIR:-/tmp}/deviations.$$" || { echo "docs/DEVIATIONS.md: the table is not current"; status=1; }
rm -f "${TMPDIR:-/tmp}/deviations.$$"
exit $status
