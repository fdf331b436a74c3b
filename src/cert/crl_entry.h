/*
 * crl_entry -- the entries of a CRL, and the way to them.  For crl.c.
 */
#ifndef CERT_CRL_ENTRY_H
#define CERT_CRL_ENTRY_H

#include "cert/crl.h"

/* Looks at every entry, and makes the index.  NULL, or what is wrong. */
const char *crl_entries_index(struct crl *);

#endif
