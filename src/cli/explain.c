#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "cert/advice.h"
#include "cert/explain.h"
#include "cli/commands.h"
#include "cli/explain_log.h"
#include "cli/question.h"
#include "cli/recall.h"
#include "http/h1_parse.h"
#include "http/uri.h"
#include "proxy/explain_request.h"
#include "proxy/proxy.h"
#include "proxy/reply.h"
#include "proxy/snapshot.h"

#define USAGE   2
#define OUT_MAX (4u << 20) /* octets of JSON */

/* What the log tells, where it is asked. */
struct memory {
	struct recall lines;
	struct logline l; /* the first of them */
	struct recalled who;
};

/* What was found out, and what it was found out from. */
struct answer {
	const struct question *q;
	const struct memory *memory; /* NULL: the log is not asked */
	struct snapshot *snapshot;
	const struct conf_site *site;
	struct report report;
	struct verdict verdict;
	struct decision decision;
	struct msg request;
	char room[PROXY_PATH_MAX];
	int err;
};

static void
print_mistakes(const struct diag *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->entries[i].level != DIAG_WARNING)
			(void)fprintf(stderr, "%s\n", d->entries[i].text);
}

/* The host that is asked for: by default the first site's first name. */
static struct slice
host_of(const struct answer *a)
{
	struct slice name = a->snapshot->conf->sites[0].names[0];

	if (a->q->host != NULL)
		return slice_str(a->q->host);
	if (slice_eq(name, SL("*")))
		return SL("");
	return slice_starts(name, SL("*.")) ? slice_skip(name, 2) : name;
}

/* As the SNI would. */
static void
find_site(struct answer *a)
{
	struct slice host = host_of(a);
	struct authority auth = { 0 };
	char lower[HOST_MAX];
	size_t n = 0;

	if (host.n > 0 &&
	    (authority_parse(host, &auth) != 0 ||
		authority_host(&auth, lower, &n) != 0)) {
		a->err = E_HTTP_HOST;
		report_add(&a->report, REPORT_FAIL, "site", "%s",
		    err_text(a->err));
		return;
	}
	/* an address is never sent as a name (RFC 6066, 3) */
	if (auth.is_ip4 || auth.is_ip6)
		n = 0;
	a->site = conf_site_for(a->snapshot->conf, slice_of(lower, n));
	if (a->site == NULL) {
		a->err = E_TLS_NO_SITE;
		report_add(&a->report, REPORT_FAIL, "site", "%s: %s",
		    err_slug(a->err), err_text(a->err));
		return;
	}
	report_add(&a->report, REPORT_INFO, "site", "%.*s, line %u",
	    SLICE_ARG(a->site->names[0]), a->site->at.line);
}

/* Whether it is the certificate that the log tells of. */
static bool
is_remembered(struct answer *a)
{
	const char *wanted = a->memory != NULL ? a->memory->who.sha256 : NULL;

	if (wanted == NULL || a->verdict.ident == NULL ||
	    slice_eq(a->verdict.ident->fingerprint, slice_str(wanted)))
		return true;
	report_add(&a->report, REPORT_FAIL, "certificate",
	    "it is not the one in the log, which has sha256 %.64s", wanted);
	return false;
}

static void
judge(struct answer *a, struct bundle *b)
{
	const struct tls_site *t = tls_site_at(a->snapshot->tls,
	    a->site->index);
	const struct bundle_file *f;
	char *path = realpath(a->q->cert, NULL);

	f = bundle_get(b, path != NULL ? path : a->q->cert);
	free(path);
	if (f->sys_errno != 0) {
		a->err = E_INVALID;
		report_add(&a->report, REPORT_FAIL, "certificate",
		    "cannot read %s: %s", a->q->cert, bundle_why(f));
		return;
	}
	a->err = explain_chain(&a->site->clients, t->verifier, f->bytes,
	    a->q->at, &a->report, &a->verdict);
	if (a->err == 0 && !is_remembered(a))
		a->err = E_INVALID;
	if (a->err == 0 && (a->err = a->verdict.err) != 0)
		report_add(&a->report, REPORT_INFO, "answer", "%s",
		    a->site->on_refusal == REFUSAL_HTTP ?
			"403, whatever is asked for" :
			"a TLS alert");
}

/* Without a certificate: what can be said of that in the log. */
static void
judge_named(struct answer *a)
{
	const struct recalled *who = &a->memory->who;
	const struct explain_named named = {
		.issuer = slice_str(who->issuer),
		.serial = slice_str(who->serial),
	};

	if (who->issuer != NULL)
		explain_named(&a->site->clients, &named, a->q->at, &a->report);
	report_add(&a->report, REPORT_INFO, "certificate",
	    "with --cert it would be judged again");
	a->err = recall_reason(&a->memory->l);
}

/* The request as a client would send it, read as a client's is. */
static int
parse_request(struct answer *a)
{
	const struct h1_limits *l = &a->snapshot->conf->limits.request;
	struct slice host = host_of(a);
	struct h1_scan scan = { 0 };
	struct buf b;
	size_t used;
	int e;

	buf_init(&b, 2 * PROXY_PATH_MAX);
	(void)buf_printf(&b, "%s %s HTTP/1.1\r\nHost: %.*s\r\n\r\n",
	    a->q->method, a->q->path, SLICE_ARG(host));
	e = h1_parse_request(&a->request, &scan, l, buf_slice(&b), &used);
	buf_clear(&b);
	return e;
}

static void
route(struct answer *a)
{
	const struct decide_params p = {
		.conf = a->snapshot->conf,
		.site = a->site,
		.who = a->verdict.ident,
		.room = a->room,
		.max = sizeof(a->room),
	};

	if ((a->err = parse_request(a)) != 0)
		report_add(&a->report, REPORT_FAIL, "request", "%s: %s",
		    err_slug(a->err), err_text(a->err));
	else
		a->err = explain_request(&p, &a->request, &a->report,
		    &a->decision);
}

static void
put_json(const struct answer *a, struct json *j)
{
	const struct decision *d = &a->decision;
	char who[512];

	match_format(&d->authz.by, who, sizeof(who));
	json_open(j, NULL, '{');
	if (a->memory != NULL)
		recall_json(&a->memory->l, j, "record");
	json_bool(j, "pass", a->err == 0);
	json_str(j, "reason", a->err == 0 ? NULL : err_slug(a->err));
	if (a->site != NULL)
		json_bytes(j, "site", a->site->names[0]);
	if (d->route != NULL)
		json_bytes(j, "route", d->route->path);
	if (d->authz.rule != NULL)
		json_bytes(j, "rule", d->authz.rule->text);
	if (who[0] != '\0')
		json_str(j, "identity", who);
	json_str(j, "advice", a->err == 0 ? NULL : advice_for(a->err));
	report_json(&a->report, j);
	json_close(j, '}');
}

static void
print(const struct answer *a)
{
	struct json j;
	struct buf b;

	if (a->q->is_json) {
		buf_init(&b, OUT_MAX);
		json_init(&j, &b);
		put_json(a, &j);
		(void)printf("%.*s\n", SLICE_ARG(buf_slice(&b)));
		buf_clear(&b);
		return;
	}
	if (a->memory != NULL) {
		recall_print(&a->memory->l);
		(void)putchar('\n');
	}
	report_print(&a->report, stdout);
	if (a->err != 0 && advice_for(a->err) != NULL)
		(void)printf("to do        > %s\n", advice_for(a->err));
}

static void
ask(struct answer *a, struct bundle *b)
{
	char at[CLOCK_RFC3339_LEN];

	report_init(&a->report);
	msg_init(&a->request);
	clock_rfc3339(a->q->at * 1000, at);
	report_add(&a->report, REPORT_INFO, "time", "%s", at);
	find_site(a);
	if (a->err == 0 && a->q->cert == NULL)
		judge_named(a);
	else if (a->err == 0)
		judge(a, b);
	if (a->err == 0 && a->q->path != NULL && a->q->cert != NULL)
		route(a);
	else if (a->err == 0 && a->q->cert != NULL)
		explain_routes(a->site, a->verdict.ident, &a->report);
	print(a);
	msg_clear(&a->request);
	report_clear(&a->report);
	verdict_clear(&a->verdict);
}

static int
explain(const struct question *q, const struct memory *memory)
{
	struct bundle *b = bundle_from_disk(q->conf);
	struct answer *a = mem_new(1, sizeof(*a));
	int status = EXIT_FAILURE;
	struct diag d;

	a->q = q;
	a->memory = memory;
	diag_init(&d);
	if (snapshot_load(b, clock_wall_ms() / 1000, &d, &a->snapshot) == 0) {
		ask(a, b);
		status = a->err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	} else {
		print_mistakes(&d);
	}
	snapshot_free(a->snapshot);
	bundle_free(b);
	diag_clear(&d);
	free(a);
	return status;
}

/* The same once more that the log tells of, but for what is said otherwise. */
static int
explain_again(struct question *q)
{
	struct memory m = { 0 };
	int status = EXIT_FAILURE;

	if (recall_find(&m.lines, q->log, q->ref)) {
		/* of the last ones, the very last */
		size_t at = q->ref != NULL ? 0 : m.lines.count - 1;

		(void)logline_read(slice_str(m.lines.lines[at]), &m.l);
		recalled_init(&m.who, &m.l);
		if (q->host == NULL)
			q->host = m.who.host;
		if (q->path == NULL)
			q->path = m.who.path;
		if (q->method == NULL)
			q->method = m.who.method;
		if (!q->has_at && m.who.has_at) {
			q->at = m.who.at;
			q->has_at = true;
		}
		question_set_defaults(q);
		status = question_is_askable(q) ? explain(q, &m) : USAGE;
	}
	recalled_clear(&m.who);
	recall_clear(&m.lines);
	return status;
}

int
command_explain(int argc, char **argv)
{
	struct question q = { 0 };

	if (!question_read(argc, argv, &q))
		return USAGE;
	if (q.log == NULL && q.ref != NULL)
		q.log = "-";
	if (q.log != NULL && q.conf != NULL)
		return explain_again(&q);
	if (q.log != NULL)
		return q.cert == NULL ? explain_log(q.log, q.ref, q.is_json) :
					USAGE;
	question_set_defaults(&q);
	if (q.conf == NULL || q.cert == NULL || !question_is_askable(&q))
		return USAGE;
	return explain(&q, NULL);
}
