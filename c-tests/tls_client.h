/* What the tests of TLS share: servers that show a certificate, configurations, connections. Functions
 * are inline so that a test may leave some of them unused. */
#ifndef TLS_CLIENT_H
#define TLS_CLIENT_H

#include "certificates.h"
#include "client.h"

/* A server with routes that shows the certificate of that name, and demands one by `client_ca`. */
static inline server *serve_to(const char *name, const char *client_ca) {
    path chain, key, ca;
    const char *options[6] = {"--tls"};

    snprintf(chain.text, sizeof chain.text, "%s/%s.pem", folder, name);
    snprintf(key.text, sizeof key.text, "%s/%s.key", folder, name);
    options[1] = chain.text;
    options[2] = key.text;
    if (client_ca != NULL) {
        ca = in_folder(client_ca);
        options[3] = "--client-ca";
        options[4] = ca.text;
    }
    return server_serve(options);
}

static inline server *serve(const char *name) { return serve_to(name, NULL); }

static inline hc_tls_builder *builder_new(void) {
    hc_tls_builder *builder = NULL;

    CHECK_INT(hc_tls_builder_new(&builder), HC_OK);
    return builder;
}

/* A builder that trusts the test's root. */
static inline hc_tls_builder *trusting(void) {
    hc_tls_builder *builder = builder_new();

    CHECK_INT(hc_tls_builder_add_roots_file(builder, FILE_AT("ca.pem")), HC_OK);
    return builder;
}

/* Builds and frees. */
static inline hc_tls_config *built(hc_tls_builder *builder) {
    hc_tls_config *config = NULL;

    if (!CHECK_INT(hc_tls_builder_build(builder, &config), HC_OK)) {
        printf("    %s\n", hc_tls_builder_error_message(builder));
    }
    CHECK_INT(hc_tls_builder_free(builder), HC_OK);
    return config;
}

static inline hc_conn *connection(const char *host, const server *peer, const hc_tls_config *config) {
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new_tls(host, server_port(peer), config, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    return conn;
}

/* One exchange to its end. A server that misses a client's certificate may say so at any step. */
static inline hc_error exchange(hc_conn *conn, const char *target) {
    hc_response *response = NULL;
    const char *body;
    size_t len;
    hc_error code = hc_request(conn, "GET", target, NULL, NULL, 0);

    if (code == HC_OK) {
        code = hc_getresponse(conn, &response);
    }
    if (code == HC_OK) {
        CHECK_INT(hc_response_status(response), 200);
        code = hc_response_read_all(response, 1 << 20, &body, &len);
    }
    hc_response_free(response);
    return code;
}

#endif
