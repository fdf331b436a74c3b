/*
 * field -- header and trailer fields of a message, in the order they came.
 *
 * A field is two slices into memory that somebody else owns (the message's
 * arena).  Names that the gateway treats specially have a number, looked up
 * once when the field is added, so that nobody compares strings later.
 */
#ifndef HTTP_FIELD_H
#define HTTP_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* The names known by number; FIELD_OTHER is every other name. */
enum field_id {
	FIELD_OTHER,
#define F(name, first, last, text) FIELD_##name,
#include "http/field.def"
#undef F
	FIELD_ID_COUNT
};

struct field {
	struct slice name;  /* as it was received; compares without case */
	struct slice value; /* without the white space around it */
	enum field_id id;
};

/* An array on the heap that grows; fields_clear frees it. */
struct fields {
	struct field *at;
	unsigned count;
	unsigned size;
	/* a bit for each number that was ever appended: who asks for one that
	 * was not, as most do, is answered at once */
	uint64_t seen;
};

void fields_clear(struct fields *); /* leaves it usable; zeroed is usable */
/* Forgets the fields and keeps the array. */
void fields_reset(struct fields *);
/* Appends; the bytes are borrowed. */
void fields_add(struct fields *, struct slice name, struct slice value);
/* The same for a name that has a number. */
void fields_put(struct fields *, enum field_id, struct slice value);
/* The same for a field of another message. */
void fields_copy(struct fields *, const struct field *);
/* The first one with this name, or NULL; id must not be FIELD_OTHER. */
const struct field *fields_get(const struct fields *, enum field_id);
const struct field *fields_find(const struct fields *, struct slice name);
/* The next one with the same name after this, or NULL. */
const struct field *fields_next(const struct fields *, const struct field *);
/* Removes every one with this name. */
void fields_remove(struct fields *, enum field_id);
/* Removes those for which drop() is true; keeps the order of the others. */
void fields_filter(struct fields *,
    bool (*drop)(const struct field *, const void *arg), const void *arg);

/* Whether a program behind CGI or WSGI would take two names for the same: every
 * octet that is no letter or digit is alike, letters compare without case. */
bool field_is_alike(struct slice, struct slice);
/* The number of a name, compared without case. */
enum field_id field_lookup(struct slice name);
/* The name that has this number, in its usual spelling. */
struct slice field_name(enum field_id);
/*
 * Whether a field may stand in a trailer section.  None that has a number
 * may: a trailer never alters framing, routing or identity, and nothing that
 * a field like that says late could still be heeded (RFC 9110, 6.5.1).
 */
bool field_may_trail(enum field_id);

/* RFC 9110, 5.6.2: tchar. */
bool http_is_tchar(unsigned char);
/* At least one tchar and nothing else. */
bool http_is_token(struct slice);
/* RFC 9110, 5.5: no CTL but HTAB; obs-text is allowed; no SP or HTAB around */
bool http_is_field_value(struct slice);

/*
 * The elements of a comma-separated list (RFC 9110, 5.6.1): *rest starts as
 * the field's value; false at the end.  Empty elements are passed over;
 * commas within quoted strings do not separate.
 */
bool field_list_next(struct slice *rest, struct slice *element);
/* The elements of a list field, all its lines: the first max of them go to
 * out.  How many that are; max + 1 when there are more. */
size_t fields_list(const struct fields *, enum field_id, struct slice *out,
    size_t max);
/* Whether a list field (all its lines) has this token, without case. */
bool fields_list_has(const struct fields *, enum field_id, struct slice token);

#endif
