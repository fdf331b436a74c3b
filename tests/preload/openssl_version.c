/*
 * openssl_version -- makes OpenSSL say that it is the version which the
 * variable OPENSSL_NUMBER names, in hexadecimal; for LD_PRELOAD.
 */
#include <stdlib.h>

unsigned long OpenSSL_version_num(void);

unsigned long
OpenSSL_version_num(void)
{
	const char *number = getenv("OPENSSL_NUMBER");

	return number != NULL ? strtoul(number, NULL, 16) : 0;
}
