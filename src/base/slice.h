/*
 * slice -- some bytes that somebody else owns.
 *
 * Never NUL-terminated, may hold any octet.  The empty slice may have any
 * pointer, also NULL.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
	const char *p;
	size_t n;
};

/* A string literal as a slice; also as a static initialiser. */
#define SLICE(lit) \
	{ \
		.p = (lit), .n = sizeof(lit) - 1 \
	}
/* The same as an expression. */
#define SL(lit) ((struct slice)SLICE(lit))
/* The two arguments of "%.*s"; only for bytes that are known to be clean. */
#define SLICE_ARG(s) (int)(s).n, (s).p

/* The slice of a string; NULL gives the empty one. */
struct slice slice_str(const char *);
static inline struct slice
slice_of(const void *p, size_t n)
{
	return (struct slice) { .p = p, .n = n };
}

bool slice_eq(struct slice, struct slice);
/* ASCII letters compare without case, all other octets exactly. */
bool slice_caseeq(struct slice, struct slice);
bool slice_starts(struct slice, struct slice prefix);
bool slice_ends(struct slice, struct slice suffix);
/* Less than, equal to, or greater than 0, by octets, then by length. */
int slice_cmp(struct slice, struct slice);
/* What follows the first n octets; n <= length, or the process ends. */
static inline struct slice
slice_skip(struct slice s, size_t n)
{
	assert(n <= s.n);
	return n == 0 ? s : slice_of(s.p + n, s.n - n);
}

/* The first n octets; as above. */
static inline struct slice
slice_first(struct slice s, size_t n)
{
	assert(n <= s.n);
	return slice_of(s.p, n);
}

/* Without the octets of set at either end. */
struct slice slice_trim(struct slice, const char *set);
/* Where the octet stands first, or -1. */
ptrdiff_t slice_find(struct slice, char);
/*
 * Cuts *rest at the first sep: *part is what stands before, *rest what comes
 * after.  False when *rest has been used up: "a,,b" gives three parts, ""
 * gives one, which is empty.  Start with at_end == false.
 */
bool slice_cut(struct slice *rest, char sep, struct slice *part, bool *at_end);
/* Decimal digits and nothing else; false on overflow or no digit. */
bool slice_u64(struct slice, uint64_t *);

/* ASCII alone, whatever the locale. */
static inline char
ascii_lower(char c)
{
	return (c >= 'A' && c <= 'Z') ? (char)(c | 0x20) : c;
}

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_is_alpha(char c)
{
	return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

static inline bool
ascii_is_alnum(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c);
}

/* 0 to 15, or -1. */
static inline int
ascii_hex(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return (c >= 'a' && c <= 'f') ? c - 'a' + 10 : -1;
}

#endif
