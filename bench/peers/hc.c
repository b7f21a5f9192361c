/* This library, as its header recommends for speed. */
#include "job.h"
#include <httpclient.h>

static hc_tls_config *config;

static void check(hc_error error, const hc_conn *conn) {
    if (error == HC_OK) return;
    fprintf(stderr, "hc: %s: %s\n", hc_error_name(error), conn ? hc_conn_error_message(conn) : "");
    exit(1);
}

static void trust(const char *ca) {
    hc_tls_builder *builder = NULL;
    check(hc_tls_builder_new(&builder), NULL);
    check(hc_tls_builder_add_roots_file(builder, ca), NULL);
    check(hc_tls_builder_build(builder, &config), NULL);
    hc_tls_builder_free(builder);
}

static hc_conn *make(const struct job *job) {
    hc_conn *conn = NULL;
    check(config ? hc_conn_new_tls("127.0.0.1", job->port, config, &conn)
                 : hc_conn_new("127.0.0.1", job->port, &conn), NULL);
    return conn;
}

int main(int argc, char **argv) {
    struct job job = job_from(argc, argv);
    static char piece[PIECE];
    if (job.ca) trust(job.ca);
    hc_conn *conn = make(&job);
    for (long i = 0; i < job.count; i++) {
        if (i > 0 && (job.fresh || job.idle)) conn = make(&job);
        check(hc_request(conn, job.post ? "POST" : "GET", job.path, NULL, job.post ? posted : NULL,
                         job.post ? sizeof posted : 0), conn);
        hc_response *response = NULL;
        check(hc_getresponse(conn, &response), conn);
        if (hc_response_status(response) != 200) exit(3);
        for (size_t count = 1; count;) check(hc_response_read(response, piece, PIECE, &count), conn);
        hc_response_free(response);
        if (job.connect) hc_conn_close(conn);
        if (job.fresh) hc_conn_free(conn);
    }
    job_end();
}
