/*
 * expiry -- until when a file is good: for reports, nothing is decided by it.
 */
#ifndef CERT_EXPIRY_H
#define CERT_EXPIRY_H

#include <stdint.h>

#include "base/slice.h"

/* Seconds since 1970: the first notAfter of the certificates in PEM bytes, or
 * the first nextUpdate of the CRLs, in PEM or DER; 0: nothing says so. */
int64_t expiry_of_certificates(struct slice pem);
int64_t expiry_of_crls(struct slice bytes);

#endif
