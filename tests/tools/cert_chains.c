/*
 * cert_chains FOLDER -- the chains of support/cert_cases.h as files, for a
 * gateway and its clients that know nothing of them.
 *
 * For each case a folder with its number: ca.pem and, where there are any,
 * crl.pem; the client's client.pem, with what it shows besides behind its own
 * certificate, and client.key.  stdout: a line of JSON for each.  All of it is
 * as it should be at `now`.
 */
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/json.h"
#include "support/cert_cases.h"

#define FILE_MAX (1 << 20)

static void
save(const char *folder, int number, const char *name, const struct buf *b)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%d/%s", folder, number, name);
	if ((f = fopen(path, "we")) == NULL ||
	    fwrite(buf_slice(b).p, 1, buf_len(b), f) != buf_len(b) ||
	    fclose(f) != 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
}

static void
save_client(const char *folder, int number, const struct cert_chain *c)
{
	struct buf b;

	buf_init(&b, FILE_MAX);
	cert_pem(&b, &c->shown_leaf);
	for (int i = 0; i < sk_X509_num(c->shown); i++)
		cert_pem(&b,
		    &(struct cert) { .x = sk_X509_value(c->shown, i) });
	save(folder, number, "client.pem", &b);
	buf_clear(&b);
	cert_key_pem(&b, &c->shown_leaf);
	save(folder, number, "client.key", &b);
	buf_clear(&b);
}

/* What `clients:` is to say besides the files. */
static void
put_asked(struct json *j, const struct cert_asked *a)
{
	char validity[32];

	json_open(j, "clients", '{');
	if (a->max_depth_1 > 0)
		json_int(j, "max_depth", a->max_depth_1 - 1);
	if (a->min_key_bits > 0)
		json_int(j, "min_key_bits", a->min_key_bits);
	if (a->lax_eku)
		json_bool(j, "require_eku", false);
	if (a->max_validity_ms > 0) {
		snprintf(validity, sizeof(validity), "%llds",
		    (long long)a->max_validity_ms / 1000);
		json_str(j, "max_validity", validity);
	}
	if (a->policy != NULL)
		json_str(j, "policies", a->policy);
	json_close(j, '}');
}

static void
describe(int number, const struct cert_case *cc)
{
	struct json j;
	struct buf b;

	buf_init(&b, FILE_MAX);
	json_init(&j, &b);
	json_open(&j, NULL, '{');
	json_int(&j, "number", number);
	json_int(&j, "now", CERT_NOW);
	json_str(&j, "id", cc->id);
	json_str(&j, "name", cc->name);
	json_str(&j, "reason", cc->err != 0 ? err_slug(cc->err) : NULL);
	json_int(&j, "depth", cc->depth);
	json_bool(&j, "crl", (cc->shape & SHAPE_CRLS) != 0);
	json_bool(&j, "tls", (cc->shape & SHAPE_NO_TLS) == 0);
	put_asked(&j, &cc->asked);
	json_close(&j, '}');
	printf("%.*s\n", SLICE_ARG(buf_slice(&b)));
	buf_clear(&b);
}

int
main(int argc, char **argv)
{
	char path[4096];

	if (argc != 2)
		return EXIT_FAILURE;
	for (int i = 0; i < cert_case_count; i++) {
		struct cert_chain c;

		snprintf(path, sizeof(path), "%s/%d", argv[1], i);
		if (mkdir(path, 0700) != 0) {
			perror(path);
			return EXIT_FAILURE;
		}
		cert_chain_init(&c, &cert_cases[i]);
		save(argv[1], i, "ca.pem", &c.ca_pem);
		if ((cert_cases[i].shape & SHAPE_CRLS) != 0)
			save(argv[1], i, "crl.pem", &c.crl_pem);
		save_client(argv[1], i, &c);
		describe(i, &cert_cases[i]);
		cert_chain_clear(&c);
	}
	return EXIT_SUCCESS;
}
