/* Handles: NULL, freed, foreign and of the wrong type, for every function that takes one; busy ones;
 * and the order in which a connection and its responses are freed. */
#define _POSIX_C_SOURCE 200809L

#include "client.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Calls one function on a handle. Those that answer with a value and not with a code say whether it
 * is the one documented for a handle that is not valid: then REFUSED. */
enum { REFUSED = 1000, ANSWERED = 1001 };
#define WHETHER(held) ((held) ? REFUSED : ANSWERED)
#define NO_TEXT(call) WHETHER((call) == NULL && size_out == 0)

static char memory[64];
static size_t size_out;
static const char *text_out;
static const void *data_out;
static hc_response *response_out;
static hc_stream *stream_out;
static hc_tls_config *config_out;
static hc_error_detail detail_out = {.size = sizeof detail_out};
static hc_timings timings_out = {.size = sizeof timings_out};
static const char *const a_value[] = {"b", NULL};
static const hc_request_options a_get = {.size = sizeof a_get, .method = "GET", .method_len = 3};

static int64_t no_body(void *context, void *buffer, size_t capacity) {
    (void)context;
    (void)buffer;
    (void)capacity;
    return 0;
}

static int64_t no_pieces(void *context, const void **piece) {
    (void)context;
    (void)piece;
    return 0;
}

static void no_key_log(void *context, const char *line, size_t len) {
    (void)context;
    (void)line;
    (void)len;
}

/* A message is never NULL: instead it says why there is none. */
static bool is_refusal(const char *message) {
    const hc_error codes[] = {HC_ERR_INVALID_ARGUMENT, HC_ERR_INVALID_HANDLE, HC_ERR_BUSY};
    size_t i;

    for (i = 0; message != NULL && i < sizeof codes / sizeof *codes; i++) {
        if (strcmp(message, hc_error_string(codes[i])) == 0) {
            return true;
        }
    }
    return false;
}

#define PROBE(name, expression) \
    static int name(void *h) { return (int)(expression); }

PROBE(conn_connect, hc_conn_connect(h))
PROBE(conn_close, hc_conn_close(h))
PROBE(conn_set_timeout, hc_conn_set_timeout(h, 5))
PROBE(conn_set_limit, hc_conn_set_limit(h, HC_LIMIT_LINE, 5))
PROBE(conn_set_auto_open, hc_conn_set_auto_open(h, true))
PROBE(conn_set_stale_check, hc_conn_set_stale_check(h, HC_STALE_CHECK_ALWAYS))
PROBE(conn_set_retry, hc_conn_set_retry(h, true))
PROBE(conn_set_retry_any_method, hc_conn_set_retry_any_method(h, true))
PROBE(conn_set_connect_timeout, hc_conn_set_connect_timeout(h, 5))
PROBE(conn_set_http10, hc_conn_set_http10(h, true))
PROBE(conn_set_blocksize, hc_conn_set_blocksize(h, 1))
PROBE(conn_set_source_address, hc_conn_set_source_address(h, NULL, 0))
PROBE(conn_set_address, hc_conn_set_address(h, NULL, 80))
PROBE(conn_set_leniency, hc_conn_set_leniency(h, 0))
PROBE(conn_dangerous_skip_checks, hc_conn_dangerous_skip_checks(h, 0))
PROBE(conn_dangerous_set_host, hc_conn_dangerous_set_host(h, NULL, 0))
PROBE(conn_set_interim, hc_conn_set_interim(h, NULL, NULL))
PROBE(conn_set_expect_wait, hc_conn_set_expect_wait(h, 0))
PROBE(conn_set_timings, hc_conn_set_timings(h, true))
PROBE(conn_set_tunnel, hc_conn_set_tunnel(h, "h", 80, NULL))
PROBE(conn_set_proxy_tls, hc_conn_set_proxy_tls(h, NULL))
PROBE(conn_set_deadline, hc_conn_set_deadline(h, -1))
PROBE(conn_set_cancel, hc_conn_set_cancel(h, NULL))
PROBE(conn_set_trace, hc_conn_set_trace(h, NULL, NULL))
PROBE(conn_set_debuglevel, hc_conn_set_debuglevel(h, 0))
PROBE(conn_set_tls, hc_conn_set_tls(h, NULL))
PROBE(conn_set_dialer, hc_conn_set_dialer(h, NULL, NULL))
PROBE(conn_set_resolver, hc_conn_set_resolver(h, NULL, NULL, NULL))
PROBE(conn_timeout, WHETHER(hc_conn_timeout(h) == HC_TIMEOUT_NONE))
PROBE(conn_connect_timeout, WHETHER(hc_conn_connect_timeout(h) == HC_TIMEOUT_NONE))
PROBE(conn_limit, WHETHER(hc_conn_limit(h, HC_LIMIT_LINE) == 0))
PROBE(conn_auto_open, WHETHER(!hc_conn_auto_open(h)))
PROBE(conn_http10, WHETHER(!hc_conn_http10(h)))
PROBE(conn_blocksize, WHETHER(hc_conn_blocksize(h) == 0))
PROBE(conn_debuglevel, WHETHER(hc_conn_debuglevel(h) == 0))
PROBE(conn_source_address, NO_TEXT(hc_conn_source_address(h, &size_out, NULL)))
PROBE(conn_peer_address, NO_TEXT(hc_conn_peer_address(h, &size_out)))
PROBE(conn_local_address, NO_TEXT(hc_conn_local_address(h, &size_out)))
PROBE(conn_tunnel_host, NO_TEXT(hc_conn_tunnel_host(h, &size_out)))
PROBE(conn_tunnel_port, WHETHER(hc_conn_tunnel_port(h) == 0))
PROBE(conn_tunnel_header_count, WHETHER(hc_conn_tunnel_header_count(h) == 0))
PROBE(conn_tunnel_header_at, hc_conn_tunnel_header_at(h, 0, NULL, NULL, NULL, NULL))
PROBE(conn_proxy_status, WHETHER(hc_conn_proxy_status(h) == 0))
PROBE(conn_proxy_header_count, WHETHER(hc_conn_proxy_header_count(h) == 0))
PROBE(conn_set_tunnel_bytes, hc_conn_set_tunnel_bytes(h, "h", 1, 80, NULL, 0))
PROBE(conn_proxy_response, hc_conn_proxy_response(h, &(hc_response *){NULL}))
PROBE(conn_set_secured, hc_conn_set_secured(h, false))
PROBE(conn_set_max_idle, hc_conn_set_max_idle(h, 5))
PROBE(conn_max_idle, WHETHER(hc_conn_max_idle(h) == HC_TIMEOUT_NONE))
PROBE(conn_set_tcp_keepalive, hc_conn_set_tcp_keepalive(h, 1, 1, 1))
PROBE(conn_proxy_header_at, hc_conn_proxy_header_at(h, 0, NULL, NULL, NULL, NULL))
PROBE(conn_tls_version, NO_TEXT(hc_conn_tls_version(h, &size_out)))
PROBE(conn_tls_cipher_suite, NO_TEXT(hc_conn_tls_cipher_suite(h, &size_out)))
PROBE(conn_tls_group, NO_TEXT(hc_conn_tls_group(h, &size_out)))
PROBE(conn_tls_alpn, NO_TEXT(hc_conn_tls_alpn(h, &size_out)))
PROBE(conn_tls_peer_name, NO_TEXT(hc_conn_tls_peer_name(h, &size_out)))
PROBE(conn_tls_resumed, WHETHER(!hc_conn_tls_resumed(h)))
PROBE(conn_tls_peer_certificate_count, WHETHER(hc_conn_tls_peer_certificate_count(h) == 0))
PROBE(conn_tls_peer_certificate, hc_conn_tls_peer_certificate(h, 0, &data_out, &size_out))
PROBE(conn_host, NO_TEXT(hc_conn_host(h, &size_out)))
PROBE(conn_port, WHETHER(hc_conn_port(h) == 0))
PROBE(conn_state, WHETHER(hc_conn_state(h) == -1))
PROBE(conn_is_open, WHETHER(!hc_conn_is_open(h)))
PROBE(conn_has_origin, WHETHER(!hc_conn_has_origin(h, "http://h/")))
PROBE(conn_exchange_flags, WHETHER(hc_conn_exchange_flags(h) == 0))
PROBE(conn_fileno, WHETHER(hc_conn_fileno(h) == -1))
PROBE(conn_interest, WHETHER(hc_conn_interest(h) == 0))
PROBE(conn_next_timeout, WHETHER(hc_conn_next_timeout(h) == -1))
PROBE(conn_error_detail, hc_conn_error_detail(h, &detail_out))
PROBE(conn_error_message, WHETHER(is_refusal(hc_conn_error_message(h))))
PROBE(request, hc_request(h, "GET", "/", NULL, NULL, 0))
PROBE(request_file, hc_request_file(h, "GET", "/", NULL, 0))
PROBE(request_callback, hc_request_callback(h, "GET", "/", NULL, no_body, NULL, 0))
PROBE(request_pieces, hc_request_pieces(h, "GET", "/", NULL, no_pieces, NULL, 0))
PROBE(request_url, hc_request_url(h, "GET", "http://h/", NULL, NULL, 0))
PROBE(request_with, hc_request_with(h, &a_get))
PROBE(putrequest, hc_putrequest(h, "GET", "/", false, false))
PROBE(putrequest_bytes, hc_putrequest_bytes(h, "GET", 3, "/", 1, false, false))
PROBE(putheader, hc_putheader(h, "A", "b"))
static const hc_slice a_slice[] = {{"v", 1}};
PROBE(putheader_values_bytes, hc_putheader_values_bytes(h, "A", 1, a_slice, 1))
PROBE(putheader_values, hc_putheader_values(h, "A", a_value))
PROBE(putheader_bytes, hc_putheader_bytes(h, "A", 1, "b", 1))
PROBE(endheaders, hc_endheaders(h, NULL, 0, false))
PROBE(endheaders_file, hc_endheaders_file(h, 0, false))
PROBE(endheaders_callback, hc_endheaders_callback(h, no_body, NULL, 0, false))
PROBE(endheaders_pieces, hc_endheaders_pieces(h, no_pieces, NULL, 0, false))
PROBE(send_bytes, hc_send(h, "x", 1))
PROBE(send_file, hc_send_file(h, 0))
PROBE(send_callback, hc_send_callback(h, no_body, NULL))
PROBE(send_pieces, hc_send_pieces(h, no_pieces, NULL))
PROBE(getresponse, hc_getresponse(h, (response_out = (hc_response *)memory, &response_out)))
PROBE(conn_free, hc_conn_free(h))

PROBE(response_begin, hc_response_begin(h))
PROBE(response_close, hc_response_close(h))
PROBE(response_detach, hc_response_detach(h, &stream_out))
PROBE(response_status, WHETHER(hc_response_status(h) == 0))
PROBE(response_reason, NO_TEXT(hc_response_reason(h, &size_out)))
PROBE(response_raw_head, NO_TEXT(hc_response_raw_head(h, &size_out)))
PROBE(response_url, NO_TEXT(hc_response_url(h, &size_out)))
PROBE(response_debuglevel, WHETHER(hc_response_debuglevel(h) == 0))
PROBE(response_leniencies, WHETHER(hc_response_leniencies(h) == 0))
PROBE(response_timings, hc_response_timings(h, &timings_out))
PROBE(response_set_limit, hc_response_set_limit(h, HC_LIMIT_LINE, 5))
PROBE(response_set_leniency, hc_response_set_leniency(h, 0))
PROBE(response_set_interim, hc_response_set_interim(h, NULL, NULL))
PROBE(response_set_trace, hc_response_set_trace(h, NULL, NULL))
PROBE(response_set_debuglevel, hc_response_set_debuglevel(h, 0))
PROBE(response_set_deadline, hc_response_set_deadline(h, -1))
PROBE(response_set_cancel, hc_response_set_cancel(h, NULL))
PROBE(response_version, WHETHER(hc_response_version(h) == 0))
PROBE(response_length, WHETHER(hc_response_length(h) == HC_LENGTH_UNKNOWN))
PROBE(response_chunked, WHETHER(!hc_response_chunked(h)))
PROBE(response_will_close, WHETHER(!hc_response_will_close(h)))
PROBE(response_is_closed, WHETHER(hc_response_is_closed(h)))
PROBE(response_fileno, WHETHER(hc_response_fileno(h) == -1))
PROBE(response_interest, WHETHER(hc_response_interest(h) == 0))
PROBE(response_read, hc_response_read(h, memory, sizeof memory, &size_out))
PROBE(response_read1, hc_response_read1(h, memory, sizeof memory, &size_out))
PROBE(response_read_all, hc_response_read_all(h, 99, &text_out, &size_out))
PROBE(response_peek, hc_response_peek(h, &data_out, &size_out))
PROBE(response_readline, hc_response_readline(h, memory, sizeof memory, &size_out))
PROBE(response_skip, hc_response_skip(h, 0))
PROBE(response_error_detail, hc_response_error_detail(h, &detail_out))
PROBE(response_error_message, WHETHER(is_refusal(hc_response_error_message(h))))
PROBE(response_header_count, WHETHER(hc_response_header_count(h) == 0))
PROBE(response_header_at, hc_response_header_at(h, 0, NULL, NULL, NULL, NULL))
PROBE(response_getheader_bytes, NO_TEXT(hc_response_getheader_bytes(h, "A", 1, &size_out)))
PROBE(response_getheader, NO_TEXT(hc_response_getheader(h, "A", &size_out)))
PROBE(response_trailer_count, WHETHER(hc_response_trailer_count(h) == 0))
PROBE(response_trailer_at, hc_response_trailer_at(h, 0, NULL, NULL, NULL, NULL))
PROBE(response_free, hc_response_free(h))

PROBE(stream_read, hc_stream_read(h, memory, sizeof memory, &size_out))
PROBE(stream_write, hc_stream_write(h, "x", 1, &size_out))
PROBE(stream_set_timeout, hc_stream_set_timeout(h, 5))
PROBE(stream_fileno, WHETHER(hc_stream_fileno(h) == -1))
PROBE(stream_interest, WHETHER(hc_stream_interest(h) == 0))
PROBE(stream_error_detail, hc_stream_error_detail(h, &detail_out))
PROBE(stream_error_message, WHETHER(is_refusal(hc_stream_error_message(h))))
PROBE(stream_free, hc_stream_free(h))

PROBE(headers_count, WHETHER(hc_headers_count(h) == 0))
PROBE(headers_at, hc_headers_at(h, 0, NULL, NULL, NULL, NULL))
PROBE(headers_get_bytes, NO_TEXT(hc_headers_get_bytes(h, "A", 1, &size_out)))
PROBE(headers_get, NO_TEXT(hc_headers_get(h, "A", &size_out)))
PROBE(headers_free, hc_headers_free(h))

PROBE(cancel_now, hc_cancel(h))
PROBE(cancel_rearm, hc_cancel_rearm(h))
PROBE(cancel_free, hc_cancel_free(h))

PROBE(builder_add_bundled_roots, hc_tls_builder_add_bundled_roots(h))
PROBE(builder_add_system_roots, hc_tls_builder_add_system_roots(h))
PROBE(builder_add_roots, hc_tls_builder_add_roots(h, "x", 1))
PROBE(builder_add_roots_file, hc_tls_builder_add_roots_file(h, "/"))
PROBE(builder_add_revocation_lists, hc_tls_builder_add_revocation_lists(h, "x", 1))
PROBE(builder_add_revocation_lists_file, hc_tls_builder_add_revocation_lists_file(h, "/"))
PROBE(builder_client_certificate, hc_tls_builder_set_client_certificate(h, "x", 1, "x", 1))
PROBE(builder_client_certificate_files, hc_tls_builder_set_client_certificate_files(h, "/", "/"))
PROBE(builder_add_pin, hc_tls_builder_add_pin(h, "x"))
PROBE(builder_pins_only, hc_tls_builder_trust_pins_only(h))
PROBE(builder_trust_certificate, hc_tls_builder_trust_certificate(h, "x", 1))
PROBE(builder_trust_certificate_file, hc_tls_builder_trust_certificate_file(h, "/"))
PROBE(builder_accept_any_name, hc_tls_builder_dangerous_accept_any_name(h))
PROBE(builder_accept_any_certificate, hc_tls_builder_dangerous_accept_any_certificate(h))
PROBE(builder_sni, hc_tls_builder_set_sni(h, NULL))
PROBE(builder_verify_name, hc_tls_builder_verify_name(h, "h"))
PROBE(builder_versions, hc_tls_builder_set_versions(h, HC_TLS_1_2, HC_TLS_1_3))
PROBE(builder_cipher_suites, hc_tls_builder_set_cipher_suites(h, a_value))
PROBE(builder_alpn, hc_tls_builder_set_alpn(h, a_value))
PROBE(builder_resumption, hc_tls_builder_set_resumption(h, 0))
PROBE(builder_key_log_file, hc_tls_builder_set_key_log_file(h, "/"))
PROBE(builder_key_log, hc_tls_builder_set_key_log(h, no_key_log, NULL))
PROBE(builder_build, hc_tls_builder_build(h, &config_out))
PROBE(builder_error_detail, hc_tls_builder_error_detail(h, &detail_out))
PROBE(builder_error_message, WHETHER(is_refusal(hc_tls_builder_error_message(h))))
PROBE(builder_free, hc_tls_builder_free(h))

PROBE(config_root_count, WHETHER(hc_tls_config_root_count(h, HC_TLS_ROOTS_GIVEN) == 0))
PROBE(config_root_failures, WHETHER(hc_tls_config_root_failures(h, HC_TLS_ROOTS_GIVEN) == 0))
PROBE(config_free, hc_tls_config_free(h))

typedef struct {
    const char *name;
    int (*call)(void *);
} probe;

#define NAMED(function) {#function, function}

static const probe connection_probes[] = {
    NAMED(conn_connect), NAMED(conn_close), NAMED(conn_set_timeout), NAMED(conn_set_limit),
    NAMED(conn_set_auto_open), NAMED(conn_set_stale_check), NAMED(conn_set_retry),
    NAMED(conn_set_retry_any_method), NAMED(conn_set_connect_timeout), NAMED(conn_connect_timeout),
    NAMED(conn_set_http10),
    NAMED(conn_set_blocksize), NAMED(conn_set_source_address), NAMED(conn_set_address),
    NAMED(conn_set_leniency), NAMED(conn_dangerous_skip_checks), NAMED(conn_dangerous_set_host),
    NAMED(conn_set_interim), NAMED(conn_set_expect_wait), NAMED(conn_set_timings),
    NAMED(conn_set_tunnel), NAMED(conn_set_proxy_tls), NAMED(conn_set_deadline),
    NAMED(conn_set_cancel), NAMED(conn_set_trace), NAMED(conn_set_debuglevel), NAMED(conn_set_tls),
    NAMED(conn_set_dialer), NAMED(conn_set_resolver), NAMED(conn_timeout), NAMED(conn_limit),
    NAMED(conn_auto_open), NAMED(conn_http10), NAMED(conn_blocksize), NAMED(conn_debuglevel),
    NAMED(conn_source_address), NAMED(conn_peer_address), NAMED(conn_local_address),
    NAMED(conn_tunnel_host), NAMED(conn_tunnel_port), NAMED(conn_tunnel_header_count),
    NAMED(conn_tunnel_header_at), NAMED(conn_proxy_status), NAMED(conn_proxy_header_count),
    NAMED(conn_proxy_header_at), NAMED(conn_proxy_response), NAMED(conn_set_tunnel_bytes), NAMED(conn_set_max_idle), NAMED(conn_set_secured),
    NAMED(conn_max_idle), NAMED(conn_set_tcp_keepalive), NAMED(conn_tls_version), NAMED(conn_tls_cipher_suite),
    NAMED(conn_tls_group), NAMED(conn_tls_alpn), NAMED(conn_tls_peer_name), NAMED(conn_tls_resumed),
    NAMED(conn_tls_peer_certificate_count), NAMED(conn_tls_peer_certificate), NAMED(conn_host),
    NAMED(conn_port), NAMED(conn_state), NAMED(conn_is_open), NAMED(conn_exchange_flags), NAMED(conn_has_origin),
    NAMED(conn_fileno), NAMED(conn_interest), NAMED(conn_next_timeout), NAMED(conn_error_detail),
    NAMED(conn_error_message), NAMED(request), NAMED(request_file), NAMED(request_callback),
    NAMED(request_pieces), NAMED(request_with), NAMED(request_url), NAMED(putrequest), NAMED(putrequest_bytes),
    NAMED(putheader), NAMED(putheader_values), NAMED(putheader_values_bytes), NAMED(putheader_bytes), NAMED(endheaders),
    NAMED(endheaders_file), NAMED(endheaders_callback), NAMED(endheaders_pieces), NAMED(send_bytes),
    NAMED(send_file), NAMED(send_callback), NAMED(send_pieces), NAMED(getresponse),
    NAMED(conn_free),
};

static const probe response_probes[] = {
    NAMED(response_begin), NAMED(response_close), NAMED(response_detach), NAMED(response_status),
    NAMED(response_reason), NAMED(response_raw_head), NAMED(response_url),
    NAMED(response_debuglevel), NAMED(response_leniencies), NAMED(response_timings),
    NAMED(response_set_limit), NAMED(response_set_leniency), NAMED(response_set_interim),
    NAMED(response_set_trace), NAMED(response_set_debuglevel), NAMED(response_set_deadline),
    NAMED(response_set_cancel), NAMED(response_version), NAMED(response_length),
    NAMED(response_chunked), NAMED(response_will_close), NAMED(response_is_closed),
    NAMED(response_fileno), NAMED(response_interest), NAMED(response_read), NAMED(response_read1),
    NAMED(response_read_all), NAMED(response_peek), NAMED(response_readline), NAMED(response_skip),
    NAMED(response_error_detail), NAMED(response_error_message), NAMED(response_header_count),
    NAMED(response_header_at), NAMED(response_getheader), NAMED(response_getheader_bytes), NAMED(response_trailer_count),
    NAMED(response_trailer_at), NAMED(response_free),
};

static const probe stream_probes[] = {
    NAMED(stream_read), NAMED(stream_write), NAMED(stream_set_timeout), NAMED(stream_fileno),
    NAMED(stream_interest), NAMED(stream_error_detail), NAMED(stream_error_message), NAMED(stream_free),
};

static const probe headers_probes[] = {
    NAMED(headers_count), NAMED(headers_at), NAMED(headers_get), NAMED(headers_get_bytes), NAMED(headers_free),
};

static const probe cancel_probes[] = {
    NAMED(cancel_now), NAMED(cancel_rearm), NAMED(cancel_free),
};

static const probe builder_probes[] = {
    NAMED(builder_add_bundled_roots), NAMED(builder_add_system_roots), NAMED(builder_add_roots),
    NAMED(builder_add_roots_file), NAMED(builder_add_revocation_lists),
    NAMED(builder_add_revocation_lists_file), NAMED(builder_client_certificate),
    NAMED(builder_client_certificate_files), NAMED(builder_add_pin), NAMED(builder_pins_only),
    NAMED(builder_trust_certificate), NAMED(builder_trust_certificate_file),
    NAMED(builder_accept_any_name), NAMED(builder_accept_any_certificate), NAMED(builder_sni),
    NAMED(builder_verify_name), NAMED(builder_versions), NAMED(builder_cipher_suites),
    NAMED(builder_alpn), NAMED(builder_resumption), NAMED(builder_key_log_file),
    NAMED(builder_key_log), NAMED(builder_build), NAMED(builder_error_detail),
    NAMED(builder_error_message), NAMED(builder_free),
};

static const probe config_probes[] = {
    NAMED(config_root_count), NAMED(config_root_failures), NAMED(config_free),
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Each call is refused with this code, and what it gives out is empty. */
static void check_refused(const probe *probes, size_t count, void *handle, hc_error code) {
    size_t i;

    for (i = 0; i < count; i++) {
        bool frees = strstr(probes[i].name, "_free") != NULL;
        int answer;

        size_out = 99;
        answer = probes[i].call(handle);
        if (answer != REFUSED) {
            bool right = answer == (handle == NULL && frees ? HC_OK : code);

            check_true(right, probes[i].name, __FILE__, __LINE__);
        }
        if (probes[i].call == getresponse) {
            CHECK(response_out == NULL);
        }
        if (probes[i].call == response_read || probes[i].call == response_read1) {
            CHECK_INT(size_out, 0);
        }
        if (probes[i].call == response_read_all) {
            CHECK(text_out == NULL && size_out == 0);
        }
    }
}

/* Every function, by the type of handle that it takes. */
static const struct {
    const probe *probes;
    size_t count;
} all_probes[] = {
    {connection_probes, COUNT(connection_probes)}, {response_probes, COUNT(response_probes)},
    {stream_probes, COUNT(stream_probes)},         {headers_probes, COUNT(headers_probes)},
    {cancel_probes, COUNT(cancel_probes)},         {builder_probes, COUNT(builder_probes)},
    {config_probes, COUNT(config_probes)},
};

/* All of them, but for those that take `but`, which may be NULL. */
static void check_others(const probe *but, void *handle, hc_error code) {
    size_t i;

    for (i = 0; i < COUNT(all_probes); i++) {
        if (all_probes[i].probes != but) {
            check_refused(all_probes[i].probes, all_probes[i].count, handle, code);
        }
    }
}

static void check_all(void *handle, hc_error code) { check_others(NULL, handle, code); }

static void null_handles(void) {
    check_all(NULL, HC_ERR_INVALID_ARGUMENT);
}

static void foreign_handles(void) {
    static const size_t numbers[] = {1, 2, 3, 4, 5, 16, 17, 18, 0xffff, (size_t)-1, (size_t)-15,
                                     ((size_t)-1 >> 1) + 2};
    int on_the_stack = 0;
    void *on_the_heap = malloc(100);
    size_t i;

    check_all(&on_the_stack, HC_ERR_INVALID_HANDLE);
    check_all(on_the_heap, HC_ERR_INVALID_HANDLE);
    check_all((void *)"text", HC_ERR_INVALID_HANDLE);
    for (i = 0; i < COUNT(numbers); i++) {
        check_all((void *)numbers[i], HC_ERR_INVALID_HANDLE);
    }
    free(on_the_heap);
}

static void wrong_types_and_freed_handles(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *response = get(conn, "/bytes/3");
    hc_conn *other = NULL;

    check_others(response_probes, response, HC_ERR_INVALID_HANDLE);
    check_others(connection_probes, conn, HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_conn_new_tls("h", 1, (const hc_tls_config *)(void *)conn, &other),
              hc_features() & HC_FEATURE_TLS ? HC_ERR_INVALID_HANDLE : HC_ERR_UNSUPPORTED);
    CHECK(other == NULL);
    /* None of that has harmed them. */
    CHECK_INT(hc_response_read(response, memory, sizeof memory, &size_out), HC_OK);
    CHECK_MEM(memory, size_out, "\0\1\2", 3);
    CHECK_INT(hc_response_free(response), HC_OK);
    check_all(response, HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    check_all(conn, HC_ERR_INVALID_HANDLE);
    /* A new handle is never an old one again, even where its place is used again. */
    REQUIRE(hc_conn_new("h", 80, &other) == HC_OK);
    check_all(conn, HC_ERR_INVALID_HANDLE);
    check_all(response, HC_ERR_INVALID_HANDLE);
    CHECK_STR(hc_conn_host(other, NULL), "h");
    CHECK_INT(hc_conn_free(other), HC_OK);
    CHECK_INT(hc_conn_free(other), HC_ERR_INVALID_HANDLE);
    server_finish(peer);
}

static void many_handles(void) {
    enum { MANY = 2000 };
    static hc_conn *conns[MANY];
    size_t round;
    size_t i;

    for (round = 0; round < 3; round++) {
        for (i = 0; i < MANY; i++) {
            REQUIRE(hc_conn_new("h", (int32_t)i + 1, &conns[i]) == HC_OK);
        }
        for (i = 0; i < MANY; i++) {
            CHECK_INT(hc_conn_port(conns[i]), i + 1);
            CHECK_INT(hc_conn_free(conns[i]), HC_OK);
            CHECK_INT(hc_conn_port(conns[i]), 0);
        }
    }
}

/* From the trace callback, on both kinds of handle. */
typedef struct {
    hc_conn *conn;
    hc_response *response;
    int events;
} unit;

static void call_everything(void *context, int32_t event, const char *data, size_t len) {
    unit *it = context;

    (void)event;
    (void)data;
    (void)len;
    it->events++;
    check_refused(connection_probes, COUNT(connection_probes), it->conn, HC_ERR_BUSY);
    if (it->response != NULL) {
        check_refused(response_probes, COUNT(response_probes), it->response, HC_ERR_BUSY);
    }
}

static int64_t call_everything_for_a_body(void *context, void *buffer, size_t capacity) {
    (void)buffer;
    (void)capacity;
    call_everything(context, 0, NULL, 0);
    return 0;
}

static void re_entry(void) {
    server *peer = server_serve(NULL);
    unit it = {NULL, NULL, 0};
    hc_response *second = NULL;

    it.conn = connect_to(peer);
    CHECK_INT(hc_conn_set_trace(it.conn, call_everything, &it), HC_OK);
    it.response = get(it.conn, "/bytes/0");
    CHECK(it.events >= 3);
    CHECK_BODY(it.response, "");
    it.events = 0;
    CHECK_INT(hc_request_callback(it.conn, "POST", "/count", NULL, call_everything_for_a_body, &it,
                                  HC_LENGTH_UNKNOWN),
              HC_OK);
    CHECK(it.events >= 2);
    CHECK_INT(hc_getresponse(it.conn, &second), HC_OK);
    CHECK_BODY(second, "0");
    CHECK_INT(hc_response_free(second), HC_OK);
    CHECK_INT(hc_response_free(it.response), HC_OK);
    CHECK_INT(hc_conn_free(it.conn), HC_OK);
    server_finish(peer);
}

/* A second thread that asks for as long as the first one is inside a call. */
static void *wait_for_response(void *context) {
    unit *it = context;

    /* The first thread may be inside its own short call. */
    do {
        it->events = hc_getresponse(it->conn, &it->response);
    } while (it->events == HC_ERR_BUSY);
    return NULL;
}

/* The second thread's call waits until `release` was written to `fd`. */
static void ask_from_a_second_thread(hc_conn *conn, int fd, const char *release) {
    unit it = {conn, NULL, 0};
    pthread_t thread;

    CHECK_INT(send_get(conn, "/"), HC_OK);
    REQUIRE(pthread_create(&thread, NULL, wait_for_response, &it) == 0);
    while (hc_conn_port(conn) != 0) {
    }
    check_refused(connection_probes, COUNT(connection_probes), conn, HC_ERR_BUSY);
    CHECK_INT(write(fd, release, strlen(release)), strlen(release));
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(it.events, HC_OK);
    CHECK_INT(hc_response_status(it.response), 204);
    CHECK_INT(hc_response_free(it.response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static void second_thread(void) {
    server *peer = server_start("read-head\nread 1\nsend \"HTTP/1.1 204 OK||\"\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_connect(conn), HC_OK);
    ask_from_a_second_thread(conn, hc_conn_fileno(conn), "x");
    server_finish(peer);
}

static int64_t wait_and_read(void *context, void *buffer, size_t capacity) {
    return recv(*(int *)context, buffer, capacity, 0);
}

static int64_t send_on(void *context, const void *data, size_t len) {
    return send(*(int *)context, data, len, 0);
}

/* The same where the program's own function waits. */
static void second_thread_in_a_transport(void) {
    int ends[2];
    hc_transport transport;
    hc_conn *conn = NULL;

    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    memset(&transport, 0, sizeof transport);
    transport.size = sizeof transport;
    transport.context = &ends[0];
    transport.read = wait_and_read;
    transport.write = send_on;
    transport.fd = -1;
    REQUIRE(hc_conn_new_with_transport(&transport, "h.test", 80, &conn) == HC_OK);
    ask_from_a_second_thread(conn, ends[1], "HTTP/1.1 204 OK\r\n\r\n");
    close(ends[0]);
    close(ends[1]);
}

static void response_outlives_connection(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *response = get(conn, "/bytes/100k");
    const char *body = NULL;
    size_t len = 0;

    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_response_read_all(response, (size_t)-1, &body, &len), HC_OK);
    CHECK_INT(len, 102400);
    CHECK_INT(hc_response_status(response), 200);
    CHECK_INT(hc_response_free(response), HC_OK);
    server_finish(peer);
}

static void connection_outlives_responses(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *kept[5];
    size_t i;

    for (i = 0; i < COUNT(kept); i++) {
        kept[i] = get(conn, "/bytes/0");
        CHECK_BODY(kept[i], "");
    }
    for (i = 0; i < COUNT(kept); i++) {
        CHECK_INT(hc_response_status(kept[i]), 200);
        CHECK_INT(hc_response_free(kept[i]), HC_OK);
    }
    CHECK_GET(conn, "/bytes/0", 200, "");
    end(conn, peer);
}

/* However a connection's responses follow each other, and whichever is freed first, each has a handle of
 * its own, and one that was freed is never a later one. */
static void responses_follow_each_other(void) {
    enum { ROUNDS = 20, OPEN = 3 };
    hc_response *freed[ROUNDS * OPEN];
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    size_t count = 0;
    size_t round, i;

    for (round = 0; round < ROUNDS; round++) {
        hc_response *open[OPEN];

        for (i = 0; i < OPEN; i++) {
            /* The next may come once this one was read. */
            open[i] = get(conn, i == 1 ? "/bytes/1" : "/bytes/2");
            CHECK_INT(hc_response_length(open[i]), i == 1 ? 1 : 2);
            CHECK_INT(hc_response_read(open[i], memory, sizeof memory, &size_out), HC_OK);
        }
        for (i = 0; i < OPEN; i++) {
            hc_response *next = open[(i + round) % OPEN];

            CHECK_INT(hc_response_status(next), 200);
            CHECK_INT(hc_response_free(next), HC_OK);
            CHECK_INT(hc_response_free(next), HC_ERR_INVALID_HANDLE);
            freed[count++] = next;
        }
        for (i = 0; i < count; i++) {
            CHECK_INT(hc_response_status(freed[i]), 0);
        }
    }
    end(conn, peer);
    for (i = 0; i < count; i++) {
        CHECK_INT(hc_response_free(freed[i]), HC_ERR_INVALID_HANDLE);
    }
}

/* The connection ends between two responses, of which one is still there. */
static void a_response_ends_behind_its_connection(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *kept = get(conn, "/bytes/0");
    hc_conn *other;

    CHECK_BODY(kept, "");
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    other = connect_to(peer);
    CHECK_GET(other, "/bytes/0", 200, "");
    CHECK_INT(hc_response_status(kept), 200);
    CHECK_INT(hc_response_free(kept), HC_OK);
    CHECK_GET(other, "/bytes/0", 200, "");
    CHECK_INT(hc_response_status(kept), 0);
    end(other, peer);
}

/* A program may have the library twice, in a library of another one's: neither knows the handles of the other. */
static void another_copy_of_the_library(void) {
    const char *library_path = getenv("HC_SHARED_LIBRARY");
    char path[] = "/tmp/copy-XXXXXX", command[4096];
    hc_error (*new_conn)(const char *, int32_t, hc_conn **) = NULL;
    hc_error (*free_conn)(hc_conn *) = NULL;
    hc_conn *ours[100], *theirs[100];
    void *library;
    int fd = mkstemp(path), i;

    REQUIRE(library_path != NULL && fd >= 0);
    close(fd);
    snprintf(command, sizeof command, "cp '%s' %s", library_path, path);
    REQUIRE(system(command) == 0);
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    unlink(path);
    REQUIRE(library != NULL);
    *(void **)&new_conn = dlsym(library, "hc_conn_new");
    *(void **)&free_conn = dlsym(library, "hc_conn_free");
    REQUIRE(new_conn != NULL && free_conn != NULL && free_conn != hc_conn_free);
    for (i = 0; i < 100; i++) {
        CHECK_INT(hc_conn_new("h", 80, &ours[i]), HC_OK);
        CHECK_INT(new_conn("h", 80, &theirs[i]), HC_OK);
    }
    for (i = 0; i < 100; i++) {
        CHECK_INT(free_conn(ours[i]), HC_ERR_INVALID_HANDLE);
        CHECK_INT(hc_conn_free(theirs[i]), HC_ERR_INVALID_HANDLE);
        CHECK_INT(hc_conn_port(theirs[i]), 0);
    }
    for (i = 0; i < 100; i++) {
        CHECK_INT(hc_conn_free(ours[i]), HC_OK);
        CHECK_INT(free_conn(theirs[i]), HC_OK);
    }
    /* It is not unloaded: the library says that it never is. */
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(null_handles),
        TEST(foreign_handles),
        TEST(wrong_types_and_freed_handles),
        TEST(many_handles),
        TEST(re_entry),
        /* It waits inside of the library. */
        TEST_OF_SOCKETS(second_thread),
        TEST(second_thread_in_a_transport),
        TEST(response_outlives_connection),
        TEST(connection_outlives_responses),
        TEST(responses_follow_each_other),
        TEST(a_response_ends_behind_its_connection),
        TEST(another_copy_of_the_library),
    };
    return RUN_TESTS(tests, argc, argv);
}
