/*
 * crls_int -- what crls.c, which reads the lists, and crls_judge.c share.
 */
#ifndef CERT_CRLS_INT_H
#define CERT_CRLS_INT_H

#include "cert/crls.h"

struct crls {
	const struct conf_clients *conf;
	const struct anchors *anchors;
	struct crls_item *items;
	size_t count;
};

/* Name and key are the same. */
bool crls_is_same_ca(const struct x509_st *, const struct x509_st *);
/* Until when it decides. */
int64_t crls_end_of(const struct crls_item *);
/* Same signer, same scope: one takes the place of the other. */
bool crls_are_rivals(const struct crls_item *, const struct crls_item *);
/* RFC 5280, 5.2.4: whether the delta is to be added to that one. */
bool crls_builds_on(const struct crls_item *delta,
    const struct crls_item *base);

#endif
