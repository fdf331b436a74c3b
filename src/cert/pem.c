#include "cert/pem.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "conf/bundle.h"

#define BLOCKS_MAX 10000 /* more is no list of certificates */

/* How many lines begin like the first line of a block. */
static unsigned
count_begins(struct slice text)
{
	struct slice line;
	bool at_end = false;
	unsigned n = 0;

	while (slice_cut(&text, '\n', &line, &at_end))
		if (slice_starts(line, SL("-----BEGIN")))
			n++;
	return n;
}

/* False at the end of the file and at a mistake; then *why is set. */
static bool
next(BIO *bio, unsigned number, const char **why, pem_block_fn *f, void *arg)
{
	struct pem_block b = { .number = number };
	char *label = NULL, *header = NULL;
	unsigned char *der = NULL;
	long n = 0;

	ERR_set_mark();
	if (!PEM_read_bio(bio, &label, &header, &der, &n)) {
		unsigned long e = ERR_peek_last_error();

		if (ERR_GET_REASON(e) != PEM_R_NO_START_LINE)
			*why = ERR_reason_error_string(e);
		ERR_pop_to_mark();
		return false;
	}
	ERR_pop_to_mark();
	b.label = label;
	b.der = slice_of(der, (size_t)n);
	b.is_encrypted = header[0] != '\0';
	f(&b, arg);
	OPENSSL_free(label);
	OPENSSL_free(header);
	OPENSSL_clear_free(der, (size_t)n);
	return true;
}

bool
pem_each_in(struct slice text, const char **why, pem_block_fn *f, void *arg)
{
	unsigned begins = count_begins(text), number = 1;
	BIO *bio;

	*why = NULL;
	if (text.n > INT_MAX || begins > BLOCKS_MAX) {
		*why = "too large";
		return false;
	}
	if (begins == 0)
		return true; /* also where there is nothing for a BIO */
	bio = BIO_new_mem_buf(text.p, (int)text.n);
	while (bio != NULL && next(bio, number, why, f, arg))
		number++;
	BIO_free(bio);
	if (*why == NULL && number != begins + 1)
		*why = "cut off";
	return *why == NULL;
}

bool
pem_each(const struct conf_file *f, struct diag *d, pem_block_fn *fn, void *arg)
{
	const char *why;

	if (f->file->sys_errno != 0) {
		diag_error(d, f->at, "%s: %s", f->file->path,
		    bundle_why(f->file));
		return false;
	}
	if (pem_each_in(f->file->bytes, &why, fn, arg))
		return true;
	diag_error(d, f->at,
	    "%s: the PEM is broken (%s), expected whole blocks", f->file->path,
	    why);
	return false;
}
