#include "tls/ctx.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cert/chain.h"
#include "cert/crls.h"
#include "tls/hs.h"
#include "tls/policy.h"
#include "tls/sni.h"
#include "tls/ticket.h"

/*
 * Octets of CA names in a CertificateRequest.  It cannot hold more than 64 KiB
 * of them, and without any a client still may show what it has.
 */
#define CA_NAMES_MAX (16 * 1024)

/* Of 32 random octets it is never fewer, of 32 hexadecimal digits always. */
#define DISTINCT_MIN 17

struct tls {
	const struct conf *conf;
	SSL_CTX *entry;
	struct tls_site *sites;         /* by conf_site.index */
	struct ticket_keys file_keys;   /* that the configuration names */
	const struct ticket_keys *keys; /* those, or the worker's; or NULL */
};

static SSL_CTX *
ctx_new(const struct conf *conf)
{
	SSL_CTX *ctx = policy_ctx_new(&conf->tls);

	SSL_CTX_set_client_hello_cb(ctx, sni_on_hello, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, hs_on_verify, NULL);
	SSL_CTX_set_alpn_select_cb(ctx, hs_on_alpn, NULL);
	ticket_init(ctx);
	return ctx;
}

/* A certificate with its key into the context; those of other sites, or of
 * another kind of key, are not touched. */
static void
use(SSL_CTX *ctx, const struct conf_certificate *conf, STACK_OF(X509) *chain,
    EVP_PKEY *key, struct diag *d)
{
	STACK_OF(X509) *rest = sk_X509_dup(chain);
	X509 *leaf = sk_X509_shift(rest);
	unsigned long e;

	ERR_clear_error();
	if (!SSL_CTX_use_cert_and_key(ctx, leaf, key, rest, 0)) {
		e = ERR_peek_error();
		if (ERR_GET_REASON(e) == SSL_R_NOT_REPLACING_CERTIFICATE)
			diag_error(d, conf->at,
			    "a second certificate with the same kind of key, "
			    "expected at most one of each kind");
		else
			diag_error(d, conf->chain.at,
			    "%s: OpenSSL refuses the certificate: %s",
			    conf->chain.file->path, ERR_reason_error_string(e));
	}
	ERR_clear_error();
	sk_X509_free(rest);
}

/* The first URI that the site's certificate presents, as XFCC has it. */
static void
read_uri(struct tls_site *s, X509 *leaf)
{
	struct ident *id;

	if (ident_read(leaf, &id) == 0)
		for (size_t i = 0; i < id->san_count && s->uri.n == 0; i++)
			if (id->sans[i].type == SAN_URI &&
			    id->sans[i].flaw == NULL)
				s->uri =
				    slice_of(mem_strndup(id->sans[i].value.p,
						 id->sans[i].value.n),
					id->sans[i].value.n);
	ident_unref(id);
}

/* Reads, checks and uses one certificate of a site. */
static void
add_certificate(struct tls_site *s, const struct conf_certificate *conf,
    int64_t now, struct diag *d)
{
	STACK_OF(X509) *chain = NULL;
	EVP_PKEY *key = NULL;
	size_t before;

	if (conf_file_is_read(&conf->chain))
		chain = chain_read(&conf->chain, d);
	if (conf_file_is_read(&conf->key))
		key = key_read(&conf->key, d);
	before = d->errors;
	if (chain != NULL && key != NULL) {
		chain_check_server(s->conf, conf, chain, key, now, d);
		if (d->errors == before)
			use(s->ctx, conf, chain, key, d);
	}
	if (chain != NULL && conf == &s->conf->certificates[0]) {
		s->days_left = chain_days_left(chain, now);
		read_uri(s, sk_X509_value(chain, 0));
	}
	EVP_PKEY_free(key);
	chain_free(chain);
}

/* Tells clients which certificates are of use here. */
static void
send_ca_names(SSL_CTX *ctx, STACK_OF(X509_NAME) *names)
{
	size_t octets = 0;

	for (int i = 0; i < sk_X509_NAME_num(names); i++)
		octets += 2 +
		    (size_t)i2d_X509_NAME(sk_X509_NAME_value(names, i), NULL);
	if (octets <= CA_NAMES_MAX)
		SSL_CTX_set_client_CA_list(ctx, SSL_dup_CA_list(names));
}

static void
digest_bytes(EVP_MD_CTX *md, struct slice bytes)
{
	uint64_t n = bytes.n;

	(void)EVP_DigestUpdate(md, &n, sizeof(n));
	(void)EVP_DigestUpdate(md, bytes.p, bytes.n);
}

static void
digest_files(EVP_MD_CTX *md, const struct conf_files *files)
{
	uint64_t count = files->count;

	(void)EVP_DigestUpdate(md, &count, sizeof(count));
	for (size_t i = 0; i < files->count; i++)
		digest_bytes(md, files->at[i].file->bytes);
}

static void
digest_policy(struct tls_site *s, struct slice text)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint64_t index = s->conf->index;

	if (md == NULL || !EVP_DigestInit_ex(md, EVP_sha256(), NULL))
		mem_abort(__func__);
	(void)EVP_DigestUpdate(md, &index, sizeof(index));
	digest_bytes(md, text);
	digest_bytes(md, SL(SALLYPORT_VERSION));
	digest_bytes(md, slice_str(tls_library_version()));
	digest_files(md, &s->conf->clients.ca);
	for (size_t i = 0; i < s->conf->clients.trust_count; i++)
		digest_files(md, &s->conf->clients.trust[i].ca);
	crls_digest(verifier_crls(s->verifier), md);
	if (!EVP_DigestFinal_ex(md, s->policy, NULL))
		mem_abort(__func__);
	EVP_MD_CTX_free(md);
}

/*
 * What each site's policy is, for tickets: the whole configuration, whichever
 * part of it decides, the bytes of the site's CAs and CRLs, and the programs
 * that judge by them: one with a mistake mended trusts no verdict from before.
 * There must be no mistake in the files.
 */
static void
digest_policies(struct tls *t)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		mem_abort(__func__);
	conf_dump(t->conf, f);
	if (fclose(f) != 0)
		mem_abort(__func__);
	for (size_t i = 0; i < t->conf->site_count; i++)
		digest_policy(&t->sites[i], slice_of(text, n));
	free(text);
}

static void
site_init(struct tls_site *s, const struct conf *conf,
    const struct conf_site *site, int64_t now, struct diag *d)
{
	s->conf = site;
	s->ctx = ctx_new(conf);
	/* who shows no certificate is told in the same way */
	if (site->on_refusal == REFUSAL_HTTP)
		SSL_CTX_set_verify(s->ctx, SSL_VERIFY_PEER, NULL);
	for (size_t i = 0; i < site->certificate_count; i++)
		add_certificate(s, &site->certificates[i], now, d);
	s->verifier = verifier_new(&site->clients, now, d);
	if (s->verifier != NULL)
		send_ca_names(s->ctx, verifier_ca_names(s->verifier));
}

static void
enable_tickets(struct tls *t, const struct ticket_keys *keys)
{
	t->keys = keys;
	ticket_enable(t->entry);
	for (size_t i = 0; i < t->conf->site_count; i++)
		ticket_enable(t->sites[i].ctx);
}

/* Random octets, and not those of a file that was never written to its end:
 * whoever can guess a key needs no certificate. */
static bool
is_random(struct slice key)
{
	bool has[256] = { false };
	unsigned distinct = 0;

	for (size_t i = 0; i < key.n; i++) {
		distinct += !has[(unsigned char)key.p[i]];
		has[(unsigned char)key.p[i]] = true;
	}
	return distinct >= DISTINCT_MIN;
}

static void
read_ticket_key(struct tls *t, const struct conf_file *f, struct diag *d)
{
	const struct ticket_key *key = &t->file_keys.key[t->file_keys.count];

	if (!ticket_add(&t->file_keys, f->file->bytes))
		diag_error(d, f->at,
		    "%s: expected %d random octets, in %d files at "
		    "most, found %zu octets",
		    f->file->path, TICKET_FILE_LEN, TICKET_KEYS_MAX,
		    f->file->bytes.n);
	else if (!is_random(slice_of(key->mac, sizeof(key->mac))) ||
	    !is_random(slice_of(key->aes, sizeof(key->aes))))
		diag_error(d, f->at,
		    "%s: expected %d random octets, but these are hardly random",
		    f->file->path, TICKET_FILE_LEN);
}

/* Keys that a fleet shares come from files. */
static void
read_ticket_keys(struct tls *t, struct diag *d)
{
	const struct conf_sessions *c = &t->conf->sessions;

	for (size_t i = 0; i < c->keys.count; i++)
		if (conf_file_is_read(&c->keys.at[i]))
			read_ticket_key(t, &c->keys.at[i], d);
	if (c->tickets && t->file_keys.count > 0)
		enable_tickets(t, &t->file_keys);
}

void
tls_use_ticket_keys(struct tls *t, const struct ticket_keys *keys)
{
	if (t->conf->sessions.tickets && t->keys == NULL)
		enable_tickets(t, keys);
}

const struct ticket_keys *
tls_ticket_keys(const struct tls *t)
{
	return t->keys;
}

struct tls *
tls_new(const struct conf *conf, int64_t now, struct diag *d)
{
	struct tls *t = mem_new(1, sizeof(*t));

	t->conf = conf;
	t->sites = mem_new(conf->site_count, sizeof(*t->sites));
	policy_check(&conf->tls, d);
	t->entry = ctx_new(conf);
	for (size_t i = 0; i < conf->site_count; i++)
		site_init(&t->sites[i], conf, &conf->sites[i], now, d);
	read_ticket_keys(t, d);
	ERR_clear_error();
	if (d->errors > 0) {
		tls_free(t);
		return NULL;
	}
	digest_policies(t);
	return t;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->conf->site_count; i++) {
		SSL_CTX_free(t->sites[i].ctx);
		free((char *)t->sites[i].uri.p);
		verifier_free(t->sites[i].verifier);
	}
	ticket_wipe(&t->file_keys);
	free(t->sites);
	SSL_CTX_free(t->entry);
	free(t);
}

const struct tls_site *
tls_site_at(const struct tls *t, size_t index)
{
	return &t->sites[index];
}

SSL_CTX *
tls_entry_ctx(const struct tls *t)
{
	return t->entry;
}

const struct conf *
tls_conf(const struct tls *t)
{
	return t->conf;
}

const char *
tls_library_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}
