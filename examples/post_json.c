/*
 * post_json HOST PORT: sends JSON to http://HOST:PORT/echo with headers of its own, on a connection
 * that is used a second time, and shows the answers.
 */
#include <httpclient.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One request and its answer; the connection stays open in between if the server keeps it. */
static hc_error post(hc_conn *conn, const char *json) {
    const char *headers[] = {"Content-Type", "application/json", "Accept", "application/json", NULL};
    hc_response *response = NULL;
    const char *body = NULL;
    size_t len = 0;
    hc_error err = hc_request(conn, "POST", "/echo", headers, json, strlen(json));
    if (!err) err = hc_getresponse(conn, &response);
    if (err) {
        fprintf(stderr, "%s: %s\n", hc_error_name(err), hc_conn_error_message(conn));
        return err;
    }
    err = hc_response_read_all(response, 1 << 20, &body, &len);
    if (err) fprintf(stderr, "%s: %s\n", hc_error_name(err), hc_response_error_message(response));
    else printf("%d, %zu bytes:\n%s\n", (int)hc_response_status(response), len, body);
    hc_response_free(response);
    return err;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fputs("usage: post_json HOST PORT\n", stderr);
        return 2;
    }
    hc_conn *conn = NULL;
    hc_error err = hc_conn_new(argv[1], atoi(argv[2]), &conn);
    if (err) fprintf(stderr, "%s: %s\n", hc_error_name(err), hc_error_string(err));
    if (!err) err = hc_conn_set_timeout(conn, 10 * 1000);
    if (!err) err = post(conn, "{\"name\": \"first\"}");
    if (!err) err = post(conn, "{\"name\": \"second\"}");
    hc_conn_free(conn);
    return err != HC_OK;
}
