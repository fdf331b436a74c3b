#include "cert/vcache.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"

struct kept {
	struct list node; /* in order of use, the latest last */
	unsigned char key[VCACHE_KEY_LEN];
	struct vcache_entry entry;
};

struct vcache {
	struct map *by_key;
	struct list order;
	size_t max;
};

static struct slice
slice_key(const unsigned char key[VCACHE_KEY_LEN])
{
	return slice_of(key, VCACHE_KEY_LEN);
}

struct vcache *
vcache_new(size_t max)
{
	struct vcache *c = mem_new(1, sizeof(*c));

	c->by_key = map_new();
	list_init(&c->order);
	c->max = max;
	return c;
}

static void
drop(struct vcache *c, struct kept *k)
{
	(void)map_remove(c->by_key, slice_key(k->key));
	list_remove(&k->node);
	ident_unref(k->entry.ident);
	free(k);
}

void
vcache_free(struct vcache *c)
{
	struct list *at, *after;

	if (c == NULL)
		return;
	list_each(at, after, &c->order)
		drop(c, list_item(at, struct kept, node));
	map_free(c->by_key);
	free(c);
}

/* The length goes in front, so that no two chains give the same octets. */
static bool
update(EVP_MD_CTX *md, X509 *x)
{
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);
	uint64_t len = (uint64_t)n;
	bool ok = n > 0 && EVP_DigestUpdate(md, &len, sizeof(len)) &&
	    EVP_DigestUpdate(md, der, (size_t)n);

	OPENSSL_free(der);
	return ok;
}

bool
vcache_key(X509 *leaf, STACK_OF(X509) *others,
    unsigned char key[VCACHE_KEY_LEN])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool ok = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) &&
	    update(md, leaf);

	for (int i = 0; ok && i < sk_X509_num(others); i++)
		ok = update(md, sk_X509_value(others, i));
	ok = ok && EVP_DigestFinal_ex(md, key, NULL);
	EVP_MD_CTX_free(md);
	return ok;
}

const struct vcache_entry *
vcache_get(struct vcache *c, const unsigned char key[VCACHE_KEY_LEN],
    int64_t now)
{
	struct kept *k = map_get(c->by_key, slice_key(key));

	if (k == NULL)
		return NULL;
	list_remove(&k->node);
	list_push(&c->order, &k->node);
	if (now < k->entry.from || now > k->entry.until)
		return NULL;
	return &k->entry;
}

void
vcache_put(struct vcache *c, const unsigned char key[VCACHE_KEY_LEN],
    const struct vcache_entry *e)
{
	struct kept *k = map_get(c->by_key, slice_key(key));

	if (k != NULL)
		drop(c, k);
	if (map_count(c->by_key) >= c->max)
		drop(c, list_item(c->order.next, struct kept, node));
	k = mem_new(1, sizeof(*k));
	memcpy(k->key, key, sizeof(k->key));
	k->entry = *e;
	(void)ident_ref(k->entry.ident);
	list_init(&k->node);
	list_push(&c->order, &k->node);
	(void)map_set(c->by_key, slice_key(key), k);
}

size_t
vcache_count(const struct vcache *c)
{
	return map_count(c->by_key);
}
