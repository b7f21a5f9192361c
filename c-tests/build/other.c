/* A program with two static libraries in Rust. */
#include <httpclient.h>

int other_answer(void);

int main(void) { return other_answer() == 1 && hc_version_number() == HC_VERSION_NUMBER ? 0 : 1; }
