/*
 * access_value -- what a record of the access log says, item by item.
 */
#ifndef PROXY_ACCESS_VALUE_H
#define PROXY_ACCESS_VALUE_H

#include "conf/conf.h"

struct down;
struct verdict;
struct exchange;

/* A request, or a handshake: exchange is NULL then. */
struct access_record {
	const struct conf *conf;
	const struct down *down;
	const struct exchange *exchange;
	const struct verdict *verdict; /* a later one than the handshake's */
	int err;
	const char *openssl; /* its words about a handshake, or NULL */
};

enum access_kind {
	ACCESS_NOTHING, /* there is no such thing in this record */
	ACCESS_BYTES,
	ACCESS_INT,
	ACCESS_US, /* microseconds */
	ACCESS_BOOL,
};

struct access_value {
	enum access_kind kind;
	struct slice bytes; /* borrowed, or in room; whoever sent them */
	int64_t number;
	char room[2048];
};

void access_value_get(const struct access_record *, enum access_field,
    struct access_value *);
/* Nobody was let in: then the certificate is told in full. */
bool access_is_refusal(const struct access_record *);

#endif
