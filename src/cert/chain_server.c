/*
 * chain_server -- what is checked of a server's own certificate before it is
 * served (chain_check_server in chain.h).
 */
#include "cert/chain.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <time.h>

#include "cert/x509.h"
#include "cert/san.h"
#include "net/name.h"

#define DAYS_WARN 30

/* Ours, not a peer's: names of a server are not as few as a client's. */
#define SERVER_SANS_MAX   10000
#define SERVER_SANS_BYTES (1024 * 1024)

struct server {
	const struct conf_site *site;
	const struct conf_certificate *conf;
	STACK_OF(X509) *chain;
	int64_t now;
	struct diag *diag;
};

static const char *
path_of(const struct server *s)
{
	return s->conf->chain.file->path;
}

static void
check_key(const struct server *s, EVP_PKEY *key)
{
	X509 *leaf = sk_X509_value(s->chain, 0);
	const char *flaw;
	bool fits;

	ERR_set_mark();
	fits = X509_check_private_key(leaf, key) == 1;
	ERR_pop_to_mark();
	if (!fits)
		diag_error(s->diag, s->conf->key.at,
		    "%s: the key does not fit the first certificate of %s, "
		    "expected the key that it was issued for",
		    s->conf->key.file->path, path_of(s));
	flaw = x509_key_flaw(X509_get0_pubkey(leaf));
	if (flaw != NULL)
		diag_error(s->diag, s->conf->key.at,
		    "%s: %s, expected RSA from 2048 bits, P-256, P-384, P-521 "
		    "or Ed25519",
		    s->conf->key.file->path, flaw);
}

/* No mistake: it would keep newer CRLs out, and the other sites down. */
static void
check_dates(const struct server *s, int i)
{
	X509 *x = sk_X509_value(s->chain, i);
	struct diag_at at = s->conf->chain.at;
	int64_t from, to;
	char day[16];
	struct tm tm;

	if (!x509_dates(x, &from, &to)) {
		diag_error(s->diag, at,
		    "%s: certificate %d has dates that cannot be read",
		    path_of(s), i + 1);
		return;
	}
	if (s->now < from) {
		(void)gmtime_r(&from, &tm);
		(void)strftime(day, sizeof(day), "%Y-%m-%d", &tm);
		diag_warn(s->diag, at,
		    "%s: certificate %d is not valid before %s: clients will "
		    "refuse it",
		    path_of(s), i + 1, day);
	}
	if (s->now > to) {
		(void)gmtime_r(&to, &tm);
		(void)strftime(day, sizeof(day), "%Y-%m-%d", &tm);
		diag_warn(s->diag, at,
		    "%s: certificate %d expired on %s: clients will refuse it",
		    path_of(s), i + 1, day);
	}
}

static void
check_days_left(const struct server *s)
{
	int64_t days = chain_days_left(s->chain, s->now);

	if (days >= 0 && days < DAYS_WARN)
		diag_warn(s->diag, s->conf->chain.at,
		    "%s: expires in %d days, time to renew it", path_of(s),
		    (int)days);
}

/* May the leaf serve, and sign a handshake? */
static void
check_usage(const struct server *s)
{
	X509 *leaf = sk_X509_value(s->chain, 0);
	struct diag_at at = s->conf->chain.at;
	uint32_t flags = X509_get_extension_flags(leaf);

	if ((flags & EXFLAG_INVALID) != 0)
		diag_error(s->diag, at,
		    "%s: an extension of the first certificate is malformed",
		    path_of(s));
	if ((flags & EXFLAG_XKUSAGE) != 0 &&
	    (X509_get_extended_key_usage(leaf) &
		(XKU_SSL_SERVER | XKU_ANYEKU)) == 0)
		diag_error(s->diag, at,
		    "%s: the certificate is not meant for servers, expected "
		    "extendedKeyUsage with serverAuth",
		    path_of(s));
	if ((flags & EXFLAG_KUSAGE) != 0 &&
	    (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) == 0)
		diag_error(s->diag, at,
		    "%s: the certificate may not sign handshakes, expected "
		    "keyUsage with digitalSignature",
		    path_of(s));
}

static void
check_link(const struct server *s, int i)
{
	X509 *x = sk_X509_value(s->chain, i);
	X509 *next = sk_X509_value(s->chain, i + 1);
	const char *flaw = x509_signature_flaw(x);

	/* nobody looks at a root's own signature */
	if (flaw != NULL && !x509_is_issued_by(x, x))
		diag_error(s->diag, s->conf->chain.at,
		    "%s: certificate %d has %s", path_of(s), i + 1, flaw);
	if (next != NULL && !x509_is_issued_by(x, next))
		diag_warn(s->diag, s->conf->chain.at,
		    "%s: certificate %d did not issue certificate %d, expected "
		    "the leaf first and then each one's issuer",
		    path_of(s), i + 2, i + 1);
}

static bool
covers(const struct san_list *sans, struct slice name)
{
	for (size_t i = 0; i < sans->count; i++) {
		const struct san *san = &sans->at[i];

		if (san->type != SAN_DNS || san->flaw != NULL)
			continue;
		/* "*.b" in the site needs the very same in the certificate */
		if (name_is_wildcard(name) ? name_eq(san->value, name) :
					     name_matches(san->value, name))
			return true;
	}
	return false;
}

/* RFC 9525, 6.3: what clients will compare. */
static void
check_names(const struct server *s)
{
	struct san_list sans;
	struct arena a;

	arena_init(&a, 1024);
	(void)san_read(sk_X509_value(s->chain, 0), SERVER_SANS_MAX,
	    SERVER_SANS_BYTES, &a, &sans);
	for (size_t i = 0; i < s->site->name_count; i++) {
		struct slice name = s->site->names[i];

		/* one of no length was a mistake */
		if (name.n == 0 || slice_eq(name, SL("*")) ||
		    covers(&sans, name))
			continue;
		diag_warn(s->diag, s->conf->chain.at,
		    "%s: does not cover the site's name \"%.*s\", expected it "
		    "as a DNS name in subjectAltName",
		    path_of(s), SLICE_ARG(name));
	}
	arena_clear(&a);
}

void
chain_check_server(const struct conf_site *site,
    const struct conf_certificate *conf, STACK_OF(X509) *chain, EVP_PKEY *key,
    int64_t now, struct diag *diag)
{
	const struct server s = { .site = site,
		.conf = conf,
		.chain = chain,
		.now = now,
		.diag = diag };

	check_key(&s, key);
	for (int i = 0; i < sk_X509_num(chain); i++) {
		check_dates(&s, i);
		check_link(&s, i);
	}
	check_days_left(&s);
	check_usage(&s);
	check_names(&s);
}
