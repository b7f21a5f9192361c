/* libcurl's easy interface, as somebody who knows it would set it up. */
#include "job.h"
#include <curl/curl.h>

static void check(CURLcode code) {
    if (code == CURLE_OK) return;
    fprintf(stderr, "curl: %s\n", curl_easy_strerror(code));
    exit(1);
}

/* The cheapest that a caller can do with a body. */
static size_t drop(char *data, size_t size, size_t count, void *to) {
    (void)data, (void)to;
    return size * count;
}

static CURL *make(const struct job *job) {
    CURL *handle = curl_easy_init();
    char url[512];
    snprintf(url, sizeof url, "%s://127.0.0.1:%d%s", job->ca ? "https" : "http", job->port, job->path);
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 1L);
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, (long)PIECE);
    if (job->ca) curl_easy_setopt(handle, CURLOPT_CAINFO, job->ca);
    if (job->connect || job->fresh) curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, 1L);
    if (job->post) {
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, posted);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, (long)sizeof posted);
    }
    return handle;
}

int main(int argc, char **argv) {
    struct job job = job_from(argc, argv);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *handle = make(&job);
    for (long i = 0; i < job.count; i++) {
        if (i > 0 && (job.fresh || job.idle)) handle = make(&job);
        check(curl_easy_perform(handle));
        long status = 0;
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
        if (status != 200) exit(3);
        if (job.fresh) curl_easy_cleanup(handle);
    }
    job_end();
}
