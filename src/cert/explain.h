/*
 * explain -- a verdict in words: what was shown, on what it was judged, what
 * came of it.
 *
 * The verdict is verifier_judge()'s own; what is told besides is read from
 * the same certificates and files.
 */
#ifndef CERT_EXPLAIN_H
#define CERT_EXPLAIN_H

#include "base/report.h"
#include "cert/verify.h"
#include "conf/conf.h"

/*
 * Judges the certificates of a PEM file, the client's own first, at a time.
 * Blocks of other kinds are passed over.  0 with *verdict filled (its err says
 * the rest), or E_INVALID: there is nothing to judge, and the report says why.
 */
int explain_chain(const struct conf_clients *, const struct verifier *,
    struct slice pem, int64_t now, struct report *, struct verdict *);

/* What a log tells of a certificate; texts as in an ident. */
struct explain_named {
	struct slice issuer, serial;
};

/*
 * Of a certificate that is not at hand: whether its issuer is trusted, and
 * whether a CRL lists it, by the names alone.
 */
void explain_named(const struct conf_clients *, const struct explain_named *,
    int64_t now, struct report *);

#endif
