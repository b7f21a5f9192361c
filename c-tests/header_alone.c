/* The header needs nothing before it, and may come twice in one unit. */
#include "httpclient.h"
#include "httpclient.h"

#if HC_VERSION_NUMBER != HC_VERSION_MAJOR * 1000000 + HC_VERSION_MINOR * 1000 + HC_VERSION_PATCH
#error "the parts of the version do not make its number"
#endif

/* Negative, and so refused, if a code is not 32 bits wide. */
typedef char error_has_32_bits[sizeof(hc_error) == 4 ? 1 : -1];
/* Constants are usable where the language wants a constant. */
typedef char constants_are_constant[HC_STATUS_OK == 200 && HC_OK == 0 ? 1 : -1];

/* A second unit that knows the same types; see header_pair.c. */
size_t header_url_size(const hc_url *url, hc_error *error);

size_t header_url_size(const hc_url *url, hc_error *error)
{
    *error = HC_ERR_INCOMPLETE_READ;
    return url->size;
}
