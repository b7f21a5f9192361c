/* What counts.sh measures: exchanges with nothing around them but a marker.
 *
 *     counts get|look-off|post|pieces PORT N
 *     counts reopen PORT N             each over a connection of its own
 *     counts open|resume PORT N        the same, and each has a handle of its own
 *     counts download PORT SIZE
 *
 * With HC_CA in the environment over TLS, trusting the authority in that file.
 *
 * The marker is a system call of this program that the library never makes: getppid before and after
 * what is counted. */
#define _POSIX_C_SOURCE 200809L

#include <httpclient.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void must(hc_error code, const char *what, const hc_conn *conn) {
    if (code != HC_OK) {
        fprintf(stderr, "counts: %s: %s: %s\n", what, hc_error_name(code),
                conn != NULL ? hc_conn_error_message(conn) : "");
        exit(1);
    }
}

static char body[1024];

/* Lends the body in halves. */
static int64_t lend(void *context, const void **piece) {
    int *lent = context;

    if (*lent == 2) {
        return 0;
    }
    *piece = body + sizeof body / 2 * (size_t)(*lent)++;
    return sizeof body / 2;
}

/* One exchange of 1 KiB, either way. */
static void exchange(hc_conn *conn, const char *mode) {
    static const char *const headers[] = {"Accept", "*/*", NULL};
    char buffer[2048];
    bool pieces = strcmp(mode, "pieces") == 0;
    bool post = pieces || strcmp(mode, "post") == 0;
    int lent = 0;
    size_t count = 0;
    hc_response *response = NULL;

    must(pieces ? hc_request_pieces(conn, "POST", "/count", headers, lend, &lent, HC_LENGTH_UNKNOWN)
         : post ? hc_request(conn, "POST", "/count", headers, body, sizeof body)
                : hc_request(conn, "GET", "/bytes/1k", headers, NULL, 0),
         "request", conn);
    must(hc_getresponse(conn, &response), "getresponse", conn);
    must(hc_response_read(response, buffer, sizeof buffer, &count), "read", conn);
    if (hc_response_status(response) != 200 || count != (post ? 4 : 1024) ||
        !hc_response_is_closed(response)) {
        fprintf(stderr, "counts: not the answer that was asked for\n");
        exit(1);
    }
    must(hc_response_free(response), "free", conn);
    if (strcmp(mode, "reopen") == 0) {
        must(hc_conn_close(conn), "close", conn);
    }
}

/* Reads in pieces of 1 MiB, and prints the peak of resident memory afterwards, in KiB. */
static void download(hc_conn *conn, unsigned long long size) {
    enum { PIECE = 1 << 20 };
    static char buffer[PIECE];
    char target[64];
    char line[128];
    unsigned long long total = 0;
    size_t count;
    hc_response *response = NULL;
    FILE *status;

    sprintf(target, "/bytes/%llu", size);
    must(hc_request(conn, "GET", target, NULL, NULL, 0), "request", conn);
    must(hc_getresponse(conn, &response), "getresponse", conn);
    getppid();
    do {
        must(hc_response_read(response, buffer, PIECE, &count), "read", conn);
        total += count;
    } while (count > 0);
    getppid();
    must(hc_response_free(response), "free", conn);
    if (total != size) {
        fprintf(stderr, "counts: %llu bytes of %llu\n", total, size);
        exit(1);
    }
    status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            printf("%d\n", atoi(line + 6));
        }
    }
    fclose(status);
}

/* Trusts the authority in that file; NULL for none. */
static hc_tls_config *configuration(const char *authority, bool resume) {
    hc_tls_builder *builder = NULL;
    hc_tls_config *config = NULL;

    if (authority == NULL) {
        return NULL;
    }
    must(hc_tls_builder_new(&builder), "builder", NULL);
    must(hc_tls_builder_add_roots_file(builder, authority), "roots", NULL);
    if (!resume) {
        must(hc_tls_builder_set_resumption(builder, 0), "resumption", NULL);
    }
    must(hc_tls_builder_build(builder, &config), "build", NULL);
    must(hc_tls_builder_free(builder), "free", NULL);
    return config;
}

static hc_conn *connection(int port, const hc_tls_config *config) {
    hc_conn *conn = NULL;

    if (config == NULL) {
        must(hc_conn_new("127.0.0.1", port, &conn), "new", NULL);
    } else {
        must(hc_conn_new_tls("127.0.0.1", port, config, &conn), "new", NULL);
    }
    return conn;
}

/* Exchanges over connections of their own, with all that opening and closing takes. */
static void open_each(int port, const hc_tls_config *config, int count) {
    int i;

    for (i = -1; i < count; i++) {
        hc_conn *conn;

        /* The first one is not counted: it brings the session that the others resume. */
        if (i == 0) {
            getppid();
        }
        conn = connection(port, config);
        exchange(conn, "GET");
        must(hc_conn_free(conn), "free", NULL);
    }
    getppid();
}

int main(int argc, char **argv) {
    hc_conn *conn;
    hc_tls_config *config;
    int i;

    if (argc < 4) {
        return 2;
    }
    config = configuration(getenv("HC_CA"), strcmp(argv[1], "open") != 0);
    if (strcmp(argv[1], "open") == 0 || strcmp(argv[1], "resume") == 0) {
        open_each(atoi(argv[2]), config, atoi(argv[3]));
        must(hc_tls_config_free(config), "free", NULL);
        return 0;
    }
    conn = connection(atoi(argv[2]), config);
    if (strcmp(argv[1], "download") == 0) {
        download(conn, strtoull(argv[3], NULL, 10));
    } else {
        if (strcmp(argv[1], "look-off") == 0) {
            must(hc_conn_set_stale_check(conn, HC_STALE_CHECK_NEVER), "set_stale_check", conn);
        }
        /* Buffers have their size after the first exchanges. */
        for (i = 0; i < 3; i++) {
            exchange(conn, argv[1]);
        }
        getppid();
        for (i = 0; i < atoi(argv[3]); i++) {
            exchange(conn, argv[1]);
        }
        getppid();
    }
    must(hc_conn_free(conn), "free", NULL);
    must(hc_tls_config_free(config), "free", NULL);
    return 0;
}
