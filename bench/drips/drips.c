/* How long a call lasts whose peer puts its end off: bench/drips/run.sh starts it.
 *
 *     drips TLS_PORT CA       TLS_PORT: a server of testserver's with TLS; CA: the file of its root
 *
 * Each peer is to be given up when the timeout is over, and no later than 50 ms after that. Prints a row of a table for
 * each, and exits with 1 if one was late. */
#define _POSIX_C_SOURCE 200809L

#include <httpclient.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { TIMEOUT_MS = 500, LATE_MS = 50, DRIP_MS = 40 };

static int tls_port;
static hc_tls_config *config;
static bool late;

static double now(void) {
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void must(bool good, const char *what) {
    if (!good) {
        fprintf(stderr, "drips: %s\n", what);
        exit(2);
    }
}

static void pause_ms(int milliseconds) { poll(NULL, 0, milliseconds); }

/* --- Peers -------------------------------------------------------------------------------------- */

typedef enum kind { SILENT, SPOKEN_BYTES, HANDSHAKE_BYTES, RECORD_BYTES } kind;

typedef struct peer {
    kind kind;
    const char *first, *drops; /* SPOKEN_BYTES: what it says at once, and then over and over */
    int listener, port;
    pthread_t thread;
} peer;

static int connect_to(int port) {
    struct sockaddr_in address = {0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connecting");
    return fd;
}

/* Gives what comes from the server on, byte by byte with pauses where `slow` says so. */
static bool pass(int from, int to, bool slow) {
    char bytes[4096];
    ssize_t count = recv(from, bytes, sizeof bytes, 0), i;

    if (count <= 0) return false;
    if (!slow) return send(to, bytes, (size_t)count, MSG_NOSIGNAL) == count;
    for (i = 0; i < count; i++) {
        pause_ms(DRIP_MS);
        if (send(to, bytes + i, 1, MSG_NOSIGNAL) != 1) return false;
    }
    return true;
}

/* Between the client and the server with TLS. */
static void between(int client, kind kind) {
    struct pollfd fds[2] = {{client, POLLIN, 0}, {connect_to(tls_port), POLLIN, 0}};
    int flights = 0;

    for (;;) {
        poll(fds, 2, -1);
        if (fds[0].revents != 0) {
            flights++;
            if (!pass(client, fds[1].fd, false)) break;
        }
        /* The client's second flight has the request. */
        if (fds[1].revents != 0 && !pass(fds[1].fd, client, kind == HANDSHAKE_BYTES || flights > 1)) break;
    }
    close(fds[1].fd);
}

static void *serve(void *context) {
    peer *it = context;
    int client = accept(it->listener, NULL, NULL);
    char byte;
    size_t i;

    switch (it->kind) {
    case SILENT:
        while (recv(client, &byte, 1, 0) == 1) {
        }
        break;
    case SPOKEN_BYTES:
        send(client, it->first, strlen(it->first), MSG_NOSIGNAL);
        for (i = 0; send(client, it->drops + i % strlen(it->drops), 1, MSG_NOSIGNAL) == 1; i++) pause_ms(DRIP_MS);
        break;
    default:
        between(client, it->kind);
    }
    close(client);
    return NULL;
}

static void start(kind kind, peer *it) {
    struct sockaddr_in address = {0};
    socklen_t len = sizeof address;

    it->kind = kind;
    it->listener = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(bind(it->listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(it->listener, 1) == 0 &&
             getsockname(it->listener, (struct sockaddr *)&address, &len) == 0,
         "listening");
    it->port = ntohs(address.sin_port);
    must(pthread_create(&it->thread, NULL, serve, it) == 0, "a thread");
}

/* --- A transport of the program, which waits -------------------------------------------------------- */

static int64_t slow_read(void *context, void *buffer, size_t capacity) {
    (void)capacity;
    return recv(*(int *)context, buffer, 1, 0);
}

static int64_t whole_write(void *context, const void *data, size_t len) {
    return send(*(int *)context, data, len, MSG_NOSIGNAL);
}

static hc_conn *over_a_transport(int *fd) {
    hc_transport transport = {0};
    hc_conn *conn = NULL;

    transport.size = sizeof transport;
    transport.context = fd;
    transport.read = slow_read;
    transport.write = whole_write;
    transport.fd = -1;
    must(hc_conn_new_with_transport(&transport, "localhost", 443, &conn) == HC_OK, "a connection");
    must(hc_conn_set_tls(conn, config) == HC_OK, "TLS");
    return conn;
}

/* --- The table ------------------------------------------------------------------------------------ */

static hc_error get(hc_conn *conn) {
    hc_response *response = NULL;
    const char *body;
    size_t len;
    hc_error code = hc_request(conn, "GET", "/bytes/10000", NULL, NULL, 0);

    if (code == HC_OK) code = hc_getresponse(conn, &response);
    if (code == HC_OK) code = hc_response_read_all(response, 1 << 20, &body, &len);
    hc_response_free(response);
    return code;
}

static hc_error upload(hc_conn *conn) {
    static char body[16 << 20];

    return hc_request(conn, "PUT", "/", NULL, body, sizeof body);
}

static void on_alarm(int number) { (void)number; }

static void set_alarm(int milliseconds) {
    struct itimerval timer = {{0, milliseconds * 1000}, {0, milliseconds * 1000}};

    setitimer(ITIMER_REAL, &timer, NULL);
}

static void row(const char *what, hc_conn *conn, hc_error (*call)(hc_conn *)) {
    double start, took;
    hc_error code;

    must(hc_conn_set_timeout(conn, TIMEOUT_MS) == HC_OK, "a timeout");
    start = now();
    code = call(conn);
    took = now() - start;
    late |= took > (TIMEOUT_MS + LATE_MS) / 1e3 || !hc_error_is((int32_t)code, HC_ERR_TIMEOUT);
    printf("| %s | %.3f | %.3f | %s |\n", what, TIMEOUT_MS / 1e3, took, hc_error_name((int32_t)code));
    hc_conn_free(conn);
}

static void spoken(const char *what, const char *first, const char *drops, bool tunnel, hc_error (*call)(hc_conn *)) {
    peer it;
    hc_conn *conn = NULL;

    it.first = first;
    it.drops = drops;
    start(SPOKEN_BYTES, &it);
    must(hc_conn_new("127.0.0.1", it.port, &conn) == HC_OK, "a connection");
    if (tunnel) must(hc_conn_set_tunnel(conn, "far.example", 80, NULL) == HC_OK, "a tunnel");
    row(what, conn, call);
    pthread_join(it.thread, NULL);
    close(it.listener);
}

static void over_sockets(const char *what, kind kind, bool tls, hc_error (*call)(hc_conn *)) {
    peer it;
    hc_conn *conn = NULL;

    start(kind, &it);
    must((tls ? hc_conn_new_tls("localhost", it.port, config, &conn) : hc_conn_new("127.0.0.1", it.port, &conn)) ==
             HC_OK,
         "a connection");
    row(what, conn, call);
    pthread_join(it.thread, NULL);
    close(it.listener);
}

static hc_error get_nonblocking(hc_conn *conn) {
    must(hc_conn_connect(conn) == HC_OK, "connecting");
    must(fcntl(hc_conn_fileno(conn), F_SETFL, O_NONBLOCK) == 0, "O_NONBLOCK");
    return get(conn);
}

static hc_error get_under_signals(hc_conn *conn) {
    hc_error code;

    set_alarm(DRIP_MS);
    code = get(conn);
    set_alarm(0);
    return code;
}

int main(int argc, char **argv) {
    struct sigaction action = {0};
    hc_tls_builder *builder = NULL;
    sigset_t alarms;
    peer it;
    int fd;

    must(argc == 3, "drips TLS_PORT CA");
    tls_port = atoi(argv[1]);
    must(hc_tls_builder_new(&builder) == HC_OK && hc_tls_builder_add_roots_file(builder, argv[2]) == HC_OK &&
             hc_tls_builder_build(builder, &config) == HC_OK,
         "the configuration");
    /* Signals are for this thread: those of the peers have them blocked. */
    action.sa_handler = on_alarm;
    sigaction(SIGALRM, &action, NULL);
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);

    printf("| kind | timeout, s | ended after, s | with |\n|---|---|---|---|\n");
    over_sockets("a silent server", SILENT, false, get);
    pthread_sigmask(SIG_BLOCK, &alarms, NULL);
    start(SILENT, &it);
    pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
    {
        hc_conn *conn = NULL;

        must(hc_conn_new("127.0.0.1", it.port, &conn) == HC_OK, "a connection");
        row("a signal every 40 ms", conn, get_under_signals);
        pthread_join(it.thread, NULL);
    }
    over_sockets("a descriptor that the program made non-blocking", SILENT, false, get_nonblocking);
    spoken("an upload of which nothing is taken, a byte of the head every 40 ms", "HTTP/1.1 200 OK\r\nX: ", "x", false,
           upload);
    spoken("interim responses, a byte every 40 ms", "", "HTTP/1.1 103 Early Hints\r\n\r\n", false, get);
    spoken("a proxy's answer to CONNECT, a byte every 40 ms", "HTTP/1.1 200 OK\r\nX: ", "x", true, get);
    spoken("a chunk extension, a byte every 40 ms",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", "x", false, get);
    spoken("trailers, a byte every 40 ms", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", "x", false,
           get);
    over_sockets("a TLS handshake, a byte every 40 ms", HANDSHAKE_BYTES, true, get);
    over_sockets("a TLS record, a byte every 40 ms", RECORD_BYTES, true, get);
    start(HANDSHAKE_BYTES, &it);
    fd = connect_to(it.port);
    row("the same handshake over a transport of the program", over_a_transport(&fd), get);
    close(fd);
    pthread_join(it.thread, NULL);
    start(RECORD_BYTES, &it);
    fd = connect_to(it.port);
    row("the same record over a transport of the program", over_a_transport(&fd), get);
    close(fd);
    pthread_join(it.thread, NULL);
    hc_tls_config_free(config);
    hc_tls_builder_free(builder);
    return late;
}
