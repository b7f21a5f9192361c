/* Two units of one program that both include the header: it defines nothing, so they link. */
#include "httpclient.h"

size_t header_url_size(const hc_url *url, hc_error *error);

int main(void)
{
    hc_url url;
    hc_error error = HC_OK;

    url.size = sizeof url;
    if (header_url_size(&url, &error) != sizeof(hc_url)) {
        return 1;
    }
    switch (error) {
    case HC_ERR_INCOMPLETE_READ:
        return 0;
    default:
        return 2;
    }
}
