#include "net/name.h"

#include <stddef.h>

#define NAME_MAX_OCTETS  253 /* RFC 1034, 3.1: 255 on the wire */
#define LABEL_MAX_OCTETS 63  /* RFC 1034, 3.1 */

static enum name_flaw
label_check(struct slice label)
{
	if (label.n == 0)
		return NAME_LABEL_EMPTY;
	for (size_t i = 0; i < label.n; i++) {
		char c = label.p[i];

		if (c == '*')
			return NAME_WILDCARD;
		if (!ascii_is_alnum(c) && c != '-' && c != '_')
			return NAME_OCTET;
	}
	if (label.n > LABEL_MAX_OCTETS)
		return NAME_LABEL_LONG;
	if (label.p[0] == '-' || label.p[label.n - 1] == '-')
		return NAME_LABEL_HYPHEN;
	return NAME_OK;
}

/*
 * Whether inet_aton(3) and its kin would take the last label for a number:
 * then some of them take the whole for an IPv4 address ("10.1", "0x7f.1"),
 * and no top-level domain is a number (RFC 3696, section 2).
 */
static bool
label_is_number(struct slice label)
{
	bool is_hex = label.n >= 2 && label.p[0] == '0' &&
	    ascii_lower(label.p[1]) == 'x';

	for (size_t i = is_hex ? 2 : 0; i < label.n; i++)
		if (is_hex ? ascii_hex(label.p[i]) < 0 :
			     !ascii_is_digit(label.p[i]))
			return false;
	return true;
}

enum name_flaw
name_check(struct slice name, bool wildcard)
{
	struct slice rest = name, label = { 0 };
	bool at_end = false;
	enum name_flaw flaw;
	size_t labels = 0;

	if (name.n == 0)
		return NAME_EMPTY;
	if (name.n > NAME_MAX_OCTETS)
		return NAME_LONG;
	if (wildcard && name_is_wildcard(name))
		rest = slice_skip(name, 2);
	while (slice_cut(&rest, '.', &label, &at_end)) {
		if ((flaw = label_check(label)) != NAME_OK)
			return flaw;
		labels++;
	}
	if (label_is_number(label))
		return NAME_IS_IP;
	if (wildcard && name_is_wildcard(name) && labels < 2)
		return NAME_WILDCARD;
	return NAME_OK;
}

const char *
name_flaw_text(enum name_flaw flaw)
{
	switch (flaw) {
	case NAME_OK:
		return "no flaw";
	case NAME_EMPTY:
		return "an empty name";
	case NAME_LONG:
		return "more than 253 octets";
	case NAME_LABEL_EMPTY:
		return "an empty label";
	case NAME_LABEL_LONG:
		return "a label of more than 63 octets";
	case NAME_LABEL_HYPHEN:
		return "a label that begins or ends with a hyphen";
	case NAME_OCTET:
		return "an octet that is no letter, digit, hyphen, "
		       "underscore or dot";
	case NAME_IS_IP:
		return "an IP address";
	case NAME_WILDCARD:
		return "a wildcard where none may be";
	}
	return "?";
}

bool
name_eq(struct slice a, struct slice b)
{
	/* the dots are octets as well, so that labels compare in order */
	return slice_caseeq(a, b);
}

bool
name_is_wildcard(struct slice name)
{
	return slice_starts(name, SL("*."));
}

bool
name_matches(struct slice pattern, struct slice name)
{
	ptrdiff_t dot;

	if (!name_is_wildcard(pattern))
		return name_eq(pattern, name);
	/* "*.b" is compared as a name with whatever first label */
	dot = slice_find(name, '.');
	if (dot <= 0 || name_is_wildcard(name))
		return false;
	return name_eq(slice_skip(pattern, 1), slice_skip(name, (size_t)dot));
}
