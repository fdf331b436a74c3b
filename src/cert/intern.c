#include "cert/intern.h"

#include <dlfcn.h>
#include <openssl/asn1.h>
#include <openssl/asn1t.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"

struct kept {
	struct list node; /* in order of use, the latest last */
	X509 *x;
	struct slice der; /* what follows in memory */
};

static struct {
	bool is_allowed;
	struct map *by_der; /* NULL until there is one */
	struct list order;
} all;

/* OpenSSL's, behind ours. */
static const ASN1_ITEM *
theirs(void)
{
	static const ASN1_ITEM *item;
	const ASN1_ITEM *(*it)(void);
	void *found;

	if (item != NULL)
		return item;
	found = dlsym(RTLD_NEXT, "X509_it");
	if (found == NULL)
		mem_abort("OpenSSL without X509_it");
	memcpy(&it, &found, sizeof(it));
	item = it();
	return item;
}

static void
forget(struct kept *k)
{
	(void)map_remove(all.by_der, k->der);
	list_remove(&k->node);
	X509_free(k->x);
	free(k);
}

void
intern_allow(bool is_allowed)
{
	all.is_allowed = is_allowed;
}

size_t
intern_count(void)
{
	return all.by_der == NULL ? 0 : map_count(all.by_der);
}

void
intern_clear(void)
{
	struct list *at, *after;

	if (all.by_der == NULL)
		return;
	list_each(at, after, &all.order)
		forget(list_item(at, struct kept, node));
	map_free(all.by_der);
	all.by_der = NULL;
}

/* The certificate at the front of some octets, as far as its outermost length
 * goes; empty: it is none, or not one that would be kept. */
static struct slice
first_of(const unsigned char *p, long len)
{
	const unsigned char *at = p;
	long n;
	int tag, class;

	if (len <= 0 ||
	    ASN1_get_object(&at, &n, &tag, &class, len) != V_ASN1_CONSTRUCTED ||
	    tag != V_ASN1_SEQUENCE || class != V_ASN1_UNIVERSAL)
		return slice_of(p, 0);
	n += at - p;
	return slice_of(p, n <= INTERN_DER_MAX ? (size_t)n : 0);
}

static struct kept *
find(struct slice der)
{
	struct kept *k;

	if (all.by_der == NULL || der.n == 0 ||
	    (k = map_get(all.by_der, der)) == NULL)
		return NULL;
	list_remove(&k->node);
	list_push(&all.order, &k->node);
	return k;
}

void
intern_keep(X509 *x)
{
	unsigned char *to;
	struct kept *k;
	int n;

	if (!all.is_allowed || (n = i2d_X509(x, NULL)) <= 0 ||
	    n > INTERN_DER_MAX)
		return;
	if (all.by_der == NULL) {
		all.by_der = map_new();
		list_init(&all.order);
	}
	k = mem_new(1, sizeof(*k) + (size_t)n);
	to = (unsigned char *)(k + 1);
	k->der = slice_of(to, (size_t)n);
	(void)i2d_X509(x, &to);
	if (find(k->der) != NULL) {
		free(k);
		return;
	}
	if (map_count(all.by_der) >= INTERN_MAX)
		forget(list_item(all.order.next, struct kept, node));
	X509_up_ref(x);
	k->x = x;
	list_init(&k->node);
	list_push(&all.order, &k->node);
	(void)map_set(all.by_der, k->der, k);
}

static int
on_new(ASN1_VALUE **x, const ASN1_ITEM *it)
{
	(void)it;
	return ASN1_item_ex_new(x, theirs());
}

static void
on_free(ASN1_VALUE **x, const ASN1_ITEM *it)
{
	(void)it;
	ASN1_item_ex_free(x, theirs());
}

static int
on_parse(ASN1_VALUE **x, const unsigned char **in, long len,
    const ASN1_ITEM *it, int tag, int class, char is_optional, ASN1_TLC *ctx)
{
	struct slice der = slice_of(*in, 0);
	struct kept *k;

	(void)it;
	if (all.is_allowed && tag == -1)
		der = first_of(*in, len);
	if ((k = find(der)) == NULL)
		return ASN1_item_ex_d2i(x, in, len, theirs(), tag, class,
		    is_optional, ctx);
	ASN1_item_ex_free(x, theirs());
	X509_up_ref(k->x);
	*x = (ASN1_VALUE *)k->x;
	*in += der.n;
	return 1;
}

static int
on_write(const ASN1_VALUE **x, unsigned char **out, const ASN1_ITEM *it,
    int tag, int class)
{
	(void)it;
	return ASN1_item_ex_i2d(x, out, theirs(), tag, class);
}

const ASN1_ITEM *
X509_it(void)
{
	static const ASN1_EXTERN_FUNCS functions = {
		.asn1_ex_new = on_new,
		.asn1_ex_free = on_free,
		.asn1_ex_d2i = on_parse,
		.asn1_ex_i2d = on_write,
	};
	static const ASN1_ITEM item = {
		.itype = ASN1_ITYPE_EXTERN,
		.utype = V_ASN1_SEQUENCE,
		.funcs = &functions,
		.sname = "X509",
	};

	return &item;
}
