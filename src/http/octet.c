#include "http/octet.h"

/* What nearly every visible character may be part of. */
#define VISIBLE (OCTET_VALUE | OCTET_QDTEXT | OCTET_TARGET)
#define MARK    (VISIBLE | OCTET_URI)
#define SUB     (MARK | OCTET_PCHAR)
#define NAME    (SUB | OCTET_TOKEN | OCTET_UNRESERVED | OCTET_HOST)

const unsigned char octet_classes[256] = {
	['\t'] = OCTET_VALUE | OCTET_QDTEXT,
	[' '] = OCTET_VALUE | OCTET_QDTEXT,
	['!'] = SUB | OCTET_TOKEN,
	['"'] = OCTET_VALUE | OCTET_TARGET,
	['#'] = OCTET_VALUE | OCTET_QDTEXT | OCTET_URI | OCTET_TOKEN,
	['$'] = SUB | OCTET_TOKEN,
	['%'] = MARK | OCTET_TOKEN,
	['&'] = SUB | OCTET_TOKEN,
	['\''] = SUB | OCTET_TOKEN,
	['('] = SUB,
	[')'] = SUB,
	['*'] = SUB | OCTET_TOKEN,
	['+'] = SUB | OCTET_TOKEN,
	[','] = SUB,
	['-'] = NAME,
	['.'] = NAME,
	['/'] = MARK,
	['0' ... '9'] = NAME,
	[':'] = SUB,
	[';'] = MARK,
	['<'] = VISIBLE,
	['='] = SUB,
	['>'] = VISIBLE,
	['?'] = MARK,
	['@'] = SUB,
	['A' ... 'Z'] = NAME,
	['['] = MARK,
	['\\'] = OCTET_VALUE | OCTET_TARGET,
	[']'] = MARK,
	['^'] = VISIBLE | OCTET_TOKEN,
	['_'] = NAME,
	['`'] = VISIBLE | OCTET_TOKEN,
	['a' ... 'z'] = NAME,
	['{'] = VISIBLE,
	['|'] = VISIBLE | OCTET_TOKEN,
	['}'] = VISIBLE,
	['~'] = SUB | OCTET_TOKEN | OCTET_UNRESERVED,
	[0x80 ... 0xff] = OCTET_VALUE | OCTET_QDTEXT,
};
