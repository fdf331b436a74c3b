/*
 * crl_store -- what was made of a file of CRLs, kept with the file, so that
 * workers need not make it again: to look at a million entries and to verify
 * the signature over them takes long, and a worker that does so serves nobody
 * meanwhile.  For crls.c.
 *
 * For each CRL of the file a record, its DER unless that is the file itself,
 * and its index.  The supervisor writes it, and nobody else can: it lies in
 * the sealed bundle.
 */
#ifndef CERT_CRL_STORE_H
#define CERT_CRL_STORE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"
#include "cert/crl.h"

#define CRL_STORE_KEY_LEN 32

struct crl_record {
	uint64_t der_len; /* of what follows; 0: it is the whole file */
	uint64_t count;
	uint64_t slot_count;
	unsigned char signer[CRL_STORE_KEY_LEN]; /* SHA-256 of the key */
};

struct crl_stored {
	struct crl crl; /* as crl_parse() gives it; borrows from the store */
	unsigned char signer[CRL_STORE_KEY_LEN];
};

/* Octets that a CRL takes; is_file: its DER is the whole file. */
size_t crl_store_size(const struct crl *, bool is_file);
/* Writes one to p, which has that room; the octets behind it. */
char *crl_store_put(char *p, const struct crl *, bool is_file,
    const unsigned char signer[CRL_STORE_KEY_LEN]);
/* Takes the next one from *rest; false: there is none that is whole. */
bool crl_store_take(struct slice *rest, struct slice file, struct crl_stored *);

#endif
