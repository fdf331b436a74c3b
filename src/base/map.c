#include "base/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"

/* Open addressing, linear probing; a load of at most 3/4. */
#define MAP_MIN 8

struct entry {
	uint64_t hash;
	char *key; /* NULL: the place is free */
	size_t key_len;
	void *value;
};

struct map {
	struct entry *entries;
	size_t size; /* a power of two */
	size_t count;
};

static uint64_t
rotl(uint64_t x, int b)
{
	return (x << b) | (x >> (64 - b));
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

/* Aumasson and Bernstein, "SipHash: a fast short-input PRF". */
static uint64_t
siphash13(const uint64_t key[2], struct slice s)
{
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575ULL,
		key[1] ^ 0x646f72616e646f6dULL, key[0] ^ 0x6c7967656e657261ULL,
		key[1] ^ 0x7465646279746573ULL };
	uint64_t word, last = (uint64_t)s.n << 56;

	for (; s.n >= 8; s = slice_skip(s, 8)) {
		memcpy(&word, s.p, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	for (size_t i = 0; i < s.n; i++)
		last |= (uint64_t)(unsigned char)s.p[i] << (8 * i);
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t
map_hash(struct slice s)
{
	static uint64_t key[2];

	if (key[0] == 0 && key[1] == 0 &&
	    getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
		mem_abort(__func__);
	return siphash13(key, s);
}

struct map *
map_new(void)
{
	struct map *m = mem_new(1, sizeof(*m));

	m->size = MAP_MIN;
	m->entries = mem_new(m->size, sizeof(*m->entries));
	return m;
}

void
map_free(struct map *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->size; i++)
		free(m->entries[i].key);
	free(m->entries);
	free(m);
}

size_t
map_count(const struct map *m)
{
	return m->count;
}

/* Where the key is, or the free place where it would go. */
static struct entry *
probe(const struct map *m, struct slice key, uint64_t hash)
{
	size_t i = (size_t)hash & (m->size - 1);

	for (;; i = (i + 1) & (m->size - 1)) {
		struct entry *e = &m->entries[i];

		if (e->key == NULL)
			return e;
		if (e->hash == hash &&
		    slice_eq(slice_of(e->key, e->key_len), key))
			return e;
	}
}

void *
map_get(const struct map *m, struct slice key)
{
	return probe(m, key, map_hash(key))->value;
}

static void
grow(struct map *m)
{
	struct entry *old = m->entries;
	size_t old_size = m->size;

	m->size *= 2;
	m->entries = mem_new(m->size, sizeof(*m->entries));
	for (size_t i = 0; i < old_size; i++)
		if (old[i].key != NULL)
			*probe(m, slice_of(old[i].key, old[i].key_len),
			    old[i].hash) = old[i];
	free(old);
}

void *
map_set(struct map *m, struct slice key, void *value)
{
	uint64_t hash = map_hash(key);
	struct entry *e;
	void *old;

	assert(value != NULL);
	if (m->count + 1 > m->size / 4 * 3)
		grow(m);
	e = probe(m, key, hash);
	old = e->value;
	if (e->key == NULL) {
		e->key = mem_strndup(key.p, key.n);
		e->key_len = key.n;
		e->hash = hash;
		m->count++;
	}
	e->value = value;
	return old;
}

void *
map_remove(struct map *m, struct slice key)
{
	struct entry *e = probe(m, key, map_hash(key));
	void *old = e->value;
	size_t hole, i;

	if (e->key == NULL)
		return NULL;
	free(e->key);
	*e = (struct entry) { 0 };
	m->count--;
	/* close the gap: what follows moves to where a probe would look */
	hole = (size_t)(e - m->entries);
	for (i = (hole + 1) & (m->size - 1); m->entries[i].key != NULL;
	     i = (i + 1) & (m->size - 1)) {
		struct entry moved = m->entries[i];

		m->entries[i] = (struct entry) { 0 };
		*probe(m, slice_of(moved.key, moved.key_len),
		    moved.hash) = moved;
	}
	return old;
}

bool
map_next(const struct map *m, size_t *at, struct slice *key, void **value)
{
	for (; *at < m->size; (*at)++) {
		const struct entry *e = &m->entries[*at];

		if (e->key == NULL)
			continue;
		*key = slice_of(e->key, e->key_len);
		*value = e->value;
		(*at)++;
		return true;
	}
	return false;
}
