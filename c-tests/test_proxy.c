/* Proxies: CONNECT through a small real proxy of this program's own, to testserver, plain and with TLS;
 * proxies that refuse, that say too much, and that are spoken to by TLS themselves. */
#define _POSIX_C_SOURCE 200809L

#include "certificates.h"
#include "client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

/* --- A proxy for one connection ----------------------------------------------------------------- */

typedef struct proxy {
    pthread_t thread;
    int listener;
    int port;
    /* What it was asked, NUL-terminated. */
    char head[2048];
    /* What the client sent first through the tunnel. */
    char first[16];
} proxy;

static bool send_all(int fd, const char *data, size_t len) {
    while (len > 0) {
        ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);

        if (sent <= 0) {
            return false;
        }
        data += sent;
        len -= (size_t)sent;
    }
    return true;
}

static int connect_port(int port) {
    struct sockaddr_in address = {0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Moves bytes both ways until one side ends. */
static void splice(proxy *it, int client, int target) {
    struct pollfd ends[2] = {{client, POLLIN, 0}, {target, POLLIN, 0}};
    char data[16384];
    int i;

    while (poll(ends, 2, PATIENCE_MS) > 0) {
        for (i = 0; i < 2; i++) {
            ssize_t count = ends[i].revents ? recv(ends[i].fd, data, sizeof data, 0) : -2;

            if (count == -2) {
                continue;
            }
            if (count <= 0 || !send_all(ends[1 - i].fd, data, (size_t)count)) {
                return;
            }
            if (i == 0 && it->first[0] == '\0') {
                memcpy(it->first, data, count < 15 ? (size_t)count : 15);
            }
        }
    }
}

static void *serve(void *context) {
    proxy *it = context;
    int client = accept(it->listener, NULL, NULL);
    int target = -1;
    size_t have = 0;
    const char *colon;

    while (have < sizeof it->head - 1 && strstr(it->head, "\r\n\r\n") == NULL) {
        if (recv(client, it->head + have, 1, 0) != 1) {
            break;
        }
        it->head[++have] = '\0';
    }
    colon = strchr(it->head, ':');
    if (strncmp(it->head, "CONNECT ", 8) == 0 && colon != NULL) {
        target = connect_port(atoi(colon + 1));
    }
    if (target >= 0) {
        static const char reply[] = "HTTP/1.1 200 Connected\r\nX-Proxy: mine\r\n\r\n";

        send_all(client, reply, sizeof reply - 1);
        splice(it, client, target);
        close(target);
    }
    close(client);
    return NULL;
}

static void proxy_start(proxy *it) {
    struct sockaddr_in address = {0};
    socklen_t len = sizeof address;

    memset(it, 0, sizeof *it);
    it->listener = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(it->listener, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_INT(listen(it->listener, 4), 0);
    CHECK_INT(getsockname(it->listener, (struct sockaddr *)&address, &len), 0);
    it->port = ntohs(address.sin_port);
    CHECK_INT(pthread_create(&it->thread, NULL, serve, it), 0);
}

static void proxy_finish(proxy *it) {
    CHECK_INT(pthread_join(it->thread, NULL), 0);
    close(it->listener);
}

/* --- Tests --------------------------------------------------------------------------------------- */

static hc_tls_config *trusting(const char *ca) {
    hc_tls_builder *builder = NULL;
    hc_tls_config *config = NULL;

    CHECK_INT(hc_tls_builder_new(&builder), HC_OK);
    CHECK_INT(hc_tls_builder_add_roots_file(builder, FILE_AT(ca)), HC_OK);
    CHECK_INT(hc_tls_builder_build(builder, &config), HC_OK);
    CHECK_INT(hc_tls_builder_free(builder), HC_OK);
    return config;
}

static server *tls_server(void) {
    path chain = in_folder("server.pem"), key = in_folder("server.key");
    const char *options[] = {"--tls", NULL, NULL, NULL};

    options[1] = chain.text;
    options[2] = key.text;
    return server_serve(options);
}

static void plain_through_a_tunnel(void) {
    const char *headers[] = {"Proxy-Authorization", "Basic eDp5", NULL};
    server *peer = server_serve(NULL);
    hc_conn *conn = NULL;
    const char *name, *value;
    size_t len;
    proxy it;
    char expected[128];

    proxy_start(&it);
    CHECK_INT(hc_conn_new("127.0.0.1", it.port, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_conn_proxy_status(conn), 0);
    CHECK_INT(hc_conn_set_tunnel(conn, "localhost", server_port(peer), headers), HC_OK);
    CHECK_STR(hc_conn_tunnel_host(conn, NULL), "localhost");
    CHECK_INT(hc_conn_tunnel_port(conn), server_port(peer));
    CHECK_INT(hc_conn_tunnel_header_count(conn), 2);
    CHECK_INT(hc_conn_tunnel_header_at(conn, 0, &name, NULL, &value, &len), HC_OK);
    CHECK_STR(name, "Proxy-Authorization");
    CHECK_STR(value, "Basic eDp5");
    CHECK_INT(len, 10);
    CHECK_INT(hc_conn_tunnel_header_at(conn, 1, &name, &len, &value, NULL), HC_OK);
    CHECK_STR(name, "Host");
    CHECK_INT(len, 4);
    sprintf(expected, "localhost:%d", server_port(peer));
    CHECK_STR(value, expected);
    CHECK_INT(hc_conn_tunnel_header_at(conn, 2, &name, NULL, &value, NULL),
              HC_ERR_INVALID_ARGUMENT);
    CHECK(name == NULL && value == NULL);
    sprintf(expected,
            "GET /echo HTTP/1.1\nHost: localhost:%d\nAccept-Encoding: identity\n\n",
            server_port(peer));
    CHECK_GET(conn, "/echo", 200, expected);
    /* Kept alive through the tunnel, and no second CONNECT. */
    CHECK_GET(conn, "/echo", 200, expected);
    CHECK_INT(hc_conn_proxy_status(conn), 200);
    CHECK_INT(hc_conn_proxy_header_count(conn), 1);
    CHECK_INT(hc_conn_proxy_header_at(conn, 0, &name, NULL, &value, NULL), HC_OK);
    CHECK_STR(name, "X-Proxy");
    CHECK_STR(value, "mine");
    CHECK_INT(hc_conn_set_tunnel(conn, "other", 80, NULL), HC_ERR_STATE);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    proxy_finish(&it);
    sprintf(expected,
            "CONNECT localhost:%d HTTP/1.1\r\nProxy-Authorization: Basic eDp5\r\n"
            "Host: localhost:%d\r\n\r\n",
            server_port(peer), server_port(peer));
    CHECK_STR(it.head, expected);
    server_finish(peer);
}

static void tls_through_a_tunnel(void) {
    server *peer = tls_server();
    hc_tls_config *config = trusting("ca.pem");
    hc_conn *conn = NULL;
    hc_response *response;
    proxy it;

    proxy_start(&it);
    CHECK_INT(hc_conn_new_tls("127.0.0.1", it.port, config, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_conn_set_tunnel(conn, "localhost", server_port(peer), NULL), HC_OK);
    response = get(conn, "/bytes/3");
    CHECK_STR(hc_conn_tls_peer_name(conn, NULL), "localhost");
    CHECK_INT(hc_response_status(response), 200);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    proxy_finish(&it);
    /* A handshake record, and nothing of the request in the clear. */
    CHECK_INT(it.first[0], 0x16);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
    server_finish(peer);
}

/* The program brings the stream to the proxy; the CONNECT and the TLS inside are the library's. */
static void through_a_transport(bool tls) {
    server *peer = tls ? tls_server() : server_serve(NULL);
    hc_tls_config *config = tls ? trusting("ca.pem") : NULL;
    hc_transport functions;
    hc_conn *conn = NULL;
    proxy it;
    char expected[64];

    proxy_start(&it);
    REQUIRE(connect_transport(it.port, &functions));
    CHECK_INT(hc_conn_new_with_transport(&functions, "proxy.test", 3128, &conn), HC_OK);
    if (tls) {
        CHECK_INT(hc_conn_set_tls(conn, config), HC_OK);
        CHECK_INT(hc_tls_config_free(config), HC_OK);
    }
    CHECK_INT(hc_conn_set_tunnel(conn, "localhost", server_port(peer), NULL), HC_OK);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(hc_conn_proxy_status(conn), 200);
    CHECK_STR(hc_conn_tls_peer_name(conn, NULL), tls ? "localhost" : NULL);
    CHECK_GET(conn, "/status/404", 404, "404\n");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    proxy_finish(&it);
    sprintf(expected, "CONNECT localhost:%d HTTP/1.1\r\n", server_port(peer));
    CHECK_MEM(it.head, strlen(expected), expected, strlen(expected));
    CHECK_INT(it.first[0], tls ? 0x16 : 'G');
    server_finish(peer);
}

static void plain_through_a_tunnel_over_a_transport(void) { through_a_transport(false); }

static void tls_through_a_tunnel_over_a_transport(void) { through_a_transport(true); }

/* A name beyond ASCII is asked for, and has to be proved, in its xn-- form. */
static void a_name_beyond_ascii_behind_the_tunnel(void) {
    server *peer = tls_server();
    hc_tls_config *config = trusting("ca.pem");
    hc_conn *conn = NULL;
    char expected[128];
    proxy it;

    if (!(hc_features() & HC_FEATURE_IDNA)) {
        server_finish(peer);
        return;
    }
    proxy_start(&it);
    CHECK_INT(hc_conn_new_tls("127.0.0.1", it.port, config, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_conn_set_tunnel(conn, "\xce\xb4\xcf\x80\xce\xb8.gr", server_port(peer), NULL), HC_OK);
    CHECK_STR(hc_conn_tunnel_host(conn, NULL), "\xce\xb4\xcf\x80\xce\xb8.gr");
    CHECK_INT(send_get(conn, "/"), HC_ERR_TLS_NAME_MISMATCH);
    CHECK(strstr(hc_conn_error_message(conn), "xn--pxaix.gr") != NULL);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    proxy_finish(&it);
    sprintf(expected, "CONNECT xn--pxaix.gr:%d HTTP/1.1\r\nHost: xn--pxaix.gr:%d\r\n\r\n",
            server_port(peer), server_port(peer));
    CHECK_STR(it.head, expected);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
    server_finish(peer);
}

/* The certificate is the server's, not the proxy's, and is for another name. */
static void a_wrong_name_behind_the_tunnel(void) {
    server *peer = tls_server();
    hc_tls_config *config = trusting("ca.pem");
    hc_conn *conn = NULL;
    proxy it;

    proxy_start(&it);
    CHECK_INT(hc_conn_new_tls("127.0.0.1", it.port, config, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_conn_set_tunnel(conn, "elsewhere.test", server_port(peer), NULL), HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_ERR_TLS_NAME_MISMATCH);
    CHECK(!hc_conn_is_open(conn));
    CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    proxy_finish(&it);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
    server_finish(peer);
}

/* No request goes out after such a reply; the next one asks the proxy again. Its status is known only if
 * its head was good. */
static void refuses_tunnel(const char *reply, hc_error code, const char *message, int32_t status) {
    static const char head[] =
        "expect \"CONNECT h.test:443 HTTP/1.1|Host: h.test:443||\"\n";
    char script[1024];
    server *peer;
    hc_conn *conn = NULL;

    sprintf(script,
            "%ssend \"%s\"\nshutdown\nwait-close\nconnection\n%ssend \"%s\"\nshutdown\nwait-close\n",
            head, reply, head, reply);
    peer = server_start(script);
    CHECK_INT(hc_conn_new_tls("127.0.0.1", server_port(peer), NULL, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_conn_set_tunnel(conn, "h.test", HC_PORT_DEFAULT, NULL), HC_OK);
    CHECK_INT(send_get(conn, "/secret"), code);
    CHECK(!hc_conn_is_open(conn));
    CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    CHECK_INT(send_get(conn, "/secret"), code);
    if (message != NULL) {
        CHECK_STR(hc_conn_error_message(conn), message);
    }
    CHECK_INT(hc_conn_proxy_status(conn), status);
    end(conn, peer);
}

static void proxies_that_fail(void) {
    refuses_tunnel("HTTP/1.1 407 Who|Content-Length: 0||", HC_ERR_TUNNEL,
                   "Tunnel connection failed: 407 Who", 407);
    refuses_tunnel("HTTP/1.1 407||", HC_ERR_TUNNEL, "Tunnel connection failed: 407", 407);
    refuses_tunnel("HTTP/1.1 300 Many||", HC_ERR_TUNNEL, "Tunnel connection failed: 300 Many", 300);
    refuses_tunnel("HTTP/1.1 101 Switching||", HC_ERR_TUNNEL, "Tunnel connection failed: 101 Switching", 101);
    refuses_tunnel("SSH-2.0-x|", HC_ERR_BAD_STATUS_LINE, NULL, 0);
    refuses_tunnel("HTTP/1.1 200 OK|bad||", HC_ERR_BAD_HEADER, NULL, 0);
    refuses_tunnel("HTTP/1.1 200 OK|", HC_ERR_INCOMPLETE_READ, NULL, 0);
}

/* In one receive with the reply, where nobody can have answered a handshake. */
static void a_proxy_that_says_too_much(void) {
    refuses_tunnel("HTTP/1.1 200 OK||HTTP/1.1 200 OK|", HC_ERR_TUNNEL, NULL, 200);
}

/* What failed, and where, is told: the proxy, or what is behind it. */
static void the_message_says_who_failed(const char *reply, bool tls, hc_error code, int32_t phase, const char *message) {
    char script[1024], expected[512];
    server *peer;
    hc_conn *conn = NULL;
    hc_response *response = NULL;
    hc_error_detail detail = {.size = sizeof detail};
    hc_error err;

    sprintf(script, "read-head\n%s\nhold\n", reply);
    peer = server_start(script);
    CHECK_INT(tls ? hc_conn_new_tls("127.0.0.1", server_port(peer), NULL, &conn)
                  : hc_conn_new("127.0.0.1", server_port(peer), &conn),
              HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_conn_set_tunnel(conn, "h.test", HC_PORT_DEFAULT, NULL), HC_OK);
    err = send_get(conn, "/");
    if (err == HC_OK) err = hc_getresponse(conn, &response);
    CHECK_INT(err, code);
    sprintf(expected, message, server_port(peer));
    CHECK_STR(hc_conn_error_message(conn), expected);
    CHECK_INT(hc_conn_error_detail(conn, &detail), HC_OK);
    CHECK_INT(detail.phase, phase);
    end(conn, peer);
}

static void messages_of_tunnels(void) {
    static const char closed[] = "the proxy closed the connection without an answer to CONNECT: is it a proxy?";

    the_message_says_who_failed("shutdown", false, HC_ERR_REMOTE_DISCONNECTED, HC_PHASE_OPENING, closed);
    the_message_says_who_failed("shutdown", true, HC_ERR_REMOTE_DISCONNECTED, HC_PHASE_OPENING, closed);
    the_message_says_who_failed("send \"HTTP/1.1 200 OK|A\"\nshutdown", true, HC_ERR_INCOMPLETE_READ, HC_PHASE_OPENING,
                                "the proxy's answer to CONNECT: the stream ended inside the response head");
    the_message_says_who_failed("send \"HTTP/1.1 200 OK||\"\nshutdown", true, HC_ERR_TLS_TRUNCATED, HC_PHASE_OPENING,
                                "the peer closed the connection during the TLS handshake, behind the tunnel through "
                                "127.0.0.1:%d");
    the_message_says_who_failed("send \"HTTP/1.1 200 OK||\"\nread-head\nshutdown", false, HC_ERR_REMOTE_DISCONNECTED,
                                HC_PHASE_HEAD,
                                "Remote end closed connection without response, behind the tunnel through "
                                "127.0.0.1:%d");
}

static void a_page_instead_of_a_tunnel(void) {
    the_message_says_who_failed("send \"HTTP/1.1 200 OK|Content-Length: 6||hello|\"", true, HC_ERR_TUNNEL,
                                HC_PHASE_OPENING,
                                "the proxy sent 'hello\\r\\n' behind its answer to CONNECT: is it a proxy?");
}

/* RFC 9110 sections 15.2 and 9.3.6. */
static void interim_answers_and_any_success(void) {
    server *peer = server_start("expect \"CONNECT h.test:80 HTTP/1.1|Host: h.test:80||\"\n"
                                "send \"HTTP/1.1 100 Continue||HTTP/1.1 102 Processing||\"\n"
                                "send \"HTTP/1.1 103 Early Hints|Link: x||HTTP/1.1 299 Fine|X-Proxy: it||\"\n"
                                "expect \"GET / HTTP/1.1|Host: h.test|Accept-Encoding: identity||\"\n"
                                "send \"HTTP/1.1 200 OK|Content-Length: 2||ok\"\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_set_tunnel(conn, "h.test", HC_PORT_DEFAULT, NULL), HC_OK);
    CHECK_GET(conn, "/", 200, "ok");
    CHECK_INT(hc_conn_proxy_status(conn), 299);
    CHECK_INT(hc_conn_proxy_header_count(conn), 1);
    end(conn, peer);
}

static void interim_answers_without_end(void) {
    server *peer = server_start("read-head\nsend \"HTTP/1.1 100 Continue||HTTP/1.1 100 Continue||\"\nwait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_set_tunnel(conn, "h.test", HC_PORT_DEFAULT, NULL), HC_OK);
    CHECK_INT(hc_conn_set_limit(conn, HC_LIMIT_INTERIM, 1), HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_ERR_TOO_MANY_INTERIM);
    end(conn, peer);
}

/* The body of a refusal is read as any other, however it is framed. */
static void reads_refusal(const char *reply, const char *body, hc_error outcome) {
    char script[1024];
    server *peer;
    hc_conn *conn;
    hc_response *response = NULL, *again = NULL;
    const char *data;
    size_t len;

    sprintf(script, "read-head\nsend \"%s\"\nshutdown\nwait-close\nconnection\nread-head\nsend \"HTTP/1.1 200 OK||\"\n"
                    "read-head\nsend \"HTTP/1.1 204 No||\"\n", reply);
    peer = server_start(script);
    conn = connect_to(peer);
    CHECK_INT(hc_conn_proxy_response(conn, &response), HC_ERR_STATE);
    CHECK(response == NULL);
    CHECK_INT(hc_conn_set_tunnel(conn, "h.test", HC_PORT_DEFAULT, NULL), HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_ERR_TUNNEL);
    CHECK(!hc_conn_is_open(conn));
    CHECK_INT(hc_conn_proxy_response(conn, &response), HC_OK);
    CHECK_INT(hc_conn_proxy_response(conn, &again), HC_ERR_STATE);
    CHECK(again == NULL);
    CHECK_INT(hc_response_status(response), 407);
    CHECK_INT(hc_conn_proxy_status(conn), 407);
    CHECK_STR(hc_response_getheader(response, "X-Why", NULL), "pay");
    CHECK(hc_response_url(response, NULL) == NULL);
    CHECK_INT(hc_response_read_all(response, 100, &data, &len), outcome);
    CHECK_MEM(data, len, body, strlen(body));
    /* The connection can be used meanwhile, and afterwards. */
    CHECK_GET(conn, "/", 204, "");
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);
}

static void refusals_are_read(void) {
    reads_refusal("HTTP/1.1 407 Pay|X-Why: pay|Content-Length: 8||no entry", "no entry", HC_OK);
    reads_refusal("HTTP/1.1 407 Pay|X-Why: pay|Transfer-Encoding: chunked||8|no entry", "no entry", HC_ERR_INCOMPLETE_READ);
    reads_refusal("HTTP/1.1 407 Pay|X-Why: pay|Transfer-Encoding: chunked||8|no entry|0||", "no entry", HC_OK);
    reads_refusal("HTTP/1.0 407 Pay|X-Why: pay||no entry", "no entry", HC_OK);
    reads_refusal("HTTP/1.1 407 Pay|X-Why: pay|Content-Length: 9||no entry", "no entry", HC_ERR_INCOMPLETE_READ);
    reads_refusal("HTTP/1.1 407 Pay|X-Why: pay|Content-Length: 0||", "", HC_OK);
}

/* A refusal outlives its connection, or ends with it where nobody has it. */
static void a_refusal_and_its_connection(void) {
    static const char script[] = "read-head\nsend \"HTTP/1.1 403 No|Content-Length: 2||no\"\nwait-close\n";
    server *peer = server_start(script);
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;
    const char *data;
    size_t len;

    CHECK_INT(hc_conn_set_tunnel(conn, "h.test", HC_PORT_DEFAULT, NULL), HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_ERR_TUNNEL);
    CHECK_INT(hc_conn_proxy_response(conn, &response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_response_read_all(response, 100, &data, &len), HC_OK);
    CHECK_MEM(data, len, "no", 2);
    CHECK_INT(hc_response_free(response), HC_OK);
    server_finish(peer);

    peer = server_start(script);
    conn = connect_to(peer);
    CHECK_INT(hc_conn_set_tunnel(conn, "h.test", HC_PORT_DEFAULT, NULL), HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_ERR_TUNNEL);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_proxy_response(conn, &response), HC_ERR_STATE);
    end(conn, peer);
}

/* Settings for the next opening leave it there; a cancel handle that is set afterwards reaches it. */
static void a_refusal_and_settings(void) {
    server *peer = server_start("read-head\nsend \"HTTP/1.1 403 No|Content-Length: 9||no\"\nhold\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;
    hc_cancel_handle *cancel = NULL;
    const char *data;
    size_t len;

    CHECK_INT(hc_conn_set_tunnel(conn, "h.test", HC_PORT_DEFAULT, NULL), HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_ERR_TUNNEL);
    CHECK_INT(hc_conn_set_tcp_keepalive(conn, 9, 9, 9), HC_OK);
    CHECK_INT(hc_conn_proxy_response(conn, &response), HC_OK);
    CHECK_INT(hc_cancel_new(&cancel), HC_OK);
    CHECK_INT(hc_conn_set_cancel(conn, cancel), HC_OK);
    CHECK_INT(hc_cancel(cancel), HC_OK);
    CHECK(hc_response_read_all(response, 100, &data, &len) != HC_OK);
    CHECK_INT(response_detail(response).code, HC_ERR_CANCELLED);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_cancel_free(cancel), HC_OK);
    end(conn, peer);
}

static void a_proxy_that_answers_the_handshake(void) {
    server *peer = server_start("read-head\nsend \"HTTP/1.1 200 OK||\"\n"
                                "read 5\nsend \"HTTP/1.1 200 OK||\"\nhold\n"
                                "connection\nclose\n");
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new_tls("127.0.0.1", server_port(peer), NULL, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_conn_set_tunnel(conn, "h.test", HC_PORT_DEFAULT, NULL), HC_OK);
    CHECK_INT(send_get(conn, "/secret"), HC_ERR_TLS_NOT_TLS);
    CHECK(!hc_conn_is_open(conn));
    CHECK_INT(hc_conn_free(conn), HC_OK);
    /* The script's second connection. */
    conn = connect_to(peer);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    end(conn, peer);
}

static void tls_to_the_proxy_itself(void) {
    path chain = in_folder("server.pem"), key = in_folder("server.key");
    const char *options[] = {"--tls", NULL, NULL, NULL};
    hc_tls_config *config = trusting("ca.pem");
    hc_conn *conn = NULL;
    server *peer;

    options[1] = chain.text;
    options[2] = key.text;
    peer = server_script("expect \"CONNECT origin.test:80 HTTP/1.1|Host: origin.test:80||\"\n"
                         "send \"HTTP/1.1 200 OK||\"\n"
                         "expect \"GET / HTTP/1.1|Host: origin.test|"
                         "Accept-Encoding: identity||\"\n"
                         "send \"HTTP/1.1 200 OK|Content-Length: 2||ok\"\n",
                         options);
    CHECK_INT(hc_conn_new("127.0.0.1", server_port(peer), &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_conn_set_proxy_tls(conn, config), HC_OK);
    CHECK_INT(hc_conn_set_tunnel(conn, "origin.test", HC_PORT_DEFAULT, NULL), HC_OK);
    CHECK_GET(conn, "/", 200, "ok");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
    server_finish(peer);
}

static void arguments(void) {
    const char *split[] = {"X", "a\r\nY: b", NULL};
    const char *odd[] = {"X", NULL}, *name, *value;
    const hc_header counted[] = {{"X+", 1, "y+", 1}}, with_nul[] = {{"X", 1, "y\0", 2}};
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new("proxy.test", 3128, &conn), HC_OK);
    CHECK_INT(hc_conn_set_tunnel(conn, NULL, 80, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_tunnel(conn, "a\r\nb", 80, NULL), HC_ERR_INVALID_URL);
    CHECK_INT(hc_conn_set_tunnel(conn, "h", 0, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_tunnel(conn, "h", 80, split), HC_ERR_VALUE);
    CHECK_INT(hc_conn_set_tunnel(conn, "h", 80, odd), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_tunnel_bytes(conn, "h\0x", 3, 80, NULL, 0), HC_ERR_INVALID_URL);
    CHECK_INT(hc_conn_set_tunnel_bytes(conn, NULL, 1, 80, NULL, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_tunnel_bytes(conn, "h", 1, 80, NULL, 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_tunnel_bytes(conn, "h", 1, 80, with_nul, 1), HC_ERR_VALUE);
    CHECK(hc_conn_tunnel_host(conn, NULL) == NULL);
    CHECK_INT(hc_conn_tunnel_port(conn), 0);
    CHECK_INT(hc_conn_tunnel_header_count(conn), 0);
    CHECK_INT(hc_conn_tunnel_header_at(conn, 0, NULL, NULL, NULL, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_tunnel(conn, "\xc3\xa9..gr", 80, NULL), HC_ERR_ENCODING);
    CHECK(strstr(hc_conn_error_message(conn),
                 hc_features() & HC_FEATURE_IDNA ? "label" : "no IDNA") != NULL);
    CHECK_INT(hc_conn_set_tunnel(conn, "\xe9.gr", 80, NULL), HC_ERR_ENCODING);
    CHECK_STR(hc_conn_error_message(conn), "the text is not UTF-8");
    CHECK(hc_conn_tunnel_host(conn, NULL) == NULL);
    CHECK_INT(hc_conn_proxy_header_at(conn, 0, NULL, NULL, NULL, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_tunnel_bytes(conn, "h.test+", 6, HC_PORT_DEFAULT, counted, 1), HC_OK);
    CHECK_STR(hc_conn_tunnel_host(conn, NULL), "h.test");
    CHECK_INT(hc_conn_tunnel_port(conn), 80);
    CHECK_INT(hc_conn_tunnel_header_count(conn), 2);
    CHECK_INT(hc_conn_tunnel_header_at(conn, 0, &name, NULL, &value, NULL), HC_OK);
    CHECK_STR(name, "X");
    CHECK_STR(value, "y");
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(plain_through_a_tunnel),
        TEST(tls_through_a_tunnel),
        TEST(plain_through_a_tunnel_over_a_transport),
        TEST(tls_through_a_tunnel_over_a_transport),
        TEST(a_name_beyond_ascii_behind_the_tunnel),
        TEST(a_wrong_name_behind_the_tunnel),
        TEST(proxies_that_fail),
        /* It comes in one receive with the reply. */
        TEST_OF_SOCKETS(a_proxy_that_says_too_much),
        TEST(messages_of_tunnels),
        TEST_OF_SOCKETS(a_page_instead_of_a_tunnel),
        TEST(interim_answers_and_any_success),
        TEST(interim_answers_without_end),
        TEST(refusals_are_read),
        TEST(a_refusal_and_its_connection),
        TEST_OF_SOCKETS(a_refusal_and_settings),
        TEST(a_proxy_that_answers_the_handshake),
        TEST(tls_to_the_proxy_itself),
        TEST(arguments),
    };

    return RUN_TESTS_WITH_CERTIFICATES(tests, argc, argv);
}
