#!/bin/sh
# The library without std: a whole exchange, and what is tested of transports of the program's own, as far
# as that needs no sockets, clock or TLS of the library's.
set -eu
cd "$(dirname "$0")/.."
folder=$(tools/library.sh firmware --no-default-features 2>/dev/null)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# build PROGRAM SOURCE...
build() {
    program=$out/$1
    shift
    # shellcheck disable=SC2046 # a list of options
    ${CC:-cc} -std=c11 -Wall -Wextra -Werror -Iinclude "$@" "$folder/libhttpclient.a" \
        $(cat "$folder/native-static-libs.txt") -o "$program"
}

cat >"$out/features.c" <<'C'
#include <httpclient.h>

static int64_t nothing(void *context, void *buffer, size_t capacity) {
    (void)context, (void)buffer, (void)capacity;
    return 0;
}

static int64_t takes(void *context, const void *data, size_t len) {
    (void)context, (void)data;
    return (int64_t)len;
}

/* There is no clock to count them by; to wait never, or for ever, needs none. */
static bool timeouts_are_refused(void) {
    hc_transport transport = {.size = sizeof transport, .read = nothing, .write = takes, .fd = -1};
    hc_conn *conn = NULL;

    return hc_conn_new_with_transport(&transport, "h", 80, &conn) == HC_OK &&
           hc_conn_set_timeout(conn, 1) == HC_ERR_UNSUPPORTED && hc_conn_timeout(conn) == HC_TIMEOUT_NONE &&
           hc_conn_set_timeout(conn, 0) == HC_OK && hc_conn_set_timeout(conn, HC_TIMEOUT_NONE) == HC_OK &&
           hc_conn_set_max_idle(conn, 1) == HC_ERR_UNSUPPORTED &&
           hc_conn_set_tcp_keepalive(conn, 1, 1, 1) == HC_ERR_UNSUPPORTED && hc_conn_free(conn) == HC_OK;
}

int main(void) {
    hc_conn *conn = (hc_conn *)&conn;
    hc_cancel_handle *cancel = (hc_cancel_handle *)&cancel;

    return !((hc_features() & (HC_FEATURE_STD | HC_FEATURE_TLS)) == 0 &&
             hc_conn_new("device.example", 80, &conn) == HC_ERR_UNSUPPORTED && conn == NULL &&
             (conn = (hc_conn *)&conn) != NULL &&
             hc_conn_new_url("http://device.example/", NULL, &conn) == HC_ERR_UNSUPPORTED && conn == NULL &&
             hc_conn_new_url("https://device.example/", NULL, &conn) == HC_ERR_UNSUPPORTED &&
             hc_conn_new_url("http://", NULL, &conn) == HC_ERR_INVALID_URL &&
             timeouts_are_refused() && hc_cancel_new(&cancel) == HC_ERR_UNSUPPORTED && cancel == NULL);
}
C
build features "$out/features.c"
"$out/features"
build memory_transport examples/memory_transport.c
[ "$("$out/memory_transport" | tail -n 1)" = "Hello, world." ]
build transport c-tests/test_transport.c c-tests/harness.c c-tests/one_byte.c
"$out/transport" blocking would_block_before read_all other_calls sending_before answer_before \
    failures_keep functions_that_lie not_quiet re_entry closed_once arguments head_and_body \
    short_counts gathering without_writev a_failure_between
build url c-tests/test_url.c c-tests/harness.c c-tests/one_byte.c
"$out/url" parts refusals arguments copies examples_of references in_place repair encoding decoding forms much \
    basic user_information
build standalone c-tests/test_standalone.c c-tests/harness.c c-tests/one_byte.c
"$out/standalone" whole cut_everywhere framed until_the_end failures
echo "without std it works over transports of the program's own"
