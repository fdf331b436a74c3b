#include "conf/yaml.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/map.h"
#include "base/mem.h"
#include "conf/utf8.h"
#include "conf/yaml_octets.h"

/* A list or map whose end has not come yet. */
struct frame {
	struct yaml_node *node;
	const struct yaml_node **keys;
	const struct yaml_node **items;
	size_t count;
	size_t room;
	struct map *seen;                   /* a map's keys */
	const struct yaml_node *key;        /* waits for its value */
	bool is_value_next, is_key_refused; /* in a map */
};

struct builder {
	struct arena *arena;
	struct diag *diag;
	const char *file;
	yaml_parser_t parser;
	struct map *anchors; /* to nodes; size 0: not complete yet */
	struct frame frames[YAML_DEPTH_MAX];
	size_t depth;
	unsigned nodes;
	unsigned documents;
	const struct yaml_node *root;
	bool is_over; /* no use in going on */
};

static struct diag_at
place(const struct builder *b, yaml_mark_t mark)
{
	return (struct diag_at) {
		.file = b->file,
		.line = (unsigned)mark.line + 1,
		.column = (unsigned)mark.column + 1,
	};
}

static void
stop(struct builder *b, struct diag_at at, const char *why)
{
	diag_error(b->diag, at, "%s", why);
	b->is_over = true;
}

static struct slice
text_of(const yaml_char_t *s)
{
	return slice_str((const char *)s);
}

static struct yaml_node *
node_new(struct builder *b, enum yaml_kind kind, const yaml_event_t *ev,
    const yaml_char_t *anchor, const yaml_char_t *tag)
{
	struct yaml_node *n = arena_new(b->arena, sizeof(*n));

	n->kind = kind;
	n->at = place(b, ev->start_mark);
	if (++b->nodes > YAML_NODES_MAX)
		stop(b, n->at, "more than 200000 values");
	if (tag != NULL)
		diag_error(b->diag, n->at,
		    "tags are not supported; a text can be put in quotes");
	if (anchor != NULL)
		map_set(b->anchors, text_of(anchor), n);
	return n;
}

/* Whether this key may stand in the map; if not, its value is passed over. */
static bool
check_key(struct builder *b, struct frame *f, const struct yaml_node *key)
{
	const struct yaml_node *first;
	char what[YAML_DESCRIBE_MAX];

	if (key->kind != YAML_TEXT) {
		diag_error(b->diag, key->at, "expected a key, found %s",
		    yaml_describe(key, what));
		return false;
	}
	if (key->is_plain && slice_eq(key->text, SL("<<"))) {
		diag_error(b->diag, key->at,
		    "merge keys (<<) are not supported");
		return false;
	}
	if ((first = map_get(f->seen, key->text)) != NULL) {
		diag_error(b->diag, key->at,
		    "the key %s is here twice; the first is in line %u, "
		    "column %u",
		    yaml_describe(key, what), first->at.line, first->at.column);
		return false;
	}
	map_set(f->seen, key->text, (void *)key);
	return true;
}

static void
append(struct frame *f, const struct yaml_node *item)
{
	if (f->count == f->room) {
		f->room = f->room > 0 ? f->room * 2 : 8;
		f->keys = mem_resize(f->keys, f->room, sizeof(*f->keys));
		f->items = mem_resize(f->items, f->room, sizeof(*f->items));
	}
	f->keys[f->count] = f->key;
	f->items[f->count++] = item;
}

/* A node is complete: it goes where it belongs. */
static void
add(struct builder *b, const struct yaml_node *n)
{
	struct frame *f;

	if (b->depth == 0) {
		b->root = n;
		return;
	}
	f = &b->frames[b->depth - 1];
	if (f->node->kind == YAML_LIST) {
		append(f, n);
	} else if (!f->is_value_next) {
		f->key = n;
		f->is_key_refused = !check_key(b, f, n);
		f->is_value_next = true;
	} else {
		if (!f->is_key_refused)
			append(f, n);
		f->is_value_next = false;
	}
}

static void
frame_clear(struct frame *f)
{
	map_free(f->seen);
	free(f->keys);
	free(f->items);
	*f = (struct frame) { 0 };
}

static void
on_start(struct builder *b, struct yaml_node *n)
{
	struct frame *f;

	if (b->depth == YAML_DEPTH_MAX) {
		stop(b, n->at, "more than 32 levels");
		return;
	}
	f = &b->frames[b->depth++];
	f->node = n;
	if (n->kind == YAML_MAP)
		f->seen = map_new();
}

static const struct yaml_node **
keep(struct builder *b, const struct yaml_node **from, size_t count)
{
	const struct yaml_node **to = arena_array(b->arena, count, sizeof(*to));

	if (count > 0)
		memcpy(to, from, count * sizeof(*to));
	return to;
}

static void
on_end(struct builder *b)
{
	struct frame *f = &b->frames[--b->depth];
	struct yaml_node *n = f->node;
	size_t size = 1;

	n->items = keep(b, f->items, f->count);
	n->count = f->count;
	n->height = 1;
	if (n->kind == YAML_MAP) {
		n->keys = keep(b, f->keys, f->count);
		size += f->count;
	}
	for (size_t i = 0; i < n->count; i++) {
		size += n->items[i]->size;
		if (n->height <= n->items[i]->height)
			n->height = n->items[i]->height + 1;
		if (size > YAML_NODES_MAX)
			break;
	}
	frame_clear(f);
	if (size > YAML_NODES_MAX) {
		stop(b, n->at, "more than 200000 values, counting aliases");
		return;
	}
	n->size = (unsigned)size;
	add(b, n);
}

static void
on_scalar(struct builder *b, const yaml_event_t *ev)
{
	struct yaml_node *n = node_new(b, YAML_TEXT, ev, ev->data.scalar.anchor,
	    ev->data.scalar.tag);

	n->is_plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	n->size = n->height = 1;
	n->text = arena_copy(b->arena,
	    slice_of(ev->data.scalar.value, ev->data.scalar.length));
	if (slice_find(n->text, '\0') >= 0) {
		diag_error(b->diag, n->at, "a NUL within a text");
		n->text.n = strlen(n->text.p);
	}
	add(b, n);
}

static void
on_alias(struct builder *b, const yaml_event_t *ev)
{
	const struct frame *f = b->depth > 0 ? &b->frames[b->depth - 1] : NULL;
	const struct yaml_node *n = map_get(b->anchors,
	    text_of(ev->data.alias.anchor));
	struct diag_at at = place(b, ev->start_mark);

	if (n == NULL)
		stop(b, at, "an alias whose anchor does not come before it");
	else if (n->size == 0)
		stop(b, at, "an alias within what it stands for");
	else if (f != NULL && f->node->kind == YAML_MAP && !f->is_value_next)
		stop(b, at, "an alias cannot be a key");
	else if (b->depth + n->height > YAML_DEPTH_MAX)
		stop(b, at, "more than 32 levels, counting aliases");
	else
		add(b, n);
}

static void
on_document(struct builder *b, const yaml_event_t *ev)
{
	if (++b->documents > 1)
		stop(b, place(b, ev->start_mark),
		    "a second document; only one is read");
}

static void
on_event(struct builder *b, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		on_document(b, ev);
		break;
	case YAML_SCALAR_EVENT:
		on_scalar(b, ev);
		break;
	case YAML_ALIAS_EVENT:
		on_alias(b, ev);
		break;
	case YAML_SEQUENCE_START_EVENT:
		on_start(b,
		    node_new(b, YAML_LIST, ev, ev->data.sequence_start.anchor,
			ev->data.sequence_start.tag));
		break;
	case YAML_MAPPING_START_EVENT:
		on_start(b,
		    node_new(b, YAML_MAP, ev, ev->data.mapping_start.anchor,
			ev->data.mapping_start.tag));
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		on_end(b);
		break;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
}

static void
syntax_error(struct builder *b)
{
	const yaml_parser_t *p = &b->parser;
	const char *problem = p->problem != NULL ? p->problem : "not YAML";

	if (p->context == NULL)
		diag_error(b->diag, place(b, p->problem_mark), "%s", problem);
	else
		diag_error(b->diag, place(b, p->problem_mark),
		    "%s, %s that began in line %zu, column %zu", problem,
		    p->context, p->context_mark.line + 1,
		    p->context_mark.column + 1);
	b->is_over = true;
}

static void
build(struct builder *b, struct slice bytes)
{
	bool at_end = false;
	yaml_event_t ev;

	if (!yaml_parser_initialize(&b->parser))
		mem_abort(__func__);
	yaml_parser_set_encoding(&b->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b->parser, (const unsigned char *)bytes.p,
	    bytes.n);
	b->anchors = map_new();
	while (!b->is_over && !at_end) {
		if (!yaml_parser_parse(&b->parser, &ev)) {
			syntax_error(b);
			break;
		}
		at_end = ev.type == YAML_STREAM_END_EVENT;
		on_event(b, &ev);
		yaml_event_delete(&ev);
	}
	for (size_t i = 0; i < b->depth; i++)
		frame_clear(&b->frames[i]);
	map_free(b->anchors);
	yaml_parser_delete(&b->parser);
}

const struct yaml_node *
yaml_load(struct arena *arena, const char *file, struct slice bytes,
    struct diag *d)
{
	struct diag_at top = { .file = file, .line = 1, .column = 1 };
	struct builder *b;
	const struct yaml_node *root;

	if (bytes.n > YAML_BYTES_MAX) {
		diag_error(d, top,
		    "the file has %zu octets; at most %u are read", bytes.n,
		    YAML_BYTES_MAX);
		return NULL;
	}
	if (!yaml_octets_check(file, bytes, d))
		return NULL;
	b = mem_new(1, sizeof(*b));
	b->arena = arena;
	b->diag = d;
	b->file = file;
	build(b, bytes);
	root = b->is_over ? NULL : b->root;
	if (root == NULL && !b->is_over)
		diag_error(d, top, "the file is empty");
	free(b);
	return root;
}

const struct yaml_node *
yaml_get(const struct yaml_node *map, const char *key)
{
	struct slice wanted = slice_str(key);

	for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++)
		if (slice_eq(map->keys[i]->text, wanted))
			return map->items[i];
	return NULL;
}

bool
yaml_is_null(const struct yaml_node *n)
{
	return n->kind == YAML_TEXT && n->is_plain &&
	    (n->text.n == 0 || slice_eq(n->text, SL("~")) ||
		slice_eq(n->text, SL("null")));
}

const char *
yaml_describe(const struct yaml_node *n, char out[YAML_DESCRIBE_MAX])
{
	struct slice text = utf8_first(n->text, 60);

	if (n->kind == YAML_LIST)
		return "a list";
	if (n->kind == YAML_MAP)
		return "a mapping";
	if (yaml_is_null(n))
		return "nothing";
	snprintf(out, YAML_DESCRIBE_MAX, "\"%.*s\"%s", SLICE_ARG(text),
	    text.n < n->text.n ? "..." : "");
	return out;
}
