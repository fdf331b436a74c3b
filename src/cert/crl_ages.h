/*
 * crl_ages -- how new the lists are that were in force, so that none of them
 * is replaced by an older one (RFC 5280, 5.2.3): who puts back an old file
 * would let in those who were revoked since.
 *
 * For each key, scope and kind the newest that has been valid.  What a
 * configuration does not mention is remembered all the same.
 */
#ifndef CERT_CRL_AGES_H
#define CERT_CRL_AGES_H

#include <stdint.h>

#include "base/diag.h"
#include "cert/crls.h"

struct crl_ages;

struct crl_ages *crl_ages_new(void);
void crl_ages_free(struct crl_ages *); /* NULL is fine */
/* Takes note of what is in force now. */
void crl_ages_add(struct crl_ages *, const struct crls *, int64_t now);
/* And of all that another took note of; NULL is fine. */
void crl_ages_merge(struct crl_ages *, const struct crl_ages *);
/* A mistake for each list that is to replace a newer one; before: NULL is
 * fine. */
void crl_ages_check(const struct crl_ages *before, const struct crls *,
    int64_t now, struct diag *);

#endif
