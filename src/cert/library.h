/*
 * library -- OpenSSL, as this program loads it.
 *
 * Half of what a handshake costs with OpenSSL 3.0 is to find out, for the
 * public key of each certificate, which of some forty decoders can read it and
 * who manages such a key; and each search goes through all that OpenSSL has
 * loaded, every cipher included.  So the default provider is wrapped in one
 * that offers of decoders, kinds of key and ciphers those that can matter here.
 * All that computes is the default provider's, untouched.
 */
#ifndef CERT_LIBRARY_H
#define CERT_LIBRARY_H

#include <stdbool.h>

/*
 * Call it once, before anything else of OpenSSL's.  false: OpenSSL is as its
 * configuration has it, because that names providers (or because they cannot
 * be wrapped); everything works then, and costs more.
 */
bool library_init(void);
/*
 * The first release of this one's series without the faults known to be within
 * reach of whoever presents a certificate, if this one is older; else NULL.
 * Distributions mend older ones too: so it is a reason to look, not to refuse.
 */
const char *library_overdue(void);

#endif
