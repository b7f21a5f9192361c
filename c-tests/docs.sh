#!/bin/sh
# The examples of http.client's documentation, against testserver: what each prints, and its exit status.
set -eu
cd "$(dirname "$0")/.."
make --silent -C examples/http-client-docs CFLAGS='-O1 -Werror'
library=$(tools/library.sh release 2>/dev/null)
programs=${library%/lib}/c-examples/http-client-docs
server=${HC_TESTSERVER:?the path of testserver}
out=$(mktemp -d)
pids=
trap 'kill $pids 2>/dev/null || :; rm -rf "$out"' EXIT
passed=0
failed=0

# wait_for FILE: until the server that was begun last has written it.
wait_for() {
    until [ -s "$1" ]; do
        kill -0 $!
        sleep 0.05
    done
}

# serve OPTION...: starts a server; its port goes to $port.
serve() {
    rm -f "$out/port"
    "$server" serve --ignore-stdin --port-file "$out/port" "$@" >/dev/null &
    pids="$pids $!"
    wait_for "$out/port"
    port=$(cat "$out/port")
}

# check STATUS EXPECTED PROGRAM ARGUMENT...: its exit status, and its output, without what testserver says
# of itself. A failure has to say why.
check() {
    status=$1 expected=$2 program=$3
    shift 3
    actual=0
    timeout 600 "$programs/$program" "$@" >"$out/actual" 2>"$out/errors" || actual=$?
    if [ "$actual" -eq "$status" ] && [ "$(cat "$out/actual")" = "$expected" ] &&
        { [ "$status" -eq 0 ] || [ -s "$out/errors" ]; }; then
        echo "ok      $program $*"
        passed=$((passed + 1))
    else
        echo "FAILED  $program $*: exit status $actual, not $status; or not the output: $expected"
        cat "$out/actual" "$out/errors"
        failed=$((failed + 1))
    fi
}

serve
http=$port
check 0 "127.0.0.1 80, timeout -1 ms
127.0.0.1 $http, timeout -1 ms
127.0.0.1 $http, timeout -1 ms
127.0.0.1 $http, timeout 10000 ms" connections 127.0.0.1 "$http"
check 1 "" connections "a b" 80
check 0 "200 OK
450 bytes
200 200 50 
404 Not Found
4 bytes" get 127.0.0.1 "$http" /bytes/450 /status/404
check 0 "200 OK
1000 bytes
200 200 200 200 200 
404 Not Found
4 bytes" get localhost "$http" "/bytes/1000?chunked=333" /status/404
check 0 "200 OK
0 bytes" head 127.0.0.1 "$http" /bytes/450
check 0 "200 OK
$((196 + ${#http})) bytes
POST /echo HTTP/1.1
Host: 127.0.0.1:$http
Accept-Encoding: identity
Content-Length: 46
Content-type: application/x-www-form-urlencoded
Accept: text/plain

%40number=12524&%40type=issue&%40action=a+b%26" post 127.0.0.1 "$http" /echo \
    @number 12524 @type issue @action "a b&"
check 0 "200 OK
$((100 + ${#http})) bytes
PUT /echo HTTP/1.1
Host: 127.0.0.1:$http
Accept-Encoding: identity
Content-Length: 18

***filecontents***" put 127.0.0.1 "$http" /echo "***filecontents***"

"$server" certs "$out" >/dev/null
serve --tls "$out/server.pem" "$out/server.key"
https=$port
check 0 "200 OK
450 bytes
200 OK
0 bytes" https localhost "$https" /bytes/450 "$out/ca.pem"
# Mozilla's roots do not know the test's.
check 1 "" https localhost "$https" /bytes/450
check 1 "" https localhost "$https" /bytes/450 "$out/none.pem"

python3 c-tests/connect_proxy.py >"$out/proxy" &
pids="$pids $!"
wait_for "$out/proxy"
proxy=$(cat "$out/proxy")
check 0 "200 OK
0 bytes" tunnel 127.0.0.1 "$proxy" localhost "$https" /bytes/450 "$out/ca.pem"
# The certificate is not for this name.
check 1 "" tunnel 127.0.0.1 "$proxy" wrong.example "$https" / "$out/ca.pem"

# Each without its arguments.
for program in connections get head https post put tunnel; do
    check 2 "" "$program"
done
# shellcheck disable=SC2086 # a list of numbers
kill $pids
pids=
# Nobody listens there any more.
check 1 "" head 127.0.0.1 "$http" /

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
