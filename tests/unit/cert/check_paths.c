/* PV-12, PV-17: several certificates of one name, so that there are several
 * ways up; one of them is good. */
#include <check.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <time.h>

#include "base/err.h"
#include "cert/paths.h"
#include "cert/verify.h"
#include "support/cert_cases.h"
#include "support/cert_expect.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

/*
 * Two roots, and an issuing CA that both certified, each in its own way.  The
 * good one is made by the spec, the bad one by the row.
 */
static const struct {
	const char *name;
	struct cert_spec bad_root, bad_inter;
	int err;           /* without the good one */
	bool is_same_name; /* the roots have one name, and no key ids do */
} rows[] = {
	{ "the old root's key", { .no_key_ids = true }, { .no_key_ids = true },
	    0, true },
	{ "an expired root", { .to = CERT_NOW - 1 }, { 0 }, E_CERT_EXPIRED,
	    false },
	{ "an expired issuing CA", { 0 }, { .to = CERT_NOW - 1 },
	    E_CERT_EXPIRED, false },
	{ "an issuing CA of tomorrow", { 0 }, { .from = CERT_NOW + 1 },
	    E_CERT_NOT_YET, false },
	{ "a path length", { .bc = "critical,CA:TRUE,pathlen:0" }, { 0 },
	    E_CERT_PATHLEN, false },
	{ "name constraints", { .nc = "critical,permitted;DNS:x.example" },
	    { 0 }, E_CERT_NAME_CONSTRAINT, false },
	{ "name constraints with holes",
	    { .nc = "critical,permitted;IP:10.0.0.0/255.0.255.0" }, { 0 },
	    E_CERT_NAME_CONSTRAINT, false },
	{ "for servers", { 0 }, { .eku = "serverAuth" }, E_CERT_PURPOSE,
	    false },
	{ "a critical extension", { 0 }, { .oid = "1.2.3.4" }, E_CERT_CRITICAL,
	    false },
	{ "a weak digest", { 0 }, { .md = "SHA1" }, E_CERT_WEAK, false },
	{ "a policy that is required", { 0 },
	    { .pc = "critical,requireExplicitPolicy:0" }, E_CERT_POLICY,
	    false },
};

struct world {
	struct cert good_root, bad_root, good, bad, leaf;
	struct buf pem;
	struct bundle_file file;
	struct conf_file cf;
	struct conf_clients clients;
	struct verifier *v;
};

static struct cert
ca(struct cert_spec s, const char *cn, unsigned variant,
    const struct cert *issuer)
{
	s.is_ca = true;
	s.cn = cn;
	s.variant = variant;
	return cert_make(&s, issuer);
}

/* first: what stands first in the file is what is bad. */
static void
world_init(struct world *w, int row, bool first)
{
	const bool same = rows[row].is_same_name;
	const struct cert_spec plain = { .no_key_ids = same };
	const struct cert_spec leaf = { .cn = "leaf", .no_key_ids = same };
	struct diag d;

	*w = (struct world) { .good_root = ca(plain, "root", 1, NULL) };
	w->bad_root = ca(rows[row].bad_root, same ? "root" : "bad root", 2,
	    NULL);
	w->good = ca(plain, "issuing", 3, &w->good_root);
	w->bad = ca(rows[row].bad_inter, "issuing", 3, &w->bad_root);
	w->leaf = cert_make(&leaf, &w->good);
	buf_init(&w->pem, 65536);
	cert_pem(&w->pem, first ? &w->bad_root : &w->good_root);
	cert_pem(&w->pem, first ? &w->good_root : &w->bad_root);
	cert_file(&w->file, &w->cf, "/t/ca.pem", buf_slice(&w->pem));
	w->clients = (struct conf_clients) { CERT_CLIENTS,
		.ca = { .at = &w->cf, .count = 1 }, .cache = 10 };
	diag_init(&d);
	w->v = verifier_new(&w->clients, CERT_NOW, &d);
	ck_assert_ptr_nonnull(w->v);
	diag_clear(&d);
}

static void
world_clear(struct world *w)
{
	verifier_free(w->v);
	buf_clear(&w->pem);
	cert_clear(&w->good_root);
	cert_clear(&w->bad_root);
	cert_clear(&w->good);
	cert_clear(&w->bad);
	cert_clear(&w->leaf);
}

static int
judge_once(const struct world *w, const struct cert *a, const struct cert *b)
{
	STACK_OF(X509) *shown = sk_X509_new_null();
	struct verdict got;
	int e;

	sk_X509_push(shown, a->x);
	if (b != NULL)
		sk_X509_push(shown, b->x);
	e = verifier_judge(w->v, w->leaf.x, shown, CERT_NOW, &got);
	ck_assert_int_eq(got.err, e);
	ck_assert((got.not_after > 0) == (e == 0));
	ck_assert((got.culprit.n > 0) == (e != 0));
	ck_assert((got.ident->chain_count == 2) == (e == 0));
	verdict_clear(&got);
	sk_X509_free(shown);
	return e;
}

/* The second time what was accepted is known. */
static int
judge(const struct world *w, const struct cert *a, const struct cert *b)
{
	int e = judge_once(w, a, b);

	ck_assert_int_eq(judge_once(w, a, b), e);
	return e;
}

START_TEST(test_PV_17_the_good_path_is_found)
{
	for (int first = 0; first < 2; first++) {
		struct world w;

		world_init(&w, _i, first);
		ck_assert_msg(judge(&w, &w.good, NULL) == 0, "%s",
		    rows[_i].name);
		ck_assert_msg(judge(&w, &w.bad, NULL) == rows[_i].err, "%s",
		    rows[_i].name);
		/* both, in either order */
		ck_assert_msg(judge(&w, &w.good, &w.bad) == 0, "%s",
		    rows[_i].name);
		ck_assert_msg(judge(&w, &w.bad, &w.good) == 0, "%s",
		    rows[_i].name);
		world_clear(&w);
	}
}
END_TEST

/* What is wrong with the leaf no path mends. */
START_TEST(test_the_leaf_is_judged_as_ever)
{
	const struct cert_spec expired = { .to = CERT_NOW - 1 };
	struct world w;

	world_init(&w, 1, true);
	cert_clear(&w.leaf);
	w.leaf = cert_make(&expired, &w.good);
	ck_assert_int_eq(judge(&w, &w.bad, &w.good), E_CERT_EXPIRED);
	world_clear(&w);
}
END_TEST

static bool
count_path(STACK_OF(X509) *path, void *arg)
{
	unsigned *n = arg;

	ck_assert_int_ge(sk_X509_num(path), 2);
	++*n;
	return false;
}

/*
 * PV-21: sixteen certificates of one name and key, each of which issued every
 * other, under a root that issued none or all: the work has an end.
 */
START_TEST(test_PV_21_a_maze_has_an_end)
{
	STACK_OF(X509) *shown = sk_X509_new_null();
	struct cert maze[VERIFY_OTHERS_MAX];
	const struct cert_spec nobody = { 0 };
	struct paths_from from = { .others = shown,
		.max_depth = CLIENTS_DEPTH_MAX,
		.now = CERT_NOW };
	struct anchors *anchors;
	clock_t begin = clock();
	struct cert self;
	struct world w;
	struct diag d;
	unsigned n = 0;

	world_init(&w, 1, true);
	self = ca(nobody, "issuing", 3, NULL);
	for (int i = 0; i < COUNT(maze); i++) {
		maze[i] = ca(nobody, "issuing", 3, &self);
		sk_X509_push(shown, maze[i].x);
	}
	diag_init(&d);
	anchors = anchors_read(&w.clients, CERT_NOW, &d);
	diag_clear(&d);
	from.anchors = anchors;
	from.leaf = w.leaf.x;
	ck_assert(paths_are_several(&from));
	begin = clock();
	paths_each(&from, count_path, &n);
	ck_assert_uint_eq(n, 0);
	/* where each of them leads up, there are as many paths as may be */
	for (int i = 0; i < COUNT(maze); i++) {
		cert_clear(&maze[i]);
		maze[i] = ca(nobody, "issuing", 3, &w.good_root);
		(void)sk_X509_set(shown, i, maze[i].x);
	}
	paths_each(&from, count_path, &n);
	ck_assert_uint_eq(n, PATHS_MAX);
	/* a tenth of a second, and ten times that under a sanitizer */
	ck_assert_int_lt(clock() - begin, CLOCKS_PER_SEC);
	for (int i = 0; i < COUNT(maze); i++)
		cert_clear(&maze[i]);
	cert_clear(&self);
	anchors_free(anchors);
	sk_X509_free(shown);
	world_clear(&w);
}
END_TEST

#define COSTLY_BITS 3072

/* A public key of which each use costs as much as of a private one. */
static EVP_PKEY *
costly_key(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_new(), *e = BN_new();
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;

	ck_assert(BN_rand(n, COSTLY_BITS, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD));
	ck_assert(
	    BN_rand(e, COSTLY_BITS - 1, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD));
	ck_assert(OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e));
	params = OSSL_PARAM_BLD_to_param(b);
	ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY,
			     params),
	    1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return key;
}

/* Looks as if signed by such a key. */
static void
sign_falsely(X509 *x)
{
	unsigned char octets[COSTLY_BITS / 8] = { 0x3f, 1 };
	const ASN1_BIT_STRING *sig;

	ck_assert(X509_sign(x, cert_key(KEY_RSA2048, 1), EVP_sha256()) > 0);
	X509_get0_signature(&sig, NULL, x);
	ck_assert(ASN1_STRING_set((ASN1_STRING *)(uintptr_t)sig, octets,
	    sizeof(octets)));
}

/* Whoever knows a CA's name can show as many of that name, made to cost. */
START_TEST(test_PV_21_keys_that_nobody_vouched_for_are_not_used)
{
	STACK_OF(X509) *shown = sk_X509_new_null();
	struct cert fake[VERIFY_OTHERS_MAX], stranger;
	struct paths_from from = { .others = shown,
		.max_depth = CLIENTS_DEPTH_MAX,
		.now = CERT_NOW };
	struct anchors *anchors;
	clock_t begin;
	struct world w;
	struct diag d;
	unsigned n = 0;

	world_init(&w, 0, true);
	stranger = ca((struct cert_spec) { .no_key_ids = true }, "root", 1,
	    NULL);
	for (int i = 0; i < COUNT(fake); i++) {
		EVP_PKEY *key = costly_key();

		fake[i] = ca((struct cert_spec) { .no_key_ids = true },
		    "issuing", 3, &stranger);
		ck_assert(X509_set_pubkey(fake[i].x, key) &&
		    X509_sign(fake[i].x, cert_key(KEY_P256, 3), EVP_sha256()));
		EVP_PKEY_free(key);
		sk_X509_push(shown, fake[i].x);
	}
	sign_falsely(w.leaf.x);
	diag_init(&d);
	anchors = anchors_read(&w.clients, CERT_NOW, &d);
	diag_clear(&d);
	from.anchors = anchors;
	from.leaf = w.leaf.x;
	ck_assert(paths_are_several(&from));
	begin = clock();
	for (int i = 0; i < 20; i++)
		paths_each(&from, count_path, &n);
	ck_assert_uint_eq(n, 0);
	/* with those keys it would be more than a second */
	ck_assert_int_lt(clock() - begin, CLOCKS_PER_SEC / 2);
	for (int i = 0; i < COUNT(fake); i++)
		cert_clear(&fake[i]);
	cert_clear(&stranger);
	anchors_free(anchors);
	sk_X509_free(shown);
	world_clear(&w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("paths");
	TCase *t = tcase_create("paths");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, test_PV_17_the_good_path_is_found, 0,
	    COUNT(rows));
	tcase_add_test(t, test_the_leaf_is_judged_as_ever);
	tcase_add_test(t, test_PV_21_a_maze_has_an_end);
	tcase_add_test(t, test_PV_21_keys_that_nobody_vouched_for_are_not_used);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
