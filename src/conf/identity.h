/*
 * identity -- what a backend is told of the client, besides X-Forwarded-*.
 */
#ifndef CONF_IDENTITY_H
#define CONF_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "base/slice.h"

struct conf;

/* What a field of one's own choice may hold; identity.def. */
enum identity_var {
#define V(id, name) IDENTITY_##id,
#include "conf/identity.def"
#undef V
	IDENTITY_COUNT
};

/* A piece of such a field: text, and then perhaps a value. */
struct conf_identity_part {
	struct slice text;
	bool has_var;
	enum identity_var var;
};

struct conf_identity_field {
	struct diag_at at;
	struct slice name;
	struct slice text; /* as written */
	struct conf_identity_part *parts;
	size_t count;
};

/* Keys of X-Forwarded-Client-Cert, a set; Hash is always there. */
enum identity_xfcc {
	XFCC_ON = 1,
	XFCC_BY = 2,
	XFCC_CERT = 4,
	XFCC_CHAIN = 8,
	XFCC_SUBJECT = 16,
	XFCC_URI = 32,
	XFCC_DNS = 64,
};

struct conf_identity {
	struct diag_at at; /* line 0: the key is not there */
	bool client_cert;  /* Client-Cert: RFC 9440 */
	bool client_cert_chain;
	unsigned xfcc;  /* enum identity_xfcc, a set */
	bool forwarded; /* Forwarded: RFC 7239 */
	struct conf_identity_field *fields;
	size_t field_count;
	size_t max; /* octets of all of it */
};

/* The names of fields that some route emits, for all routes: no client may
 * say what is ours to say. */
struct conf_names {
	struct slice *at;
	size_t count;
};

/* Gives each route what holds for it, its own or its backend's, and the names
 * that all emit; tells of what does not go together. */
void identity_check(struct conf *, struct diag *);

#endif
