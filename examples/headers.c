/*
 * headers URL: shows the head of a response, its headers by index and one by name, and the trailers
 * that may come after its body.
 */
#include <httpclient.h>
#include <stdio.h>

static void show(const hc_response *response) {
    size_t len = 0;
    const char *type = hc_response_getheader(response, "content-type", &len); /* in any case */
    printf("status %d (%s), content type %s\n", (int)hc_response_status(response),
           hc_response_reason(response, NULL), type != NULL ? type : "unknown");
    for (size_t i = 0; i < hc_response_header_count(response); i++) {
        const char *name, *value;
        hc_response_header_at(response, i, &name, NULL, &value, NULL);
        printf("%s = %s\n", name, value);
    }
}

static void show_trailers(const hc_response *response) {
    for (size_t i = 0; i < hc_response_trailer_count(response); i++) {
        const char *name, *value;
        hc_response_trailer_at(response, i, &name, NULL, &value, NULL);
        printf("trailer %s = %s\n", name, value);
    }
}

int main(int argc, char **argv) {
    hc_url url = {.size = sizeof url};
    if (argc != 2 || hc_url_parse(argv[1], &url) != HC_OK) {
        fprintf(stderr, "usage: headers URL%s%s\n", url.error_message != NULL ? ": " : "",
                url.error_message != NULL ? url.error_message : "");
        return 2;
    }
    hc_conn *conn = NULL;
    hc_response *response = NULL;
    hc_error err = hc_conn_new_url(argv[1], NULL, &conn);
    if (!err) err = hc_request_url(conn, "GET", argv[1], NULL, NULL, 0);
    if (!err) err = hc_getresponse(conn, &response);
    if (!err) show(response);

    /* Trailers stand behind the body: they are there once its end was read. */
    char block[4096];
    size_t count = 1;
    while (!err && count > 0) err = hc_response_read(response, block, sizeof block, &count);
    if (!err) show_trailers(response);

    if (err) fprintf(stderr, "%s: %s\n", hc_error_name(err), hc_conn_error_message(conn));
    hc_response_free(response);
    hc_conn_free(conn);
    return err != HC_OK;
}
