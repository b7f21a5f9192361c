#!/bin/sh
# Every number of the interface with values that cannot be: see numbers.c.
#
#     LIBDIR=target/release/lib c-tests/numbers/run.sh
set -eu
cd "$(dirname "$0")/../.."
: "${LIBDIR:?the directory of libhttpclient.so}"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
python3 c-tests/numbers/generate.py include/httpclient.h >"$out/calls.inc"
gcc -std=c99 -Wall -Wextra -Wpedantic -Werror -O1 -Iinclude -I"$out" c-tests/numbers/numbers.c \
    -L"$LIBDIR" -lhttpclient -o "$out/numbers"
LD_LIBRARY_PATH=$(realpath "$LIBDIR") "$out/numbers"
