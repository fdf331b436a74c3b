#include "proxy/announce.h"

#include <inttypes.h>
#include <stdio.h>

#include "net/io_plain.h"
#include "net/proxyproto.h"
#include "tls/details.h"

/* RFC 5280, appendix A: ub-common-name counts characters; ours has octets of
 * UTF-8.  A longer name is left out, and so is one with a NUL in it, or that
 * the client's CA may not vouch for. */
#define COMMON_NAME_MAX 256

static struct slice
usable_name(const struct ident *who, struct slice name)
{
	if (who->is_bound || name.n > COMMON_NAME_MAX ||
	    slice_find(name, '\0') >= 0)
		return SL("");
	return name;
}

/* Who connected to whom, as a proxy in front of us said or as it is. */
static void
find_ends(const struct down *d, struct addr *from, struct addr *to)
{
	if (d->said != NULL) {
		*from = d->said->from;
		*to = d->said->to;
	} else {
		io_plain_ends(d->lower, from, to);
	}
}

/* The certificate was shown now, or when the session began that was
 * resumed. */
static unsigned
client_bits(const struct tls_peer *peer)
{
	unsigned bits = PP2_CLIENT_SSL | PP2_CLIENT_CERT_SESS;

	return peer->resumed ? bits : bits | PP2_CLIENT_CERT_CONN;
}

/* What is said, and where it lies until then. */
struct facts {
	struct addr from;
	struct addr to;
	char ref[17];
	struct tls_details more;
	struct arena arena;
};

static void
collect(struct facts *f, const struct down *d)
{
	arena_init(&f->arena, 4096);
	find_ends(d, &f->from, &f->to);
	tls_details(d->io, &f->arena, &f->more);
	(void)snprintf(f->ref, sizeof(f->ref), "%016" PRIx64, d->ref);
}

static int
write_facts(const struct facts *f, const struct tls_peer *peer,
    bool certificate, struct buf *to)
{
	const struct proxyproto_tlv tlvs[] = {
		{ PP2_ALPN, peer->alpn },
		{ PP2_AUTHORITY, peer->sni },
		{ PP2_UNIQUE_ID, slice_str(f->ref) },
	};
	const struct proxyproto_tlv ssl[] = {
		{ PP2_SSL_VERSION, slice_str(peer->version) },
		{ PP2_SSL_CN,
		    usable_name(peer->verdict.ident, f->more.common_name) },
		{ PP2_SSL_CIPHER, slice_str(peer->cipher) },
		{ PP2_SSL_SIG_ALG, f->more.sig_alg },
		{ PP2_SSL_KEY_ALG, f->more.key_alg },
		{ PP2_SSL_GROUP, slice_str(peer->group) },
		{ PP2_SSL_CLIENT_CERT,
		    certificate ? f->more.client_cert : SL("") },
	};
	const struct proxyproto_say say = {
		.from = &f->from,
		.to = &f->to,
		.tlvs = tlvs,
		.tlv_count = sizeof(tlvs) / sizeof(tlvs[0]),
		.client = client_bits(peer),
		.is_verified = peer->verdict.err == 0,
		.ssl = ssl,
		.ssl_count = sizeof(ssl) / sizeof(ssl[0]),
	};

	return proxyproto_write(to, &say);
}

int
announce(const struct down *d, const struct conf_backend *b, struct buf *to)
{
	struct facts f;
	int e;

	collect(&f, d);
	e = write_facts(&f, down_peer(d), b->proxy_certificate, to);
	arena_clear(&f.arena);
	return e;
}
