/*
 * h1_verdicts -- what the parsers make of messages, for a model to compare.
 *
 * stdin: for each message one octet, what it is, then its length in four
 * (big-endian), then the message: Q a request, S an answer to GET, H one to
 * HEAD.  stdout: a line for each.
 *
 *	more			the head is not whole
 *	refused			the head is not good; of a request, with the
 *				status for it: refused:414
 *	HEAD | CONTENT END	HEAD as msg_dump() has it, CONTENT in hexadecimal,
 *				END more, refused, or its trailers and what is
 *				left over: {A: b}+7
 *
 * A message is parsed as its octets come, some at a time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "http/h1_body.h"
#include "http/h1_parse.h"
#include "proxy/reply.h"
#include "support/msg_dump.h"

#define STEP     61
#define DUMP_MAX (1024 * 1024)

/* The model has the same. */
static const struct h1_limits limits = {
	.line_max = 200,
	.field_max = 100,
	.head_max = 500,
	.fields_max = 8,
	.chunk_ext_max = 24,
	.trailer_max = 80,
};

static int
parse_head(char what, struct msg *m, struct slice in, size_t *used)
{
	struct h1_scan scan = { 0 };
	int e = E_AGAIN;

	for (size_t n = 0; e == E_AGAIN && n < in.n;) {
		struct slice some;

		n = in.n - n > STEP ? n + STEP : in.n;
		some = slice_first(in, n);
		e = what == 'Q' ?
		    h1_parse_request(m, &scan, &limits, some, used) :
		    h1_parse_response(m, &scan, &limits,
			what == 'H' ? METHOD_HEAD : METHOD_GET, some, used);
	}
	return e;
}

static void
put_hex(struct buf *b, struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		(void)buf_printf(b, "%02x", (unsigned char)s.p[i]);
}

/* All the content that there is; *in is what is left. */
static int
parse_body(struct msg *m, struct slice *in, struct buf *out)
{
	struct h1_body body;
	struct slice data;
	size_t skip;
	int e;

	h1_body_init(&body, m);
	for (;;) {
		e = h1_body_next(&body, m, &limits, *in, &skip, &data);
		if (e != 0 && e != E_AGAIN)
			return e;
		*in = slice_skip(*in, skip);
		if (h1_body_is_done(&body))
			return 0;
		if (e == E_AGAIN)
			return h1_body_eof(&body);
		put_hex(out, data);
		h1_body_took(&body, data.n);
		*in = slice_skip(*in, data.n);
	}
}

/* What kept a message from being read to its end. */
static void
put_error(char what, int e, struct buf *out)
{
	if (e == E_AGAIN || e == E_TRUNCATED)
		(void)buf_puts(out, "more");
	else if (what == 'Q')
		(void)buf_printf(out, "refused:%u",
		    reply_status(e, REPLY_CLIENT));
	else
		(void)buf_puts(out, "refused");
}

static void
judge(char what, struct slice in, struct buf *out)
{
	size_t used = 0;
	struct msg m;
	int e;

	msg_init(&m);
	e = parse_head(what, &m, in, &used);
	if (e != 0) {
		put_error(what, e, out);
		msg_clear(&m);
		return;
	}
	msg_dump(&m, out);
	(void)buf_puts(out, " | ");
	in = slice_skip(in, used);
	e = parse_body(&m, &in, out);
	(void)buf_puts(out, " ");
	if (e == 0) {
		msg_dump_fields(&m.trailers, out);
		(void)buf_printf(out, "+%zu", in.n);
	} else {
		put_error(what, e, out);
	}
	msg_clear(&m);
}

int
main(void)
{
	unsigned char head[5];
	struct buf out;

	buf_init(&out, DUMP_MAX);
	while (fread(head, 1, sizeof(head), stdin) == sizeof(head)) {
		size_t n = (size_t)head[1] << 24 | (size_t)head[2] << 16 |
		    (size_t)head[3] << 8 | (size_t)head[4];
		/* of its own, so that reading beyond the end is found */
		char *p = mem_resize(NULL, n + 1, 1);

		if (fread(p, 1, n, stdin) != n)
			return EXIT_FAILURE;
		judge((char)head[0], slice_of(p, n), &out);
		(void)buf_puts(&out, "\n");
		(void)fwrite(buf_slice(&out).p, 1, buf_len(&out), stdout);
		buf_take(&out, buf_len(&out));
		free(p);
	}
	buf_clear(&out);
	return ferror(stdin) == 0 && fflush(stdout) == 0 ? EXIT_SUCCESS :
							   EXIT_FAILURE;
}
