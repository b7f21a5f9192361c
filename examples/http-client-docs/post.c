/*
 * post HOST PORT TARGET NAME VALUE [NAME VALUE]...: sends a form by POST, with headers that say so, and shows
 * the answer.
 */
#include "docs.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Appends a text as forms have it: blanks as +, and what is no letter, digit or _.-~ as %XX. */
static char *encode(char *to, const char *text) {
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if ((byte < 128 && isalnum(byte)) || strchr("_.-~", byte)) *to++ = (char)byte;
        else if (byte == ' ') *to++ = '+';
        else to += sprintf(to, "%%%02X", byte);
    }
    return to;
}

/* The whole form, to be freed; NULL without memory. */
static char *form(char **fields, int count) {
    size_t size = 1;
    for (int i = 0; i < count; i++) size += 3 * strlen(fields[i]) + 1;
    char *text = malloc(size), *end = text;
    if (text == NULL) return NULL;
    for (int i = 0; i < count; i++) {
        if (i > 0) *end++ = i % 2 ? '=' : '&';
        end = encode(end, fields[i]);
    }
    *end = '\0';
    return text;
}

int main(int argc, char **argv) {
    if (argc < 6 || argc % 2) {
        fputs("usage: post HOST PORT TARGET NAME VALUE [NAME VALUE]...\n", stderr);
        return 2;
    }
    const char *headers[] = {"Content-type", "application/x-www-form-urlencoded",
                             "Accept", "text/plain", NULL};
    char *body = form(argv + 4, argc - 4);
    hc_conn *conn = NULL;
    if (body == NULL) return 1;
    hc_error err = hc_conn_new(argv[1], atoi(argv[2]), &conn);
    if (!err) err = hc_request(conn, "POST", argv[3], headers, body, strlen(body));
    err = err ? failed(conn, err) : print_response(conn, true);
    hc_conn_free(conn);
    free(body);
    return err != HC_OK;
}
