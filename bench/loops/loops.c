/* Measures the library in event loops: many connections in one thread, what an idle one costs in
 * memory, and how soon a deadline or a cancel ends each phase.
 *
 *     loops PLAIN_PORT CONNECTIONS TLS_PORT CONNECTIONS CA_FILE
 *
 * The exit status is 1 if an exchange failed or a target was missed. See bench/README.md. */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <fcntl.h>
#include <httpclient.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int missed;

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void sleep_ms(long ms) {
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static void judge(const char *what, double value, double target, const char *unit) {
    printf("  %-44s %10.2f %s (target: at most %.0f)%s\n", what, value, unit, target,
           value > target ? " MISSED" : "");
    missed += value > target;
}

/* --- Many connections ---------------------------------------------------------------------------- */

struct exchange {
    hc_conn *conn;
    hc_response *response;
    int sent;
};

static hc_error advance(struct exchange *e) {
    char buffer[4096];
    size_t count = 1;
    hc_error err = HC_OK;
    if (!e->sent) err = hc_request(e->conn, "GET", "/", NULL, NULL, 0);
    if (!err) e->sent = 1;
    if (!err && !e->response) err = hc_getresponse(e->conn, &e->response);
    while (!err && count > 0) err = hc_response_read(e->response, buffer, sizeof buffer, &count);
    return err;
}

/* Takes a step; returns whether the exchange is over. */
static int step(int epoll, struct exchange *e, size_t *errors) {
    hc_error err = advance(e);
    if (err == HC_WOULD_BLOCK) {
        uint32_t interest = hc_conn_interest(e->conn);
        struct epoll_event event = {.data.ptr = e};
        if (interest & HC_INTEREST_READ) event.events |= EPOLLIN;
        if (interest & HC_INTEREST_WRITE) event.events |= EPOLLOUT;
        if (epoll_ctl(epoll, EPOLL_CTL_MOD, hc_conn_fileno(e->conn), &event) != 0) {
            epoll_ctl(epoll, EPOLL_CTL_ADD, hc_conn_fileno(e->conn), &event);
        }
        return 0;
    }
    if (err != HC_OK) {
        if ((*errors)++ == 0) printf("  %s: %s\n", hc_error_name(err), hc_conn_error_message(e->conn));
    } else {
        epoll_ctl(epoll, EPOLL_CTL_DEL, hc_conn_fileno(e->conn), NULL);
    }
    hc_response_free(e->response);
    e->response = NULL;
    return 1;
}

static size_t run(int epoll, struct exchange *all, size_t count) {
    struct epoll_event ready[256];
    size_t left = count, errors = 0;
    for (size_t i = 0; i < count; i++) {
        all[i].sent = 0;
        left -= (size_t)step(epoll, &all[i], &errors);
    }
    while (left > 0) {
        int found = epoll_wait(epoll, ready, 256, 30000);
        if (found <= 0) {
            printf("  %lu exchanges hang\n", (unsigned long)left);
            return errors + left;
        }
        for (int i = 0; i < found; i++) {
            left -= (size_t)step(epoll, ready[i].data.ptr, &errors);
        }
    }
    return errors;
}

/* Bytes on the heap, as malloc counts them. */
static double heap(void) {
    struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

static double resident(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%*s %lu", &pages) != 1) pages = 0;
    if (file != NULL) fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void many(const char *what, int port, size_t count, hc_tls_config *config, double target) {
    struct exchange *all = calloc(count, sizeof *all);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    double before = heap(), resident_before = resident(), start, made;
    size_t errors = 0;
    printf("%s: %lu connections in one thread\n", what, (unsigned long)count);
    for (size_t i = 0; i < count; i++) {
        hc_error err = config ? hc_conn_new_tls("127.0.0.1", port, config, &all[i].conn)
                              : hc_conn_new("127.0.0.1", port, &all[i].conn);
        errors += err != HC_OK;
        hc_conn_set_timeout(all[i].conn, 0);
    }
    made = heap();
    start = now_ms();
    errors += run(epoll, all, count);
    printf("  first exchange on each, connecting included   %8.0f ms\n", now_ms() - start);
    printf("  heap of a connection before it is opened      %8.0f bytes\n",
           (made - before) / (double)count);
    judge("heap of an idle connection", (heap() - before) / (double)count, target, "bytes");
    printf("  resident memory of the process for each       %8.0f bytes\n",
           (resident() - resident_before) / (double)count);
    start = now_ms();
    errors += run(epoll, all, count);
    printf("  second exchange on each                       %8.0f ms\n", now_ms() - start);
    judge("heap of an idle connection after that", (heap() - before) / (double)count, target,
          "bytes");
    judge("errors", (double)errors, 0, "");
    for (size_t i = 0; i < count; i++) hc_conn_free(all[i].conn);
    printf("  heap that stays when all are freed            %8.0f bytes\n", heap() - before);
    close(epoll);
    free(all);
}

/* --- Deadlines and cancels ------------------------------------------------------------------------ */

enum { LOOKUP, CONNECT, TUNNEL, HANDSHAKE, SEND, HEAD, BODY, PHASES };
enum { SAMPLES = 100, DEADLINE = 10, LARGE = 16 << 20 };

static const char *const names[] = {"lookup", "connect", "tunnel", "handshake", "send", "head", "body"};

static int mute, full, talker; /* ports */

static int listener(int backlog, int *port) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (struct sockaddr *)&address, len) || listen(fd, backlog) ||
        getsockname(fd, (struct sockaddr *)&address, &len)) {
        perror("listen");
        exit(2);
    }
    *port = ntohs(address.sin_port);
    return fd;
}

/* Connects until the queue of a listener is full. */
static void fill(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (;;) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct pollfd entry = {fd, POLLOUT, 0};
        if (connect(fd, (struct sockaddr *)&address, sizeof address) && !poll(&entry, 1, 200)) return;
    }
}

/* Takes connections and never says a word, or only a response's head. */
static void *serve(void *context) {
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
    int *server = context;
    int last[16] = {0};
    for (unsigned turn = 0;; turn++) {
        int fd = accept(server[0], NULL, NULL);
        /* A client that is gone by now needs its end no longer. */
        if (last[turn % 16] > 0) close(last[turn % 16]);
        last[turn % 16] = fd;
        if (server[1] && send(fd, head, sizeof head - 1, MSG_NOSIGNAL) < 0) continue;
    }
    return NULL;
}

static int64_t look_up_slowly(void *context, const char *host, char *addresses, size_t capacity) {
    (void)context, (void)host, (void)addresses, (void)capacity;
    sleep_ms(300);
    return -1;
}

/* Comes to a phase, and stays there until something ends it. */
static hc_error stay(int phase, hc_conn *conn, hc_response **response) {
    static const char large[LARGE];
    const char *body;
    size_t len;
    hc_error err;
    if (phase < SEND) return hc_conn_connect(conn);
    if (phase == SEND) return hc_request(conn, "PUT", "/", NULL, large, sizeof large);
    err = hc_request(conn, "GET", "/", NULL, NULL, 0);
    if (!err) err = hc_getresponse(conn, response);
    if (!err) err = hc_response_read_all(*response, 100, &body, &len);
    return err;
}

struct canceller {
    hc_cancel_handle *handle;
    double at;
};

static void *cancel_later(void *context) {
    struct canceller *c = context;
    sleep_ms(DEADLINE);
    c->at = now_ms();
    hc_cancel(c->handle);
    return NULL;
}

/* How late a deadline (or a cancel) ended a phase, in milliseconds. */
static double sample(int phase, int cancelled, hc_tls_config *config) {
    int port = phase == CONNECT ? full : phase == BODY ? talker : mute;
    struct canceller canceller = {NULL, 0};
    hc_conn *conn = NULL;
    hc_response *response = NULL;
    pthread_t thread;
    double end;
    hc_error err = phase == HANDSHAKE ? hc_conn_new_tls("127.0.0.1", port, config, &conn)
                   : hc_conn_new(phase == LOOKUP ? "slow.example" : "127.0.0.1", port, &conn);
    if (phase == LOOKUP) hc_conn_set_resolver(conn, look_up_slowly, NULL, NULL);
    if (phase == TUNNEL) hc_conn_set_tunnel(conn, "far.example", 80, NULL);
    if (cancelled) {
        if (!err) err = hc_cancel_new(&canceller.handle);
        hc_conn_set_cancel(conn, canceller.handle);
        pthread_create(&thread, NULL, cancel_later, &canceller);
    } else {
        canceller.at = now_ms() + DEADLINE;
        hc_conn_set_deadline(conn, DEADLINE);
    }
    if (!err) err = stay(phase, conn, &response);
    end = now_ms();
    if (cancelled) pthread_join(thread, NULL);
    if (err != (cancelled ? HC_ERR_CANCELLED : HC_ERR_DEADLINE)) {
        printf("  %s: %s\n", names[phase], hc_error_name(err));
        missed++;
    }
    hc_response_free(response);
    hc_conn_free(conn);
    hc_cancel_free(canceller.handle);
    return end - canceller.at;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void latencies(int cancelled, hc_tls_config *config) {
    printf("%s: how late it ends each phase, 99th percentile of %d\n",
           cancelled ? "cancel" : "deadline", SAMPLES);
    for (int phase = 0; phase < PHASES; phase++) {
        double late[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) late[i] = sample(phase, cancelled, config);
        qsort(late, SAMPLES, sizeof late[0], ascending);
        judge(names[phase], late[SAMPLES * 99 / 100 - 1], 50, "ms");
    }
}

int main(int argc, char **argv) {
    static int quiet_server[2], talking_server[2] = {0, 1};
    struct rlimit limit;
    hc_tls_builder *builder = NULL;
    hc_tls_config *config = NULL;
    pthread_t thread;
    if (argc != 6 || hc_tls_builder_new(&builder) || hc_tls_builder_add_roots_file(builder, argv[5]) ||
        hc_tls_builder_build(builder, &config)) {
        fprintf(stderr, "usage: loops PLAIN_PORT CONNECTIONS TLS_PORT CONNECTIONS CA_FILE\n");
        return 2;
    }
    hc_tls_builder_free(builder);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);

    many("plain", atoi(argv[1]), strtoul(argv[2], NULL, 10), NULL, 1536);
    many("TLS", atoi(argv[3]), strtoul(argv[4], NULL, 10), config, 6144);

    quiet_server[0] = listener(128, &mute);
    talking_server[0] = listener(128, &talker);
    listener(0, &full);
    fill(full);
    pthread_create(&thread, NULL, serve, quiet_server);
    pthread_create(&thread, NULL, serve, talking_server);
    latencies(0, config);
    latencies(1, config);
    hc_tls_config_free(config);
    printf("%d targets missed\n", missed);
    return missed > 0;
}
