#include "daemon/reload.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "daemon/process.h"
#include "daemon/sd.h"
#include "daemon/supervisor_int.h"

/* A worker that has not answered by then is stuck. */
#define ANSWER_MS 60000

static void on_deadline(void *arg);
static void check(struct reload *);

void
reload_init(struct reload *r, struct supervisor *s)
{
	*r = (struct reload) { .supervisor = s };
	diag_init(&r->diag);
	deadline_init(&r->deadline, on_deadline, r);
	list_init(&r->waiting);
	list_init(&r->later);
}

static void
tell(struct list *waiters, int err, const struct diag *d)
{
	struct list *node;

	while ((node = list_pop(waiters)) != NULL) {
		struct reload_waiter *w = list_item(node, struct reload_waiter,
		    node);

		w->done(w->arg, err, d);
	}
}

void
reload_clear(struct reload *r)
{
	deadline_cancel(&r->deadline);
	tell(&r->waiting, E_CANCELLED, &r->diag);
	tell(&r->later, E_CANCELLED, &r->diag);
	plan_free(r->next);
	r->next = NULL;
	free(r->mistake);
	diag_clear(&r->diag);
}

void
reload_waiter_cancel(struct reload_waiter *w)
{
	list_remove(&w->node);
}

static void
finish(struct reload *r, int err)
{
	r->state = RELOAD_IDLE;
	deadline_cancel(&r->deadline);
	sd_ready();
	pulse_note(&r->supervisor->pulse,
	    err == 0 ? NULL : "the last reload failed");
	tell(&r->waiting, err, &r->diag);
	reload_go_on(r);
}

static uint64_t
digest_of(const struct diag *d)
{
	uint64_t sum = 1;

	for (size_t i = 0; i < d->count; i++)
		sum = sum * 31 + map_hash(slice_str(d->entries[i].text));
	return sum;
}

static char *
first_mistake(const struct diag *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->entries[i].level == DIAG_ERROR)
			return mem_strdup(d->entries[i].text);
	return NULL;
}

/* What is in force stays.  A file that is still not right is not news. */
static void
fail(struct reload *r, enum reload_why why, int err)
{
	uint64_t failure = digest_of(&r->diag);
	struct log l;

	r->failed_ms = r->supervisor->loop.wall_ms;
	r->failures++;
	r->has_failed = true;
	free(r->mistake);
	r->mistake = first_mistake(&r->diag);
	if (why == RELOAD_ASKED || failure != r->failure) {
		diag_log(&r->diag);
		if (log_begin(&l, LOG_ERR, "reload-failed")) {
			log_err(&l, err);
			log_int(&l, "errors", (int64_t)r->diag.errors);
			log_int(&l, "generation",
			    r->supervisor->plan->generation);
			log_str(&l, "msg", "nothing has changed");
			log_end(&l);
		}
	}
	r->failure = failure;
	finish(r, err);
}

/* 0: every worker builds it now. */
static int
begin(struct reload *r, enum reload_why why)
{
	struct supervisor *s = r->supervisor;
	int e;

	r->start_us = s->loop.now_us;
	diag_clear(&r->diag);
	e = plan_load(why == RELOAD_FILES ? NULL : s->params.conf_path, s->plan,
	    &r->diag, &r->next);
	if (e != 0)
		return e;
	if (why == RELOAD_FILES && plan_is_same(r->next, s->plan))
		return E_EOF;
	e = sockets_prepare(&s->sockets, r->next->wanted, r->next->wanted_count,
	    NULL);
	if (e != 0) {
		diag_error(&r->diag,
		    (struct diag_at) { .file = s->params.conf_path },
		    "an address cannot be listened on; the log says which");
		return e;
	}
	r->next->generation = ++s->last_generation;
	return 0;
}

static void
drop_next(struct reload *r)
{
	plan_free(r->next);
	r->next = NULL;
}

static void
send_next(struct reload *r, struct child *c)
{
	if (ipc_send(c->ipc, IPC_BUNDLE, r->next->generation,
		r->next->bundle_fd) != 0)
		log_msg(LOG_ERR, "worker-stuck", "worker %u", c->index);
}

static void
went_well(struct reload *r)
{
	r->failure = 0;
	r->has_failed = false;
	free(r->mistake);
	r->mistake = NULL;
}

static void
run(struct reload *r, enum reload_why why)
{
	struct supervisor *s = r->supervisor;
	int e;

	log_msg(why == RELOAD_ASKED ? LOG_NOTICE : LOG_INFO, "reloading",
	    why == RELOAD_ASKED ? "all of the configuration is read again" :
				  "files that changed are read again");
	sd_reloading();
	e = begin(r, why);
	if (e == E_EOF) {
		/* a file was touched, or came back as it was */
		log_msg(LOG_INFO, "unchanged",
		    "the files say the same as before");
		drop_next(r);
		went_well(r);
		finish(r, 0);
		return;
	}
	if (e != 0) {
		drop_next(r);
		fail(r, why, e);
		return;
	}
	r->state = RELOAD_BUILDING;
	deadline_set(&r->deadline, &s->loop, ANSWER_MS);
	for (unsigned i = 0; i < s->child_count; i++)
		if (s->children[i]->state == CHILD_READY)
			send_next(r, s->children[i]);
	check(r);
}

void
reload_start(struct reload *r, enum reload_why why, struct reload_waiter *w)
{
	struct supervisor *s = r->supervisor;

	if (s->is_ending) {
		log_msg(LOG_NOTICE, "reload-refused", "the process is ending");
		if (w != NULL)
			w->done(w->arg, E_DRAINING, &r->diag);
		return;
	}
	if (w != NULL)
		list_push(&r->later, &w->node);
	if (why > r->next_why)
		r->next_why = why;
	reload_go_on(r);
}

void
reload_go_on(struct reload *r)
{
	enum reload_why why = r->next_why;

	if (r->supervisor->is_ending) {
		tell(&r->waiting, E_DRAINING, &r->diag);
		tell(&r->later, E_DRAINING, &r->diag);
		return;
	}
	if (r->state != RELOAD_IDLE || why == RELOAD_NONE ||
	    !r->supervisor->was_ready)
		return;
	r->next_why = RELOAD_NONE;
	list_move(&r->waiting, &r->later);
	run(r, why);
}

/* Sockets of addresses that are new go to who accepts for their worker, those
 * of addresses that are gone are let go. */
static void
hand_sockets(struct supervisor *s)
{
	for (unsigned i = 0; i < s->child_count; i++)
		child_update_sockets(s->children[i]);
	sockets_settle(&s->sockets);
}

/* Every worker has built it: from here on nothing can fail. */
static void
commit(struct reload *r)
{
	struct supervisor *s = r->supervisor;
	struct plan *was = s->plan;

	r->state = RELOAD_SWITCHING;
	r->changes = stock_log_changes(&was->stock, &r->next->stock);
	diag_log(&r->diag);
	s->plan = r->next;
	r->next = NULL;
	s->plan->since_ms = s->loop.wall_ms;
	logging_use(&s->logging, &s->plan->log, &s->plan->access_log);
	supervisor_send_access(s);
	sealing_start(&s->sealing, s->plan->rotate_ms);
	for (unsigned i = 0; i < s->child_count; i++)
		if (s->children[i]->built == s->plan->generation)
			(void)ipc_send(s->children[i]->ipc, IPC_SWITCH,
			    s->plan->generation, -1);
	sockets_commit(&s->sockets, s->plan->workers);
	hand_sockets(s);
	supervisor_fit(s);
	plan_free(was);
	supervisor_plan_changed(s);
	check(r);
}

static void
done(struct reload *r)
{
	struct supervisor *s = r->supervisor;
	struct log l;

	r->count++;
	went_well(r);
	if (log_begin(&l, LOG_NOTICE, "reloaded")) {
		log_int(&l, "generation", s->plan->generation);
		log_int(&l, "changes", (int64_t)r->changes);
		log_int(&l, "workers", s->plan->workers);
		log_us(&l, "ms", s->loop.now_us - r->start_us);
		log_end(&l);
	}
	finish(r, 0);
}

/* Whether all that serve, and will go on, have come to a generation. */
static bool
have_all(const struct supervisor *s, bool is_switched, uint32_t generation)
{
	for (unsigned i = 0; i < s->child_count; i++) {
		const struct child *c = s->children[i];
		uint32_t at = is_switched ? c->generation : c->built;

		if (c->state == CHILD_READY && at != generation)
			return false;
	}
	return true;
}

static void
check(struct reload *r)
{
	struct supervisor *s = r->supervisor;

	if (r->state == RELOAD_BUILDING &&
	    have_all(s, false, r->next->generation))
		commit(r);
	else if (r->state == RELOAD_SWITCHING &&
	    have_all(s, true, s->plan->generation))
		done(r);
}

/* Not one of them goes over. */
static void
cancel(struct reload *r, int err)
{
	struct supervisor *s = r->supervisor;

	for (unsigned i = 0; i < s->child_count; i++)
		if (s->children[i]->state == CHILD_READY)
			(void)ipc_send(s->children[i]->ipc, IPC_CANCEL, 0, -1);
	sockets_cancel(&s->sockets);
	drop_next(r);
	fail(r, RELOAD_ASKED, err);
}

static void
on_deadline(void *arg)
{
	struct reload *r = arg;
	struct supervisor *s = r->supervisor;
	bool is_switching = r->state == RELOAD_SWITCHING;
	uint32_t generation = is_switching ? s->plan->generation :
					     r->next->generation;

	for (unsigned i = 0; i < s->child_count; i++) {
		const struct child *c = s->children[i];

		if (c->state == CHILD_READY &&
		    (is_switching ? c->generation : c->built) != generation)
			log_msg(LOG_ERR, "worker-stuck",
			    "worker %u does not answer to a reload", c->index);
	}
	if (is_switching)
		finish(r, E_TIMEOUT);
	else
		cancel(r, E_TIMEOUT);
}

void
reload_child_built(struct reload *r, struct child *c)
{
	/* one that comes behind, since it began with an older one */
	if (c->built == r->supervisor->plan->generation)
		(void)ipc_send(c->ipc, IPC_SWITCH, c->built, -1);
	check(r);
}

void
reload_child_failed(struct reload *r, struct child *c, uint32_t generation)
{
	log_msg(LOG_ERR, "worker-refused",
	    "worker %u cannot use generation %u; its lines say why", c->index,
	    generation);
	if (r->state == RELOAD_BUILDING && generation == r->next->generation)
		cancel(r, E_CONFIG);
}

void
reload_child_changed(struct reload *r, struct child *c)
{
	const struct plan *plan = r->supervisor->plan;

	if (c->state == CHILD_READY && c->generation != plan->generation &&
	    c->built != plan->generation) {
		/* started before this one came into force */
		if (ipc_send(c->ipc, IPC_BUNDLE, plan->generation,
			plan->bundle_fd) != 0)
			log_msg(LOG_ERR, "worker-stuck", "worker %u", c->index);
	} else if (c->state == CHILD_READY && r->state == RELOAD_BUILDING &&
	    c->built != r->next->generation) {
		send_next(r, c);
	}
	check(r);
}
