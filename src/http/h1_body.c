#include "http/h1_body.h"

#include <assert.h>
#include <string.h>

#include "base/err.h"
#include "http/octet.h"

/* RFC 9112, 7.1: room for any int64_t, and for some zeros before it. */
#define SIZE_DIGITS 16
#define CRLF_LEN    2

void
h1_body_init(struct h1_body *b, const struct msg *msg)
{
	*b = (struct h1_body) { .state = BODY_DONE };
	switch (msg->content) {
	case CONTENT_NONE:
		break;
	case CONTENT_LENGTH:
		b->left = msg->length;
		if (b->left > 0)
			b->state = BODY_LENGTH;
		break;
	case CONTENT_STREAM:
		b->state = BODY_SIZE;
		break;
	case CONTENT_UNTIL_CLOSE:
		b->state = BODY_CLOSE;
		break;
	}
}

static void
skip_blanks(struct slice *s)
{
	while (s->n > 0 && octet_is_blank(s->p[0]))
		*s = slice_skip(*s, 1);
}

static bool
skip_octet(struct slice *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = slice_skip(*s, 1);
	return true;
}

static bool
skip_token(struct slice *s)
{
	size_t n = octet_span(*s, OCTET_TOKEN);

	*s = slice_skip(*s, n);
	return n > 0;
}

/* RFC 9110, 5.6.4; s begins with the opening quote. */
static bool
skip_quoted(struct slice *s)
{
	size_t i = 1;

	for (;;) {
		i += octet_span(slice_skip(*s, i), OCTET_QDTEXT);
		if (i == s->n)
			return false;
		if (s->p[i] == '"')
			break;
		/* a quoted-pair; the class is without CTLs but HTAB */
		if (s->p[i] != '\\' || s->n - i < 2 ||
		    !octet_is(s->p[i + 1], OCTET_VALUE))
			return false;
		i += 2;
	}
	*s = slice_skip(*s, i + 1);
	return true;
}

/* BWS ";" BWS name [ BWS "=" BWS value ] */
static bool
skip_extension(struct slice *s)
{
	struct slice value;

	skip_blanks(s);
	if (!skip_octet(s, ';'))
		return false;
	skip_blanks(s);
	if (!skip_token(s))
		return false;
	/* the blanks may belong to the next ";" as well */
	value = *s;
	skip_blanks(&value);
	if (!skip_octet(&value, '='))
		return true;
	skip_blanks(&value);
	*s = value;
	return s->n > 0 && s->p[0] == '"' ? skip_quoted(s) : skip_token(s);
}

/*
 * RFC 9112, 7.1.1, and nothing but extensions in s.  What they say is of no
 * interest, but who is lax about their octets sees the end of the line in
 * another place.
 */
static bool
is_extensions(struct slice s)
{
	while (s.n > 0)
		if (!skip_extension(&s))
			return false;
	return true;
}

/* Digits alone: no sign, no "0x", no "_", no white space. */
static size_t
parse_size(struct slice line, uint64_t *size)
{
	size_t n = 0;

	*size = 0;
	for (; n < line.n && ascii_hex(line.p[n]) >= 0; n++) {
		if (n == SIZE_DIGITS)
			return 0;
		*size = *size << 4 | (uint64_t)ascii_hex(line.p[n]);
	}
	return *size <= INT64_MAX ? n : 0;
}

/* How many octets of extensions the body may still have. */
static size_t
ext_left(const struct h1_body *b, const struct h1_limits *l)
{
	return l->chunk_ext_max > b->ext_used ? l->chunk_ext_max - b->ext_used :
						0;
}

/* A whole chunk-size line, without its CRLF. */
static int
take_size_line(struct h1_body *b, const struct h1_limits *l, struct slice line)
{
	size_t n = parse_size(line, &b->left);
	struct slice ext = slice_skip(line, n);

	if (n == 0 || !is_extensions(ext))
		return E_HTTP_CHUNK;
	if (ext.n > ext_left(b, l))
		return E_HTTP_CHUNK_LONG;
	b->ext_used += ext.n;
	b->state = b->left > 0 ? BODY_DATA : BODY_TRAILER;
	b->scan = (struct h1_scan) { 0 };
	return 0;
}

static int
next_size(struct h1_body *b, const struct h1_limits *l, struct slice in,
    size_t *used)
{
	const char *lf = NULL;

	if (b->scan.at < in.n)
		lf = memchr(in.p + b->scan.at, '\n', in.n - b->scan.at);
	b->scan.at = lf != NULL ? (size_t)(lf - in.p) + 1 : in.n;
	if (b->scan.at > SIZE_DIGITS + CRLF_LEN &&
	    b->scan.at - SIZE_DIGITS - CRLF_LEN > ext_left(b, l))
		return E_HTTP_CHUNK_LONG;
	if (lf == NULL)
		return E_AGAIN;
	*used = b->scan.at;
	if (*used < CRLF_LEN || lf[-1] != '\r')
		return E_HTTP_CHUNK;
	return take_size_line(b, l, slice_first(in, *used - CRLF_LEN));
}

/* RFC 9112, 7.1: CRLF after the data, or the sizes are out of step. */
static int
next_data_end(struct h1_body *b, struct slice in, size_t *used)
{
	struct slice crlf = SL("\r\n");
	size_t n = in.n < crlf.n ? in.n : crlf.n;

	if (!slice_eq(slice_first(in, n), slice_first(crlf, n)))
		return E_HTTP_CHUNK;
	if (n < crlf.n)
		return E_AGAIN;
	b->state = BODY_SIZE;
	*used = n;
	return 0;
}

static int
next_trailers(struct h1_body *b, struct msg *msg, const struct h1_limits *l,
    struct slice in, size_t *used)
{
	int e = h1_parse_trailers(msg, &b->scan, l, in, used);

	if (e == 0)
		b->state = BODY_DONE;
	return e;
}

static int
next_content(const struct h1_body *b, struct slice in, struct slice *data)
{
	if (b->state != BODY_CLOSE && in.n > b->left)
		in.n = (size_t)b->left;
	*data = in;
	return in.n > 0 ? 0 : E_AGAIN;
}

int
h1_body_next(struct h1_body *b, struct msg *msg, const struct h1_limits *l,
    struct slice in, size_t *skip, struct slice *data)
{
	size_t used;
	int e = 0;

	*skip = 0;
	*data = slice_first(in, 0);
	while (e == 0) {
		used = 0;
		switch (b->state) {
		case BODY_LENGTH:
		case BODY_CLOSE:
		case BODY_DATA:
			return next_content(b, in, data);
		case BODY_SIZE:
			e = next_size(b, l, in, &used);
			break;
		case BODY_DATA_END:
			e = next_data_end(b, in, &used);
			break;
		case BODY_TRAILER:
			e = next_trailers(b, msg, l, in, &used);
			break;
		case BODY_DONE:
			return 0;
		}
		if (e == 0) {
			*skip += used;
			in = slice_skip(in, used);
		}
	}
	return e;
}

void
h1_body_took(struct h1_body *b, size_t n)
{
	if (n == 0 || b->state == BODY_CLOSE)
		return;
	assert(b->state == BODY_LENGTH || b->state == BODY_DATA);
	assert(n <= b->left);
	b->left -= n;
	if (b->left == 0)
		b->state = b->state == BODY_LENGTH ? BODY_DONE : BODY_DATA_END;
}

int
h1_body_eof(struct h1_body *b)
{
	if (b->state == BODY_CLOSE)
		b->state = BODY_DONE;
	return b->state == BODY_DONE ? 0 : E_TRUNCATED;
}
