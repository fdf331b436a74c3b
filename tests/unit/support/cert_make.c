#include "support/cert_make.h"

#include <assert.h>
#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define must(x) \
	do { \
		if (!(x)) { \
			ERR_print_errors_fp(stderr); \
			abort(); \
		} \
	} while (0)

static EVP_PKEY *
dsa_new(void)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
	EVP_PKEY *params = NULL, *key = NULL;

	must(EVP_PKEY_paramgen_init(c) > 0);
	must(EVP_PKEY_CTX_set_dsa_paramgen_bits(c, 2048) > 0);
	must(EVP_PKEY_paramgen(c, &params) > 0);
	EVP_PKEY_CTX_free(c);
	c = EVP_PKEY_CTX_new(params, NULL);
	must(EVP_PKEY_keygen_init(c) > 0 && EVP_PKEY_keygen(c, &key) > 0);
	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(params);
	return key;
}

static EVP_PKEY *
pss_new(void)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
	EVP_PKEY *key = NULL;

	must(EVP_PKEY_keygen_init(c) > 0);
	must(EVP_PKEY_CTX_set_rsa_keygen_bits(c, 2048) > 0);
	must(EVP_PKEY_keygen(c, &key) > 0);
	EVP_PKEY_CTX_free(c);
	return key;
}

static EVP_PKEY *
key_new(enum cert_key kind)
{
	switch (kind) {
	case KEY_P256:
		return EVP_EC_gen("P-256");
	case KEY_P384:
		return EVP_EC_gen("P-384");
	case KEY_P224:
		return EVP_EC_gen("P-224");
	case KEY_SECP256K1:
		return EVP_EC_gen("secp256k1");
	case KEY_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case KEY_RSA2048:
		return EVP_RSA_gen(2048);
	case KEY_RSA1024:
		return EVP_RSA_gen(1024);
	case KEY_RSA_PSS:
		return pss_new();
	case KEY_DSA:
		return dsa_new();
	case KEY_COUNT:
		break;
	}
	return NULL;
}

EVP_PKEY *
cert_key(enum cert_key kind, unsigned variant)
{
	static EVP_PKEY *keys[CERT_VARIANTS][KEY_COUNT];
	EVP_PKEY **key;

	assert(kind < KEY_COUNT && variant < CERT_VARIANTS);
	key = &keys[variant][kind];
	if (*key == NULL)
		must((*key = key_new(kind)) != NULL);
	return *key;
}

static void
put_ext(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	CONF *conf = NCONF_new(NULL);

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, conf);
	ext = X509V3_EXT_nconf_nid(conf, &ctx, nid, value);
	must(ext != NULL && X509_add_ext(x, ext, -1));
	X509_EXTENSION_free(ext);
	NCONF_free(conf);
}

static X509_EXTENSION *
raw_ext(ASN1_OBJECT *oid, bool is_critical, struct slice value)
{
	ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext;

	must(ASN1_OCTET_STRING_set(s, (const unsigned char *)value.p,
	    (int)value.n));
	ext = X509_EXTENSION_create_by_OBJ(NULL, oid, is_critical, s);
	must(ext != NULL);
	ASN1_OCTET_STRING_free(s);
	return ext;
}

static void
put_raw(X509 *x, ASN1_OBJECT *oid, bool is_critical, struct slice value)
{
	X509_EXTENSION *ext = raw_ext(oid, is_critical, value);

	must(X509_add_ext(x, ext, -1));
	X509_EXTENSION_free(ext);
}

/* The text of the spec, or what is usual; NULL: none. */
static const char *
text(const char *given, const char *usual)
{
	if (given == NULL)
		return usual;
	return given[0] == '\0' ? NULL : given;
}

static void
put_if(X509 *x, X509 *issuer, int nid, const char *value)
{
	if (value != NULL)
		put_ext(x, issuer, nid, value);
}

static void
put_names(X509 *x, const struct cert_spec *s)
{
	ASN1_OBJECT *san = OBJ_nid2obj(NID_subject_alt_name);
	bool is_critical = s->cn != NULL && s->cn[0] == '\0';

	if (s->san_raw.n > 0)
		put_raw(x, san, is_critical, s->san_raw);
	else
		put_if(x, x, NID_subject_alt_name,
		    text(s->san, s->is_ca ? NULL : "DNS:web.corp.example"));
	if (s->san_again.n > 0)
		put_raw(x, san, false, s->san_again);
}

static void
put_exts(X509 *x, X509 *issuer, const struct cert_spec *s)
{
	if (!s->no_key_ids) {
		put_ext(x, issuer, NID_subject_key_identifier, "hash");
		if (X509_get0_subject_key_id(issuer) != NULL)
			put_ext(x, issuer, NID_authority_key_identifier,
			    "keyid");
	}
	put_if(x, issuer, NID_basic_constraints,
	    text(s->bc, s->is_ca ? "critical,CA:TRUE" : NULL));
	put_if(x, issuer, NID_key_usage,
	    text(s->ku,
		s->is_ca ? "critical,keyCertSign,cRLSign" :
			   "critical,digitalSignature"));
	put_if(x, issuer, NID_ext_key_usage,
	    text(s->eku, s->is_ca ? NULL : "clientAuth"));
	put_if(x, issuer, NID_name_constraints, s->nc);
	put_if(x, issuer, NID_crl_distribution_points, s->crldp);
	put_if(x, issuer, NID_certificate_policies, s->policies);
	put_if(x, issuer, NID_policy_constraints, s->pc);
	put_names(x, s);
	if (s->oid != NULL) {
		ASN1_OBJECT *oid = OBJ_txt2obj(s->oid, 1);

		put_raw(x, oid, true, SL("\x05\x00"));
		ASN1_OBJECT_free(oid);
	}
}

static void
add_attribute(X509_NAME *name, struct slice key, struct slice value)
{
	char text[16];

	must(key.n < sizeof(text));
	memcpy(text, key.p, key.n);
	text[key.n] = '\0';
	must(X509_NAME_add_entry_by_txt(name, text, MBSTRING_UTF8,
	    (const unsigned char *)value.p, (int)value.n, -1, 0));
}

static void
set_subject(X509 *x, const struct cert_spec *s)
{
	X509_NAME *name = X509_get_subject_name(x);
	const char *cn = s->cn != NULL ? s->cn : "leaf";
	struct slice rest = slice_str(s->subject), one = { 0 }, key;
	bool at_end = false, no_key;

	if (cn[0] == '\0')
		return;
	while (s->subject != NULL && slice_cut(&rest, '/', &one, &at_end)) {
		no_key = false;
		(void)slice_cut(&one, '=', &key, &no_key);
		add_attribute(name, key, one);
	}
	if (s->subject != NULL)
		return;
	if (s->o != NULL)
		add_attribute(name, SL("O"), slice_str(s->o));
	add_attribute(name, SL("CN"), slice_str(cn));
}

static void
set_serial(X509 *x, const struct cert_spec *s)
{
	unsigned char octets[8];
	BIGNUM *n = NULL;

	if (s->serial != NULL) {
		must(BN_hex2bn(&n, s->serial));
	} else {
		must(RAND_bytes(octets, sizeof(octets)) == 1);
		octets[0] &= 0x7f;
		octets[0] |= 0x40;
		n = BN_bin2bn(octets, sizeof(octets), NULL);
	}
	must(BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL);
	BN_free(n);
}

static void
set_dates(X509 *x, const struct cert_spec *s)
{
	int64_t from = s->from != 0 ? s->from : CERT_NOW - CERT_DAY;
	int64_t to = s->to != 0 ? s->to : CERT_NOW + 365 * CERT_DAY;

	must(ASN1_TIME_set(X509_getm_notBefore(x), from) != NULL);
	must(ASN1_TIME_set(X509_getm_notAfter(x), to) != NULL);
	if (s->to_text != NULL) {
		ASN1_STRING *t = ASN1_STRING_type_new(V_ASN1_GENERALIZEDTIME);

		must(ASN1_STRING_set(t, s->to_text, -1));
		must(X509_set1_notAfter(x, t));
		ASN1_STRING_free(t);
	}
}

/* Ed25519 has its own digest. */
static const EVP_MD *
digest_for(EVP_PKEY *key, const char *md)
{
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
		return NULL;
	return EVP_get_digestbyname(md != NULL ? md : "SHA256");
}

/* The same certificate from its DER, as a peer would have sent it. */
static X509 *
reread(X509 *x)
{
	unsigned char *der = NULL;
	const unsigned char *p;
	int n = i2d_X509(x, &der);
	X509 *again;

	p = der;
	must(n > 0 && (again = d2i_X509(NULL, &p, n)) != NULL);
	OPENSSL_free(der);
	X509_free(x);
	return again;
}

struct cert
cert_make(const struct cert_spec *s, const struct cert *issuer)
{
	unsigned variant = s->variant == 0 && s->is_ca ? 1 : s->variant;
	struct cert c = { .x = X509_new(), .key = cert_key(s->key, variant) };
	const struct cert *by = issuer != NULL ? issuer : &c;

	set_subject(c.x, s);
	set_serial(c.x, s);
	set_dates(c.x, s);
	must(X509_set_issuer_name(c.x, X509_get_subject_name(by->x)));
	must(X509_set_pubkey(c.x, c.key));
	must(X509_set_version(c.x, s->version != 0 ? s->version - 1 : 2));
	if (s->version != 1)
		put_exts(c.x, by->x, s);
	must(X509_sign(c.x, by->key, digest_for(by->key, s->md)) > 0);
	if (s->bad_signature) {
		const ASN1_BIT_STRING *sig;

		X509_get0_signature(&sig, NULL, c.x);
		sig->data[sig->length - 1] ^= 1;
	}
	c.x = reread(c.x);
	return c;
}

void
cert_clear(struct cert *c)
{
	X509_free(c->x);
	*c = (struct cert) { 0 };
}

static void
revoke(X509_CRL *crl, const struct crl_spec *s)
{
	X509_REVOKED *r = X509_REVOKED_new();
	ASN1_TIME *when = ASN1_TIME_set(NULL, CERT_NOW - 1800);
	ASN1_ENUMERATED *reason = NULL;
	ASN1_OBJECT *oid;

	must(X509_REVOKED_set_serialNumber(r,
	    X509_get_serialNumber(s->revoked->x)));
	must(X509_REVOKED_set_revocationDate(r, when));
	if (s->reason != NULL) {
		reason = ASN1_ENUMERATED_new();
		must(ASN1_ENUMERATED_set(reason, atoi(s->reason)));
		must(X509_REVOKED_add1_ext_i2d(r, NID_crl_reason, reason, 0,
			 0) > 0);
	}
	if (s->entry_oid != NULL) {
		X509_EXTENSION *ext;

		oid = OBJ_txt2obj(s->entry_oid, 1);
		ext = raw_ext(oid, true, SL("\x05\x00"));
		must(X509_REVOKED_add_ext(r, ext, -1));
		X509_EXTENSION_free(ext);
		ASN1_OBJECT_free(oid);
	}
	must(X509_CRL_add0_revoked(crl, r));
	ASN1_ENUMERATED_free(reason);
	ASN1_TIME_free(when);
}

static void
crl_put_ext(X509_CRL *crl, const struct cert *ca, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	CONF *conf = NCONF_new(NULL);

	X509V3_set_ctx(&ctx, ca->x, NULL, NULL, crl, 0);
	X509V3_set_nconf(&ctx, conf);
	ext = X509V3_EXT_nconf_nid(conf, &ctx, nid, value);
	must(ext != NULL && X509_CRL_add_ext(crl, ext, -1));
	X509_EXTENSION_free(ext);
	NCONF_free(conf);
}

static void
crl_put_number(X509_CRL *crl, int nid, long number, bool is_critical)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();

	must(ASN1_INTEGER_set(n, number));
	must(X509_CRL_add1_ext_i2d(crl, nid, n, is_critical, 0) > 0);
	ASN1_INTEGER_free(n);
}

static void
crl_put_exts(X509_CRL *crl, const struct crl_spec *s, const struct cert *ca)
{
	crl_put_ext(crl, ca, NID_authority_key_identifier, "keyid");
	if (s->number >= 0)
		crl_put_number(crl, NID_crl_number,
		    s->number != 0 ? s->number : 7, false);
	if (s->is_delta)
		crl_put_number(crl, NID_delta_crl, s->base != 0 ? s->base : 6,
		    true);
	if (s->idp != NULL)
		crl_put_ext(crl, ca, NID_issuing_distribution_point, s->idp);
	if (s->oid != NULL) {
		ASN1_OBJECT *oid = OBJ_txt2obj(s->oid, 1);
		X509_EXTENSION *ext = raw_ext(oid, true, SL("\x05\x00"));

		must(X509_CRL_add_ext(crl, ext, -1));
		X509_EXTENSION_free(ext);
		ASN1_OBJECT_free(oid);
	}
}

static X509_CRL *
crl_reread(X509_CRL *crl)
{
	unsigned char *der = NULL;
	const unsigned char *p;
	int n = i2d_X509_CRL(crl, &der);
	X509_CRL *again;

	p = der;
	must(n > 0 && (again = d2i_X509_CRL(NULL, &p, n)) != NULL);
	OPENSSL_free(der);
	X509_CRL_free(crl);
	return again;
}

static void
crl_sign(X509_CRL *crl, const struct crl_spec *s, EVP_PKEY *key)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how;
	const X509_ALGOR *alg;

	must(EVP_DigestSignInit(md, &how, digest_for(key, s->md), NULL, key));
	must(!s->is_pss ||
	    EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) > 0);
	must(X509_CRL_sign_ctx(crl, md) > 0);
	EVP_MD_CTX_free(md);
	X509_CRL_get0_signature(crl, NULL, &alg);
	must(!s->is_other_alg ||
	    X509_ALGOR_set0((X509_ALGOR *)alg, OBJ_nid2obj(NID_ED25519),
		V_ASN1_UNDEF, NULL));
}

X509_CRL *
crl_make(const struct crl_spec *s, const struct cert *ca)
{
	const struct cert *signer = s->signer != NULL ? s->signer : ca;
	int64_t from = s->from != 0 ? s->from : CERT_NOW - 3600;
	int64_t to = s->to != 0 ? s->to : CERT_NOW + CERT_DAY;
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *t = ASN1_TIME_set(NULL, from);

	must(X509_CRL_set_version(crl, X509_CRL_VERSION_2));
	must(X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->x)));
	must(X509_CRL_set1_lastUpdate(crl, t));
	must(ASN1_TIME_set(t, to) != NULL);
	must(s->no_next || X509_CRL_set1_nextUpdate(crl, t));
	ASN1_TIME_free(t);
	crl_put_exts(crl, s, ca);
	if (s->revoked != NULL)
		revoke(crl, s);
	must(X509_CRL_sort(crl));
	crl_sign(crl, s, signer->key);
	if (s->bad_signature) {
		const ASN1_BIT_STRING *sig;

		X509_CRL_get0_signature(crl, &sig, NULL);
		sig->data[sig->length - 1] ^= 1;
	}
	return crl_reread(crl);
}

static void
take_bio(struct buf *b, BIO *bio)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);

	must(buf_put(b, slice_of(p, (size_t)n)));
	BIO_free(bio);
}

void
cert_pem(struct buf *b, const struct cert *c)
{
	BIO *bio = BIO_new(BIO_s_mem());

	must(PEM_write_bio_X509(bio, c->x));
	take_bio(b, bio);
}

void
cert_key_pem(struct buf *b, const struct cert *c)
{
	BIO *bio = BIO_new(BIO_s_mem());

	must(PEM_write_bio_PrivateKey(bio, c->key, NULL, NULL, 0, NULL, NULL));
	take_bio(b, bio);
}

void
crl_pem(struct buf *b, X509_CRL *crl)
{
	BIO *bio = BIO_new(BIO_s_mem());

	must(PEM_write_bio_X509_CRL(bio, crl));
	take_bio(b, bio);
}

/* A head in DER: tag and length; lengths here stay under 64 KiB. */
static size_t
head(unsigned char out[4], unsigned tag, size_t n)
{
	must(n < 65536);
	out[0] = (unsigned char)tag;
	if (n < 128) {
		out[1] = (unsigned char)n;
		return 2;
	}
	if (n < 256) {
		out[1] = 0x81;
		out[2] = (unsigned char)n;
		return 3;
	}
	out[1] = 0x82;
	out[2] = (unsigned char)(n >> 8);
	out[3] = (unsigned char)n;
	return 4;
}

static void
put_tlv(struct buf *b, unsigned tag, struct slice s)
{
	unsigned char h[4];

	must(buf_put(b, slice_of(h, head(h, tag, s.n))));
	must(buf_put(b, s));
}

void
cert_san_put(struct buf *b, unsigned kind, struct slice s)
{
	/* a directoryName is explicit, since it is a CHOICE */
	put_tlv(b, (kind == 4 ? 0xa0 : 0x80) | kind, s);
}

void
cert_san_put_other(struct buf *b, struct slice oid, struct slice value)
{
	struct buf in, out;

	buf_init(&in, 65536);
	buf_init(&out, 65536);
	put_tlv(&in, V_ASN1_IA5STRING, value);
	put_tlv(&out, V_ASN1_OBJECT, oid);
	put_tlv(&out, 0xa0, buf_slice(&in));
	put_tlv(b, 0xa0, buf_slice(&out));
	buf_clear(&in);
	buf_clear(&out);
}

void
cert_san_end(struct buf *b)
{
	char *all = malloc(buf_len(b) + 1);
	size_t n = buf_len(b);

	memcpy(all, buf_slice(b).p != NULL ? buf_slice(b).p : "", n);
	buf_take(b, n);
	put_tlv(b, 0x30, slice_of(all, n));
	free(all);
}
