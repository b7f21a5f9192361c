/*
 * put HOST PORT TARGET TEXT: puts a text where the target says, and shows the answer.
 */
#include "docs.h"
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    if (argc != 5) {
        fputs("usage: put HOST PORT TARGET TEXT\n", stderr);
        return 2;
    }
    hc_conn *conn = NULL;
    hc_error err = hc_conn_new(argv[1], atoi(argv[2]), &conn);
    if (!err) err = hc_request(conn, "PUT", argv[3], NULL, argv[4], strlen(argv[4]));
    err = err ? failed(conn, err) : print_response(conn, true);
    hc_conn_free(conn);
    return err != HC_OK;
}
