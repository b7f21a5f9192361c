#!/bin/sh
# Runs examples/fetch through its options, against servers with and without TLS: what it writes, what
# it says, and its exit status.
set -eu
cd "$(dirname "$0")/.."
library=$(tools/library.sh release 2>/dev/null)
fetch=${library%/lib}/c-examples/fetch
make --silent -C examples "$fetch" LIBRARY="$library" CFLAGS='-O1 -g -Werror'
server=${HC_TESTSERVER:?the path of testserver}
work=$(mktemp -d)
servers=
finish() {
    for pid in $servers; do
        kill "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

passed=0
failed=0

# start KIND ARGUMENT...: starts a server of testserver; its port goes to $port.
start() {
    rm -f "$work/port"
    "$server" "$@" --port-file "$work/port" --parent-pid $$ >/dev/null </dev/null &
    servers="$servers $!"
    until [ -s "$work/port" ]; do
        kill -0 $! || exit 2
        sleep 0.05
    done
    port=$(cat "$work/port")
}

# run STATUS ARGUMENT...: fetch must end with this status, within bounds; its output goes to $work/out,
# its errors to $work/errors. What is checked after it counts with it.
run() {
    wanted=$1
    shift
    what="fetch $*"
    status=0
    timeout 600 "$fetch" "$@" >"$work/out" 2>"$work/errors" || status=$?
    check "exit status $wanted, not $status" [ "$status" -eq "$wanted" ]
}

# check WHAT COMMAND...: counts it.
check() {
    expectation=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED  %s\n        expected: %s\n' "$what" "$expectation"
        head -c 1000 "$work/errors"
    fi
}

out_has() { check "output with: $1" grep -q -e "$1" "$work/out"; }
says() { check "message with: $1" grep -q -e "$1" "$work/errors"; }
silent() { check "no message" [ ! -s "$work/errors" ]; }
is_size() { check "$1 has $2 bytes" [ "$(wc -c <"$1")" -eq "$2" ]; }

"$server" certs "$work"
ca=$work/ca.pem
start serve --ignore-stdin
http=http://127.0.0.1:$port
start serve --ignore-stdin --tls "$work/server.pem" "$work/server.key"
https=https://localhost:$port
start serve --ignore-stdin --tls "$work/wrongname.pem" "$work/wrongname.key"
wrong=https://localhost:$port
start serve --ignore-stdin --tls "$work/expired.pem" "$work/expired.key"
expired=https://localhost:$port

# Wrong use.
run 0 --help; out_has '^usage: fetch'; silent
run 2; says 'no URL'
run 2 "$http/" "$http/"; says 'one URL'
run 2 -Q "$http/"; says '-Q: there is no such option'
run 2 --nothing "$http/"; says '--nothing: there is no such option'
run 2 --fail=yes "$http/"; says 'no such option'
run 2 "$http/" -o; says '-o takes a value'
run 2 -H nocolon "$http/"; says 'Name: value'
run 2 -I -d x "$http/"; says 'choose one'
run 2 -k --cacert "$ca" "$https/"; says 'choose one'
for seconds in 0 -1 x nan 1s; do
    run 2 --timeout "$seconds" "$http/"; says '--timeout takes'
done
run 2 -X 'BAD METHOD' "$http/"; says HC_ERR_VALUE
run 2 -H "$(printf 'A: b\r\nC: d')" "$http/"; says HC_ERR_VALUE

# URLs: the caret is under the byte at fault, also behind bytes that are escaped.
run 3 'http://ex ample/'; says '^             ^$'
run 3 "$(printf 'http://h/\tb')"; says '^    http://h/\\x09b$'; says '^             ^$'
run 3 'ftp://host/'; says HC_ERR_INVALID_URL
run 3 'http://h:99999/'; says port
run 0 " $http\\redirect "; says '; this one leads to http://127.0.0.1:'
run 0 "$http/echo?a b[]"; out_has '^GET /echo?a%20b%5B%5D HTTP/1.1$'
run 3 'example.org/'; says 'scheme'
run 0 "http://user:secret@${http#http://}/echo"; says 'are not sent'
check 'no password on the wire' sh -c "! grep -q secret '$work/out'"

# Requests.
run 0 "$http/"; out_has 'Hello from testserver'; silent
run 0 -X PROPFIND "$http/echo#part"; out_has '^PROPFIND /echo HTTP/1.1$'
run 0 -H 'X-One: 1' -HX-Two:2 -H 'X-Empty:' "$http/echo"
out_has '^X-One: 1$'; out_has '^X-Two: 2$'; out_has '^X-Empty: *$'
run 0 -d 'a=1&b=2' "$http/echo"; out_has '^POST '; out_has '^Content-Length: 7$'; out_has '^a=1&b=2$'
run 0 -d '' "$http/echo"; out_has '^Content-Length: 0$'
run 0 -X PUT --data=x "$http/echo"; out_has '^PUT '
"$fetch" -o "$work/5M" "$http/bytes/5M"
run 0 -d "@$work/5M" "$http/count"; out_has '^5242880$'
what='fetch -d @- from a pipe'
"$fetch" "$http/bytes/3M" | "$fetch" -d @- "$http/count" >"$work/out" 2>"$work/errors"
out_has '^3145728$'
echo piped | "$fetch" -d @- "$http/echo" >"$work/out"; out_has '^Transfer-Encoding: chunked$'; out_has '^piped$'
run 26 -d "@$work/none" "$http/"; says 'No such file'
run 26 -d "@$work" "$http/"; says HC_ERR_OS
run 0 -d "@$work/5M" "$http/early"; out_has 'say who you are'

# Responses.
run 0 -i "$http/"; out_has '^HTTP/1.1 200 OK'; out_has '^Content-Type: text/html'; out_has Hello
run 0 -I "$http/"; out_has '^HTTP/1.1 200 OK'; check 'no body' sh -c "! grep -q Hello '$work/out'"
run 0 "$http/status/404"; out_has 404
run 22 -f "$http/status/404"; says '404 Not Found'; is_size "$work/out" 0
run 0 -f "$http/status/302"
run 0 "$http/redirect"; says 'not followed (302)'
run 0 "$http/close?size=100k"; is_size "$work/out" 102400
run 0 "$http/bytes/1M?chunked=1000"; is_size "$work/out" 1048576
what='the same bytes by length and in chunks'
"$fetch" "$http/bytes/1M" >"$work/errors"; check "$what" cmp "$work/out" "$work/errors"

# The log: heads, never bodies, and nothing that a terminal would obey.
run 0 -v -d hidden "$http/interim"
says '^\* connecting to 127.0.0.1'; says '^> POST /interim HTTP/1.1$'; says '^< HTTP/1.1 103 '
says '^< HTTP/1.1 200 OK$'; says '^\* sent 6 and received 28 bytes'
check 'no body in the log' sh -c "! grep -q hidden '$work/errors'"
run 0 -v "$http/trailers"; says '^< X-First: one$'

# Output.
run 0 -o "$work/file" "$http/bytes/2M"; is_size "$work/file" 2097152; silent
run 23 -o "$work/none/file" "$http/"; says 'No such file'
run 7 -o "$work/file" http://127.0.0.1:1/; says HC_ERR_CONNECTION_REFUSED
is_size "$work/file" 2097152
what='fetch to a full device'; status=0
"$fetch" "$http/bytes/2M" >/dev/full 2>"$work/errors" || status=$?
check 'exit status 23' [ $status -eq 23 ]; says 'writing to standard output'
what='fetch to a closed pipe'
{ "$fetch" "$http/bytes/20M" 2>"$work/errors" || echo $? >"$work/status"; } | head -c 1 >"$work/out"
check 'exit status 23' [ "$(cat "$work/status")" -eq 23 ]; says 'Broken pipe'
what='fetch without a standard output'; status=0
timeout 600 "$fetch" "$http/" >&- 2>"$work/errors" || status=$?
check 'exit status 23' [ $status -eq 23 ]

# Servers that fail.
run 6 http://name.invalid/; says HC_ERR_NAME_LOOKUP
run 28 --timeout 0.2 "$http/bytes/100k?delay_ms=2000"; says HC_ERR_TIMEOUT
played() { printf 'read-head\n%s\n' "$1" >"$work/script"; start script "$work/script"; }
played 'send "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"'
run 18 -o "$work/part" "http://127.0.0.1:$port/"
says HC_ERR_INCOMPLETE_READ; says 'is kept: it has the first 5 bytes'; is_size "$work/part" 5
played close; run 52 "http://127.0.0.1:$port/"; says HC_ERR_REMOTE_DISCONNECTED
played reset; run 56 "http://127.0.0.1:$port/"; says HC_ERR_CONNECTION_RESET
played 'send "SSH-2.0-OpenSSH\r\n"'; run 8 "http://127.0.0.1:$port/"; says HC_ERR_BAD_STATUS_LINE
calm() { check 'no control or 8-bit bytes' sh -c "! LC_ALL=C grep -q '[^ -~]' '$work/errors'"; }
played 'send "HTTP/1.1 200 \x1b[31mRed\r\n"'; run 8 -v "http://127.0.0.1:$port/"; says '\\x1b'; calm
played 'send "HTTP/1.1 302 \x9b31mRed\r\nLocation: /\x9b31m\r\nContent-Length: 0\r\n\r\n"'
run 0 -v "http://127.0.0.1:$port/"; says ':[0-9]*/%9B31m$'; calm
played 'send "HTTP/1.1 302 Found\r\nLocation: //h \x9b31m/\r\nContent-Length: 0\r\n\r\n"'
run 0 -v "http://127.0.0.1:$port/"; says 'leads to //h \\x9b31m/$'; calm

# TLS.
run 0 -v --cacert "$ca" "$https/"
out_has Hello; says '^\* TLSv1.3'; says 'verified for localhost$'
run 0 -d "@$work/5M" --cacert "$ca" "$https/count"; out_has '^5242880$'
run 60 "$https/"; says HC_ERR_TLS_UNKNOWN_ISSUER; says '^fetch: advice: .*--cacert'
run 60 --cacert "$work/other-ca.pem" "$https/"; says HC_ERR_TLS_UNKNOWN_ISSUER
run 60 --cacert "$ca" "$wrong/"; says HC_ERR_TLS_NAME_MISMATCH; says wrong.example
run 60 --cacert "$ca" "$expired/"; says HC_ERR_TLS_EXPIRED; says clock
run 0 -vk "$wrong/"; out_has Hello; says '^fetch: WARNING'
run 77 --cacert "$work/none.pem" "$https/"; says HC_ERR_TLS_CONFIG
run 35 "https://${http#http://}/"; says HC_ERR_TLS_NOT_TLS
run 8 "http://${https#https://}/"; says 'use https'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
