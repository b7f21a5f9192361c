#!/bin/sh
# Builds and runs a small program in each of Python, Ruby and Go against the shared library and a
# local test server. The last line is "N passed, N failed".
#
# HC_LIB         directory of libhttpclient.so    (else target/release/lib, built if it is missing)
# HC_TESTSERVER  path of the testserver program   (else target/debug, built if it is missing)
# With arguments, such as "go ruby", only those run.
set -eu

# Paths that are given are the caller's; from here on they are seen from this directory.
absolute() {
    case $1 in
    /*) echo "$1" ;;
    *) echo "$PWD/$1" ;;
    esac
}
root=$(cd "$(dirname "$0")/.." && pwd)
target=$(absolute "${CARGO_TARGET_DIR:-$root/target}")
lib=$(absolute "${HC_LIB:-$target/release/lib}")
testserver=$(absolute "${HC_TESTSERVER:-$target/debug/testserver}")
library=$lib/libhttpclient.so
cd "$root/probes"

# What is given must be there; what is not given is built.
if [ -z "${HC_LIB:-}" ] && [ ! -e "$library" ]; then
    "$root/tools/library.sh" release >/dev/null
fi
if [ -z "${HC_TESTSERVER:-}" ] && [ ! -x "$testserver" ]; then
    cargo build --quiet -p testserver --manifest-path "$root/Cargo.toml"
fi
for file in "$library" "$testserver"; do
    [ -e "$file" ] || { echo "probes: no $file" >&2; exit 1; }
done

scratch=$(mktemp -d)
servers=
cleanup() {
    # shellcheck disable=SC2086 # several process numbers in one word
    [ -z "$servers" ] || kill $servers 2>/dev/null || true
    rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# start NAME ARGUMENTS...: a server in the background; its number in $server, its port in $port.
start() {
    pipe=$scratch/$1
    shift
    mkfifo "$pipe"
    "$testserver" "$@" --parent-pid $$ >"$pipe" &
    server=$!
    servers="$servers $server"
    read -r _ port <"$pipe" || { echo "probes: the test server did not start" >&2; exit 1; }
}

passed=0
failed=0

# probe NAME COMMAND...: runs it against the servers and a fresh script, for at most ten minutes.
probe() {
    name=$1
    shift
    echo "--- $name"
    start "script-$name" script script.txt
    if timeout -k 5 600 "$@" "$http" "$https" "$port" "$scratch/ca.pem" && wait "$server"; then
        passed=$((passed + 1))
    else
        echo "$name: FAILED"
        failed=$((failed + 1))
    fi
}

# needs PROGRAM PACKAGE: whether it is there; a probe that cannot run has failed.
needs() {
    command -v "$1" >/dev/null && return
    echo "--- $1 is missing: install the package $2"
    failed=$((failed + 1))
    return 1
}

run_python() {
    needs python3 python3 && probe python python3 python/probe.py "$library"
}

run_ruby() {
    needs ruby ruby && probe ruby ruby ruby/probe.rb "$library"
}

# The program asks the loader for the library's SONAME, which only an installed library has as a
# file name; here it is a link.
run_go() {
    needs go golang-go || return
    ln -sf "$library" "$scratch/libhttpclient.so"
    ln -sf "$library" "$scratch/libhttpclient.so.0"
    if (cd go && CGO_ENABLED=1 CGO_CFLAGS="-I$root/include -Wall -Werror" \
        CGO_LDFLAGS="-L$scratch -Wl,-rpath,$scratch" GOFLAGS=-buildvcs=false GOPROXY=off \
        timeout -k 5 1200 go build -o "$scratch/probe" .); then
        probe go "$scratch/probe"
    else
        echo "go: FAILED to build"
        failed=$((failed + 1))
    fi
}

"$testserver" certs "$scratch"
start http serve --ignore-stdin
http=$port
start https serve --ignore-stdin --tls "$scratch/server.pem" "$scratch/server.key"
https=$port

[ $# -gt 0 ] || set -- python ruby go
for language; do
    case $language in
    python | ruby | go) "run_$language" || true ;;
    *) echo "probes: no probe for $language" >&2; exit 1 ;;
    esac
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
