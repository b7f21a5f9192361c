/*
 * tunnel PROXY PORT HOST HOST-PORT TARGET [ROOTS.pem]: a HEAD request by HTTPS through a proxy, which sees
 * nothing but bytes: TLS is with HOST, which has to prove that it is that.
 */
#include "docs.h"
#include <stdlib.h>

int main(int argc, char **argv) {
    if (argc != 6 && argc != 7) {
        fputs("usage: tunnel PROXY PORT HOST HOST-PORT TARGET [ROOTS.pem]\n", stderr);
        return 2;
    }
    hc_tls_builder *builder = NULL;
    hc_tls_config *config = NULL;
    hc_conn *conn = NULL;
    hc_error err = HC_OK;
    if (argc == 7) {
        err = hc_tls_builder_new(&builder);
        if (!err) err = hc_tls_builder_add_roots_file(builder, argv[6]);
        if (!err) err = hc_tls_builder_build(builder, &config);
        if (err) {
            unusable(builder, err);
            hc_tls_builder_free(builder);
            return 1;
        }
    }
    if (!err) err = hc_conn_new_tls(argv[1], atoi(argv[2]), config, &conn);
    if (!err) err = hc_conn_set_tunnel(conn, argv[3], atoi(argv[4]), NULL);
    if (!err) err = hc_request(conn, "HEAD", argv[5], NULL, NULL, 0);
    err = err ? failed(conn, err) : print_response(conn, false);
    hc_conn_free(conn);
    hc_tls_config_free(config);
    hc_tls_builder_free(builder);
    return err != HC_OK;
}
