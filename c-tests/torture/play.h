/* Answers that were recorded, played by a transport of the program that allocates nothing; and exchanges that come to
 * their end although memory failed. */
#ifndef TORTURE_PLAY_H
#define TORTURE_PLAY_H

#include "torture.h"

/* What the next streams give, one behind the other; the last one again and again. A form feed stands where a stream
 * waits for another request. The list ends with NULL, and stays. */
void play(const char *const *list);

/* The next of these streams, as a transport and as what a hc_dial_fn gives. */
hc_transport plug(void);
int64_t dial(void *context, const char *host, int32_t port, hc_transport *transport);

/* A connection whose streams play these answers. */
hc_conn *playing(const char *const *list);

/* The first call that fails ends a story's exchange. */
#define TRY(call)                \
    do {                         \
        hc_error tried_ = (call);\
        if (tried_ != HC_OK) {   \
            return tried_;       \
        }                        \
    } while (0)

/* Runs an exchange; one that memory ended is begun anew on the same handle, after a close. */
void exchange(hc_conn *conn, hc_error (*whole)(hc_conn *conn));

void release(hc_conn *conn);

/* A story of one exchange on a connection that plays these answers. */
void tell(const char *const *list, hc_error (*whole)(hc_conn *conn));

/* Receives the head. Without memory nothing of it is lost: the call is made again. */
hc_error receive(hc_conn *conn, hc_response **response);

/* Fetches the response, calls `read` on it, and frees it whatever that says. */
hc_error fetch(hc_conn *conn, hc_error (*read)(hc_response *response));

/* Reads the body whole: it has to be this. */
hc_error read_text(hc_response *response, const char *text);

#endif
