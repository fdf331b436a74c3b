/*
 * Authorities, URIs and paths.  The first octet says which: "a", "u", "p".
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "http/path.h"
#include "http/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What was understood, written out again, is understood the same. */
static void
fuzz_authority(struct slice in)
{
	char host[HOST_MAX], text[HOST_MAX + 16];
	struct authority a, again;
	size_t n;
	int len;

	if (authority_parse(in, &a) != 0 || authority_host(&a, host, &n) != 0)
		return;
	assert(n > 0 && n < HOST_MAX && strlen(host) == n);
	for (size_t i = 0; i < n; i++)
		assert(ascii_is_alnum(host[i]) || host[i] == '-' ||
		    host[i] == '.' || host[i] == '_' ||
		    (a.is_ip6 && host[i] == ':'));
	len = snprintf(text, sizeof(text), a.is_ip6 ? "[%s]" : "%s", host);
	if (a.port != 0)
		len += snprintf(text + len, sizeof(text) - (size_t)len, ":%u",
		    a.port);
	assert(authority_parse(slice_of(text, (size_t)len), &again) == 0);
	assert(again.port == a.port && again.is_ip6 == a.is_ip6 &&
	    again.is_ip4 == a.is_ip4);
	assert(slice_caseeq(again.host, slice_of(host, n)));
}

static size_t
put(char *out, size_t at, const char *sep, struct slice s)
{
	size_t n = strlen(sep);

	memcpy(out + at, sep, n);
	if (s.n > 0)
		memcpy(out + at + n, s.p, s.n);
	return at + n + s.n;
}

/* The parts make the whole: RFC 3986, 5.3. */
static void
fuzz_uri(struct slice in)
{
	struct uri u;
	size_t n;
	char *out;

	if (uri_parse(in, &u) != 0)
		return;
	out = malloc(in.n + 16);
	assert(out != NULL);
	n = put(out, 0, "", u.scheme);
	n = put(out, n, ":", slice_of("", 0));
	if (u.has_authority)
		n = put(out, n, "//", u.authority);
	n = put(out, n, "", u.path);
	if (u.has_query)
		n = put(out, n, "?", u.query);
	if (u.has_fragment)
		n = put(out, n, "#", u.fragment);
	assert(slice_eq(in, slice_of(out, n)));
	assert(!u.has_authority || u.path.n == 0 || u.path.p[0] == '/');
	free(out);
}

/* No segment that goes up, stays, or is empty; nothing to decode again. */
static void
assert_normal(struct slice path, unsigned reading)
{
	struct slice rest = slice_skip(path, 1), segment;
	bool at_end = false;

	assert(path.p[0] == '/');
	assert(slice_find(path, '?') < 0 && slice_find(path, '#') < 0);
	while (slice_cut(&rest, '/', &segment, &at_end)) {
		if ((reading & PATH_DOTS) != 0)
			assert(!slice_eq(segment, SL(".")) &&
			    !slice_eq(segment, SL("..")));
		if ((reading & PATH_EMPTY) != 0)
			assert(segment.n > 0 || at_end);
		if ((reading & PATH_PARAMS) != 0)
			assert(slice_find(segment, ';') < 0);
		if ((reading & PATH_BACKSLASH) != 0)
			assert(slice_find(segment, '\\') < 0);
	}
}

/* What every reading of a path must be. */
static void
fuzz_readings(struct slice in, char *out, size_t max, unsigned doubts)
{
	struct path_reader r;
	struct slice read;
	unsigned reading = 0, count = 0;
	int e;

	assert(path_reader_init(&r, in, out, max) == 0);
	assert(r.doubts == doubts);
	while ((e = path_reader_next(&r, &read)) == 0) {
		assert(read.n > 0 && read.n <= max);
		if (!slice_eq(read, SL("*")))
			assert_normal(read, reading);
		reading = r.reading;
		count++;
	}
	assert(e == E_EOF || e == E_HTTP_PATH);
	assert(count <= 64);
}

static void
fuzz_path(struct slice in)
{
	/* an octet that should be escaped, and is not, becomes three */
	size_t max = 3 * in.n;
	char *out = malloc(in.n + 1), *again = malloc(max + 1);
	struct path_reader r;
	struct slice path;
	size_t n, m;
	int e;

	assert(out != NULL && again != NULL);
	e = path_normalise(in, out, in.n, &n);
	assert(e == 0 || e == E_HTTP_PATH);
	if (path_reader_init(&r, in, again, max) == 0)
		fuzz_readings(in, again, max, r.doubts);
	if (e == 0) {
		assert(r.doubts == 0 && n <= in.n);
		path = slice_of(out, n);
		if (!slice_eq(path, SL("*")))
			assert_normal(path, ~0u);
		assert(path_normalise(path, again, n, &m) == 0);
		assert(slice_eq(path, slice_of(again, m)));
		assert(path_has_prefix(path, path));
		assert(path_has_prefix(path, SL("/")));
	}
	free(out);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct slice in;

	if (len == 0)
		return 0;
	in = slice_of(p + 1, len - 1);
	switch (p[0]) {
	case 'a':
		fuzz_authority(in);
		break;
	case 'u':
		fuzz_uri(in);
		break;
	case 'p':
		fuzz_path(in);
		break;
	}
	return 0;
}
