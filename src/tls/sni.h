/*
 * sni -- which site a ClientHello is for.
 *
 * Chosen before anything else of the handshake, so that resumption, versions
 * and certificates are decided under the site's policy.  No SNI: the site "*",
 * if there is one.  A name is compared in lower case and without one trailing
 * dot, as Host is, although RFC 6066 wants none: the two can then not differ.
 * What is no DNS name, or is not served, is refused with the alert
 * unrecognized_name.
 */
#ifndef TLS_SNI_H
#define TLS_SNI_H

#include "base/slice.h"

struct ssl_st;
struct tls;
struct tls_site;

/* For SSL_CTX_set_client_hello_cb, on the entry and on every site's context:
 * after a HelloRetryRequest it is asked again. */
int sni_on_hello(struct ssl_st *, int *alert, void *);
/* The site of a name as it was sent, in lower case; empty: none was.  NULL:
 * it is not served. */
const struct tls_site *sni_find(const struct tls *, struct slice sni);

#endif
