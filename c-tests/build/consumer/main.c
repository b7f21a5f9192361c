/* A program of somebody else that uses httpclient, in C and in C++. Its argument is what hc_features
 * must answer, "any" if all is well. */
#include <httpclient.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    if (strcmp(hc_version_string(), HC_VERSION_STRING) != 0) {
        printf("the library's version is %s, the header's %s\n", hc_version_string(),
               HC_VERSION_STRING);
        return 1;
    }
    if (argc > 1 && strcmp(argv[1], "any") != 0 &&
        hc_features() != (unsigned long)atol(argv[1])) {
        printf("the features are %lu, expected %s\n", (unsigned long)hc_features(), argv[1]);
        return 1;
    }
    return strcmp(hc_error_name(HC_OK), "HC_OK") == 0 ? 0 : 1;
}
