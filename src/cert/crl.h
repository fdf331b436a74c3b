/*
 * crl -- the revocation lists that a site's `clients: crl:` names.
 *
 * Whatever cannot be used to decide is a mistake when it is loaded, never
 * something to be passed over: not a CRL, signed by none of the site's CAs or
 * with SHA-1, a delta or an indirect one, for some reasons only, with an
 * unknown critical extension.
 */
#ifndef CERT_CRL_H
#define CERT_CRL_H

#include <stdint.h>

#include "base/diag.h"
#include "conf/conf.h"

struct stack_st_X509;
struct stack_st_X509_CRL;

/*
 * Reads every CRL of the files, each in PEM or one in DER.  Warnings: expired,
 * not valid yet, and a CA that has no CRL here (its clients are refused, if
 * there are CRLs at all).  NULL after a mistake, also one that was told of
 * before; crls_free() it.
 */
struct stack_st_X509_CRL *crls_read(const struct conf_files *,
    struct stack_st_X509 *cas, int64_t now, struct diag *);
void crls_free(struct stack_st_X509_CRL *); /* NULL is fine */

#endif
