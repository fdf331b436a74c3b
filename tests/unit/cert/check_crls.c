/* What several lists together say of a client, and for how long. */
#include <check.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "cert/crls.h"
#include "cert/verify.h"
#include "support/cert_cases.h"
#include "support/cert_expect.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))
#define LISTS    3
#define HOUR     3600

enum who { NOBODY, LEAF, OTHER };

struct list {
	bool is_there;
	enum who who;
	struct crl_spec spec;
};

#define LIST(w, ...) \
	{ \
		true, w, \
		{ \
			__VA_ARGS__ \
		} \
	}

/* The lists of the CA that issued the leaf, in every order. */
static const struct {
	const char *id;
	const char *name;
	struct list lists[LISTS];
	struct conf_revocation asked;
	int64_t later; /* than CERT_NOW */
	int err;
} rows[] = {
	{ .id = "CR-9",
	    .name = "the newer one revokes",
	    .lists = { LIST(NOBODY, .number = 5), LIST(LEAF, .number = 6) },
	    .err = E_CERT_REVOKED },
	{ .id = "CR-9",
	    .name = "the newer one does no longer",
	    .lists = { LIST(LEAF, .number = 5), LIST(NOBODY, .number = 6) },
	    .err = 0 },
	{ .id = "CR-9",
	    .name = "the number counts, not the date",
	    .lists = { LIST(LEAF, .number = 5, .from = CERT_NOW - 60),
		LIST(NOBODY, .number = 300) },
	    .err = 0 },
	{ .id = "CR-9",
	    .name = "without numbers the date counts",
	    .lists = { LIST(NOBODY, .number = -1),
		LIST(LEAF, .number = -1, .from = CERT_NOW - 60) },
	    .err = E_CERT_REVOKED },
	{ .id = "CR-9",
	    .name = "the newer one is not valid yet",
	    .lists = { LIST(LEAF, .number = 5),
		LIST(NOBODY, .number = 6, .from = CERT_NOW + HOUR) },
	    .err = E_CERT_REVOKED },
	{ .id = "CR-9",
	    .name = "an hour later it is",
	    .lists = { LIST(LEAF, .number = 5),
		LIST(NOBODY, .number = 6, .from = CERT_NOW + HOUR) },
	    .later = HOUR },
	{ .id = "CR-5",
	    .name = "the newer one has expired, the older one has not",
	    .lists = { LIST(NOBODY, .number = 5),
		LIST(NOBODY, .number = 6, .to = CERT_NOW - 1) },
	    .err = E_CERT_CRL_EXPIRED },

	{ .id = "CR-5",
	    .name = "expired, and revoked in it",
	    .lists = { LIST(LEAF, .to = CERT_NOW - 1) },
	    .err = E_CERT_REVOKED },
	{ .id = "CR-5",
	    .name = "expired, a while is left",
	    .lists = { LIST(OTHER, .to = CERT_NOW - HOUR) },
	    .asked.grace_ms = HOUR * 1000 },
	{ .id = "CR-5",
	    .name = "expired, the while is over",
	    .lists = { LIST(OTHER, .to = CERT_NOW - HOUR - 1) },
	    .asked.grace_ms = HOUR * 1000,
	    .err = E_CERT_CRL_EXPIRED },
	{ .id = "CR-5",
	    .name = "in that while it still revokes",
	    .lists = { LIST(LEAF, .to = CERT_NOW - HOUR) },
	    .asked.grace_ms = HOUR * 1000,
	    .err = E_CERT_REVOKED },
	{ .id = "CR-6",
	    .name = "expired is not missing",
	    .lists = { LIST(OTHER, .to = CERT_NOW - 1) },
	    .asked.allow_missing = true,
	    .err = E_CERT_CRL_EXPIRED },
	{ .id = "CR-6",
	    .name = "not yet valid is not missing",
	    .lists = { LIST(OTHER, .from = CERT_NOW + 1) },
	    .asked.allow_missing = true,
	    .err = E_CERT_CRL_NOT_YET },

	{ .id = "CR-2",
	    .name = "one for end entities, one for CAs",
	    .lists = { LIST(NOBODY, .idp = "critical,onlyCA:TRUE"),
		LIST(LEAF, .idp = "critical,onlyuser:TRUE") },
	    .err = E_CERT_REVOKED },
	{ .id = "CR-2",
	    .name = "revoked in the one that is not for it",
	    .lists = { LIST(LEAF, .idp = "critical,onlyCA:TRUE"),
		LIST(NOBODY, .idp = "critical,onlyuser:TRUE") },
	    .err = 0 },
	{ .id = "CR-2",
	    .name = "a whole one and one for end entities",
	    .lists = { LIST(NOBODY, .number = 9),
		LIST(LEAF, .idp = "critical,onlyuser:TRUE", .number = 1) },
	    .err = E_CERT_REVOKED },
	{ .id = "CR-2",
	    .name = "none is for it",
	    .lists = { LIST(NOBODY, .idp = "critical,onlyCA:TRUE") },
	    .err = E_CERT_CRL_BAD },
	{ .id = "CR-6",
	    .name = "none is for it, and it may be missing",
	    .lists = { LIST(NOBODY, .idp = "critical,onlyCA:TRUE") },
	    .asked.allow_missing = true },

	{ .id = "CR-8",
	    .name = "a delta revokes",
	    .lists = { LIST(OTHER, .number = 5),
		LIST(LEAF, .number = 6, .base = 5, .is_delta = true) },
	    .err = E_CERT_REVOKED },
	{ .id = "CR-8",
	    .name = "a delta takes off the hold",
	    .lists = { LIST(LEAF, .number = 5, .reason = "6"),
		LIST(LEAF, .number = 6, .base = 5, .is_delta = true,
		    .reason = "8") },
	    .err = 0 },
	{ .id = "CR-8",
	    .name = "a delta that has expired takes nothing off",
	    .lists = { LIST(LEAF, .number = 5),
		LIST(LEAF, .number = 6, .base = 5, .is_delta = true,
		    .reason = "8", .to = CERT_NOW - 1) },
	    .err = E_CERT_REVOKED },
	{ .id = "CR-8",
	    .name = "a delta that has expired revokes",
	    .lists = { LIST(OTHER, .number = 5),
		LIST(LEAF, .number = 6, .base = 5, .is_delta = true,
		    .to = CERT_NOW - 1) },
	    .err = E_CERT_REVOKED },
	{ .id = "CR-8",
	    .name = "a delta of a later base",
	    .lists = { LIST(LEAF, .number = 5),
		LIST(LEAF, .number = 7, .base = 6, .is_delta = true,
		    .reason = "8") },
	    .err = E_CERT_REVOKED },
	{ .id = "CR-8",
	    .name = "a delta of an earlier base",
	    .lists = { LIST(LEAF, .number = 5),
		LIST(LEAF, .number = 7, .base = 3, .is_delta = true,
		    .reason = "8") },
	    .err = 0 },
	{ .id = "CR-8",
	    .name = "a delta that the complete one has taken in",
	    .lists = { LIST(LEAF, .number = 7),
		LIST(LEAF, .number = 6, .base = 5, .is_delta = true,
		    .reason = "8") },
	    .err = E_CERT_REVOKED },
	{ .id = "CR-8",
	    .name = "the newest delta",
	    .lists = { LIST(LEAF, .number = 5),
		LIST(LEAF, .number = 6, .base = 5, .is_delta = true,
		    .reason = "8"),
		LIST(LEAF, .number = 7, .base = 5, .is_delta = true) },
	    .err = E_CERT_REVOKED },
	{ .id = "CR-8",
	    .name = "a delta of another scope",
	    .lists = { LIST(LEAF, .number = 5),
		LIST(LEAF, .number = 6, .base = 5, .is_delta = true,
		    .reason = "8", .idp = "critical,onlyuser:TRUE") },
	    .err = E_CERT_REVOKED },
	{ .id = "CR-8",
	    .name = "a complete one that has expired, and a delta in date",
	    .lists = { LIST(OTHER, .number = 5, .to = CERT_NOW - 1),
		LIST(OTHER, .number = 6, .base = 5, .is_delta = true) },
	    .err = E_CERT_CRL_EXPIRED },
	{ .id = "CR-8",
	    .name = "a delta alone",
	    .lists = { LIST(LEAF, .number = 6, .base = 5, .is_delta = true) },
	    .err = E_CERT_CRL_MISSING },
};

struct world {
	struct cert ca, leaf, other;
	struct buf ca_pem, crl_pem;
	struct bundle_file file[2];
	struct conf_file cf[2];
	struct conf_clients clients;
};

static void
put_list(struct world *w, const struct list *l)
{
	struct crl_spec spec = l->spec;
	X509_CRL *crl;

	if (!l->is_there)
		return;
	if (l->who != NOBODY)
		spec.revoked = l->who == LEAF ? &w->leaf : &w->other;
	crl = crl_make(&spec, &w->ca);
	crl_pem(&w->crl_pem, crl);
	X509_CRL_free(crl);
}

static void
world_init(struct world *w, int row, int first)
{
	const struct cert_spec ca = { .cn = "ca", .is_ca = true }, leaf = { 0 };

	*w = (struct world) { .ca = cert_make(&ca, NULL) };
	w->leaf = cert_make(&leaf, &w->ca);
	w->other = cert_make(&leaf, &w->ca);
	buf_init(&w->ca_pem, 65536);
	buf_init(&w->crl_pem, 65536);
	cert_pem(&w->ca_pem, &w->ca);
	for (int i = 0; i < LISTS; i++)
		put_list(w, &rows[row].lists[(first + i) % LISTS]);
	cert_file(&w->file[0], &w->cf[0], "/t/ca.pem", buf_slice(&w->ca_pem));
	cert_file(&w->file[1], &w->cf[1], "/t/crl.pem", buf_slice(&w->crl_pem));
	w->clients = (struct conf_clients) { CERT_CLIENTS,
		.ca = { .at = &w->cf[0], .count = 1 },
		.crl = { .at = &w->cf[1], .count = 1 },
		.revocation = rows[row].asked };
}

static void
world_clear(struct world *w)
{
	cert_clear(&w->ca);
	cert_clear(&w->leaf);
	cert_clear(&w->other);
	buf_clear(&w->ca_pem);
	buf_clear(&w->crl_pem);
}

static struct verifier *
verifier_with(struct world *w, unsigned cache)
{
	struct verifier *v;
	struct diag d;

	diag_init(&d);
	w->clients.cache = cache;
	v = verifier_new(&w->clients, CERT_NOW, &d);
	ck_assert_msg(v != NULL, "%s", d.count > 0 ? d.entries[0].text : "?");
	diag_clear(&d);
	return v;
}

static int
judge(const struct verifier *v, const struct world *w, int64_t now)
{
	struct verdict got;
	int e = verifier_judge(v, w->leaf.x, NULL, now, &got);

	verdict_clear(&got);
	return e;
}

START_TEST(test_one)
{
	for (int first = 0; first < LISTS; first++) {
		struct world w;
		struct verifier *v;
		int e;

		world_init(&w, _i, first);
		v = verifier_with(&w, 0);
		e = judge(v, &w, CERT_NOW + rows[_i].later);
		ck_assert_msg(e == rows[_i].err, "%s %s: %s, not %s",
		    rows[_i].id, rows[_i].name, err_slug(e),
		    err_slug(rows[_i].err));
		verifier_free(v);
		world_clear(&w);
	}
}
END_TEST

/* At every moment at which something may end or begin, and beside it; asked
 * again and again, as whatever was kept might answer. */
START_TEST(test_the_verdict_is_the_same_with_and_without_cache)
{
	static const int64_t moments[] = { 0, -1, -60, -61, -HOUR, -HOUR - 1, 1,
		HOUR - 1, HOUR, HOUR + 1, CERT_DAY - 1, CERT_DAY, CERT_DAY + 1,
		CERT_DAY + HOUR, CERT_DAY + HOUR + 1, 0, HOUR, -1 };
	struct world w;
	struct verifier *plain, *cached;

	world_init(&w, _i, 0);
	plain = verifier_with(&w, 0);
	cached = verifier_with(&w, 10);
	for (int i = 0; i < 2 * COUNT(moments); i++) {
		int64_t now = CERT_NOW + moments[i % COUNT(moments)];
		int e = judge(plain, &w, now);

		ck_assert_msg(judge(cached, &w, now) == e, "%s at %lld",
		    rows[_i].name, (long long)(now - CERT_NOW));
		/* and what tickets go by: nothing changes until then */
		if (verifier_valid_until(plain, now) < INT64_MAX)
			ck_assert_msg(judge(plain, &w,
					  verifier_valid_until(plain, now)) ==
				e,
			    "%s until %lld", rows[_i].name,
			    (long long)(verifier_valid_until(plain, now) -
				CERT_NOW));
	}
	verifier_free(plain);
	verifier_free(cached);
	world_clear(&w);
}
END_TEST

/* What the supervisor made of the lists, as a worker gets it. */
START_TEST(test_a_sealed_bundle_says_the_same)
{
	struct bundle *b = bundle_from_memory("/t/t.yaml", SL("")), *sealed;
	struct bundle_file *f;
	struct verifier *v;
	struct slice made;
	struct world w;
	int fd, e;

	world_init(&w, _i, 0);
	bundle_add(b, "crl.pem", buf_slice(&w.crl_pem));
	w.cf[1].file = bundle_get(b, "crl.pem");
	v = verifier_with(&w, 0);
	e = judge(v, &w, CERT_NOW + rows[_i].later);
	ck_assert_int_eq(e, rows[_i].err);
	crls_save(verifier_crls(v), b);
	/* another site has the same file */
	crls_save(verifier_crls(v), b);
	verifier_free(v);
	ck_assert_int_eq(bundle_seal(b, &fd), 0);
	ck_assert_int_eq(bundle_from_fd(fd, &sealed), 0);
	close(fd);
	f = (struct bundle_file *)bundle_get(sealed, "crl.pem");
	w.cf[1].file = f;
	made = f->made;
	ck_assert_uint_gt(made.n, 0);
	/* whole, or cut anywhere, when it is made anew */
	for (size_t n = made.n; n > 0; n -= n < 97 ? n : 97) {
		f->made = slice_first(made, n);
		v = verifier_with(&w, 0);
		ck_assert_int_eq(judge(v, &w, CERT_NOW + rows[_i].later), e);
		verifier_free(v);
	}
	f->made = made;
	/* of no use to who trusts other CAs */
	buf_clear(&w.ca_pem);
	cert_clear(&w.ca);
	w.ca = cert_make(&(struct cert_spec) { .cn = "ca",
			     .is_ca = true,
			     .variant = 3 },
	    NULL);
	cert_pem(&w.ca_pem, &w.ca);
	w.file[0].bytes = buf_slice(&w.ca_pem);
	{
		struct diag d;

		diag_init(&d);
		ck_assert_ptr_null(verifier_new(&w.clients, CERT_NOW, &d));
		ck_assert_ptr_nonnull(strstr(d.entries[0].text,
		    "none of the site's CAs signed the CRL"));
		diag_clear(&d);
	}
	bundle_free(sealed);
	bundle_free(b);
	world_clear(&w);
}
END_TEST

/* Who was not revoked is not found, however many are. */
START_TEST(test_CR_12_many_entries)
{
	const struct cert_spec ca_spec = { .cn = "ca", .is_ca = true };
	const struct cert_spec spec = { .serial = "7000000000001234" };
	const struct crl_spec none = { 0 };
	struct cert ca = cert_make(&ca_spec, NULL);
	struct cert in = cert_make(&spec, &ca), out = cert_make(&ca_spec, &ca);
	X509_CRL *list = crl_make(&none, &ca);
	unsigned char *der = NULL;
	struct crl crl;
	int n;

	for (uint64_t i = 0; i < 10000; i++) {
		X509_REVOKED *r = X509_REVOKED_new();
		ASN1_INTEGER *serial = ASN1_INTEGER_new();

		ASN1_INTEGER_set_uint64(serial,
		    UINT64_C(0x7000000000000000) + i);
		X509_REVOKED_set_serialNumber(r, serial);
		X509_REVOKED_set_revocationDate(r,
		    (ASN1_TIME *)X509_CRL_get0_lastUpdate(list));
		X509_CRL_add0_revoked(list, r);
		ASN1_INTEGER_free(serial);
	}
	X509_CRL_sort(list);
	ck_assert_int_gt(X509_CRL_sign(list, ca.key, EVP_sha256()), 0);
	n = i2d_X509_CRL(list, &der);
	ck_assert_ptr_null(crl_parse(slice_of(der, (size_t)n), &crl));
	ck_assert_uint_eq(crl.count, 10000);
	ck_assert_uint_eq(crl.slot_count, 32768);
	ck_assert(crl_is_signed_by(&crl, ca.x));
	ck_assert(!crl_is_signed_by(&crl, in.x));
	ck_assert_int_eq(crl_find(&crl, X509_get0_serialNumber(in.x)),
	    CRL_REVOKED);
	ck_assert_int_eq(crl_find(&crl, X509_get0_serialNumber(out.x)),
	    CRL_NOT_LISTED);
	ck_assert_int_eq(crl_next_update(slice_of(der, (size_t)n)),
	    CERT_NOW + CERT_DAY);
	crl_clear(&crl);
	/* an octet of an entry that is another one: not what was signed */
	der[n / 2] ^= 1;
	if (crl_parse(slice_of(der, (size_t)n), &crl) == NULL)
		ck_assert(!crl_is_signed_by(&crl, ca.x));
	crl_clear(&crl);
	OPENSSL_free(der);
	X509_CRL_free(list);
	cert_clear(&ca);
	cert_clear(&in);
	cert_clear(&out);
}
END_TEST

/* Two CAs, each in a file of its own. */
struct ca_files {
	struct buf pem[2];
	struct bundle_file file[2];
	struct conf_file cf[2];
};

static void
ca_files_init(struct ca_files *f, const struct cert *a, const struct cert *b)
{
	for (int i = 0; i < 2; i++) {
		buf_init(&f->pem[i], 65536);
		cert_pem(&f->pem[i], i == 0 ? a : b);
		cert_file(&f->file[i], &f->cf[i], "/t/ca.pem",
		    buf_slice(&f->pem[i]));
	}
}

static void
ca_files_clear(struct ca_files *f)
{
	buf_clear(&f->pem[0]);
	buf_clear(&f->pem[1]);
}

/* One policy for each CA. */
START_TEST(test_a_policy_for_each_ca)
{
	const struct cert_case cc = { .shape = SHAPE_CRLS | SHAPE_FILE_BOTH |
		    SHAPE_NO_INTER_CRL };
	struct conf_trust trust = { .revocation = { .allow_missing = true } };
	struct cert_chain c;
	struct conf_term any = { .type = TERM_DNS_SUFFIX,
		.value = SL(".example") };
	struct ca_files f;

	cert_chain_init(&c, &cc);
	ca_files_init(&f, &c.root, &c.inter[0]);
	trust.names.dns = (struct conf_terms) { &any, 1 };
	c.clients.trust = &trust;
	c.clients.trust_count = 1;
	for (int i = 0; i < 4; i++) {
		/* the laxer policy is that of the issuing CA, or of the root
		 * above it, where it does not count; or is not there */
		bool is_issuing = i / 2 == 0;
		int line = i % 2;
		struct verifier *v;
		struct verdict got;
		struct diag d;

		c.clients.ca = (struct conf_files) {
			.at = &f.cf[is_issuing ? 0 : 1],
			.count = 1
		};
		trust.ca = (struct conf_files) {
			.at = &f.cf[is_issuing ? 1 : 0],
			.count = 1
		};
		trust.revocation.at.line = (unsigned)line;
		diag_init(&d);
		v = verifier_new(&c.clients, CERT_NOW, &d);
		ck_assert_ptr_nonnull(v);
		diag_clear(&d);
		ck_assert_int_eq(verifier_judge(v, c.leaf.x, NULL, CERT_NOW,
				     &got),
		    is_issuing && line == 1 ? 0 : E_CERT_CRL_MISSING);
		verdict_clear(&got);
		verifier_free(v);
	}
	ca_files_clear(&f);
	cert_chain_clear(&c);
}
END_TEST

/* The policy that counts is that of the CA that signed the list, not of one
 * above it; and so does what is kept. */
START_TEST(test_what_is_kept_ends_with_the_policy_that_counted)
{
	static const int64_t moments[] = { 0, CERT_DAY, CERT_DAY + 1,
		CERT_DAY + HOUR, CERT_DAY + HOUR + 1 };
	/* _i: the grace is the root's alone */
	const int64_t grace = _i == 0 ? HOUR : 0;
	const struct cert_case cc = { .shape = SHAPE_CRLS | SHAPE_FILE_BOTH |
		    SHAPE_NO_ROOT_CRL };
	struct conf_term any = { .type = TERM_DNS_SUFFIX,
		.value = SL(".example") };
	struct conf_trust trust = { .revocation = { .at.line = 1,
					.leaf_only = true,
					.grace_ms = HOUR * 1000 } };
	struct cert_chain c;
	struct verifier *v;
	struct ca_files f;
	struct diag d;

	cert_chain_init(&c, &cc);
	ca_files_init(&f, _i == 0 ? &c.root : &c.inter[0],
	    _i == 0 ? &c.inter[0] : &c.root);
	c.clients.ca = (struct conf_files) { .at = &f.cf[0], .count = 1 };
	trust.ca = (struct conf_files) { .at = &f.cf[1], .count = 1 };
	trust.names.dns = (struct conf_terms) { &any, 1 };
	c.clients.trust = &trust;
	c.clients.trust_count = 1;
	c.clients.cache = 10;
	c.clients.revocation.leaf_only = true;
	diag_init(&d);
	v = verifier_new(&c.clients, CERT_NOW, &d);
	ck_assert_ptr_nonnull(v);
	diag_clear(&d);
	for (int i = 0; i < COUNT(moments); i++) {
		int64_t now = CERT_NOW + moments[i];
		int err = moments[i] <= CERT_DAY + grace ? 0 :
							   E_CERT_CRL_EXPIRED;
		struct verdict got;

		ck_assert_int_eq(verifier_judge(v, c.leaf.x, NULL, now, &got),
		    err);
		ck_assert(err != 0 ||
		    verifier_valid_until(v, now) <=
			CERT_NOW + CERT_DAY + grace);
		verdict_clear(&got);
	}
	verifier_free(v);
	ca_files_clear(&f);
	cert_chain_clear(&c);
}
END_TEST

/* The CAs above the leaf are looked at, or not. */
START_TEST(test_leaf_alone)
{
	const struct cert_case cc = { .shape = SHAPE_CRLS | SHAPE_FILE_BOTH |
		    SHAPE_REVOKE_INTER };
	struct cert_chain c;

	cert_chain_init(&c, &cc);
	for (int leaf_only = 0; leaf_only < 2; leaf_only++) {
		struct verifier *v;
		struct verdict got;
		struct diag d;

		c.clients.revocation.leaf_only = leaf_only;
		diag_init(&d);
		v = verifier_new(&c.clients, CERT_NOW, &d);
		QUIET(&d);
		ck_assert_int_eq(verifier_judge(v, c.leaf.x, NULL, CERT_NOW,
				     &got),
		    leaf_only ? 0 : E_CERT_REVOKED);
		verdict_clear(&got);
		verifier_free(v);
	}
	cert_chain_clear(&c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("crls");
	TCase *t = tcase_create("crls");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, test_one, 0, COUNT(rows));
	tcase_add_loop_test(t,
	    test_the_verdict_is_the_same_with_and_without_cache, 0,
	    COUNT(rows));
	tcase_add_loop_test(t, test_a_sealed_bundle_says_the_same, 0,
	    COUNT(rows));
	tcase_add_test(t, test_CR_12_many_entries);
	tcase_add_test(t, test_a_policy_for_each_ca);
	tcase_add_loop_test(t,
	    test_what_is_kept_ends_with_the_policy_that_counted, 0, 2);
	tcase_add_test(t, test_leaf_alone);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
