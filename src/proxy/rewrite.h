/*
 * rewrite -- what a route changes of a message on its way: the path, and
 * fields that are set or removed.
 */
#ifndef PROXY_REWRITE_H
#define PROXY_REWRITE_H

#include "base/arena.h"
#include "base/diag.h"
#include "conf/conf.h"
#include "http/field.h"

/* Says of every field that a route would set or remove why it may not: it
 * frames messages, belongs to one hop, or is ours to say. */
void rewrite_check(const struct conf *, struct diag *);

/*
 * The path for the backend: as many segments are taken from its beginning as
 * strip has, then add is put in front; the query stays.  It must be one that
 * the route's path covers and that has one reading (http/path.h).  The result
 * is path itself, a part of it, or in the arena; "*" stays.
 */
struct slice rewrite_path(const struct conf_rewrite *, struct slice path,
    struct arena *);

/*
 * Removes and sets fields.  Names that differ in case, or in marks such as
 * "_" for "-", are the same: what is set stands alone.  The conf is borrowed.
 */
void rewrite_fields(const struct conf_headers *, struct fields *);
/* For trailers and interim answers: only removes, also what would be set. */
void rewrite_trailers(const struct conf_headers *, struct fields *);

#endif
