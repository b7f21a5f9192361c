/* What the programs of this folder share: saying why a call failed, and a whole response. */
#ifndef DOCS_H
#define DOCS_H

#include <httpclient.h>
#include <stdio.h>

/* A body of more than this is not for a terminal. */
enum { MOST = 16 << 20 };

/* Says why a call failed; `conn` is NULL where there is no connection yet. Returns the code. */
static inline hc_error failed(const hc_conn *conn, hc_error err) {
    fprintf(stderr, "%s: %s\n", hc_error_name(err), hc_conn_error_message(conn));
    return err;
}

/* Says why a TLS configuration cannot be made; `builder` is NULL where not even that is. */
static inline void unusable(const hc_tls_builder *builder, hc_error err) {
    fprintf(stderr, "%s: %s\n", hc_error_name(err),
            builder ? hc_tls_builder_error_message(builder) : hc_error_string(err));
}

/* Receives the response to the request just sent, and prints its status and reason, and the length of its
 * body; the body too if `show` is set. */
static inline hc_error print_response(hc_conn *conn, bool show) {
    hc_response *response = NULL;
    const char *body = NULL;
    size_t len = 0;
    hc_error err = hc_getresponse(conn, &response);
    if (!err) {
        printf("%d %s\n", (int)hc_response_status(response), hc_response_reason(response, NULL));
        err = hc_response_read_all(response, MOST, &body, &len);
    }
    if (err) {
        failed(conn, err);
    } else {
        printf("%zu bytes\n", len);
        if (show) fwrite(body, 1, len, stdout);
    }
    hc_response_free(response);
    return err;
}

#endif
