#include "mux/input.h"

#include <assert.h>

#include "base/err.h"

static char place[INPUT_READ_MAX];
static struct input *tenant; /* whose octets may lie there; or NULL */

void
input_init(struct input *in, size_t max)
{
	assert(max >= INPUT_READ_MAX);
	*in = (struct input) { .loan = { NULL, 0 } };
	buf_init(&in->own, max);
}

void
input_clear(struct input *in)
{
	if (tenant == in)
		tenant = NULL;
	in->loan.n = 0;
	buf_clear(&in->own);
}

void
input_release(struct input *in)
{
	buf_release(&in->own);
}

void
input_take(struct input *in, size_t n)
{
	if (in->loan.n > 0) {
		assert(n <= in->loan.n);
		in->loan = slice_skip(in->loan, n);
	} else {
		buf_take(&in->own, n);
	}
}

/* The place is needed: what is left there goes where it belongs. */
static void
vacate(void)
{
	struct input *in = tenant;

	tenant = NULL;
	if (in == NULL || in->loan.n == 0)
		return;
	/* the loan was made when there was nothing else, and max allows it */
	(void)buf_put(&in->own, in->loan);
	in->loan.n = 0;
}

int
input_fill(struct input *in, struct io *io, size_t max)
{
	size_t n;
	int e;

	vacate();
	if (max > buf_room(&in->own))
		max = buf_room(&in->own);
	if (max > sizeof(place))
		max = sizeof(place);
	if (max == 0)
		return E_LIMIT;
	if ((e = io_read(io, place, max, &n)) != 0)
		return e;
	if (buf_len(&in->own) > 0) {
		(void)buf_put(&in->own, slice_of(place, n)); /* there is room */
		return 0;
	}
	buf_release(&in->own);
	in->loan = slice_of(place, n);
	tenant = in;
	return 0;
}
