/*
 * config -- a configuration loaded from a text, and what was said of it.
 */
#ifndef SUPPORT_CONFIG_H
#define SUPPORT_CONFIG_H

#include "base/diag.h"
#include "conf/conf.h"

struct config {
	struct bundle *bundle;
	struct diag diag;
	struct conf *conf; /* NULL after a mistake */
	char *said; /* "1:2: sentence\n" or "1:2: warning: sentence\n" each */
};

/*
 * Loads the text as /t/conf.yaml; beside it are chain.pem, key.pem, ca.pem,
 * ca2.pem, crl.pem.
 */
void config_init(struct config *, const char *yaml);
void config_clear(struct config *);
/* What a diag says, as above; free(3) it. */
char *config_said(const struct diag *);

/* A text that does not load, and all that must be said of it. */
struct mistake {
	const char *name;
	const char *yaml;
	const char *said;
};
void config_mistake(const struct mistake *);

/* The parts of a small configuration, one line each. */
#define CONFIG_LISTENERS "listeners: [{address: '*:1'}]\n"
#define CONFIG_BACKENDS  "backends: {web: {servers: http://h}}\n"
#define CONFIG_SITE(names) \
	"sites:\n" \
	"- names: " names "\n" \
	"  certificates: [{chain: chain.pem, key: key.pem}]\n" \
	"  clients: {ca: ca.pem}\n" \
	"  routes:\n"
#define CONFIG_ROUTE "  - {path: /, allow: any, backend: web}\n"
/* All of them: eight lines. */
#define CONFIG_WHOLE \
	CONFIG_LISTENERS CONFIG_BACKENDS CONFIG_SITE("a.b") CONFIG_ROUTE
/* One whose routes are the lines from the eighth on. */
#define CONFIG_ROUTES(routes) \
	CONFIG_LISTENERS CONFIG_BACKENDS CONFIG_SITE("a.b") routes

#endif
