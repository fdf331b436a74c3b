/*
 * load -- many TLS clients in one process, for measurements of a gateway.
 *
 * It warms up, finishes what is under way, prints "warm" and waits for a line
 * on its standard input.  Then it does the same for the time that is measured,
 * finishes again, and prints what was done as JSON.  So whoever reads the
 * server's CPU time before that line and after the result knows exactly what
 * was done with it.  At a fixed rate a request counts from when it was due,
 * not from when it could be sent: who is slow delays nobody but itself.
 */
#include "load.h"

#include <sys/epoll.h>
#include <sys/prctl.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

TAILQ_HEAD(conn_queue, conn);

struct load {
	struct load_options options;
	struct load_tls tls;
	struct conn *conns;
	int epfd;
	struct conn_queue ready; /* could go on at once */
	uint64_t from;           /* of this phase, in ns */
	uint64_t until;          /* no operation begins after that */
	unsigned active;
	size_t next_client;
	unsigned begun; /* MODE_IDLE: so many connections in this phase */
	uint64_t ops;
	struct hist latency;
};

static uint64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * LOAD_NS + (uint64_t)ts.tv_nsec;
}

static void
put_ready(struct load *l, struct conn *c)
{
	if (!c->is_queued)
		TAILQ_INSERT_TAIL(&l->ready, c, queue);
	c->is_queued = true;
}

static void
begin(struct load *l, struct conn *c, uint64_t due)
{
	if (c->state == CONN_CLOSED && !l->options.is_resuming)
		c->client =
		    &l->tls.clients[l->next_client++ % l->tls.client_count];
	c->due = due;
	l->active++;
	conn_begin(c, l->epfd);
	put_ready(l, c);
}

/* How long from one request of a connection to its next, at a fixed rate. */
static uint64_t
interval(const struct load *l)
{
	return (uint64_t)((double)l->options.connections / l->options.rate *
	    (double)LOAD_NS);
}

/* Another connection of those that are to be held. */
static void
begin_another(struct load *l)
{
	if (l->begun < l->options.connections)
		begin(l, &l->conns[l->begun++], now());
}

static void
go_on(struct load *l, struct conn *c)
{
	uint64_t t = now();

	switch (l->options.mode) {
	case MODE_HANDSHAKE:
		conn_close(c);
		/* FALLTHROUGH */
	case MODE_KEPT:
		if (t < l->until)
			begin(l, c, t);
		break;
	case MODE_RATE:
		c->due += interval(l);
		break; /* begin_due() */
	case MODE_IDLE:
		begin_another(l);
		break;
	}
}

static void
advance(struct load *l, struct conn *c)
{
	bool again;

	if (conn_advance(c, &again)) {
		hist_add(&l->latency, now() - c->due);
		l->ops++;
		l->active--;
		go_on(l, c);
	} else if (again) {
		put_ready(l, c);
	}
}

/* At a fixed rate: begins what is due.  How long until the next is, in ns. */
static uint64_t
begin_due(struct load *l)
{
	uint64_t t = now(), next = UINT64_MAX;

	for (unsigned i = 0; i < l->options.connections; i++) {
		struct conn *c = &l->conns[i];

		if ((c->state != CONN_READY && c->state != CONN_CLOSED) ||
		    c->due >= l->until)
			continue;
		if (c->due <= t)
			begin(l, c, c->due);
		else if (c->due - t < next)
			next = c->due - t;
	}
	return next;
}

static void
wait_and_advance(struct load *l, uint64_t ns)
{
	struct epoll_event ev[256];
	struct timespec ts = { .tv_sec = (time_t)(ns / LOAD_NS),
		.tv_nsec = (long)(ns % LOAD_NS) };
	int n = epoll_pwait2(l->epfd, ev, 256, ns == UINT64_MAX ? NULL : &ts,
	    NULL);

	if (n < 0 && errno != EINTR)
		err(1, "epoll_pwait2");
	for (int i = 0; i < n; i++)
		advance(l, ev[i].data.ptr);
}

static void
advance_ready(struct load *l)
{
	struct conn_queue batch = TAILQ_HEAD_INITIALIZER(batch);
	struct conn *c;

	TAILQ_CONCAT(&batch, &l->ready, queue);
	while ((c = TAILQ_FIRST(&batch)) != NULL) {
		TAILQ_REMOVE(&batch, c, queue);
		c->is_queued = false;
		advance(l, c);
	}
}

/* The first operations of a phase. */
static void
begin_all(struct load *l)
{
	const struct load_options *o = &l->options;
	unsigned n = o->connections;

	if (o->mode == MODE_IDLE && n > 64)
		n = 64; /* at once */
	for (unsigned i = 0; i < n; i++) {
		if (o->mode == MODE_IDLE)
			begin_another(l);
		else if (o->mode != MODE_RATE)
			begin(l, &l->conns[i], l->from);
		else
			l->conns[i].due = l->from + interval(l) * i / n;
	}
}

/* Works for that long, and until all that was begun is done. */
static void
run_phase(struct load *l, double seconds)
{
	uint64_t wait;

	l->from = now();
	l->until = l->from + (uint64_t)(seconds * (double)LOAD_NS);
	l->ops = l->begun = 0;
	memset(&l->latency, 0, sizeof(l->latency));
	begin_all(l);
	for (;;) {
		wait = UINT64_MAX;
		if (l->options.mode == MODE_RATE)
			wait = begin_due(l);
		if (l->active == 0 && wait == UINT64_MAX)
			return;
		if (!TAILQ_EMPTY(&l->ready))
			wait = 0;
		wait_and_advance(l, wait);
		advance_ready(l);
	}
}

/* Says that it is warm, and waits for the line that lets it go on. */
static void
rendezvous(struct load *l)
{
	char line[16];

	for (unsigned i = 0; i < l->options.connections; i++) {
		struct conn *c = &l->conns[i];

		if (l->options.is_resuming && c->session == NULL)
			errx(1, "the server gave no session");
		c->must_resume = l->options.is_resuming;
		c->is_checked = false;
	}
	puts("warm");
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL)
		exit(1);
}

static void
print_result(const struct load *l)
{
	printf("{\"ops\":%" PRIu64 ",\"seconds\":%.6f,\"latency\":", l->ops,
	    (double)(now() - l->from) / (double)LOAD_NS);
	hist_print(&l->latency, stdout);
	puts("}");
	fflush(stdout);
}

static uint64_t
number(const char *s)
{
	char *end;
	uint64_t n = strtoull(s, &end, 10);

	if (end == s || *end != '\0')
		errx(2, "expected a number, found \"%s\"", s);
	return n;
}

static enum load_mode
mode_of(const char *s)
{
	static const char *const names[] = { "handshake", "kept", "rate",
		"idle" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(s, names[i]) == 0)
			return (enum load_mode)i;
	errx(2, "no such mode: %s", s);
}

static const struct option long_options[] = {
	{ "port", required_argument, NULL, 'p' },
	{ "mode", required_argument, NULL, 'm' },
	{ "connections", required_argument, NULL, 'n' },
	{ "seconds", required_argument, NULL, 's' },
	{ "warmup", required_argument, NULL, 'w' },
	{ "rate", required_argument, NULL, 'r' },
	{ "bytes", required_argument, NULL, 'b' },
	{ "upload", required_argument, NULL, 'u' },
	{ "cert", required_argument, NULL, 'c' },
	{ "chain", required_argument, NULL, 'C' },
	{ "key", required_argument, NULL, 'k' },
	{ "ca", required_argument, NULL, 'a' },
	{ "name", required_argument, NULL, 'N' },
	{ "tls12", no_argument, NULL, '2' },
	{ "resume", no_argument, NULL, 'R' },
	{ "anonymous", no_argument, NULL, 'A' },
	{ 0 },
};

static void
take_option(struct load_options *o, int option)
{
	switch (option) {
	case 'p':
		o->to.sin_port = htons((uint16_t)number(optarg));
		break;
	case 'm':
		o->mode = mode_of(optarg);
		break;
	case 'n':
		o->connections = (unsigned)number(optarg);
		break;
	case 's':
		o->seconds = atof(optarg);
		break;
	case 'w':
		o->warmup = atof(optarg);
		break;
	case 'r':
		o->rate = atof(optarg);
		break;
	case 'b':
		o->bytes = number(optarg);
		break;
	case 'u':
		o->upload = number(optarg);
		break;
	case 'c':
		o->cert = optarg;
		break;
	case 'C':
		o->chain = optarg;
		break;
	case 'k':
		o->key = optarg;
		break;
	case 'a':
		o->ca = optarg;
		break;
	case 'N':
		o->name = optarg;
		break;
	case '2':
		o->version = TLS1_2_VERSION;
		break;
	case 'R':
		o->is_resuming = true;
		break;
	case 'A':
		o->is_anonymous = true;
		break;
	default:
		exit(2);
	}
}

static void
read_options(struct load_options *o, int argc, char **argv)
{
	int option;

	o->connections = 64;
	o->seconds = o->warmup = 1;
	o->bytes = 128;
	o->rate = 500;
	o->version = TLS1_3_VERSION;
	o->to.sin_family = AF_INET;
	o->to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		take_option(o, option);
	if (optind != argc || o->to.sin_port == 0 || o->cert == NULL ||
	    o->chain == NULL || o->key == NULL || o->ca == NULL ||
	    o->name == NULL || o->connections == 0 || o->rate <= 0)
		errx(2,
		    "usage: load --port N --cert FILE --chain FILE "
		    "--key FILE --ca FILE --name NAME [...]");
}

int
main(int argc, char **argv)
{
	static struct load l;

	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	read_options(&l.options, argc, argv);
	load_tls_init(&l.tls, &l.options);
	TAILQ_INIT(&l.ready);
	l.conns = calloc(l.options.connections, sizeof(*l.conns));
	if (l.conns == NULL || (l.epfd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		err(1, NULL);
	for (unsigned i = 0; i < l.options.connections; i++) {
		l.conns[i].options = &l.options;
		l.conns[i].tls = &l.tls;
		l.conns[i].client = &l.tls.clients[i % l.tls.client_count];
		l.conns[i].fd = -1;
		l.conns[i].is_checked = i == 0;
	}
	run_phase(&l, l.options.warmup);
	rendezvous(&l);
	run_phase(&l, l.options.seconds);
	print_result(&l);
	return 0;
}
