/*
 * err -- one list of codes for everything that can fail (err.def).
 *
 * A function that can fail returns 0 or one of these; values come back through
 * pointers, never inside the code.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* The position in err.def; only this header needs it. */
enum err_index {
#define E(name, slug, text) ERR_INDEX_##name,
#include "base/err.def"
#undef E
	ERR_COUNT
};

enum err {
#define E(name, slug, text) E_##name = -1 - (int)ERR_INDEX_##name,
#include "base/err.def"
#undef E
};

/* The name that logs, metrics and tests use: "cert-revoked".  0 is "ok". */
const char *err_slug(int e);
/* A sentence for people, without full stop. */
const char *err_text(int e);
/* The code that has this slug, or 0. */
int err_by_slug(const char *slug);

#endif
