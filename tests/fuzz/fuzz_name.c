/*
 * DNS names against a plain model: a pattern, a new line, a name.
 */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "net/addr.h"
#include "net/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define LABELS_MAX 256

/* The labels of a text, however it looks; false: too many. */
static bool
cut(struct slice s, struct slice labels[LABELS_MAX], size_t *count)
{
	bool at_end = false;

	for (*count = 0; *count < LABELS_MAX; (*count)++)
		if (!slice_cut(&s, '.', &labels[*count], &at_end))
			return true;
	return false;
}

static bool
is_label(struct slice s)
{
	static const char marks[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

	if (s.n < 1 || s.n > 63 || s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (memchr(marks, s.p[i], sizeof(marks) - 1) == NULL)
			return false;
	return true;
}

static bool
is_number(struct slice s)
{
	char text[64];
	char *end;

	if (s.n == 2 && s.p[0] == '0' && ascii_lower(s.p[1]) == 'x')
		return true;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	strtoul(text, &end, 10);
	if (*end == '\0' && ascii_is_digit(text[0]))
		return true;
	if (text[0] != '0' || ascii_lower(text[1]) != 'x')
		return false;
	strtoul(text, &end, 16);
	return *end == '\0';
}

/* What name_check must say yes to. */
static bool
is_name(struct slice s, bool wildcard)
{
	struct slice labels[LABELS_MAX];
	size_t count, i = 0;

	if (s.n > 253 || !cut(s, labels, &count))
		return false;
	if (wildcard && count >= 3 && slice_eq(labels[0], SL("*")))
		i = 1;
	for (; i < count; i++)
		if (!is_label(labels[i]))
			return false;
	return !is_number(labels[count - 1]);
}

/* What name_matches must say yes to, both being names. */
static bool
matches(struct slice pattern, struct slice name)
{
	struct slice a[LABELS_MAX], b[LABELS_MAX];
	size_t n, m;

	if (!cut(pattern, a, &n) || !cut(name, b, &m) || n != m)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (i == 0 && slice_eq(a[0], SL("*")))
			continue;
		if (!slice_caseeq(a[i], b[i]))
			return false;
	}
	return true;
}

/* An address that was understood is the same when it is written out. */
static void
check_addr(struct slice s)
{
	char out[ADDR_TEXT_MAX];
	struct addr a, again;

	if (addr_parse(s, &a) != 0)
		return;
	addr_format(&a, out);
	assert(strlen(out) < ADDR_TEXT_MAX);
	assert(addr_parse(slice_str(out), &again) == 0);
	assert(addr_port(&a) == addr_port(&again));
	/* IPv4 within IPv6 is shown, and read again, as IPv4 */
	if (addr_is_ip6(&a) == addr_is_ip6(&again))
		assert(addr_eq(&a, &again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct slice in = slice_of(p, len), pattern;
	bool at_end = false;

	slice_cut(&in, '\n', &pattern, &at_end);
	assert(
	    (name_check(pattern, true) == NAME_OK) == is_name(pattern, true));
	assert((name_check(in, false) == NAME_OK) == is_name(in, false));
	if (is_name(pattern, true) && is_name(in, false))
		assert(name_matches(pattern, in) == matches(pattern, in));
	else
		(void)name_matches(pattern, in);
	check_addr(in);
	return 0;
}
