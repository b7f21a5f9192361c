#include <httpclient.h>
#include <stdio.h>

int main(void) {
    hc_conn *conn = NULL;
    hc_response *response = NULL;
    const char *body = NULL;
    size_t len = 0;
    hc_error err = hc_conn_new_tls("www.example.org", HC_PORT_DEFAULT, NULL, &conn);
    if (!err) err = hc_request(conn, "GET", "/", NULL, NULL, 0);
    if (!err) err = hc_getresponse(conn, &response);
    if (!err) err = hc_response_read_all(response, 1 << 20, &body, &len);
    if (err) fprintf(stderr, "%s: %s\n", hc_error_name(err), hc_conn_error_message(conn));
    else printf("%d, %zu bytes:\n%s\n", (int)hc_response_status(response), len, body);
    hc_response_free(response);
    hc_conn_free(conn);
    return err != HC_OK;
}
