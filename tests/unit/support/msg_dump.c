#include "support/msg_dump.h"

void
msg_dump_fields(const struct fields *f, struct buf *b)
{
	for (unsigned i = 0; i < f->count; i++) {
		buf_puts(b, "{");
		buf_put(b, f->at[i].name);
		buf_puts(b, ": ");
		buf_put(b, f->at[i].value);
		buf_puts(b, "}");
	}
}

static void
dump_content(const struct msg *m, struct buf *b)
{
	switch (m->content) {
	case CONTENT_NONE:
		buf_puts(b, "none");
		if (m->has_length)
			buf_printf(b, "(%llu)", (unsigned long long)m->length);
		break;
	case CONTENT_LENGTH:
		buf_printf(b, "length=%llu", (unsigned long long)m->length);
		break;
	case CONTENT_STREAM:
		buf_puts(b, "stream");
		break;
	case CONTENT_UNTIL_CLOSE:
		buf_puts(b, "until-close");
		break;
	}
}

void
msg_dump(const struct msg *m, struct buf *b)
{
	if (m->status != 0) {
		buf_printf(b, "%u ", m->status);
	} else {
		buf_put(b, m->method_name);
		buf_puts(b, " ");
		if (m->scheme.n > 0) {
			buf_put(b, m->scheme);
			buf_puts(b, "!");
		}
		buf_put(b, m->path);
		buf_puts(b, " host=");
		buf_put(b, m->authority);
		buf_puts(b, " ");
	}
	buf_puts(b, m->version == HTTP_10 ? "1.0 " : "1.1 ");
	dump_content(m, b);
	buf_puts(b, m->keep_alive ? " keep " : " close ");
	msg_dump_fields(&m->fields, b);
}
