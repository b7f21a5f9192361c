/*
 * connections HOST PORT: makes connections to the same server in the four ways that HTTPConnection's
 * constructor has, and shows where each leads. Nothing is opened.
 */
#include "docs.h"
#include <stdlib.h>

/* The name alone has the default port; the port may stand in the text, or beside it. */
static hc_error show(const char *host, int port, int64_t timeout) {
    hc_conn *conn = NULL;
    hc_error err = hc_conn_new(host, port, &conn);
    if (!err) err = hc_conn_set_timeout(conn, timeout);
    if (err) failed(conn, err);
    else printf("%s %d, timeout %lld ms\n", hc_conn_host(conn, NULL), (int)hc_conn_port(conn),
                (long long)hc_conn_timeout(conn));
    hc_conn_free(conn);
    return err;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fputs("usage: connections HOST PORT\n", stderr);
        return 2;
    }
    char both[300];
    int port = atoi(argv[2]);
    snprintf(both, sizeof both, "%s:%d", argv[1], port);
    hc_error err = show(argv[1], HC_PORT_DEFAULT, HC_TIMEOUT_NONE);
    if (!err) err = show(both, HC_PORT_DEFAULT, HC_TIMEOUT_NONE);
    if (!err) err = show(argv[1], port, HC_TIMEOUT_NONE);
    if (!err) err = show(argv[1], port, 10 * 1000);
    return err != HC_OK;
}
