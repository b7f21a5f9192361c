#!/bin/sh
# demo.sh [OPTION... URL]: builds the library and examples/fetch.c, and shows them at work over HTTPS:
# against a server of its own with a CA of its own, or with URL, and OPTIONs of fetch, against that. Needs
# cargo, a C compiler and make; no root, and without URL no network but the loopback.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }
fail() { printf '\ndemo: %s\n' "$*" >&2; exit 1; }

say "Building the library and fetch"
library=$(tools/library.sh release)
fetch=${library%/lib}/c-examples/fetch
mkdir -p "${fetch%/*}"
# By hand, since make cannot build what has blanks in its path.
compile() { eval "${CC:-cc} \"\$@\""; }
# shellcheck disable=SC2046 # words
compile -O2 -Iinclude examples/fetch.c "$library/libhttpclient.a" $(cat "$library/native-static-libs.txt") \
    -o "$fetch"

if [ $# -gt 0 ]; then
    say "fetch -v $*"
    exec "$fetch" -v "$@"
fi

say "Building a server for it"
# Unoptimized: it is there in a third of the time.
cargo build --locked --package testserver
server_program=${CARGO_TARGET_DIR:-target}/debug/testserver
work=$(mktemp -d)
server=
finish() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# start NAME: a server with this certificate; its port goes to $port.
start() {
    rm -f "$work/port"
    if [ -n "$server" ]; then
        kill "$server"
        wait "$server" 2>/dev/null || true
    fi
    "$server_program" serve --tls "$work/certs/$1.pem" "$work/certs/$1.key" \
        --port-file "$work/port" --ignore-stdin --parent-pid $$ >/dev/null &
    server=$!
    until [ -s "$work/port" ]; do
        kill -0 "$server" 2>/dev/null || fail "the server does not start"
        sleep 0.05
    done
    port=$(cat "$work/port")
}

# refused CODE ARGUMENT...: fetch must fail with status 60 and this error.
refused() {
    code=$1
    shift
    status=0
    "$fetch" "$@" >"$work/out" 2>"$work/errors" || status=$?
    cat "$work/errors"
    [ "$status" -eq 60 ] || fail "exit status 60 was expected, not $status"
    grep -q "$code" "$work/errors" || fail "$code was expected"
    [ ! -s "$work/out" ] || fail "something was received from a server that must be refused"
}

say "A CA, and a certificate by it for 127.0.0.1"
mkdir "$work/certs"
"$server_program" certs "$work/certs"
start server
echo "An HTTPS server listens on port $port of this machine."

say "fetch -v --cacert ca.pem https://127.0.0.1:$port/"
"$fetch" -v --cacert "$work/certs/ca.pem" "https://127.0.0.1:$port/" 2>"$work/log" ||
    fail "$(cat "$work/log")"
cat "$work/log"
grep -q 'verified for 127\.0\.0\.1$' "$work/log" || fail "the verified name was expected above"

say "fetch --cacert ca.pem -o file https://127.0.0.1:$port/bytes/100M"
if [ -t 2 ]; then
    "$fetch" --cacert "$work/certs/ca.pem" -o "$work/file" "https://127.0.0.1:$port/bytes/100M"
else # no terminal, no bar: show the last line of -v
    "$fetch" -v --cacert "$work/certs/ca.pem" -o "$work/file" \
        "https://127.0.0.1:$port/bytes/100M" 2>"$work/log" || fail "$(cat "$work/log")"
    tail -n 1 "$work/log"
fi
# Byte i is i modulo 251: the POSIX checksum of 100 MiB of these is known.
sum=$(cksum <"$work/file")
[ "$sum" = "1628885 104857600" ] || fail "not the file that was sent: cksum says $sum"
echo "All of its 104857600 bytes came; cksum: ${sum% *}."

say "The same server, but its CA is not trusted: fetch must refuse"
refused HC_ERR_TLS_UNKNOWN_ISSUER "https://127.0.0.1:$port/"

say "A server whose certificate is for another name: fetch must refuse"
start wrongname
refused HC_ERR_TLS_NAME_MISMATCH --cacert "$work/certs/ca.pem" "https://127.0.0.1:$port/"

say "All as it should be. For any page: make demo URL=https://www.rust-lang.org/"
echo "fetch itself is $fetch; see fetch --help."
