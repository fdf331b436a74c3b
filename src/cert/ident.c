#include "cert/ident.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "cert/x509.h"
#include "net/name.h"

/* False for what cannot be written in DER again. */
static bool
digest(X509 *x, struct ident *id)
{
	unsigned n = sizeof(id->sha256);

	if (!X509_digest(x, EVP_sha256(), id->sha256, &n))
		return false;
	id->fingerprint = x509_hex(id->sha256, sizeof(id->sha256), &id->arena);
	return true;
}

int
ident_read(X509 *x, struct ident **out)
{
	struct ident *id = mem_new(1, sizeof(*id));
	struct san_list sans;
	bool good;
	int e;

	id->refs = 1;
	arena_init(&id->arena, 1024);
	ERR_set_mark();
	id->subject = x509_name(X509_get_subject_name(x), &id->arena);
	id->issuer = x509_name(X509_get_issuer_name(x), &id->arena);
	id->serial = x509_serial(X509_get0_serialNumber(x), &id->arena);
	good = x509_dates(x, &id->not_before, &id->not_after);
	good = digest(x, id) && good;
	e = san_read(x, IDENT_SANS_MAX, IDENT_SANS_BYTES, &id->arena, &sans);
	id->sans = sans.at;
	id->san_count = sans.count;
	id->other_count = sans.other_count;
	if (e == 0 && !good)
		e = E_CERT_MALFORMED;
	ERR_pop_to_mark();
	*out = id;
	return e;
}

struct ident *
ident_ref(struct ident *id)
{
	id->refs++;
	return id;
}

void
ident_unref(struct ident *id)
{
	if (id == NULL)
		return;
	assert(id->refs > 0);
	if (--id->refs > 0)
		return;
	arena_clear(&id->arena);
	free(id);
}

static bool
san_is(const struct san *san, const struct conf_rule *rule)
{
	if (san->flaw != NULL || san->is_wildcard)
		return false;
	switch (rule->type) {
	case RULE_ANY:
		return false;
	case RULE_DNS:
		return san->type == SAN_DNS && name_eq(san->value, rule->value);
	case RULE_URI:
		return san->type == SAN_URI &&
		    slice_eq(san->value, rule->value);
	}
	return false;
}

bool
ident_matches(const struct ident *id, const struct conf_rule *rule,
    const struct san **by)
{
	*by = NULL;
	if (rule->type == RULE_ANY)
		return true;
	for (size_t i = 0; i < id->san_count; i++)
		if (san_is(&id->sans[i], rule)) {
			*by = &id->sans[i];
			return true;
		}
	return false;
}
