#include "cert/paths.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "cert/x509.h"

/* Certificates that are looked at as possible issuers, by their names. */
#define STEPS_MAX 256

struct walk {
	const struct paths_from *from;
	STACK_OF(X509) *path;
	paths_fn *fn;
	void *arg;
	unsigned paths, signatures, steps; /* what may still be done */
};

static X509 *
candidate(const struct paths_from *f, int i)
{
	int listed = sk_X509_num(f->anchors->cas);

	return i < listed ? sk_X509_value(f->anchors->cas, i) :
			    sk_X509_value(f->others, i - listed);
}

static int
candidate_count(const struct paths_from *f)
{
	return sk_X509_num(f->anchors->cas) +
	    (f->others != NULL ? sk_X509_num(f->others) : 0);
}

bool
paths_are_several(const struct paths_from *f)
{
	int listed = sk_X509_num(f->anchors->cas), n = candidate_count(f);

	if (f->anchors->has_twins)
		return true;
	for (int i = listed; i < n; i++) {
		X509 *x = candidate(f, i);

		for (int j = 0; j < i; j++)
			if (X509_NAME_cmp(X509_get_subject_name(x),
				X509_get_subject_name(candidate(f, j))) == 0 &&
			    X509_cmp(x, candidate(f, j)) != 0)
				return true;
	}
	return false;
}

static bool
is_in(STACK_OF(X509) *path, X509 *x)
{
	for (int i = 0; i < sk_X509_num(path); i++)
		if (X509_cmp(sk_X509_value(path, i), x) == 0)
			return true;
	return false;
}

/* The same certificate came before. */
static bool
is_again(const struct walk *w, int index)
{
	for (int i = 0; i < index; i++)
		if (X509_cmp(candidate(w->from, i),
			candidate(w->from, index)) == 0)
			return true;
	return false;
}

static bool
is_in_date(const struct walk *w, X509 *x)
{
	int64_t from, to;

	return x509_dates(x, &from, &to) && w->from->now >= from &&
	    w->from->now <= to;
}

/* Whether the candidate can have issued the last of the path. */
static bool
fits(struct walk *w, int index)
{
	X509 *low = sk_X509_value(w->path, sk_X509_num(w->path) - 1);
	X509 *high = candidate(w->from, index);

	if (X509_NAME_cmp(X509_get_subject_name(high),
		X509_get_issuer_name(low)) != 0 ||
	    w->steps == 0)
		return false;
	w->steps--;
	return X509_check_ca(high) == 1 && is_in_date(w, high) &&
	    !is_in(w->path, high) && !is_again(w, index) &&
	    X509_check_issued(high, low) == X509_V_OK;
}

/*
 * From the end, which is trusted, downwards: so no signature is verified by a
 * key that nobody has vouched for, and that was made to cost.
 */
static bool
is_signed(struct walk *w)
{
	for (int i = sk_X509_num(w->path) - 1; i > 0; i--) {
		if (w->signatures == 0)
			return false;
		w->signatures--;
		if (!x509_is_issued_by(sk_X509_value(w->path, i - 1),
			sk_X509_value(w->path, i)))
			return false;
	}
	return true;
}

/* True: enough. */
static bool
climb(struct walk *w)
{
	int depth = sk_X509_num(w->path) - 1;
	X509 *top = sk_X509_value(w->path, depth);
	bool is_done = false;

	if (depth > 0 && anchor_is_end(top)) {
		if (!is_signed(w))
			return w->signatures == 0;
		w->paths--;
		return w->fn(w->path, w->arg) || w->paths == 0;
	}
	if (depth > (int)w->from->max_depth)
		return false;
	for (int i = 0; i < candidate_count(w->from) && !is_done; i++) {
		if (w->steps == 0)
			return true;
		if (!fits(w, i))
			continue;
		if (!sk_X509_push(w->path, candidate(w->from, i)))
			mem_abort(__func__);
		is_done = climb(w);
		(void)sk_X509_pop(w->path);
	}
	return is_done;
}

void
paths_each(const struct paths_from *from, paths_fn *fn, void *arg)
{
	struct walk w = { .from = from,
		.path = sk_X509_new_null(),
		.fn = fn,
		.arg = arg,
		.paths = PATHS_MAX,
		.signatures = PATHS_SIGNATURES_MAX,
		.steps = STEPS_MAX };

	if (w.path == NULL || !sk_X509_push(w.path, from->leaf))
		mem_abort(__func__);
	ERR_set_mark();
	(void)climb(&w);
	ERR_pop_to_mark();
	sk_X509_free(w.path);
}
