/*
 * list -- a doubly linked ring whose nodes lie inside the things listed.
 *
 * The list knows no length and owns nothing.  A node that is in no list points
 * to itself, so that leaving twice is harmless and a node can be asked.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next;
	struct list *prev;
};

/* The thing of that type in which this node is that member. */
#define list_item(node, type, member) \
	((type *)(void *)((char *)(node)-offsetof(type, member)))
/* Each node in turn; the current one may leave (or be freed) on the way. */
#define list_each(at, after, head) \
	for ((at) = (head)->next, (after) = (at)->next; (at) != (head); \
	     (at) = (after), (after) = (at)->next)

static inline void
list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool
list_is_empty(const struct list *l)
{
	return l->next == l;
}

static inline void
list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

/* The node must be in no list. */
static inline void
list_push(struct list *head, struct list *node)
{
	node->prev = head->prev;
	node->next = head;
	head->prev->next = node;
	head->prev = node;
}

static inline void
list_push_front(struct list *head, struct list *node)
{
	list_push(head->next, node);
}

/* The first node, out of the list now, or NULL. */
static inline struct list *
list_pop(struct list *head)
{
	struct list *node = head->next;

	if (node == head)
		return NULL;
	list_remove(node);
	return node;
}

/* Moves all of from to the end of to; from is empty then. */
static inline void
list_move(struct list *to, struct list *from)
{
	if (list_is_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

#endif
