/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/*
 * fetch: gets or sends one thing over HTTP or HTTPS, in the manner of curl.
 *
 * A complete program on httpclient.h alone (C99 and POSIX). It uses the same memory for a body of
 * any size. See `fetch --help` for its options and exit statuses.
 */

#define _POSIX_C_SOURCE 200809L

#include <httpclient.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* --- Exit statuses ------------------------------------------------------------------------------
 *
 * curl's numbers, where curl has one. */

enum {
    EXIT_OTHER = 1,
    EXIT_USAGE = 2,
    EXIT_URL = 3,
    EXIT_NAME_LOOKUP = 6,
    EXIT_CONNECT = 7,
    EXIT_WEIRD_ANSWER = 8,
    EXIT_INCOMPLETE = 18,
    EXIT_HTTP_STATUS = 22,
    EXIT_WRITE_FILE = 23,
    EXIT_READ_FILE = 26,
    EXIT_NO_MEMORY = 27,
    EXIT_TIMEOUT = 28,
    EXIT_TLS = 35,
    EXIT_NO_ANSWER = 52,
    EXIT_SEND = 55,
    EXIT_RECEIVE = 56,
    EXIT_CERTIFICATE = 60,
    EXIT_CA_FILE = 77
};

static const char HELP[] =
    "usage: fetch [OPTION]... URL\n"
    "Gets URL (http or https) and writes its body to standard output.\n"
    "\n"
    "  -X, --request METHOD    send METHOD instead of GET, or of POST with -d\n"
    "  -H, --header LINE       send the header \"Name: value\"; may be given again\n"
    "  -d, --data DATA         send DATA; @FILE sends a file, @- standard input (what has no\n"
    "                          length is sent in chunks). No Content-Type is added\n"
    "  -o, --output FILE       write the body to FILE, with a progress bar on a terminal\n"
    "  -i, --include           write the head of the response before its body\n"
    "  -I, --head              ask for the head alone\n"
    "  -f, --fail              a status of 400 or more is a failure; its body is not written\n"
    "  -v, --verbose           show on standard error what is sent (>) and received (<)\n"
    "      --cacert FILE       trust the CA certificates of this PEM file, and no others\n"
    "      --ca-native         trust the CA certificates of this system, and no others\n"
    "  -k, --insecure          trust any server, whoever it is. Dangerous\n"
    "      --timeout SECONDS   give up a connect, send or receive that takes longer\n"
    "  -h, --help              show this text\n"
    "\n"
    "Without --cacert, --ca-native or -k, https trusts Mozilla's list of CAs, which is built in.\n"
    "Redirects are shown and not followed. A name or password in URL is not sent. What a URL\n"
    "cannot have in it, such as blanks, is escaped as in a browser.\n"
    "\n"
    "Exit status, as curl's:\n"
    "   0  a response came, whatever its status        27  out of memory\n"
    "   1  a failure of another kind                   28  timeout\n"
    "   2  wrong use; a method or header that          35  TLS failed, but for:\n"
    "      HTTP cannot carry                           60  the server's certificate was refused\n"
    "   3  malformed URL                               77  a CA file cannot be used\n"
    "   6  the host's name has no address              52  the server closed without an answer\n"
    "   7  no connection                               55  sending failed\n"
    "   8  the answer is not valid HTTP                56  receiving failed\n"
    "  18  the body ended early                        23  writing the output failed\n"
    "  22  a status of 400 or more, with -f            26  reading the file of -d failed\n";

/* What an error of the library comes to here, by families: the first that fits counts. Failures of
 * the system that are not listed are told apart by what was being done: 7, 55 or 56. */
static const struct outcome {
    int32_t family;
    int status;
    const char *advice;
} OUTCOMES[] = {
    {HC_ERR_INVALID_URL, EXIT_URL, NULL},
    {HC_ERR_ENCODING, EXIT_USAGE, NULL},
    {HC_ERR_VALUE, EXIT_USAGE, NULL},
    {HC_ERR_NO_MEMORY, EXIT_NO_MEMORY, NULL},
    {HC_ERR_REMOTE_DISCONNECTED, EXIT_NO_ANSWER, NULL},
    {HC_ERR_INCOMPLETE_READ, EXIT_INCOMPLETE, NULL},
    {HC_ERR_BAD_STATUS_LINE, EXIT_WEIRD_ANSWER, "if this port speaks TLS, use https: instead of http:"},
    {HC_ERR_HTTP, EXIT_WEIRD_ANSWER, NULL},
    {HC_ERR_NAME_LOOKUP, EXIT_NAME_LOOKUP, NULL},
    {HC_ERR_CONNECTION_REFUSED, EXIT_CONNECT, NULL},
    {HC_ERR_UNREACHABLE, EXIT_CONNECT, NULL},
    {HC_ERR_TIMEOUT, EXIT_TIMEOUT, NULL},
    {HC_ERR_TLS_NAME_MISMATCH, EXIT_CERTIFICATE,
     "use a name that the certificate is for; another server may be answering here"},
    {HC_ERR_TLS_EXPIRED, EXIT_CERTIFICATE,
     "the server's owner must renew it, unless this machine's clock is wrong"},
    {HC_ERR_TLS_NOT_YET_VALID, EXIT_CERTIFICATE, "look whether this machine's clock is right"},
    {HC_ERR_TLS_UNKNOWN_ISSUER, EXIT_CERTIFICATE,
     "if the server has a CA of its own that you trust, give its certificate with --cacert FILE; "
     "--ca-native trusts the CAs that this machine trusts"},
    {HC_ERR_TLS_CERTIFICATE, EXIT_CERTIFICATE, NULL},
    {HC_ERR_TLS_NOT_TLS, EXIT_TLS, "try http: instead of https:, or another port"},
    {HC_ERR_TLS_CONFIG, EXIT_CA_FILE, NULL},
    {HC_ERR_TLS_TRUNCATED, EXIT_INCOMPLETE, NULL},
    {HC_ERR_TLS, EXIT_TLS, NULL},
};

/* --- Messages ----------------------------------------------------------------------------------- */

static void say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("fetch: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

/* Bytes that a terminal might obey, or could not show, are written as \xNN. Returns the columns. */
static size_t put_escaped(FILE *file, const char *text, size_t len) {
    size_t columns = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        int count = byte >= 0x20 && byte < 0x7f ? fprintf(file, "%c", byte)
                                                : fprintf(file, "\\x%02x", byte);
        columns += count > 0 ? (size_t)count : 0;
    }
    return columns;
}

/* Says what failed and returns the exit status for it: `system_status` for a failure of the system
 * that has none of its own. */
static int failed(hc_error err, const char *message, int system_status) {
    bool told = message != NULL && message[0] != '\0';
    say("%s: %s", hc_error_name(err), told ? message : hc_error_string(err));
    for (size_t i = 0; i < sizeof OUTCOMES / sizeof OUTCOMES[0]; i++) {
        if (hc_error_is(err, OUTCOMES[i].family)) {
            if (OUTCOMES[i].advice != NULL) {
                say("advice: %s", OUTCOMES[i].advice);
            }
            return OUTCOMES[i].status;
        }
    }
    return hc_error_is(err, HC_ERR_OS) ? system_status : EXIT_OTHER;
}

/* --- Options ------------------------------------------------------------------------------------ */

struct options {
    const char *url;
    const char *method;
    const char *data;
    const char *output;
    const char *cacert;
    hc_header *headers;
    size_t header_count;
    int64_t timeout; /* milliseconds, or HC_TIMEOUT_NONE */
    bool include;
    bool head;
    bool fail;
    bool verbose;
    bool insecure;
    bool ca_native;
    bool help;
};

enum { OPTION_CACERT = 256, OPTION_CA_NATIVE, OPTION_TIMEOUT };

static const struct option {
    const char *name;
    int id; /* its letter, if it has one */
    bool takes_value;
} OPTIONS[] = {
    {"request", 'X', true},
    {"header", 'H', true},
    {"data", 'd', true},
    {"output", 'o', true},
    {"include", 'i', false},
    {"head", 'I', false},
    {"fail", 'f', false},
    {"verbose", 'v', false},
    {"cacert", OPTION_CACERT, true},
    {"ca-native", OPTION_CA_NATIVE, false},
    {"insecure", 'k', false},
    {"timeout", OPTION_TIMEOUT, true},
    {"help", 'h', false},
};

enum { OPTION_COUNT = sizeof OPTIONS / sizeof OPTIONS[0] };

/* Takes "Name: value" apart, where it stands. */
static bool add_header(struct options *options, char *line) {
    char *colon = strchr(line, ':');
    if (colon == NULL || colon == line) {
        say("-H takes \"Name: value\", not \"%s\"", line);
        return false;
    }
    char *value = colon + 1 + strspn(colon + 1, " \t");
    hc_header header = {line, (size_t)(colon - line), value, strlen(value)};
    options->headers[options->header_count++] = header;
    return true;
}

static bool set_timeout(struct options *options, const char *text) {
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds > 0 && seconds < 1e9)) {
        say("--timeout takes a number of seconds above 0, not \"%s\"", text);
        return false;
    }
    options->timeout = seconds < 0.001 ? 1 : (int64_t)(seconds * 1000);
    return true;
}

static bool set_option(struct options *options, int id, char *value) {
    switch (id) {
    case 'X': options->method = value; break;
    case 'H': return add_header(options, value);
    case 'd': options->data = value; break;
    case 'o': options->output = value; break;
    case 'i': options->include = true; break;
    case 'I': options->head = options->include = true; break;
    case 'f': options->fail = true; break;
    case 'v': options->verbose = true; break;
    case 'k': options->insecure = true; break;
    case 'h': options->help = true; break;
    case OPTION_CACERT: options->cacert = value; break;
    case OPTION_CA_NATIVE: options->ca_native = true; break;
    case OPTION_TIMEOUT: return set_timeout(options, value);
    }
    return true;
}

/* Takes an option and its value: the one attached to it, or the next argument. */
static bool take_option(struct options *options, const struct option *option, char *attached,
                        char **arguments, int *at) {
    const char *written = arguments[*at];
    if (option == NULL || (attached != NULL && !option->takes_value)) {
        say("%s: there is no such option; see --help", written);
        return false;
    }
    char *value = attached;
    if (option->takes_value && value == NULL) {
        value = arguments[++*at];
    }
    if (option->takes_value && value == NULL) {
        say("%s takes a value; see --help", written);
        return false;
    }
    return set_option(options, option->id, value);
}

/* --name, --name value, --name=value. */
static bool take_long_option(struct options *options, char **arguments, int *at) {
    const char *name = arguments[*at] + 2;
    char *equals = strchr(arguments[*at], '=');
    size_t len = strcspn(name, "=");
    const struct option *option = NULL;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strlen(OPTIONS[i].name) == len && memcmp(OPTIONS[i].name, name, len) == 0) {
            option = &OPTIONS[i];
        }
    }
    return take_option(options, option, equals != NULL ? equals + 1 : NULL, arguments, at);
}

/* -a, -ab, -o value, -ovalue. */
static bool take_letters(struct options *options, char **arguments, int *at) {
    char *letter = arguments[*at];
    bool more = true;
    while (more && *++letter != '\0') {
        const struct option *option = NULL;
        for (size_t i = 0; i < OPTION_COUNT; i++) {
            if (OPTIONS[i].id == *letter) {
                option = &OPTIONS[i];
            }
        }
        bool with_value = option != NULL && option->takes_value;
        char *attached = with_value && letter[1] != '\0' ? letter + 1 : NULL;
        if (!take_option(options, option, attached, arguments, at)) {
            return false;
        }
        more = !with_value;
    }
    return true;
}

static bool take_url(struct options *options, const char *url) {
    if (options->url != NULL) {
        say("one URL at a time, please; see --help");
        return false;
    }
    options->url = url;
    return true;
}

/* Fills `options`, whose headers have room for one for each argument. */
static bool take_arguments(struct options *options, char **arguments) {
    bool ended = false; /* by "--" */
    for (int at = 1; arguments[at] != NULL; at++) {
        const char *argument = arguments[at];
        bool taken = true;
        if (ended || argument[0] != '-' || argument[1] == '\0') {
            taken = take_url(options, argument);
        } else if (argument[1] != '-') {
            taken = take_letters(options, arguments, &at);
        } else if (argument[2] != '\0') {
            taken = take_long_option(options, arguments, &at);
        } else {
            ended = true;
        }
        if (!taken) {
            return false;
        }
    }
    return true;
}

/* Whether the options make sense together; sets the method that they imply. */
static bool complete_options(struct options *options) {
    int trusts = (options->cacert != NULL) + options->ca_native + options->insecure;
    if (options->url == NULL) {
        say("no URL; see --help");
        return false;
    }
    if (options->head && options->data != NULL) {
        say("-I and -d: choose one");
        return false;
    }
    if (trusts > 1) {
        say("--cacert, --ca-native and -k: choose one");
        return false;
    }
    if (options->method == NULL) {
        options->method = options->head ? "HEAD" : options->data != NULL ? "POST" : "GET";
    }
    return true;
}

/* --- URL ---------------------------------------------------------------------------------------- */

/* Shows the URL with a caret under the byte at fault. */
static void show_url_error(const char *url, const hc_url *parsed) {
    size_t most = 60; /* bytes before the caret, so that it stays within the line */
    size_t at = parsed->error_offset;
    size_t from = at > most ? at - most : 0;
    say("%s: %s", hc_error_name(HC_ERR_INVALID_URL), parsed->error_message);
    fputs("    ", stderr);
    size_t columns = put_escaped(stderr, url + from, at - from);
    put_escaped(stderr, url + at, strnlen(url + at, most));
    fprintf(stderr, "\n    %*s^\n", (int)columns, "");
}

/* Makes a URL of what was typed, as a browser would, in memory to be freed, and splits it. */
static int read_url(const char *typed, char **url, hc_url *parsed) {
    size_t len = 0;
    parsed->size = sizeof *parsed;
    hc_error err = hc_url_repair(NULL, typed, NULL, 0, &len, parsed); /* its length, or a fault */
    if (err == HC_ERR_INVALID_URL) {
        show_url_error(typed, parsed);
        return EXIT_URL;
    }
    *url = err == HC_ERR_TOO_LARGE ? malloc(len + 1) : NULL;
    if (err == HC_ERR_TOO_LARGE) {
        err = *url == NULL ? HC_ERR_NO_MEMORY
                           : hc_url_repair(NULL, typed, *url, len + 1, NULL, parsed);
    }
    if (err != HC_OK) {
        return failed(err, NULL, EXIT_OTHER);
    }
    if (parsed->userinfo != NULL) {
        say("the name and password in the URL are not sent; use -H \"Authorization: ...\"");
    }
    return 0;
}

/* --- The wire log of -v ------------------------------------------------------------------------- */

/* Heads are shown line by line, bodies only counted. */
struct wire_log {
    bool in_line;    /* a line is begun */
    size_t line_len; /* what of it was shown */
    bool head_ended; /* what follows is the body */
    int64_t body;    /* its bytes, with the sizes of chunks */
};

/* Shows a head, which may come in pieces, and counts what follows it. */
static void show_bytes(struct wire_log *log, char mark, const char *data, size_t len) {
    for (; len > 0 && !log->head_ended; data++, len--) {
        if (!log->in_line) {
            fprintf(stderr, "%c ", mark);
            log->in_line = true;
            log->line_len = 0;
        }
        if (*data == '\n') {
            fputc('\n', stderr);
            log->in_line = false;
            log->head_ended = log->line_len == 0;
        } else if (*data != '\r') {
            log->line_len += put_escaped(stderr, data, 1);
        }
    }
    log->body += (int64_t)len;
}

static void show_event(void *context, int32_t event, const char *data, size_t len) {
    struct wire_log *sent = context;
    struct wire_log received = {0};
    switch (event) {
    case HC_TRACE_INFO:
        fputs("* ", stderr);
        put_escaped(stderr, data, len);
        fputc('\n', stderr);
        break;
    case HC_TRACE_SEND: show_bytes(sent, '>', data, len); break;
    case HC_TRACE_INTERIM:
    case HC_TRACE_HEAD: show_bytes(&received, '<', data, len); break;
    }
}

/* --- Progress ----------------------------------------------------------------------------------- */

struct progress {
    bool on_terminal;
    int64_t total; /* or HC_LENGTH_UNKNOWN */
    int64_t done;
    double started;
    double drawn;
};

static double seconds(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double rate(const struct progress *progress) {
    double elapsed = seconds() - progress->started;
    return (double)progress->done / (elapsed > 1e-6 ? elapsed : 1e-6);
}

struct amount {
    char text[16];
};

static struct amount in_units(double bytes) {
    static const char *const UNITS[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    struct amount amount;
    size_t unit = 0;
    while (bytes >= 1024 && unit + 1 < sizeof UNITS / sizeof UNITS[0]) {
        bytes /= 1024;
        unit++;
    }
    snprintf(amount.text, sizeof amount.text, "%.*f %s", unit > 0, bytes, UNITS[unit]);
    return amount;
}

/* Draws the bar ten times a second at most, and in any case when it is the last time. */
static void draw(struct progress *progress, bool last) {
    static const char FULL[] = "########################################";
    int width = sizeof FULL - 1;
    double now = seconds();
    if (!progress->on_terminal || (!last && now - progress->drawn < 0.1)) {
        return;
    }
    progress->drawn = now;
    struct amount done = in_units((double)progress->done);
    struct amount speed = in_units(rate(progress));
    if (progress->total > 0) {
        double part = (double)progress->done / (double)progress->total;
        int filled = (int)(part * width);
        fprintf(stderr, "\r[%.*s%*s] %3d%% %10s %10s/s ", filled, FULL, width - filled, "",
                (int)(part * 100), done.text, speed.text);
    } else {
        fprintf(stderr, "\r%10s %10s/s ", done.text, speed.text);
    }
    if (last) {
        fputc('\n', stderr);
    }
    fflush(stderr);
}

/* --- The exchange ------------------------------------------------------------------------------- */

struct exchange {
    const struct options *options;
    char *url;
    hc_url parts; /* of that */
    int body_fd; /* the file of -d @FILE, or -1 */
    hc_tls_config *tls;
    hc_conn *conn;
    hc_response *response;
    FILE *output;
    struct wire_log sent;
};

static int open_body(struct exchange *x) {
    const char *data = x->options->data;
    if (data == NULL || data[0] != '@') {
        return 0;
    }
    x->body_fd = strcmp(data, "@-") == 0 ? STDIN_FILENO : open(data + 1, O_RDONLY | O_CLOEXEC);
    if (x->body_fd < 0) {
        say("%s: %s", data + 1, strerror(errno));
        return EXIT_READ_FILE;
    }
    return 0;
}

/* Says whom to trust, where that is not the library's default. */
static int configure_tls(struct exchange *x) {
    const struct options *options = x->options;
    if (!x->parts.https || !(options->cacert != NULL || options->ca_native || options->insecure)) {
        return 0;
    }
    hc_tls_builder *builder = NULL;
    hc_error err = hc_tls_builder_new(&builder);
    if (err == HC_OK && options->cacert != NULL) {
        err = hc_tls_builder_add_roots_file(builder, options->cacert);
    }
    if (err == HC_OK && options->ca_native) {
        err = hc_tls_builder_add_system_roots(builder);
    }
    if (err == HC_OK && options->insecure) {
        say("WARNING: -k: the server can be anybody; whoever is on the way can read and change "
            "everything");
        err = hc_tls_builder_dangerous_accept_any_certificate(builder);
    }
    if (err == HC_OK) {
        err = hc_tls_builder_build(builder, &x->tls);
    }
    int status = err == HC_OK ? 0 : failed(err, hc_tls_builder_error_message(builder), EXIT_OTHER);
    hc_tls_builder_free(builder);
    return status;
}

static void show_tls(const struct exchange *x) {
    const char *version = hc_conn_tls_version(x->conn, NULL);
    const char *suite = hc_conn_tls_cipher_suite(x->conn, NULL);
    const char *peer = hc_conn_tls_peer_name(x->conn, NULL);
    fprintf(stderr, "* %s, %s\n", version != NULL ? version : "TLS", suite != NULL ? suite : "");
    if (peer != NULL) {
        fprintf(stderr, "* the server's certificate is verified for %s\n", peer);
    } else {
        fputs("* the server's certificate is NOT verified\n", stderr);
    }
}

static int open_connection(struct exchange *x) {
    hc_error err = hc_conn_new_url(x->url, x->tls, &x->conn);
    if (err != HC_OK) {
        return failed(err, NULL, EXIT_OTHER); /* there is no connection to ask for a message */
    }
    hc_conn_set_timeout(x->conn, x->options->timeout);
    if (x->options->verbose) {
        fprintf(stderr, "* connecting to %s, port %d\n", hc_conn_host(x->conn, NULL),
                (int)hc_conn_port(x->conn));
        hc_conn_set_trace(x->conn, show_event, &x->sent);
    }
    err = hc_conn_connect(x->conn);
    if (err != HC_OK) {
        return failed(err, hc_conn_error_message(x->conn), EXIT_CONNECT);
    }
    if (x->options->verbose && x->parts.https) {
        show_tls(x);
    }
    return 0;
}

/* Whether a failure to send was one of reading the file that was to be sent. */
static bool file_failed(const struct exchange *x, hc_error err) {
    return x->body_fd >= 0 &&
           (err == HC_ERR_OS || (err == HC_ERR_VALUE && !hc_conn_is_open(x->conn)));
}

static int send_request(struct exchange *x) {
    const struct options *options = x->options;
    const char *data = options->data;
    hc_request_options request = {.size = sizeof request, .encode_chunked = true};
    request.method = options->method;
    request.method_len = strlen(options->method);
    request.target = x->url;
    request.target_len = strlen(x->url);
    request.target_is_url = true;
    request.headers = options->headers;
    request.header_count = options->header_count;
    if (x->body_fd >= 0) {
        request.body_kind = HC_BODY_FILE;
        request.fd = x->body_fd;
    } else if (data != NULL && data[0] != '\0') {
        request.body_kind = HC_BODY_BYTES;
        request.body = data;
        request.body_len = strlen(data);
    }
    hc_error err = hc_request_with(x->conn, &request);
    if (err == HC_OK) {
        return 0;
    }
    /* A server that has heard enough may answer, and close before everything was sent. */
    if (hc_error_is(err, HC_ERR_CONNECTION) && hc_getresponse(x->conn, &x->response) == HC_OK) {
        say("the server answered before it had everything");
        return 0;
    }
    int status = failed(err, hc_conn_error_message(x->conn), EXIT_SEND);
    return file_failed(x, err) ? EXIT_READ_FILE : status;
}

static int receive_head(struct exchange *x) {
    if (x->response != NULL) {
        return 0;
    }
    hc_error err = hc_getresponse(x->conn, &x->response);
    return err == HC_OK ? 0 : failed(err, hc_conn_error_message(x->conn), EXIT_RECEIVE);
}

/* What the status means for this program; with -f it may end here. */
static int judge_status(const struct exchange *x) {
    int status = (int)hc_response_status(x->response);
    size_t len = 0;
    const char *location = hc_response_getheader(x->response, "Location", &len);
    if (x->options->fail && status >= 400) {
        fprintf(stderr, "fetch: the status is %d ", status);
        const char *reason = hc_response_reason(x->response, &len);
        put_escaped(stderr, reason, len);
        fputc('\n', stderr);
        return EXIT_HTTP_STATUS;
    }
    if (status / 100 == 3 && location != NULL) {
        static char there[8192];
        if (hc_url_repair(x->url, location, there, sizeof there, &len, NULL) == HC_OK) {
            location = there;
        } else {
            len = strlen(location);
        }
        fprintf(stderr, "fetch: redirects are not followed (%d); this one leads to ", status);
        put_escaped(stderr, location, len);
        fputc('\n', stderr);
    }
    return 0;
}

/* --- Output ------------------------------------------------------------------------------------- */

static const char *output_name(const struct exchange *x) {
    return x->output == stdout ? "standard output" : x->options->output;
}

static int output_failed(const struct exchange *x) {
    say("writing to %s: %s", output_name(x), strerror(errno));
    return EXIT_WRITE_FILE;
}

/* Only now, so that a file that is there already survives a request that fails. */
static int open_output(struct exchange *x) {
    const char *name = x->options->output;
    x->output = name == NULL || strcmp(name, "-") == 0 ? stdout : fopen(name, "wb");
    if (x->output == NULL) {
        say("%s: %s", name, strerror(errno));
        return EXIT_WRITE_FILE;
    }
    return 0;
}

static int close_output(struct exchange *x) {
    FILE *output = x->output;
    if (output == NULL || output == stdout) {
        return 0;
    }
    int status = fclose(output) == 0 ? 0 : output_failed(x);
    x->output = NULL;
    return status;
}

static int write_head(struct exchange *x) {
    const hc_response *response = x->response;
    int version = (int)hc_response_version(response);
    size_t len = 0;
    const char *reason = hc_response_reason(response, &len);
    fprintf(x->output, "HTTP/%d.%d %d ", version / 10, version % 10,
            (int)hc_response_status(response));
    fwrite(reason, 1, len, x->output);
    fputs("\r\n", x->output);
    for (size_t i = 0; i < hc_response_header_count(response); i++) {
        const char *name, *value;
        size_t name_len, value_len;
        if (hc_response_header_at(response, i, &name, &name_len, &value, &value_len) == HC_OK) {
            fwrite(name, 1, name_len, x->output);
            fputs(": ", x->output);
            fwrite(value, 1, value_len, x->output);
            fputs("\r\n", x->output);
        }
    }
    fputs("\r\n", x->output);
    return fflush(x->output) == 0 ? 0 : output_failed(x);
}

/* Copies the body to the output, block by block as it comes. */
static int copy_blocks(struct exchange *x, struct progress *progress) {
    static char block[256 * 1024];
    for (;;) {
        size_t count = 0;
        hc_error err = hc_response_read1(x->response, block, sizeof block, &count);
        if (err != HC_OK || count == 0) {
            draw(progress, true);
            return err == HC_OK ? 0
                                : failed(err, hc_response_error_message(x->response), EXIT_RECEIVE);
        }
        if (fwrite(block, 1, count, x->output) != count || fflush(x->output) != 0) {
            int saved = errno;
            draw(progress, true);
            errno = saved;
            return output_failed(x);
        }
        progress->done += (int64_t)count;
        draw(progress, false);
    }
}

static void show_trailers(const hc_response *response) {
    for (size_t i = 0; i < hc_response_trailer_count(response); i++) {
        const char *name, *value;
        size_t name_len, value_len;
        if (hc_response_trailer_at(response, i, &name, &name_len, &value, &value_len) == HC_OK) {
            fputs("< ", stderr);
            put_escaped(stderr, name, name_len);
            fputs(": ", stderr);
            put_escaped(stderr, value, value_len);
            fputc('\n', stderr);
        }
    }
}

static int copy_body(struct exchange *x) {
    double now = seconds();
    struct progress progress = {.total = hc_response_length(x->response), .started = now};
    progress.on_terminal = x->output != stdout && isatty(STDERR_FILENO);
    int status = copy_blocks(x, &progress);
    if (status != 0 && x->output != stdout) {
        say("%s is kept: it has the first %lld bytes of the body", x->options->output,
            (long long)progress.done);
    }
    if (x->options->verbose) {
        show_trailers(x->response);
        fprintf(stderr, "* sent %lld and received %lld bytes of body, %s/s\n",
                (long long)x->sent.body, (long long)progress.done, in_units(rate(&progress)).text);
    }
    return status;
}

/* --- main --------------------------------------------------------------------------------------- */

/* Where a standard stream was closed before the start, a connection would get its number, and be sent
 * what is meant for the stream. Something takes its place that can only fail. */
static bool occupy_standard_streams(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        int mode = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", mode) != fd) {
            return false;
        }
    }
    return true;
}

/* The steps of the exchange, up to the first that fails. */
static int run(struct exchange *x) {
    int status = read_url(x->options->url, &x->url, &x->parts);
    if (status == 0) status = open_body(x);
    if (status == 0) status = configure_tls(x);
    if (status == 0) status = open_connection(x);
    if (status == 0) status = send_request(x);
    if (status == 0) status = receive_head(x);
    if (status == 0) status = judge_status(x);
    if (status == 0) status = open_output(x);
    if (status == 0 && x->options->include) status = write_head(x);
    if (status == 0) status = copy_body(x);
    int closed = close_output(x);
    return status != 0 ? status : closed;
}

static int fetch(const struct options *options) {
    struct exchange x = {.options = options, .body_fd = -1};
    int status = run(&x);
    hc_response_free(x.response);
    hc_conn_free(x.conn);
    hc_tls_config_free(x.tls);
    if (x.body_fd > STDERR_FILENO) {
        close(x.body_fd);
    }
    free(x.url);
    return status;
}

int main(int argc, char **argv) {
    struct options options = {.timeout = HC_TIMEOUT_NONE};
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of writing; the library raises none */
    options.headers = malloc((size_t)(argc + 1) * sizeof *options.headers);
    int status = EXIT_USAGE;
    if (!occupy_standard_streams()) {
        return EXIT_OTHER; /* and nowhere to say so */
    }
    if (options.headers == NULL) {
        say("out of memory");
        return EXIT_NO_MEMORY;
    }
    if (take_arguments(&options, argv)) {
        if (options.help) {
            status = fputs(HELP, stdout) == EOF || fflush(stdout) != 0 ? EXIT_WRITE_FILE : 0;
        } else if (complete_options(&options)) {
            status = fetch(&options);
        }
    }
    free(options.headers);
    return status;
}
