/*
 * head HOST PORT TARGET: a HEAD request. Its response has headers and no body, whatever they say of its
 * length.
 */
#include "docs.h"
#include <stdlib.h>

int main(int argc, char **argv) {
    if (argc != 4) {
        fputs("usage: head HOST PORT TARGET\n", stderr);
        return 2;
    }
    hc_conn *conn = NULL;
    hc_error err = hc_conn_new(argv[1], atoi(argv[2]), &conn);
    if (!err) err = hc_request(conn, "HEAD", argv[3], NULL, NULL, 0);
    err = err ? failed(conn, err) : print_response(conn, false);
    hc_conn_free(conn);
    return err != HC_OK;
}
