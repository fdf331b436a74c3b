/*
 * micro -- what the parts cost by themselves, in CPU time.
 *
 *   micro head                   the parser of heads
 *   micro route CONF             routes of the first site: of the last one
 *   micro rules CONF CHAIN       the rules of its first route, and a client
 *   micro verdict CONF CHAIN     what a handshake asks of a client's chain
 *
 * Each prints lines "NAME NS BYTES": of one operation, the best of some tries,
 * since whatever disturbs only ever adds.  scripts/bench-micro runs it.
 */
#include <err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cert/match.h"
#include "cert/verify.h"
#include "http/h1_parse.h"
#include "http/path.h"
#include "proxy/route.h"
#include "proxy/snapshot.h"
#include "tls/hs.h"

#define TRIES    7
#define TRY_NS   40000000ULL /* of CPU time, at least */
#define COPY_LEN (64u << 20) /* beyond every cache's size */

/* One operation, as often as asked. */
typedef void (*operation)(void *, unsigned times);

static uint64_t
cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

static double
time_of(operation op, void *arg, unsigned times)
{
	uint64_t from = cpu_ns();

	op(arg, times);
	return (double)(cpu_ns() - from);
}

static void
measure(const char *name, operation op, void *arg, size_t bytes)
{
	unsigned times = 1;
	double best, ns;

	while ((best = time_of(op, arg, times)) < (double)TRY_NS &&
	    times < 1u << 30)
		times *= 2;
	for (int i = 1; i < TRIES; i++)
		if ((ns = time_of(op, arg, times)) < best)
			best = ns;
	printf("%s %.1f %zu\n", name, best / times, bytes);
	fflush(stdout);
}

/* What is computed must not be optimised away. */
static void
use(int e, const char *what)
{
	if (e != 0)
		errx(1, "%s: %d", what, e);
}

static const char small_head[] =
    "GET /v1/orders/7 HTTP/1.1\r\nHost: gate.bench.example\r\n"
    "User-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n";

static const char large_head[] =
    "GET /v1/orders?customer=4711&since=2026-01-01&limit=100 HTTP/1.1\r\n"
    "Host: gate.bench.example\r\nConnection: keep-alive\r\n"
    "sec-ch-ua: \"Chromium\";v=\"120\", \"Not?A_Brand\";v=\"8\"\r\n"
    "sec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: \"Linux\"\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, "
    "like Gecko) Chrome/120.0.0.0 Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,"
    "image/webp,image/apng,*/*;q=0.8\r\n"
    "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\n"
    "Sec-Fetch-User: ?1\r\nSec-Fetch-Dest: document\r\n"
    "Referer: https://gate.bench.example/v1/orders?customer=4711\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
    "Cookie: session=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15;"
    " theme=dark; consent=2026-01-01T00:00:00Z\r\n"
    "X-Request-Id: 6b1f0f0e-8a36-4f0e-9d6a-6f3c0c1f7a11\r\n\r\n";

static void
parse(void *arg, unsigned times)
{
	static const struct h1_limits limits = { 8192, 16384, 32768, 100, 4096,
		8192 };
	struct slice in = slice_str(arg);
	struct msg m;
	size_t used;

	msg_init(&m);
	while (times-- > 0) {
		struct h1_scan scan = { 0 };

		use(h1_parse_request(&m, &scan, &limits, in, &used), "head");
		msg_clear(&m);
	}
}

static void
copy(void *arg, unsigned times)
{
	char *p = arg;

	while (times-- > 0)
		memcpy(p, p + COPY_LEN, COPY_LEN);
}

static void
look_through(void *arg, unsigned times)
{
	while (times-- > 0)
		if (memchr(arg, '\n', COPY_LEN) != NULL)
			errx(1, "memchr");
}

static void
heads(void)
{
	char *room = malloc(2 * (size_t)COPY_LEN);

	if (room == NULL)
		err(1, NULL);
	memset(room, 'x', 2 * (size_t)COPY_LEN);
	measure("head-small", parse, (void *)small_head,
	    sizeof(small_head) - 1);
	measure("head-large", parse, (void *)large_head,
	    sizeof(large_head) - 1);
	measure("memory-read", look_through, room, COPY_LEN);
	measure("memory-copy", copy, room, COPY_LEN);
	free(room);
}

struct scene {
	struct bundle *bundle;
	struct snapshot *snapshot;
	const struct conf_site *site;
	const struct verifier *verifier;
	X509 *leaf;
	STACK_OF(X509) *others;
	struct ident *ident;
};

static void
load_conf(struct scene *s, const char *path)
{
	struct diag d;

	diag_init(&d);
	s->bundle = bundle_from_disk(path);
	if (snapshot_load(s->bundle, time(NULL), &d, &s->snapshot) != 0)
		errx(1, "%s: %s", path,
		    d.count > 0 ? d.entries[0].message : "not loaded");
	diag_clear(&d);
	s->site = &s->snapshot->conf->sites[0];
	s->verifier = tls_site_at(s->snapshot->tls, 0)->verifier;
}

static void
load_chain(struct scene *s, const char *path)
{
	FILE *f = fopen(path, "r");
	X509 *x;

	if (f == NULL || (s->leaf = PEM_read_X509(f, NULL, NULL, NULL)) == NULL)
		err(1, "%s", path);
	s->others = sk_X509_new_null();
	while ((x = PEM_read_X509(f, NULL, NULL, NULL)) != NULL)
		if (!sk_X509_push(s->others, x))
			errx(1, "%s", path);
	fclose(f);
	use(ident_read(s->leaf, &s->ident), "ident");
}

static void
find_route(void *arg, unsigned times)
{
	struct scene *s = arg;
	const struct conf_route *last =
	    &s->site->routes[s->site->route_count - 1];
	const struct conf_route *found;
	struct slice path = last->path;

	while (times-- > 0) {
		use(route_find(s->site, slice_str("GET"), path, &found),
		    "route");
		if (found != last)
			errx(1, "another route");
	}
}

static void
read_path(void *arg, unsigned times)
{
	struct slice path = slice_str(arg);
	char out[256];
	size_t n;

	while (times-- > 0)
		use(path_normalise(path, out, sizeof(out), &n), "path");
}

/* The client is the one that the last rule is for. */
static void
match(void *arg, unsigned times)
{
	struct scene *s = arg;
	const struct conf_rules *rules = &s->site->routes[0].allow;
	struct match_by by;

	while (times-- > 0)
		if (match_rules(s->ident, rules, MATCH_STRICT, &by) == NULL)
			errx(1, "no rule matches");
}

static void
judge(void *arg, unsigned times)
{
	struct scene *s = arg;
	struct verdict v;

	while (times-- > 0) {
		use(verifier_judge(s->verifier, s->leaf, s->others, time(NULL),
			&v),
		    "verdict");
		verdict_clear(&v);
	}
}

static void
unload(struct scene *s)
{
	ident_unref(s->ident);
	sk_X509_pop_free(s->others, X509_free);
	X509_free(s->leaf);
	snapshot_free(s->snapshot);
	bundle_free(s->bundle);
}

int
main(int argc, char **argv)
{
	struct scene s = { 0 };
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "head") == 0 && argc == 2) {
		heads();
		return 0;
	}
	if (argc < 3)
		errx(2, "usage: micro head|route|rules|verdict [CONF [CHAIN]]");
	load_conf(&s, argv[2]);
	if (argc > 3)
		load_chain(&s, argv[3]);
	if (strcmp(what, "route") == 0) {
		measure("path", read_path, (void *)"/v1/orders/%41bc/7", 18);
		measure("route", find_route, &s, 0);
	} else if (strcmp(what, "rules") == 0 && s.leaf != NULL) {
		measure("rules", match, &s, 0);
	} else if (strcmp(what, "verdict") == 0 && s.leaf != NULL) {
		measure("verdict", judge, &s, 0);
	} else {
		errx(2, "no such measurement: %s", what);
	}
	unload(&s);
	return 0;
}
