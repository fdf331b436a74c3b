#include "conf/yaml_octets.h"

#include <stdint.h>

#include "conf/utf8.h"

#define BYTE_ORDER_MARK 0xfeff

/* YAML 1.1, 5.1: what may stand in a stream, but NEL, which none would see. */
static bool
is_printable(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	return c < 0x7f || (c >= 0xa0 && c != 0xfffe && c != 0xffff);
}

/* Goes on by one character; lines end where libyaml says. */
static void
advance(struct diag_at *at, uint32_t last, uint32_t c)
{
	bool is_break = c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029;

	if (!is_break) {
		at->column += c != BYTE_ORDER_MARK;
	} else if (c != '\n' || last != '\r') {
		at->line++;
		at->column = 1;
	}
}

bool
yaml_octets_check(const char *file, struct slice bytes, struct diag *d)
{
	struct diag_at at = { .file = file, .line = 1, .column = 1 };
	struct slice rest = bytes;
	uint32_t c, last = 0;

	for (; rest.n > 0; last = c) {
		if (!utf8_next(&rest, &c)) {
			diag_error(d, at, "the octet 0x%02x is not UTF-8",
			    (unsigned char)rest.p[0]);
			return false;
		}
		if (!is_printable(c)) {
			diag_error(d, at, "a control character (0x%02x)", c);
			return false;
		}
		if (c == '%' && at.column == 1) {
			diag_error(d, at,
			    "a line begins with %%; directives are not "
			    "supported");
			return false;
		}
		advance(&at, last, c);
	}
	return true;
}
