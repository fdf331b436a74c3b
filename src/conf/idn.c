#include "conf/idn.h"

#include <idn2.h>
#include <string.h>

static bool
is_ascii(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] > 0x7f)
			return false;
	return true;
}

bool
idn_to_ascii(struct slice s, struct arena *a, struct slice *out,
    const char **why)
{
	uint8_t *ascii;
	char *lower;
	int e;

	if (s.n > 1 && s.p[s.n - 1] == '.')
		s.n--;
	lower = arena_str(a, s);
	for (size_t i = 0; i < s.n; i++)
		lower[i] = ascii_lower(lower[i]);
	*out = slice_of(lower, s.n);
	if (is_ascii(s))
		return true;
	e = idn2_lookup_u8((const uint8_t *)lower, &ascii,
	    IDN2_NFC_INPUT | IDN2_NO_TR46);
	if (e != IDN2_OK) {
		*why = idn2_strerror(e);
		return false;
	}
	*out = arena_copy(a, slice_str((const char *)ascii));
	idn2_free(ascii);
	return true;
}
