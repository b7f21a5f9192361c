/* A program that gets something over HTTPS from 127.0.0.1: get PORT CAFILE. With OTHER it has another static
 * library in Rust in it, which panics first: each catches its own. */
#include <httpclient.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef OTHER
int other_answer(void);
#endif

int main(int argc, char **argv) {
    hc_tls_builder *builder = NULL;
    hc_tls_config *config = NULL;
    hc_conn *conn = NULL;
    hc_response *response = NULL;
    const char *body = NULL;
    size_t len = 0;
    hc_error err;

    if (argc != 3) {
        return 2;
    }
#ifdef OTHER
    if (other_answer() != 42) {
        puts("the other library's panic was not caught");
        return 1;
    }
#endif
    err = hc_tls_builder_new(&builder);
    if (!err) err = hc_tls_builder_add_roots_file(builder, argv[2]);
    if (!err) err = hc_tls_builder_build(builder, &config);
    if (!err) err = hc_conn_new_tls("127.0.0.1", atoi(argv[1]), config, &conn);
    if (!err) err = hc_request(conn, "GET", "/bytes/1000", NULL, NULL, 0);
    if (!err) err = hc_getresponse(conn, &response);
    if (!err) err = hc_response_read_all(response, 1 << 20, &body, &len);
    if (err) {
        printf("%s: %s\n", hc_error_name(err), conn ? hc_conn_error_message(conn) : "");
    }
    len = err ? 0 : len;
    hc_response_free(response);
    hc_conn_free(conn);
    hc_tls_config_free(config);
    hc_tls_builder_free(builder);
    return len == 1000 ? 0 : 1;
}
