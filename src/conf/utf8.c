#include "conf/utf8.h"

#include <stddef.h>

/* RFC 3629, section 3: by the number of continuation octets */
static const struct {
	unsigned char mask, lead;
	uint32_t least; /* what is smaller is overlong */
} form[] = {
	{ 0x80, 0x00, 0 },
	{ 0xe0, 0xc0, 0x80 },
	{ 0xf0, 0xe0, 0x800 },
	{ 0xf8, 0xf0, 0x10000 },
};

#define FORMS (sizeof(form) / sizeof(form[0]))

bool
utf8_next(struct slice *rest, uint32_t *character)
{
	unsigned char lead = (unsigned char)rest->p[0];
	uint32_t c;
	size_t more = 0;

	while (more < FORMS && (lead & form[more].mask) != form[more].lead)
		more++;
	if (more == FORMS || rest->n <= more)
		return false;
	c = lead & (unsigned char)~form[more].mask;
	for (size_t i = 1; i <= more; i++) {
		unsigned char next = (unsigned char)rest->p[i];

		if ((next & 0xc0) != 0x80)
			return false;
		c = c << 6 | (next & 0x3f);
	}
	if (c < form[more].least || c > 0x10ffff ||
	    (c >= 0xd800 && c <= 0xdfff))
		return false;
	*character = c;
	*rest = slice_skip(*rest, more + 1);
	return true;
}

struct slice
utf8_first(struct slice s, size_t max)
{
	if (s.n <= max)
		return s;
	while (max > 0 && ((unsigned char)s.p[max] & 0xc0) == 0x80)
		max--;
	return slice_first(s, max);
}
