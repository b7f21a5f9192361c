#!/bin/bash
# How long calls last whose peers put the end off: see drips.c. LIBDIR is the folder of libhttpclient.so.
set -eu
cd "$(dirname "$0")/../.."
LIBDIR=${LIBDIR:-$(tools/library.sh release)}
cargo build --quiet --locked --package testserver
server=${CARGO_TARGET_DIR:-target}/debug/testserver
work=$(mktemp -d)
trap 'kill $pid 2>/dev/null || :; rm -rf "$work"' EXIT
"$server" certs "$work" >/dev/null
"$server" serve --ignore-stdin --port-file "$work/port" --tls "$work/server.pem" "$work/server.key" >/dev/null &
pid=$!
gcc -std=c99 -Wall -Wextra -Wpedantic -Werror -O1 -Iinclude bench/drips/drips.c -L"$LIBDIR" -lhttpclient -pthread \
    -o "$work/drips"
while [ ! -s "$work/port" ]; do
    kill -0 $pid
    sleep 0.05
done
LD_LIBRARY_PATH=$LIBDIR "$work/drips" "$(cat "$work/port")" "$work/ca.pem"
