/*
 * https HOST PORT TARGET [ROOTS.pem]: a GET and a HEAD by HTTPS on one connection. The server has to prove
 * that it is HOST, by Mozilla's roots or by those of a file.
 */
#include "docs.h"
#include <stdlib.h>

/* NULL is the default configuration. */
static hc_error trust(const char *roots, hc_tls_config **config) {
    hc_tls_builder *builder = NULL;
    hc_error err = hc_tls_builder_new(&builder);
    if (!err) err = hc_tls_builder_add_roots_file(builder, roots);
    if (!err) err = hc_tls_builder_build(builder, config);
    if (err) unusable(builder, err);
    hc_tls_builder_free(builder);
    return err;
}

int main(int argc, char **argv) {
    if (argc != 4 && argc != 5) {
        fputs("usage: https HOST PORT TARGET [ROOTS.pem]\n", stderr);
        return 2;
    }
    hc_tls_config *config = NULL;
    hc_conn *conn = NULL;
    if (argc == 5 && trust(argv[4], &config)) return 1;
    hc_error err = hc_conn_new_tls(argv[1], atoi(argv[2]), config, &conn);
    if (!err) err = hc_request(conn, "GET", argv[3], NULL, NULL, 0);
    err = err ? failed(conn, err) : print_response(conn, false);
    if (!err) {
        err = hc_request(conn, "HEAD", argv[3], NULL, NULL, 0);
        err = err ? failed(conn, err) : print_response(conn, false);
    }
    hc_conn_free(conn);
    hc_tls_config_free(config);
    return err != HC_OK;
}
