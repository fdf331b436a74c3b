/*
 * advice -- what the operator of client or gateway can do about a reason.
 */
#ifndef CERT_ADVICE_H
#define CERT_ADVICE_H

/* One sentence without full stop; NULL: nothing is known. */
const char *advice_for(int err);

#endif
