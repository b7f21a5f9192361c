/* TLS sessions: what a handshake has settled, as the connection tells it. */
#define _POSIX_C_SOURCE 200809L

#include "tls_client.h"

static void tells_what_was_negotiated(void) {
    server *peer = serve("server");
    hc_tls_config *config = built(trusting());
    hc_conn *conn = connection("127.0.0.1", peer, config);
    const void *der = NULL;
    const char *text;
    size_t len = 0;

    CHECK_STR(hc_conn_tls_version(conn, &len), NULL);
    CHECK_INT(len, 0);
    CHECK_INT(exchange(conn, "/"), HC_OK);
    CHECK_STR(hc_conn_tls_version(conn, &len), "TLSv1.3");
    CHECK_INT(len, 7);
    text = hc_conn_tls_cipher_suite(conn, &len);
    CHECK(text != NULL && strncmp(text, "TLS_", 4) == 0 && strlen(text) == len);
    CHECK_STR(hc_conn_tls_group(conn, &len), "x25519");
    CHECK_INT(len, 6);
    CHECK_STR(hc_conn_tls_alpn(conn, &len), "http/1.1");
    CHECK_INT(len, 8);
    CHECK_STR(hc_conn_tls_peer_name(conn, &len), "127.0.0.1");
    CHECK_INT(len, 9);
    CHECK(!hc_conn_tls_resumed(conn));
    CHECK_INT(hc_conn_tls_peer_certificate_count(conn), 1);
    CHECK_INT(hc_conn_tls_peer_certificate(conn, 0, &der, &len), HC_OK);
    CHECK(len > 100 && *(const unsigned char *)der == 0x30);
    CHECK_INT(hc_conn_tls_peer_certificate(conn, 1, &der, &len), HC_ERR_INVALID_ARGUMENT);
    CHECK(der == NULL && len == 0);

    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_STR(hc_conn_tls_version(conn, NULL), NULL);
    CHECK_INT(hc_conn_tls_peer_certificate_count(conn), 0);
    hc_conn_free(conn);
    hc_tls_config_free(config);
    server_finish(peer);
}

/* The response has taken the stream, and still the connection knows. */
static void tells_after_the_stream_has_left(void) {
    server *peer = serve("server");
    hc_tls_config *config = built(trusting());
    hc_conn *conn = connection("localhost", peer, config);
    hc_response *response = NULL;
    const char *name;

    CHECK_INT(hc_request(conn, "GET", "/close", NULL, NULL, 0), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK(hc_response_will_close(response));
    CHECK(!hc_conn_is_open(conn));
    name = hc_conn_tls_peer_name(conn, NULL);
    CHECK_STR(name, "localhost");
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_STR(name, "localhost");
    CHECK_STR(hc_conn_tls_version(conn, NULL), "TLSv1.3");
    CHECK_INT(hc_conn_tls_peer_certificate_count(conn), 1);
    hc_conn_free(conn);
    hc_tls_config_free(config);
    server_finish(peer);
}

static void offers_what_was_asked_for(void) {
    static const char *const suites[] = {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", NULL};
    static const char *const protocols[] = {"x-none", "http/1.1", NULL};
    server *peer = serve("server");
    hc_tls_builder *builder = trusting();
    hc_tls_config *config;
    hc_conn *conn;

    CHECK_INT(hc_tls_builder_set_versions(builder, HC_TLS_1_2, HC_TLS_1_2), HC_OK);
    CHECK_INT(hc_tls_builder_set_cipher_suites(builder, suites), HC_OK);
    CHECK_INT(hc_tls_builder_set_alpn(builder, NULL), HC_OK);
    config = built(builder);
    conn = connection("127.0.0.1", peer, config);
    CHECK_INT(exchange(conn, "/"), HC_OK);
    CHECK_STR(hc_conn_tls_version(conn, NULL), "TLSv1.2");
    CHECK_STR(hc_conn_tls_cipher_suite(conn, NULL), suites[0]);
    CHECK_STR(hc_conn_tls_alpn(conn, NULL), NULL);
    hc_conn_free(conn);
    hc_tls_config_free(config);

    builder = trusting();
    CHECK_INT(hc_tls_builder_set_versions(builder, HC_TLS_1_3, HC_TLS_1_3), HC_OK);
    CHECK_INT(hc_tls_builder_set_alpn(builder, protocols), HC_OK);
    config = built(builder);
    conn = connection("127.0.0.1", peer, config);
    CHECK_INT(exchange(conn, "/"), HC_OK);
    CHECK_STR(hc_conn_tls_version(conn, NULL), "TLSv1.3");
    CHECK_STR(hc_conn_tls_alpn(conn, NULL), "http/1.1");
    hc_conn_free(conn);
    hc_tls_config_free(config);
    server_finish(peer);
}

/* Whether a second connection resumes the session of the first. */
static bool second_resumes(const server *peer, hc_tls_config *config) {
    hc_conn *first = connection("127.0.0.1", peer, config);
    hc_conn *second = connection("127.0.0.1", peer, config);
    bool resumed;

    CHECK_INT(exchange(first, "/"), HC_OK);
    CHECK(!hc_conn_tls_resumed(first));
    CHECK_INT(exchange(second, "/"), HC_OK);
    resumed = hc_conn_tls_resumed(second);
    CHECK_INT(hc_conn_tls_peer_certificate_count(second), 1);
    CHECK_STR(hc_conn_tls_peer_name(second, NULL), "127.0.0.1");
    hc_conn_free(first);
    hc_conn_free(second);
    hc_tls_config_free(config);
    return resumed;
}

static void resumes_sessions(void) {
    server *peer = serve("server");
    hc_tls_builder *builder = trusting();

    CHECK(second_resumes(peer, built(trusting())));
    CHECK_INT(hc_tls_builder_set_resumption(builder, 0), HC_OK);
    CHECK(!second_resumes(peer, built(builder)));
    builder = trusting();
    CHECK_INT(hc_tls_builder_set_versions(builder, HC_TLS_1_2, HC_TLS_1_2), HC_OK);
    CHECK(second_resumes(peer, built(builder)));
    server_finish(peer);
}

/* More than there is memory for, or than anybody needs, is refused, and what was set before holds. */
static void remembers_no_more_than_it_can(void) {
    static const size_t too_many[] = {65537, (size_t)1 << 30, SIZE_MAX};
    hc_tls_builder *builder = trusting();
    hc_tls_config *config = NULL;
    size_t i;

    CHECK_INT(hc_tls_builder_set_resumption(builder, 65536), HC_OK);
    CHECK_INT(hc_tls_builder_build(builder, &config), HC_OK);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
    hc_tls_builder_free(builder);
    for (i = 0; i < sizeof too_many / sizeof *too_many; i++) {
        builder = trusting();
        CHECK_INT(hc_tls_builder_set_resumption(builder, too_many[i]), HC_ERR_INVALID_ARGUMENT);
        /* A builder whose call has failed makes nothing. */
        CHECK_INT(hc_tls_builder_build(builder, &config), HC_ERR_INVALID_ARGUMENT);
        CHECK(config == NULL);
        hc_tls_builder_free(builder);
    }
}

static void tells_nothing_without_a_session(void) {
    hc_conn *conns[3] = {NULL, NULL, NULL};
    const void *der = "";
    size_t i, len = 1;

    CHECK_INT(hc_conn_new("127.0.0.1", 1, &conns[1]), HC_OK);
    CHECK_INT(hc_conn_new("127.0.0.1", 1, &conns[2]), HC_OK);
    CHECK_INT(hc_conn_free(conns[2]), HC_OK);
    for (i = 0; i < 3; i++) {
        CHECK(hc_conn_tls_version(conns[i], &len) == NULL && len == 0);
        CHECK(hc_conn_tls_cipher_suite(conns[i], NULL) == NULL);
        CHECK(hc_conn_tls_alpn(conns[i], NULL) == NULL);
        CHECK(hc_conn_tls_peer_name(conns[i], NULL) == NULL);
        CHECK(!hc_conn_tls_resumed(conns[i]));
        CHECK_INT(hc_conn_tls_peer_certificate_count(conns[i]), 0);
        CHECK_INT(hc_conn_tls_peer_certificate(conns[i], 0, &der, &len),
                  i == 2 ? HC_ERR_INVALID_HANDLE : HC_ERR_INVALID_ARGUMENT);
        CHECK(der == NULL && len == 0);
    }
    CHECK_INT(hc_conn_tls_peer_certificate(conns[1], 0, NULL, &len), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_tls_peer_certificate(conns[1], 0, &der, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_free(conns[1]), HC_OK);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(tells_what_was_negotiated),
        TEST(tells_after_the_stream_has_left),
        TEST(offers_what_was_asked_for),
        TEST(resumes_sessions),
        TEST(remembers_no_more_than_it_can),
        TEST(tells_nothing_without_a_session),
    };

    return RUN_TESTS_WITH_CERTIFICATES(tests, argc, argv);
}
