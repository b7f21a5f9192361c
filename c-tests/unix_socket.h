/* A Unix-domain socket at which a test itself listens: the other side of its connections. */
#ifndef UNIX_SOCKET_H
#define UNIX_SOCKET_H

#include "harness.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Listens at a new address of this process's own; the test closes the socket and unlinks the path. */
static inline int listen_at(struct sockaddr_un *address) {
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    snprintf(address->sun_path, sizeof address->sun_path, "/tmp/httpclient-test.%ld", (long)getpid());
    unlink(address->sun_path);
    CHECK(bind(listener, (struct sockaddr *)address, sizeof *address) == 0);
    CHECK(listen(listener, 1) == 0);
    return listener;
}

#endif
