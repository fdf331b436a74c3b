/*
 * yaml -- a YAML document as a tree of nodes, each knowing where it stands.
 *
 * What YAML can do to a reader is bounded here: size, depth, number of nodes
 * (an alias counts as often as it is used), one document, no tags, no merge
 * keys, no key twice.  Nothing is typed: "no" and "8" are texts, and whoever
 * wants a boolean or a number says so.
 */
#ifndef CONF_YAML_H
#define CONF_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/slice.h"

#define YAML_BYTES_MAX (4u << 20)
#define YAML_DEPTH_MAX 32
#define YAML_NODES_MAX 200000

enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_MAP };

struct yaml_node {
	enum yaml_kind kind;
	struct diag_at at;
	bool is_plain;     /* a text without quotes */
	struct slice text; /* never holds a NUL; one follows it */
	/* a list's items; a map's keys, which are texts, and their values */
	const struct yaml_node **keys;
	const struct yaml_node **items;
	size_t count;
	unsigned size;   /* nodes in all, itself included, aliases expanded */
	unsigned height; /* levels in all; 1: nothing below */
};

/*
 * Reads a document.  The tree lies in the arena and borrows file.  diag has
 * the mistakes.  NULL after one that hides what follows; after another, such as
 * a key that is here twice, the tree is without that, and good for finding more
 * mistakes.
 */
const struct yaml_node *yaml_load(struct arena *, const char *file,
    struct slice bytes, struct diag *);

/* A map's value, or NULL; a node that is no map has none. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/* A text without quotes that stands for no value: "", "~", "null". */
bool yaml_is_null(const struct yaml_node *);

/* What a node is, for messages: `a list`, `"5x"`; texts are cut. */
#define YAML_DESCRIBE_MAX 96
const char *yaml_describe(const struct yaml_node *,
    char out[YAML_DESCRIBE_MAX]);

#endif
