/*
 * details -- of a handshake, what hardly anybody asks for: read when it is.
 */
#ifndef TLS_DETAILS_H
#define TLS_DETAILS_H

#include "base/arena.h"
#include "net/io.h"

/* Each may be empty. */
struct tls_details {
	struct slice sig_alg;     /* our certificate's: "RSA-SHA256" */
	struct slice key_alg;     /* its key's: "RSA2048", "EC256" */
	struct slice common_name; /* the client's, raw; may hold any octet */
	struct slice client_cert; /* DER */
};

/* Of an io_tls whose handshake succeeded; what is read lies in the arena. */
void tls_details(const struct io *, struct arena *, struct tls_details *);

#endif
