/*
 * map -- from byte strings to pointers.
 *
 * Keys are compared exactly and copied; the values belong to the caller.  The
 * hash is keyed at random for each process (SipHash-1-3), so that a peer who
 * chooses keys cannot choose collisions.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct map;

struct map *map_new(void);
/* Frees the map and the keys, not the values.  NULL is fine. */
void map_free(struct map *);
size_t map_count(const struct map *);
/* NULL: not there. */
void *map_get(const struct map *, struct slice key);
/* Sets the value, not NULL; returns the one that it replaces, or NULL. */
void *map_set(struct map *, struct slice key, void *value);
/* Takes the key out; returns its value, or NULL. */
void *map_remove(struct map *, struct slice key);
/*
 * Goes over all entries in no order: start with *at = 0, until it returns
 * false.  The map must not change meanwhile.
 */
bool map_next(const struct map *, size_t *at, struct slice *key, void **value);
/* SipHash-1-3 of some bytes, under this process's random key. */
uint64_t map_hash(struct slice);

#endif
