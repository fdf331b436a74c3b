#include "cert/ident.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "cert/x509.h"

/* False for what cannot be written in DER again. */
static bool
digest(X509 *x, struct ident *id)
{
	unsigned n = sizeof(id->sha256);

	if (!X509_digest(x, EVP_sha256(), id->sha256, &n) ||
	    !x509_spki_sha256(x, id->spki))
		return false;
	id->fingerprint = x509_hex(id->sha256, sizeof(id->sha256), &id->arena);
	return true;
}

static void
read_attr(const X509_NAME_ENTRY *e, struct arena *a, struct ident_attr *out)
{
	const ASN1_OBJECT *o = X509_NAME_ENTRY_get_object(e);
	const ASN1_STRING *s = X509_NAME_ENTRY_get_data(e);
	unsigned char *utf8;
	char oid[128];
	int n;

	n = OBJ_obj2txt(oid, sizeof(oid), o, 1);
	if (n > 0 && (size_t)n < sizeof(oid))
		out->oid = arena_copy(a, slice_str(oid));
	n = ASN1_STRING_to_UTF8(&utf8, s);
	if ((out->is_bad = n < 0))
		return;
	out->value = arena_copy(a, slice_of(utf8, (size_t)n));
	OPENSSL_free(utf8);
}

static int
read_name(const X509_NAME *name, struct arena *a, struct ident_name *out)
{
	int count = X509_NAME_entry_count(name);

	if (count > IDENT_ATTRS_MAX)
		return E_CERT_MALFORMED;
	out->at = arena_array(a, (size_t)count, sizeof(*out->at));
	out->count = (size_t)count;
	for (int i = 0; i < count; i++)
		read_attr(X509_NAME_get_entry(name, count - 1 - i), a,
		    &out->at[i]);
	return 0;
}

int
ident_read(X509 *x, struct ident **out)
{
	struct ident *id = mem_new(1, sizeof(*id));
	struct san_list sans;
	bool good;
	int e, name_e;

	id->refs = 1;
	arena_init(&id->arena, 1024);
	ERR_set_mark();
	id->subject = x509_name(X509_get_subject_name(x), &id->arena);
	id->issuer = x509_name(X509_get_issuer_name(x), &id->arena);
	name_e = read_name(X509_get_subject_name(x), &id->arena,
	    &id->subject_name);
	if (name_e == 0)
		name_e = read_name(X509_get_issuer_name(x), &id->arena,
		    &id->issuer_name);
	id->serial = x509_serial(X509_get0_serialNumber(x), &id->arena);
	good = x509_dates(x, &id->not_before, &id->not_after);
	good = digest(x, id) && good;
	e = san_read(x, IDENT_SANS_MAX, IDENT_SANS_BYTES, &id->arena, &sans);
	id->sans = sans.at;
	id->san_count = sans.count;
	id->other_count = sans.other_count;
	if (!good)
		name_e = E_CERT_MALFORMED;
	if (e == 0)
		e = name_e;
	ERR_pop_to_mark();
	*out = id;
	return e;
}

/* A certificate goes, and what was read of it. */
static void
on_free(void *x, void *ident, CRYPTO_EX_DATA *data, int index, long n,
    void *arg)
{
	(void)x;
	(void)data;
	(void)index;
	(void)n;
	(void)arg;
	ident_unref(ident);
}

int
ident_share(X509 *x, struct ident **out)
{
	static int index = -1;
	int e;

	if (index == -1)
		index = X509_get_ex_new_index(0, NULL, NULL, NULL, on_free);
	if (index == -1)
		mem_abort(__func__);
	if ((*out = X509_get_ex_data(x, index)) != NULL) {
		(void)ident_ref(*out);
		return 0;
	}
	if ((e = ident_read(x, out)) == 0 && X509_set_ex_data(x, index, *out))
		(void)ident_ref(*out);
	return e;
}

/* A copy in the pool, or in the arena of its own. */
static bool
encode(X509 *x, struct der_pool *pool, struct der **der, struct arena *a,
    struct slice *copy)
{
	unsigned char *p = NULL;
	int n = i2d_X509(x, &p);

	if (n <= 0)
		return false;
	assert((pool != NULL ? (void *)der : (void *)copy) != NULL);
	if (pool != NULL)
		*der = der_get(pool, slice_of(p, (size_t)n));
	else
		*copy = arena_copy(a, slice_of(p, (size_t)n));
	OPENSSL_free(p);
	return true;
}

void
ident_keep(struct ident *id, struct der_pool *pool, STACK_OF(X509) *chain,
    bool is_whole)
{
	int count = sk_X509_num(chain);

	if (is_whole)
		(void)encode(sk_X509_value(chain, 0), NULL, NULL, &id->arena,
		    &id->der);
	id->chain = arena_array(&id->arena, (size_t)count, sizeof(*id->chain));
	for (int i = 1; i < count; i++)
		if (encode(sk_X509_value(chain, i), pool,
			&id->chain[id->chain_count], NULL, NULL))
			id->chain_count++;
	id->ends_at_root = count > 1 &&
	    (X509_get_extension_flags(sk_X509_value(chain, count - 1)) &
		EXFLAG_SS) != 0;
}

static void
drop_chain(struct ident *id)
{
	for (size_t i = 0; i < id->chain_count; i++)
		der_unref(id->chain[i]);
	id->chain_count = 0;
}

void
ident_take_chain(struct ident *id, struct ident *from)
{
	size_t room = id->chain_count;

	if (id == from)
		return;
	drop_chain(id);
	if (from->chain_count > room)
		id->chain = arena_array(&id->arena, from->chain_count,
		    sizeof(*id->chain));
	for (size_t i = 0; i < from->chain_count; i++)
		id->chain[id->chain_count++] = der_ref(from->chain[i]);
	id->ends_at_root = from->ends_at_root;
	if (id->der.n == 0 && from->der.n > 0)
		id->der = arena_copy(&id->arena, from->der);
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
	drop_chain(id);
	arena_clear(&id->arena);
	free(id);
}
