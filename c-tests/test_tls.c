/* TLS: configurations by a builder, against the routes of testserver with the certificates that it makes
 * when this program starts. */
#define _POSIX_C_SOURCE 200809L

#include "tls_client.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_SIZE = 8192 };

/* --- Certificates ------------------------------------------------------------------------------ */

/* Reads a whole small file, with a NUL behind it; returns its length. */
static size_t read_file(const char *name, char text[TEXT_SIZE]) {
    FILE *file = fopen(FILE_AT(name), "r");
    size_t len = 0;

    if (CHECK(file != NULL)) {
        len = fread(text, 1, TEXT_SIZE - 1, file);
        fclose(file);
    }
    text[len] = '\0';
    return len;
}

/* --- Exchanges --------------------------------------------------------------------------------- */

/* Checks that building fails with this code, and that the message has this text; frees. */
static void refuses_to_build(hc_tls_builder *builder, hc_error code, const char *text) {
    hc_tls_config *config = (hc_tls_config *)&code;
    hc_error_detail detail = {.size = sizeof detail};

    CHECK_INT(hc_tls_builder_build(builder, &config), code);
    CHECK(config == NULL);
    CHECK_INT(hc_tls_builder_error_detail(builder, &detail), HC_OK);
    CHECK_INT(detail.code, code);
    CHECK_STR(detail.message, hc_tls_builder_error_message(builder));
    if (!CHECK(strstr(detail.message, text) != NULL)) {
        printf("    %s\n", detail.message);
    }
    CHECK_INT(hc_tls_builder_free(builder), HC_OK);
}

/* One exchange over a connection of its own with 127.0.0.1, checked for its code and, if that is a
 * failure, for a text in the message. Takes the configuration. */
#define CHECK_EXCHANGE(peer, config, code, text) \
    check_exchange((peer), (config), (code), (text), __FILE__, __LINE__)

static void check_exchange(const server *peer, hc_tls_config *config, hc_error code,
                           const char *text, const char *file, int line) {
    hc_conn *conn = connection("127.0.0.1", peer, config);
    const char *message;

    check_int(exchange(conn, "/"), code, "the exchange", file, line);
    message = hc_conn_error_message(conn);
    if (!check_true(message != NULL && strstr(message, text) != NULL, "the message's text", file,
                    line)) {
        printf("    %s\n", message);
    }
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
}

/* --- Trust ------------------------------------------------------------------------------------- */

static void trusts_a_root_from_a_file(void) {
    server *peer = serve("server");

    CHECK_EXCHANGE(peer, built(trusting()), HC_OK, "");
    server_finish(peer);
}

static void trusts_a_root_from_memory(void) {
    server *peer = serve("server");
    hc_tls_builder *builder = builder_new();
    char pem[TEXT_SIZE];
    size_t len = read_file("ca.pem", pem);

    CHECK_INT(hc_tls_builder_add_roots(builder, pem, len), HC_OK);
    memset(pem, 'x', sizeof pem);
    CHECK_EXCHANGE(peer, built(builder), HC_OK, "");
    server_finish(peer);
}

static void trusts_the_systems_roots(void) {
    server *peer = serve("server");
    hc_tls_builder *builder = builder_new();
    hc_tls_config *config;

    setenv("SSL_CERT_FILE", FILE_AT("ca.pem"), 1);
    CHECK_INT(hc_tls_builder_add_system_roots(builder), HC_OK);
    unsetenv("SSL_CERT_FILE");
    config = built(builder);
    CHECK(hc_tls_config_root_count(config, HC_TLS_ROOTS_SYSTEM) >= 1);
    CHECK_EXCHANGE(peer, config, HC_OK, "");
    server_finish(peer);
}

static void knows_no_private_issuer_by_default(void) {
    server *peer = serve("server");
    hc_tls_builder *builder = builder_new();

    CHECK_EXCHANGE(peer, NULL, HC_ERR_TLS_UNKNOWN_ISSUER, "no trusted root");
    CHECK_INT(hc_tls_builder_add_roots_file(builder, FILE_AT("other-ca.pem")), HC_OK);
    CHECK_INT(hc_tls_builder_add_bundled_roots(builder), HC_OK);
    CHECK_EXCHANGE(peer, built(builder), HC_ERR_TLS_UNKNOWN_ISSUER, "no trusted root");
    server_finish(peer);
}

static void refuses_a_wrong_name(void) {
    server *peer = serve("wrongname");
    hc_tls_builder *builder = trusting();
    hc_tls_config *config;
    hc_conn *conn;

    CHECK_EXCHANGE(peer, built(trusting()), HC_ERR_TLS_NAME_MISMATCH, "wrong.example");

    CHECK_INT(hc_tls_builder_dangerous_accept_any_name(builder), HC_OK);
    config = built(builder);
    conn = connection("127.0.0.1", peer, config);
    CHECK_INT(exchange(conn, "/"), HC_OK);
    CHECK_STR(hc_conn_tls_peer_name(conn, NULL), NULL);
    hc_conn_free(conn);
    hc_tls_config_free(config);

    builder = trusting();
    CHECK_INT(hc_tls_builder_verify_name(builder, "wrong.example"), HC_OK);
    config = built(builder);
    conn = connection("127.0.0.1", peer, config);
    CHECK_INT(exchange(conn, "/"), HC_OK);
    CHECK_STR(hc_conn_tls_peer_name(conn, NULL), "wrong.example");
    hc_conn_free(conn);
    hc_tls_config_free(config);
    server_finish(peer);
}

/* Neither SNI nor its absence changes what is verified. */
static void sends_another_sni(void) {
    server *peer = serve("server");
    hc_tls_builder *builder = trusting();

    CHECK_INT(hc_tls_builder_set_sni(builder, "sni.example"), HC_OK);
    CHECK_EXCHANGE(peer, built(builder), HC_OK, "");
    builder = trusting();
    CHECK_INT(hc_tls_builder_set_sni(builder, NULL), HC_OK);
    CHECK_EXCHANGE(peer, built(builder), HC_OK, "");
    server_finish(peer);

    peer = serve("wrongname");
    builder = trusting();
    CHECK_INT(hc_tls_builder_set_sni(builder, "wrong.example"), HC_OK);
    CHECK_EXCHANGE(peer, built(builder), HC_ERR_TLS_NAME_MISMATCH, "127.0.0.1");
    server_finish(peer);
}

static void refuses_an_expired_certificate(void) {
    server *peer = serve("expired");
    hc_tls_builder *builder = builder_new();

    CHECK_EXCHANGE(peer, built(trusting()), HC_ERR_TLS_EXPIRED, "expired on");
    CHECK_INT(hc_tls_builder_dangerous_accept_any_certificate(builder), HC_OK);
    CHECK_EXCHANGE(peer, built(builder), HC_OK, "");
    server_finish(peer);
}

static void trusts_exactly_one_certificate(void) {
    server *peer = serve("server");
    server *other = serve("expired");
    hc_tls_builder *builder = builder_new();
    hc_tls_config *config;
    hc_conn *conn;
    const void *der = NULL;
    size_t len = 0;

    CHECK_INT(hc_tls_builder_trust_certificate_file(builder, FILE_AT("server.pem")), HC_OK);
    config = built(builder);
    CHECK_INT(hc_tls_config_root_count(config, HC_TLS_ROOTS_BUNDLED), 0);
    conn = connection("127.0.0.1", peer, config);
    CHECK_INT(exchange(conn, "/"), HC_OK);

    /* The same as DER, as the server has sent it. */
    CHECK_INT(hc_conn_tls_peer_certificate(conn, 0, &der, &len), HC_OK);
    builder = builder_new();
    CHECK_INT(hc_tls_builder_trust_certificate(builder, der, len), HC_OK);
    hc_conn_free(conn);
    CHECK_EXCHANGE(other, config, HC_ERR_TLS_PIN_MISMATCH, "");
    CHECK_EXCHANGE(peer, built(builder), HC_OK, "");
    server_finish(other);
    server_finish(peer);
}

/* The message to a wrong pin names the right one. */
static void compares_pins(void) {
    static const char wrong[] = "0123456789abcdef0123456789abcdef0123456789ABCDEF0123456789ABCDEF";
    server *peer = serve("server");
    hc_tls_builder *builder = trusting();
    hc_tls_config *config;
    hc_conn *conn;
    char right[64] = "";
    const char *found;

    CHECK_INT(hc_tls_builder_add_pin(builder, wrong), HC_OK);
    config = built(builder);
    conn = connection("127.0.0.1", peer, config);
    CHECK_INT(exchange(conn, "/"), HC_ERR_TLS_PIN_MISMATCH);
    found = strstr(hc_conn_error_message(conn), "sha256/");
    REQUIRE(found != NULL && sscanf(found, "%63s", right) == 1);
    hc_conn_free(conn);
    hc_tls_config_free(config);

    builder = trusting();
    CHECK_INT(hc_tls_builder_add_pin(builder, wrong), HC_OK);
    CHECK_INT(hc_tls_builder_add_pin(builder, right), HC_OK);
    CHECK_EXCHANGE(peer, built(builder), HC_OK, "");

    builder = builder_new();
    CHECK_INT(hc_tls_builder_add_pin(builder, right), HC_OK);
    CHECK_EXCHANGE(peer, built(builder), HC_ERR_TLS_UNKNOWN_ISSUER, "");

    builder = builder_new();
    CHECK_INT(hc_tls_builder_add_pin(builder, right), HC_OK);
    CHECK_INT(hc_tls_builder_trust_pins_only(builder), HC_OK);
    CHECK_EXCHANGE(peer, built(builder), HC_OK, "");
    server_finish(peer);
}

static void consults_revocation_lists(void) {
    server *good = serve("server");
    server *revoked = serve("revoked");
    server *chained = serve("chained");
    hc_tls_builder *builder = trusting();
    hc_tls_config *config;
    char list[TEXT_SIZE];
    size_t len = read_file("ca.crl", list);

    CHECK_EXCHANGE(revoked, built(trusting()), HC_OK, "");
    CHECK_INT(hc_tls_builder_add_revocation_lists_file(builder, FILE_AT("ca.crl")), HC_OK);
    CHECK_EXCHANGE(revoked, built(builder), HC_ERR_TLS_REVOKED, "revoked");

    builder = trusting();
    CHECK_INT(hc_tls_builder_add_revocation_lists(builder, list, len), HC_OK);
    memset(list, 'x', sizeof list);
    CHECK_EXCHANGE(good, built(builder), HC_OK, "");

    /* The intermediate authority has no list. */
    builder = trusting();
    CHECK_INT(hc_tls_builder_add_revocation_lists_file(builder, FILE_AT("ca.crl")), HC_OK);
    CHECK_EXCHANGE(chained, built(builder), HC_ERR_TLS_CERTIFICATE, "no revocation list");

    /* Lists without roots would have no effect. */
    builder = builder_new();
    CHECK_INT(hc_tls_builder_add_revocation_lists_file(builder, FILE_AT("ca.crl")), HC_OK);
    CHECK_INT(hc_tls_builder_dangerous_accept_any_certificate(builder), HC_OK);
    refuses_to_build(builder, HC_ERR_TLS_CONFIG, "no effect");

    /* Nor is a certificate a list, or half a list one. */
    builder = trusting();
    CHECK_INT(hc_tls_builder_add_revocation_lists_file(builder, FILE_AT("ca.pem")),
              HC_ERR_TLS_CONFIG);
    refuses_to_build(builder, HC_ERR_TLS_CONFIG, "revocation list");
    builder = trusting();
    read_file("ca.crl", list);
    CHECK_INT(hc_tls_builder_add_revocation_lists(builder, list, len / 2), HC_ERR_TLS_CONFIG);
    CHECK_INT(hc_tls_builder_build(builder, &config), HC_ERR_TLS_CONFIG);
    CHECK_INT(hc_tls_builder_free(builder), HC_OK);
    server_finish(chained);
    server_finish(revoked);
    server_finish(good);
}

static void follows_intermediate_certificates(void) {
    server *chained = serve("chained");
    server *unchained = serve("unchained");
    hc_tls_config *config = built(trusting());
    hc_conn *conn = connection("127.0.0.1", chained, config);

    CHECK_INT(exchange(conn, "/"), HC_OK);
    CHECK_INT(hc_conn_tls_peer_certificate_count(conn), 2);
    hc_conn_free(conn);
    CHECK_EXCHANGE(unchained, config, HC_ERR_TLS_UNKNOWN_ISSUER, "intermediate");
    server_finish(unchained);
    server_finish(chained);
}

/* What a server that closes without close_notify has sent until then; what reading that comes to, and
 * with leave to end so. */
static const struct {
    const char *sent;
    hc_error code;
    hc_error lenient;
} truncations[] = {
    /* Harmless where the body's length was known, or the chunks told its end. */
    {"Content-Length: 4||body", HC_OK, HC_OK},
    {"Transfer-Encoding: chunked||4|body|0||", HC_OK, HC_OK},
    /* An error after the bytes received where the close would be the end. Leave is about that alone. */
    {"|body", HC_ERR_INCOMPLETE_READ, HC_OK},
    {"Content-Length: 8||body", HC_ERR_INCOMPLETE_READ, HC_ERR_INCOMPLETE_READ},
    {"Transfer-Encoding: chunked||8|body", HC_ERR_INCOMPLETE_READ,
     HC_ERR_INCOMPLETE_READ},
    {"Transfer-Encoding: chunked||4|body|", HC_ERR_INCOMPLETE_READ,
     HC_ERR_INCOMPLETE_READ},
};

/* A response that is sent by this script, and cut off; NULL if its head was, with the code. */
static hc_response *truncated(const char *script, uint32_t leniency, server **peer, hc_conn **conn,
                              hc_error *code) {
    path chain = in_folder("server.pem"), key = in_folder("server.key");
    const char *options[] = {"--tls", chain.text, key.text, NULL};
    hc_tls_config *config = built(trusting());
    hc_response *response = NULL;

    *peer = server_script(script, options);
    *conn = connection("127.0.0.1", *peer, config);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
    CHECK_INT(hc_conn_set_leniency(*conn, leniency), HC_OK);
    CHECK_INT(hc_request(*conn, "GET", "/", NULL, NULL, 0), HC_OK);
    *code = hc_getresponse(*conn, &response);
    return response;
}

static void cut_bodies(uint32_t leniency) {
    char script[512];
    size_t i;

    for (i = 0; i < sizeof truncations / sizeof truncations[0]; i++) {
        hc_error expected = leniency ? truncations[i].lenient : truncations[i].code;
        hc_error code;
        char body[16];
        size_t total = 0, count = 1;
        server *peer;
        hc_conn *conn;
        hc_response *response;

        snprintf(script, sizeof script, "read-head\nsend \"HTTP/1.1 200 OK|%s\"\ncut\n",
                 truncations[i].sent);
        response = truncated(script, leniency, &peer, &conn, &code);
        while (code == HC_OK && count > 0) {
            code = hc_response_read(response, body + total, sizeof body - total, &count);
            total += count;
        }
        CHECK_INT(code, expected);
        CHECK_MEM(body, total, "body", 4);
        if (code != HC_OK && !leniency) {
            CHECK(strstr(response_detail(response).message, "no close_notify") != NULL);
        }
        /* It is told where it made a difference, and only there. */
        if (leniency && code == HC_OK) {
            CHECK_INT(hc_response_leniencies(response),
                      truncations[i].code == HC_OK ? 0 : HC_LENIENT_TLS_TRUNCATION);
        }
        CHECK_INT(hc_response_free(response), HC_OK);
        CHECK_INT(hc_conn_free(conn), HC_OK);
        server_finish(peer);
    }
}

static void tells_truncation_from_the_end(void) { cut_bodies(0); }

static void lets_a_session_just_end(void) { cut_bodies(HC_LENIENT_TLS_TRUNCATION); }

/* Before there is a body there is nothing that leave could complete. */
static void tells_a_head_that_was_cut(void) {
    static const struct {
        const char *sent;
        hc_error code;
        hc_error lenient;
    } heads[] = {
        {"try-send \"HTTP/1.1 200 OK|Content-Le\"", HC_ERR_TLS_TRUNCATED, HC_ERR_INCOMPLETE_READ},
        {"pause 0", HC_ERR_TLS_TRUNCATED, HC_ERR_REMOTE_DISCONNECTED},
    };
    size_t i;

    for (i = 0; i < 4; i++) {
        uint32_t leniency = i % 2 ? HC_LENIENT_TLS_TRUNCATION : 0;
        hc_error code;
        char script[256];
        server *peer;
        hc_conn *conn;

        snprintf(script, sizeof script, "read-head\n%s\ncut\n", heads[i / 2].sent);
        CHECK(truncated(script, leniency, &peer, &conn, &code) == NULL);
        CHECK_INT(code, leniency ? heads[i / 2].lenient : heads[i / 2].code);
        if (!leniency) {
            CHECK(strstr(hc_conn_error_message(conn), "no close_notify") != NULL);
        }
        CHECK_INT(hc_conn_free(conn), HC_OK);
        server_finish(peer);
    }
}

static void tells_plain_http_apart(void) {
    server *peer = server_script("try-send \"HTTP/1.1 400 Bad Request||\"\n", NULL);

    CHECK_EXCHANGE(peer, built(trusting()), HC_ERR_TLS_NOT_TLS, "plain HTTP");
    server_finish(peer);
}

/* The peer takes the first message, and says nothing. */
static void tells_a_peer_that_stalls(void) {
    server *peer = server_start("read 5\nhold\nconnection\nclose\n");
    hc_tls_config *config = built(trusting());
    hc_conn *conn = connection("127.0.0.1", peer, config);
    hc_conn *next = connect_to(peer);

    CHECK_INT(hc_tls_config_free(config), HC_OK);
    /* The stream is there and the first message out, however long that takes. */
    CHECK_INT(hc_conn_set_timeout(conn, 0), HC_OK);
    while (hc_conn_connect(conn) == HC_WOULD_BLOCK && hc_conn_interest(conn) != HC_INTEREST_READ) {
        struct pollfd entry = {hc_conn_fileno(conn), POLLOUT, 0};
        CHECK_INT(poll(&entry, 1, PATIENCE_MS), 1);
    }
    CHECK_INT(hc_conn_set_timeout(conn, 100), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_ERR_TLS_TIMEOUT);
    CHECK(hc_error_is(HC_ERR_TLS_TIMEOUT, HC_ERR_TIMEOUT));
    CHECK(hc_error_is(HC_ERR_TLS_TIMEOUT, HC_ERR_TLS));
    CHECK_INT(conn_detail(conn).phase, HC_PHASE_OPENING);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_NOT_SENT);
    CHECK(strstr(hc_conn_error_message(conn), "during the TLS handshake") != NULL);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    /* The script's second connection. */
    CHECK_INT(hc_conn_connect(next), HC_OK);
    CHECK_INT(hc_conn_free(next), HC_OK);
    server_finish(peer);
}

/* --- Client certificates ----------------------------------------------------------------------- */

static void shows_a_client_certificate(void) {
    server *peer = serve_to("server", "ca.pem");
    hc_tls_builder *builder = trusting();
    path chain = in_folder("client.pem"), key = in_folder("client.key");
    char chain_text[TEXT_SIZE], key_text[TEXT_SIZE];
    size_t chain_len = read_file("client.pem", chain_text);
    size_t key_len = read_file("client.key", key_text);

    CHECK_EXCHANGE(peer, built(trusting()), HC_ERR_TLS_CLIENT_CERTIFICATE, "client certificate");

    CHECK_INT(hc_tls_builder_set_client_certificate_files(builder, chain.text, key.text), HC_OK);
    CHECK_EXCHANGE(peer, built(builder), HC_OK, "");

    builder = trusting();
    CHECK_INT(hc_tls_builder_set_client_certificate(builder, chain_text, chain_len, key_text, key_len),
              HC_OK);
    CHECK_EXCHANGE(peer, built(builder), HC_OK, "");
    server_finish(peer);

    /* One by another authority than the server's. */
    peer = serve_to("server", "other-ca.pem");
    builder = trusting();
    CHECK_INT(hc_tls_builder_set_client_certificate_files(builder, chain.text, key.text), HC_OK);
    CHECK_EXCHANGE(peer, built(builder), HC_ERR_TLS_CLIENT_CERTIFICATE, "refused");
    server_finish(peer);
}

static void shows_a_client_certificate_with_its_chain(void) {
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    server *peer = serve_to("server", "ca.pem");
    hc_tls_builder *builder = trusting();
    path chain = in_folder("chainedclient.pem"), key = in_folder("chainedclient.key");
    path part = in_folder("unchainedclient.pem");
    char text[TEXT_SIZE], twisted[2 * TEXT_SIZE], key_text[TEXT_SIZE];
    size_t len = read_file("chainedclient.pem", text);
    size_t key_len = read_file("chainedclient.key", key_text);
    const char *second = strstr(text + 1, begin);

    CHECK_INT(hc_tls_builder_set_client_certificate_files(builder, chain.text, key.text), HC_OK);
    CHECK_EXCHANGE(peer, built(builder), HC_OK, "");
    builder = trusting();
    CHECK_INT(hc_tls_builder_set_client_certificate(builder, text, len, key_text, key_len), HC_OK);
    CHECK_EXCHANGE(peer, built(builder), HC_OK, "");
    builder = trusting();
    CHECK_INT(hc_tls_builder_set_client_certificate_files(builder, part.text, key.text), HC_OK);
    CHECK_EXCHANGE(peer, built(builder), HC_ERR_TLS_CLIENT_CERTIFICATE, "refused");
    server_finish(peer);

    REQUIRE(second != NULL);
    snprintf(twisted, sizeof twisted, "%s%.*s", second, (int)(second - text), text);
    builder = trusting();
    CHECK_INT(hc_tls_builder_set_client_certificate(builder, twisted, strlen(twisted), key_text, key_len),
              HC_ERR_TLS_CONFIG);
    refuses_to_build(builder, HC_ERR_TLS_CONFIG, "out of order");
}

static void sees_that_key_and_certificate_differ(void) {
    hc_tls_builder *builder = trusting();
    path chain = in_folder("client.pem"), key = in_folder("server.key");

    CHECK_INT(hc_tls_builder_set_client_certificate_files(builder, chain.text, key.text), HC_OK);
    refuses_to_build(builder, HC_ERR_TLS_CONFIG, "does not belong");

    builder = trusting();
    CHECK_INT(hc_tls_builder_set_client_certificate_files(builder, chain.text, chain.text),
              HC_ERR_TLS_CONFIG);
    refuses_to_build(builder, HC_ERR_TLS_CONFIG, "no private key");
}

/* --- Key log ----------------------------------------------------------------------------------- */

typedef struct log {
    size_t lines;
    char first[256];
} log;

static void take_line(void *context, const char *line, size_t len) {
    log *taken = context;

    CHECK_INT(strlen(line), len);
    if (taken->lines++ == 0) {
        snprintf(taken->first, sizeof taken->first, "%s", line);
    }
}

static void logs_keys_when_asked(void) {
    server *peer = serve("server");
    hc_tls_builder *builder = trusting();
    log taken = {0};
    char text[TEXT_SIZE];

    CHECK_INT(hc_tls_builder_set_key_log(builder, take_line, &taken), HC_OK);
    CHECK_EXCHANGE(peer, built(builder), HC_OK, "");
    CHECK(taken.lines >= 4);
    CHECK(strstr(taken.first, "_SECRET ") != NULL);

    builder = trusting();
    CHECK_INT(hc_tls_builder_set_key_log_file(builder, FILE_AT("key.log")), HC_OK);
    CHECK_EXCHANGE(peer, built(builder), HC_OK, "");
    CHECK(read_file("key.log", text) > 0);
    CHECK(strstr(text, "CLIENT_TRAFFIC_SECRET_0 ") != NULL);
    server_finish(peer);
}

/* --- Handles ----------------------------------------------------------------------------------- */

static void connections_outlive_their_configuration(void) {
    server *peer = serve("server");
    hc_tls_config *config = built(trusting());
    hc_conn *opened = connection("127.0.0.1", peer, config);
    hc_conn *unopened = connection("127.0.0.1", peer, config);
    hc_conn *late = NULL;

    CHECK_INT(hc_conn_connect(opened), HC_OK);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
    CHECK_INT(exchange(opened, "/"), HC_OK);
    CHECK_INT(exchange(unopened, "/"), HC_OK);
    CHECK_INT(hc_conn_close(opened), HC_OK);
    CHECK_INT(exchange(opened, "/"), HC_OK);
    CHECK_INT(hc_conn_new_tls("127.0.0.1", server_port(peer), config, &late),
              HC_ERR_INVALID_HANDLE);
    CHECK(late == NULL);
    CHECK_INT(hc_tls_config_free(config), HC_ERR_INVALID_HANDLE);
    hc_conn_free(opened);
    hc_conn_free(unopened);
    server_finish(peer);
}

static void counts_roots(void) {
    hc_tls_builder *builder = trusting();
    hc_tls_config *config;
    static const char broken[] = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    char pem[2 * TEXT_SIZE];
    size_t len = read_file("other-ca.pem", pem);

    memcpy(pem + len, broken, sizeof broken - 1);
    CHECK_INT(hc_tls_builder_add_roots(builder, pem, len + sizeof broken - 1), HC_OK);
    config = built(builder);
    CHECK_INT(hc_tls_config_root_count(config, HC_TLS_ROOTS_GIVEN), 2);
    CHECK_INT(hc_tls_config_root_failures(config, HC_TLS_ROOTS_GIVEN), 1);
    CHECK_INT(hc_tls_config_root_count(config, HC_TLS_ROOTS_BUNDLED), 0);
    CHECK_INT(hc_tls_config_root_count(config, HC_TLS_ROOTS_SYSTEM), 0);
    CHECK_INT(hc_tls_config_root_count(config, 3), 0);
    hc_tls_config_free(config);
    CHECK_INT(hc_tls_config_root_count(config, HC_TLS_ROOTS_GIVEN), 0);
    CHECK_INT(hc_tls_config_root_failures(config, HC_TLS_ROOTS_GIVEN), 0);

    /* The default. */
    CHECK(hc_tls_config_root_count(NULL, HC_TLS_ROOTS_BUNDLED) > 50);
    CHECK_INT(hc_tls_config_root_failures(NULL, HC_TLS_ROOTS_BUNDLED), 0);
}

/* A failure that nobody looked at must not end in a configuration without what was asked for. */
static void remembers_failures(void) {
    static const char *const unknown[] = {"TLS_NULL_WITH_NULL_NULL", NULL};
    static const char *const empty[] = {"", NULL};
    hc_tls_builder *builder = builder_new();
    hc_tls_config *config = NULL;
    hc_error_detail detail = {.size = sizeof detail};

    CHECK_STR(hc_tls_builder_error_message(builder), "");
    CHECK_INT(hc_tls_builder_add_roots_file(builder, FILE_AT("none.pem")), HC_ERR_TLS_CONFIG);
    CHECK_INT(hc_tls_builder_error_detail(builder, &detail), HC_OK);
    CHECK(detail.os_error != 0);
    CHECK_INT(hc_tls_builder_add_roots_file(builder, FILE_AT("ca.pem")), HC_OK);
    refuses_to_build(builder, HC_ERR_TLS_CONFIG, "none.pem");

    builder = builder_new();
    CHECK_INT(hc_tls_builder_add_roots(builder, "x", 1), HC_ERR_TLS_CONFIG);
    CHECK_INT(hc_tls_builder_add_roots(builder, NULL, 0), HC_ERR_TLS_CONFIG);
    CHECK_INT(hc_tls_builder_add_revocation_lists(builder, "x", 1), HC_ERR_TLS_CONFIG);
    CHECK_INT(hc_tls_builder_add_revocation_lists_file(builder, FILE_AT("none.pem")),
              HC_ERR_TLS_CONFIG);
    CHECK_INT(hc_tls_builder_set_client_certificate(builder, "x", 1, "x", 1), HC_ERR_TLS_CONFIG);
    CHECK_INT(hc_tls_builder_trust_certificate(builder, "x", 1), HC_ERR_TLS_CONFIG);
    CHECK_INT(hc_tls_builder_set_key_log_file(builder, folder), HC_ERR_TLS_CONFIG);
    CHECK_INT(hc_tls_builder_add_pin(builder, "sha256/short"), HC_ERR_TLS_CONFIG);
    CHECK_INT(hc_tls_builder_add_pin(builder, "\xff"), HC_ERR_ENCODING);
    CHECK_INT(hc_tls_builder_set_sni(builder, "127.0.0.1"), HC_ERR_TLS_CONFIG);
    CHECK_INT(hc_tls_builder_set_sni(builder, "a b"), HC_ERR_VALUE);
    CHECK_INT(hc_tls_builder_verify_name(builder, "b\xc3\xbc" "cher.example"), HC_ERR_ENCODING);
    CHECK_INT(hc_tls_builder_set_versions(builder, HC_TLS_1_3, HC_TLS_1_2), HC_ERR_TLS_CONFIG);
    CHECK_INT(hc_tls_builder_set_versions(builder, HC_TLS_1_2, 14), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_set_alpn(builder, empty), HC_ERR_TLS_CONFIG);
    CHECK_INT(hc_tls_builder_set_cipher_suites(builder, unknown), HC_ERR_TLS_CONFIG);
    refuses_to_build(builder, HC_ERR_TLS_CONFIG, "TLS_NULL_WITH_NULL_NULL");

    /* What was built is gone from the builder. */
    builder = trusting();
    CHECK_INT(hc_tls_builder_build(builder, &config), HC_OK);
    CHECK_STR(hc_tls_builder_error_message(builder), "");
    hc_tls_config_free(config);
    CHECK_INT(hc_tls_builder_add_bundled_roots(builder), HC_ERR_STATE);
    refuses_to_build(builder, HC_ERR_STATE, "built");
}

static void refuses_contradictions(void) {
    hc_tls_builder *builder = builder_new();

    CHECK_INT(hc_tls_builder_trust_certificate_file(builder, FILE_AT("server.pem")), HC_OK);
    CHECK_INT(hc_tls_builder_dangerous_accept_any_certificate(builder), HC_OK);
    refuses_to_build(builder, HC_ERR_TLS_CONFIG, "only one can be trusted");
    builder = trusting();
    CHECK_INT(hc_tls_builder_verify_name(builder, "a.example"), HC_OK);
    CHECK_INT(hc_tls_builder_dangerous_accept_any_name(builder), HC_OK);
    refuses_to_build(builder, HC_ERR_TLS_CONFIG, "no effect");
    builder = trusting();
    CHECK_INT(hc_tls_builder_dangerous_accept_any_certificate(builder), HC_OK);
    refuses_to_build(builder, HC_ERR_TLS_CONFIG, "no effect");
    builder = builder_new();
    CHECK_INT(hc_tls_builder_trust_pins_only(builder), HC_OK);
    refuses_to_build(builder, HC_ERR_TLS_CONFIG, "no pin");
}

/* Every function that takes a builder, with arguments that would do. */
static hc_error on_builder(int which, hc_tls_builder *builder) {
    static const char *const names[] = {"TLS13_AES_128_GCM_SHA256", NULL};
    hc_error_detail detail = {.size = sizeof detail};
    hc_tls_config *config;

    switch (which) {
    case 0: return hc_tls_builder_add_bundled_roots(builder);
    case 1: return hc_tls_builder_add_system_roots(builder);
    case 2: return hc_tls_builder_add_roots(builder, "x", 1);
    case 3: return hc_tls_builder_add_roots_file(builder, FILE_AT("ca.pem"));
    case 4: return hc_tls_builder_add_revocation_lists(builder, "x", 1);
    case 5: return hc_tls_builder_add_revocation_lists_file(builder, FILE_AT("ca.pem"));
    case 6: return hc_tls_builder_set_client_certificate(builder, "x", 1, "x", 1);
    case 7: return hc_tls_builder_set_client_certificate_files(builder, "x", "x");
    case 8: return hc_tls_builder_add_pin(builder, "x");
    case 9: return hc_tls_builder_trust_pins_only(builder);
    case 10: return hc_tls_builder_trust_certificate(builder, "x", 1);
    case 11: return hc_tls_builder_trust_certificate_file(builder, FILE_AT("ca.pem"));
    case 12: return hc_tls_builder_dangerous_accept_any_name(builder);
    case 13: return hc_tls_builder_dangerous_accept_any_certificate(builder);
    case 14: return hc_tls_builder_set_sni(builder, "x");
    case 15: return hc_tls_builder_verify_name(builder, "x");
    case 16: return hc_tls_builder_set_versions(builder, HC_TLS_1_2, HC_TLS_1_3);
    case 17: return hc_tls_builder_set_cipher_suites(builder, names);
    case 18: return hc_tls_builder_set_alpn(builder, names);
    case 19: return hc_tls_builder_set_resumption(builder, 1);
    case 20: return hc_tls_builder_set_key_log_file(builder, FILE_AT("key.log"));
    case 21: return hc_tls_builder_set_key_log(builder, take_line, NULL);
    case 22: return hc_tls_builder_build(builder, &config);
    case 23: return hc_tls_builder_error_detail(builder, &detail);
    default: return HC_OK;
    }
}

static void refuses_what_is_no_builder(void) {
    int foreign = 0, which;
    hc_tls_builder *freed = builder_new();
    hc_tls_config *config = built(trusting());

    CHECK_INT(hc_tls_builder_free(freed), HC_OK);
    for (which = 0; which <= 23; which++) {
        CHECK_INT(on_builder(which, NULL), HC_ERR_INVALID_ARGUMENT);
        CHECK_INT(on_builder(which, freed), HC_ERR_INVALID_HANDLE);
        CHECK_INT(on_builder(which, (hc_tls_builder *)config), HC_ERR_INVALID_HANDLE);
        CHECK_INT(on_builder(which, (hc_tls_builder *)&foreign), HC_ERR_INVALID_HANDLE);
    }
    CHECK_STR(hc_tls_builder_error_message(NULL), hc_error_string(HC_ERR_INVALID_ARGUMENT));
    CHECK_STR(hc_tls_builder_error_message(freed), hc_error_string(HC_ERR_INVALID_HANDLE));
    CHECK_INT(hc_tls_builder_free(NULL), HC_OK);
    CHECK_INT(hc_tls_builder_free(freed), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_tls_builder_free((hc_tls_builder *)config), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_tls_config_free(NULL), HC_OK);
    CHECK_INT(hc_tls_config_free((hc_tls_config *)freed), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
}

static void refuses_null(void) {
    hc_tls_builder *builder = builder_new();
    hc_error_detail detail = {0};

    CHECK_INT(hc_tls_builder_new(NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_add_roots(builder, NULL, 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_add_roots_file(builder, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_add_revocation_lists(builder, NULL, 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_add_revocation_lists_file(builder, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_set_client_certificate(builder, NULL, 1, "x", 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_set_client_certificate(builder, "x", 1, NULL, 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_set_client_certificate_files(builder, NULL, "x"), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_set_client_certificate_files(builder, "x", NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_add_pin(builder, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_trust_certificate(builder, NULL, 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_trust_certificate_file(builder, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_verify_name(builder, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_set_cipher_suites(builder, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_set_key_log_file(builder, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_set_key_log(builder, NULL, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_error_detail(builder, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_error_detail(builder, &detail), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_tls_builder_build(builder, NULL), HC_ERR_INVALID_ARGUMENT);
    refuses_to_build(builder, HC_ERR_INVALID_ARGUMENT, "NULL");
}

/* A thread that makes connections with a shared configuration; returns its first failure. */
static void *make_connections(void *shared) {
    static const hc_error none = HC_OK, some = HC_ERR_PANIC;
    const hc_tls_config *config = shared;
    int i;

    for (i = 0; i < 2000; i++) {
        hc_conn *conn = NULL;

        if (hc_conn_new_tls("127.0.0.1", 443, config, &conn) != HC_OK ||
            hc_conn_free(conn) != HC_OK) {
            return (void *)&some;
        }
    }
    return (void *)&none;
}

static void threads_share_a_configuration(void) {
    hc_tls_config *configs[2] = {NULL, built(trusting())};
    pthread_t threads[4];
    void *outcome;
    size_t which, i;

    for (which = 0; which < 2; which++) {
        for (i = 0; i < 4; i++) {
            REQUIRE(pthread_create(&threads[i], NULL, make_connections, configs[which]) == 0);
        }
        for (i = 0; i < 4; i++) {
            REQUIRE(pthread_join(threads[i], &outcome) == 0);
            CHECK_INT(*(const hc_error *)outcome, HC_OK);
        }
    }
    CHECK_INT(hc_tls_config_free(configs[1]), HC_OK);
}

/* A thread that makes connections until the configuration is gone; returns what told it. */
static void *make_connections_until_freed(void *shared) {
    static const hc_error gone = HC_ERR_INVALID_HANDLE, other = HC_ERR_PANIC;
    const hc_tls_config *config = shared;
    hc_error code = HC_OK;

    while (code == HC_OK) {
        hc_conn *conn = NULL;

        code = hc_conn_new_tls("127.0.0.1", 443, config, &conn);
        hc_conn_free(conn);
    }
    return (void *)(code == gone ? &gone : &other);
}

static void a_configuration_is_freed_while_threads_use_it(void) {
    hc_tls_config *config = built(trusting());
    pthread_t threads[4];
    void *outcome;
    hc_error code;
    size_t i;

    for (i = 0; i < 4; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, make_connections_until_freed, config) == 0);
    }
    do {
        code = hc_tls_config_free(config);
    } while (code == HC_ERR_BUSY);
    CHECK_INT(code, HC_OK);
    for (i = 0; i < 4; i++) {
        REQUIRE(pthread_join(threads[i], &outcome) == 0);
        CHECK_INT(*(const hc_error *)outcome, HC_ERR_INVALID_HANDLE);
    }
}

static void says_why_tls_cannot_be_put_on(void) {
    server *peer = serve("server");
    hc_tls_config *config = built(trusting());
    hc_conn *conn = connection("127.0.0.1", peer, config);
    hc_error_detail detail;

    CHECK_INT(hc_conn_set_tls(conn, config), HC_ERR_UNSUPPORTED);
    detail = conn_detail(conn);
    CHECK_INT(detail.code, HC_ERR_UNSUPPORTED);
    CHECK_INT(detail.phase, HC_PHASE_NONE);
    CHECK_STR(detail.message, "the connection has no transport of the program");
    CHECK_INT(exchange(conn, "/"), HC_OK);
    CHECK_INT(hc_conn_set_proxy_tls(conn, config), HC_ERR_STATE);
    detail = conn_detail(conn);
    CHECK_INT(detail.code, HC_ERR_STATE);
    CHECK_STR(detail.message, "the connection to the proxy is open already");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
    server_finish(peer);
}

/* A host that no certificate can be for is refused by its name, in whichever way it comes. */
static void odd_names(void) {
    static const char *const bad[] = {"",    ".",         "a b",       "a..b", "a.example..",
                                      "1.2.3", "*.example", "-a.example"};
    char label[65];
    size_t i;

    for (i = 0; i <= sizeof bad / sizeof bad[0]; i++) {
        const char *name = i < sizeof bad / sizeof bad[0] ? bad[i] : label;
        hc_tls_builder *builder = builder_new();

        memset(label, 'a', 64);
        label[64] = '\0';
        CHECK_INT(hc_tls_builder_set_sni(builder, name), HC_ERR_VALUE);
        CHECK_INT(hc_tls_builder_verify_name(builder, name), HC_ERR_VALUE);
        refuses_to_build(builder, HC_ERR_VALUE, "neither a host name nor an IP address");
    }
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(trusts_a_root_from_a_file),
        TEST(trusts_a_root_from_memory),
        TEST(trusts_the_systems_roots),
        TEST(knows_no_private_issuer_by_default),
        TEST(refuses_a_wrong_name),
        TEST(sends_another_sni),
        TEST(refuses_an_expired_certificate),
        TEST(trusts_exactly_one_certificate),
        TEST(compares_pins),
        TEST(consults_revocation_lists),
        TEST(follows_intermediate_certificates),
        TEST(tells_truncation_from_the_end),
        TEST(lets_a_session_just_end),
        TEST(tells_a_head_that_was_cut),
        TEST(tells_plain_http_apart),
        TEST_OF_SOCKETS(tells_a_peer_that_stalls),
        TEST(shows_a_client_certificate),
        TEST(shows_a_client_certificate_with_its_chain),
        TEST(sees_that_key_and_certificate_differ),
        TEST(logs_keys_when_asked),
        TEST(connections_outlive_their_configuration),
        TEST(counts_roots),
        TEST(remembers_failures),
        TEST(refuses_contradictions),
        TEST(refuses_what_is_no_builder),
        TEST(refuses_null),
        TEST(threads_share_a_configuration),
        TEST(a_configuration_is_freed_while_threads_use_it),
        TEST(says_why_tls_cannot_be_put_on),
        TEST(odd_names),
    };

    return RUN_TESTS_WITH_CERTIFICATES(tests, argc, argv);
}
