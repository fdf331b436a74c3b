/*
 * wipe -- OpenSSL's memory, for a process that only passes keys through.
 *
 * OpenSSL cleans the keys it keeps, not every buffer that it decodes them in.
 */
#ifndef TLS_WIPE_H
#define TLS_WIPE_H

/* From now on OpenSSL wipes all that it frees.  To be called before anything
 * else of OpenSSL; later it has no effect. */
void wipe_freed(void);

#endif
