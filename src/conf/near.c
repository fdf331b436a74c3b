#include "conf/near.h"

#include <stdint.h>

#define NEAR_WORD_MAX 64 /* octets; longer words are near to nothing */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Optimal string alignment: octets put in, left out, changed, and neighbours
 * swapped, one each.  Both words have at most NEAR_WORD_MAX octets.
 */
static size_t
distance(struct slice a, struct slice b)
{
	size_t rows[3][NEAR_WORD_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2], *spare;

	for (size_t j = 0; j <= b.n; j++)
		last[j] = before[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		now[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t differs = a.p[i - 1] != b.p[j - 1];

			now[j] = least(last[j] + 1, now[j - 1] + 1);
			now[j] = least(now[j], last[j - 1] + differs);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
			    a.p[i - 2] == b.p[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[b.n];
}

void
near_init(struct near *n, struct slice word)
{
	*n = (struct near) { .word = word, .distance = SIZE_MAX };
}

void
near_try(struct near *n, struct slice known)
{
	/* one mistake for every three octets, and one in a shorter word */
	size_t allowed = known.n < 3 ? 1 : known.n / 3, d;
	size_t longer = known.n > n->word.n ? known.n - n->word.n :
					      n->word.n - known.n;

	if (known.n > NEAR_WORD_MAX || n->word.n > NEAR_WORD_MAX ||
	    longer > allowed)
		return;
	d = distance(n->word, known);
	if (d > allowed || d >= known.n || d >= n->distance)
		return;
	n->best = known;
	n->distance = d;
}
