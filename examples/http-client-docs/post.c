/*
 * post HOST PORT TARGET NAME VALUE [NAME VALUE]...: sends a form by POST, with headers that say so, and shows
 * the answer.
 */
#include "docs.h"
#include <stdlib.h>

int main(int argc, char **argv) {
    if (argc < 6 || argc % 2) {
        fputs("usage: post HOST PORT TARGET NAME VALUE [NAME VALUE]...\n", stderr);
        return 2;
    }
    const char *headers[] = {"Content-type", "application/x-www-form-urlencoded",
                             "Accept", "text/plain", NULL};
    const char *const *fields = (const char *const *)(argv + 4); /* NULL is at the end of argv */
    hc_conn *conn = NULL;
    size_t len = 0;
    hc_url_encode_form(fields, NULL, 0, &len); /* how long it is */
    char *body = malloc(len + 1);
    hc_error err = body == NULL ? HC_ERR_NO_MEMORY : hc_url_encode_form(fields, body, len + 1, NULL);
    if (!err) err = hc_conn_new(argv[1], atoi(argv[2]), &conn);
    if (!err) err = hc_request(conn, "POST", argv[3], headers, body, len);
    err = err ? failed(conn, err) : print_response(conn, true);
    hc_conn_free(conn);
    free(body);
    return err != HC_OK;
}
