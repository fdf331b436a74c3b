/*
 * idvalue -- the values of the fields that forward_identity asks for.
 *
 * Each is built in one pass into a bounded buffer, out of what the handshake
 * proved; octets of a certificate get there only as far as they cannot end
 * the value, or begin another element of it.
 */
#ifndef PROXY_IDVALUE_H
#define PROXY_IDVALUE_H

#include "http/msg.h"
#include "proxy/idhdr.h"

/* Adds them.  0, or E_IDENTITY_LONG. */
int idvalue_add(struct msg *, const struct idhdr *);

#endif
