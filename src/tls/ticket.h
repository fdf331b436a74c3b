/*
 * ticket -- sessions that clients keep and come back with.
 *
 * A ticket is sealed by keys that only we have (RFC 5077, RFC 8446 4.6.1) and
 * carries what it was given for: the policy of its site (tls_site.policy: the
 * whole configuration, the site's CAs and CRLs, this program), until when it may be used,
 * and what the client showed besides its certificate.  A session resumes only
 * if all of that still holds; else the ticket is ignored and a full handshake
 * follows, never an alert.  So a session outlives neither the client's chain,
 * nor a CRL's nextUpdate, nor any change of policy, nor the site.
 *
 * There is no early data.
 */
#ifndef TLS_TICKET_H
#define TLS_TICKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct hs;
struct ssl_st;
struct ssl_ctx_st;
struct stack_st_X509;

#define TICKET_NAME_LEN 16
#define TICKET_KEY_LEN  32
/* A key's file: name, MAC key, encryption key; random octets. */
#define TICKET_FILE_LEN (TICKET_NAME_LEN + 2 * TICKET_KEY_LEN)

struct ticket_key {
	unsigned char name[TICKET_NAME_LEN]; /* sent with each ticket */
	unsigned char mac[TICKET_KEY_LEN];   /* HMAC-SHA256 */
	unsigned char aes[TICKET_KEY_LEN];   /* AES-256-CBC */
};

#define TICKET_KEYS_MAX 4

/* The first seals and opens, the others only open.  Wiped by ticket_wipe. */
struct ticket_keys {
	struct ticket_key key[TICKET_KEYS_MAX];
	unsigned count; /* 0: there are no tickets */
};

/* A new random key becomes the first; the oldest beyond keep falls out. */
void ticket_rotate(struct ticket_keys *, unsigned keep);
/* Reads a key's file and appends it; false: it has not TICKET_FILE_LEN octets
 * or there are too many. */
bool ticket_add(struct ticket_keys *, struct slice file);
void ticket_wipe(struct ticket_keys *);

/* Sets the callbacks of a context; tickets are off until ticket_enable. */
void ticket_init(struct ssl_ctx_st *);
void ticket_enable(struct ssl_ctx_st *);

/* A full handshake has let a client in: from now on it may get a ticket, or
 * none if its chain or a CRL ends too soon or what it showed is too much. */
void ticket_allow(struct hs *, struct ssl_st *, struct stack_st_X509 *others);
/* What the client of a resumed session had shown besides its certificate; the
 * caller frees it. */
struct stack_st_X509 *ticket_others(struct ssl_st *);

#endif
