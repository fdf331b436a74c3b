/*
 * A PROXY protocol header, whole and cut anywhere; what was understood is
 * written and understood the same.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "net/proxyproto.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A start of it wants more, or is as bad as the whole. */
static void
cut(struct slice in, int whole, size_t len)
{
	size_t step = in.n < 256 ? 1 : in.n / 256;

	for (size_t i = 0; i < in.n; i += step) {
		struct proxyproto p;
		size_t n = 0;
		int e = proxyproto_read(slice_first(in, i), &p, &n);

		if (whole == 0)
			assert(i < len ? e == E_AGAIN : e == 0 && n == len);
		else if (whole == E_AGAIN)
			assert(e == E_AGAIN);
		else
			assert(e == E_AGAIN || e == whole);
	}
}

/* TLVs are not kept, so the input serves as one. */
static void
write_again(const struct proxyproto *was, struct slice in)
{
	const struct proxyproto_tlv tlv = { PP2_SSL_CLIENT_CERT,
		slice_first(in, in.n < 60000 ? in.n : 60000) };
	const struct proxyproto_say say = { .from = &was->from,
		.to = &was->to,
		.tlvs = &tlv,
		.tlv_count = 1,
		.client = PP2_CLIENT_SSL,
		.ssl = &tlv,
		.ssl_count = in.n < 1000 };
	struct proxyproto again;
	struct addr from = was->from, to = was->to;
	struct buf b;
	size_t n;

	buf_init(&b, PROXYPROTO_MAX);
	assert(proxyproto_write(&b, &say) == 0);
	assert(proxyproto_read(buf_slice(&b), &again, &n) == 0);
	assert(n == buf_len(&b));
	addr_unmap(&from);
	addr_unmap(&to);
	if (addr_is_ip6(&from) == addr_is_ip6(&to))
		assert(again.has_addrs && addr_eq(&again.from, &from) &&
		    addr_eq(&again.to, &to));
	else
		assert(!again.has_addrs);
	buf_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct slice in = slice_of(data, len);
	struct proxyproto p;
	size_t n = 0;
	int e = proxyproto_read(in, &p, &n);

	assert(e == 0 || e == E_AGAIN || e == E_PROXY_HEADER);
	assert(e != 0 || (n > 0 && n <= len));
	assert(e == 0 || !p.has_addrs || e == E_PROXY_HEADER);
	cut(in, e, n);
	if (e == 0 && p.has_addrs)
		write_again(&p, in);
	return 0;
}
