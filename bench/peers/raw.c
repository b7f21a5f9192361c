/* The floor: a send, a receive, and the least parser that HTTP/1.1 needs. It checks nothing, and speaks
 * no TLS. */
#define _GNU_SOURCE
#include "job.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static char in[PIECE];
static size_t at, end; /* what of it was received and not yet used */

static int dial(int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (void *)&to, sizeof to)) exit(1);
    return fd;
}

static void receive(int fd) {
    if (at == end) at = end = 0;
    ssize_t count = recv(fd, in + end, sizeof in - end, 0);
    if (count <= 0) exit(1);
    end += count;
}

/* Reads a head; the length of the body, or -1 for chunks. */
static long head(int fd) {
    char *last;
    at = end = 0;
    do receive(fd);
    while (!(last = memmem(in, end, "\r\n\r\n", 4)));
    long length = 0;
    if (memcmp(in, "HTTP/1.1 200", 12)) exit(3);
    for (char *line = memchr(in, '\n', end) + 1, *next; line < last; line = next + 1) {
        next = memchr(line, '\n', in + end - line);
        char *colon = memchr(line, ':', next - line);
        if (colon - line == 14 && !strncasecmp(line, "Content-Length", 14)) length = atol(colon + 1);
        if (colon - line == 17 && !strncasecmp(line, "Transfer-Encoding", 17)) length = -1;
    }
    at = last + 4 - in;
    return length;
}

/* Hands so many bytes of the body on, through `piece`. */
static void take(int fd, size_t left, char *piece) {
    while (left) {
        if (at == end) receive(fd);
        size_t count = end - at < left ? end - at : left;
        memcpy(piece, in + at, count);
        at += count, left -= count;
    }
}

static int byte(int fd) {
    if (at == end) receive(fd);
    return in[at++];
}

static void chunks(int fd, char *piece) {
    for (size_t size = 1; size;) {
        int digit;
        size = 0;
        while ((digit = byte(fd)) != '\r') size = size * 16 + (digit <= '9' ? digit - '0' : (digit | 32) - 'a' + 10);
        byte(fd);
        take(fd, size, piece);
        byte(fd), byte(fd);
    }
}

int main(int argc, char **argv) {
    struct job job = job_from(argc, argv);
    static char piece[PIECE], request[2048];
    size_t length = sprintf(request, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\n",
                            job.post ? "POST" : "GET", job.path, job.port,
                            job.post ? "Content-Length: 1024\r\n" : "");
    if (job.post) memcpy(request + length, posted, sizeof posted), length += sizeof posted;
    int fd = dial(job.port);
    for (long i = 0; i < job.count; i++) {
        if (i > 0 && (job.connect || job.fresh || job.idle)) fd = dial(job.port);
        if (send(fd, request, length, MSG_NOSIGNAL) != (ssize_t)length) exit(1);
        long left = head(fd);
        if (left < 0) chunks(fd, piece);
        else take(fd, left, piece);
        if (job.connect || job.fresh) close(fd);
    }
    job_end();
}
