/*
 * get HOST PORT TARGET MISSING: three GETs on one connection. TARGET is read whole, and then once more in
 * pieces of 200 bytes; MISSING is a target that the server does not have.
 */
#include "docs.h"
#include <stdlib.h>

static hc_error get(hc_conn *conn, const char *target) {
    hc_error err = hc_request(conn, "GET", target, NULL, NULL, 0);
    return err ? failed(conn, err) : print_response(conn, false);
}

/* A read of 0 bytes is the end of the body; a body that is cut short is an error instead. */
static hc_error get_in_pieces(hc_conn *conn, const char *target) {
    hc_response *response = NULL;
    char piece[200];
    size_t count;
    hc_error err = hc_request(conn, "GET", target, NULL, NULL, 0);
    if (!err) err = hc_getresponse(conn, &response);
    while (!err) {
        err = hc_response_read(response, piece, sizeof piece, &count);
        if (err || count == 0) break;
        printf("%zu ", count);
    }
    puts("");
    if (err) failed(conn, err);
    hc_response_free(response);
    return err;
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fputs("usage: get HOST PORT TARGET MISSING\n", stderr);
        return 2;
    }
    hc_conn *conn = NULL;
    hc_error err = hc_conn_new(argv[1], atoi(argv[2]), &conn);
    if (err) failed(NULL, err);
    if (!err) err = get(conn, argv[3]);
    if (!err) err = get_in_pieces(conn, argv[3]);
    /* A 404 is a response like any other, and no error. */
    if (!err) err = get(conn, argv[4]);
    hc_conn_free(conn);
    return err != HC_OK;
}
