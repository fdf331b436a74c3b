/*
 * intern -- certificates of clients, each parsed once.
 *
 * Parsing one costs OpenSSL 3.0 as much as an ECDH, and it parses every
 * certificate of every handshake, the leaf again when it makes a ticket, and
 * again when that comes back; and a connection keeps what was parsed as long
 * as it is open.  So OpenSSL's own name for what a certificate looks like,
 * X509_it(), is taken by a function of ours (the dynamic linker prefers the
 * program's, as with malloc), which has the octets parsed by what is OpenSSL's
 * unless the very same octets belong to a certificate that is kept: then they
 * are that one.
 *
 * Kept are certificates of clients who were let in, never those of who was
 * refused.  Nothing is decided here: parsing is a function of the octets, and
 * who has the certificate is judged as ever.  A certificate that OpenSSL has
 * parsed is const but for what it finds out about it and remembers.
 *
 * Debian's libcrypto asks by that name too.  One that is linked with -Bsymbolic
 * does not: then the certificates in tickets alone are shared, and a handshake
 * costs what it did without this.
 *
 * Bounded: INTERN_MAX; the one that was not asked for longest makes room.  For
 * the whole process, which has one thread.
 */
#ifndef CERT_INTERN_H
#define CERT_INTERN_H

#include <stdbool.h>
#include <stddef.h>

struct x509_st;

#define INTERN_MAX     2048       /* certificates */
#define INTERN_DER_MAX (8 * 1024) /* octets; larger ones are not kept */

/* Whether what is parsed from now on may be one of those kept.  At first it
 * may not. */
void intern_allow(bool);
/* Keeps one, while that is allowed; references it. */
void intern_keep(struct x509_st *);
/* Forgets all of them. */
void intern_clear(void);
size_t intern_count(void);

#endif
