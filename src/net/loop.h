/*
 * loop -- one process's event loop: libevent's base, the time of this turn,
 * work put off to the next, deadlines, and the graveyard.
 *
 * A turn is: wait for events and call their handlers, run the tasks that were
 * posted before, then those for when nothing more comes, do a bounded share of
 * the work for newcomers, run out deadlines, empty the graveyard.  Nothing that
 * a handler could still touch is freed within the turn: x_close() marks a thing
 * dead and buries it, the end of the turn frees it.
 *
 * Time is read once a turn.  A loop made for a test has no events and a clock
 * that stands still until loop_advance().
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

struct event_base;

/* Events of a lower number go first. */
enum loop_priority { PRIO_CONTROL, PRIO_STREAM, PRIO_COUNT };

/* Something to be done after this turn's events; embedded in its owner. */
struct task {
	struct list node;
	void (*run)(void *arg);
	void *arg;
};

/* A thing that is dead and waits to be freed; embedded in it. */
struct grave {
	struct list node;
	void (*free)(void *thing);
	void *thing;
};

struct loop {
	struct event_base *base; /* NULL in a test's loop */
	int64_t now_us;          /* clock_mono_us() of this turn */
	int64_t wall_ms;         /* clock_wall_ms() of this turn */
	struct list tasks;
	struct list last;      /* tasks for when nothing more comes */
	struct list held;      /* those that were posted before this turn */
	unsigned held_turns;   /* for how long */
	struct list newcomers; /* tasks for those who are not in yet */
	struct list graves;
	struct list queues;  /* of deadlines, one for each length */
	struct event *alarm; /* for the first deadline */
	int64_t alarm_ms;    /* when it rings; 0: it does not */
	uint64_t turn;       /* counts them */
	bool is_fresh;       /* the time of this turn has been read */
	bool is_stopped;
};

/* A loop on the system's clock and libevent; E_SYS if libevent will not. */
int loop_init(struct loop *);
/* A loop for tests: no events, time as given. */
void loop_init_virtual(struct loop *, int64_t now_ms, int64_t wall_ms);
/* Buries what is left; nothing may hold events or deadlines any more. */
void loop_clear(struct loop *);

static inline int64_t
loop_now_ms(const struct loop *l)
{
	return l->now_us / 1000;
}

/* Every handler of a libevent event calls this first: reads the time, once
 * for each turn. */
void loop_wake(struct loop *);

/* Turns until loop_stop. */
void loop_run(struct loop *);
/* Ends loop_run after this turn. */
void loop_stop(struct loop *);
/* One turn; with wait false it does not wait for events. */
void loop_turn(struct loop *, bool wait);
/* A virtual loop's time goes on by so much, then turns until nothing moves. */
void loop_advance(struct loop *, int64_t ms);

void task_init(struct task *, void (*run)(void *), void *arg);
/* Run it in the next turn; posting it twice is once. */
void loop_post(struct loop *, struct task *);
/*
 * Run it when nothing more comes: in the first turn after this one that has no
 * events, the HELD_TURNS-th at the latest, and in this one if newcomers wait,
 * who would make it late.  So what is written to many goes out together: who is
 * woken for the first of it is still awake when the next comes, and to wake a
 * process is what a short write costs most.
 */
#define HELD_TURNS 8
void loop_post_last(struct loop *, struct task *);
/*
 * Run it for somebody who is not in yet: handshakes are dear.  In each turn such
 * tasks are begun for NEWCOMER_US, one at least, and for a quarter of what the
 * turn took for those who are in, if that is more.  So a flood of handshakes has
 * them wait for one step of one handshake, and they keep nobody out.
 */
#define NEWCOMER_US 100
void loop_post_newcomer(struct loop *, struct task *);
/* It is no longer to be run; harmless if it was not posted. */
void task_cancel(struct task *);
bool task_is_posted(const struct task *);

/* Frees thing by free(thing) when the turn is over.  Once for each thing. */
void loop_bury(struct loop *, struct grave *, void (*free)(void *),
    void *thing);

#endif
