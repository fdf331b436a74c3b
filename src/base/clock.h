/*
 * clock -- what time it is; read once for each turn of a loop and passed on.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/slice.h"

/* Milliseconds since some moment that does not change; for durations. */
int64_t clock_mono_ms(void);
/* Microseconds on the same scale. */
int64_t clock_mono_us(void);
/* Milliseconds since 1970; for people, logs and certificates. */
int64_t clock_wall_ms(void);

#define CLOCK_RFC3339_LEN 25 /* with the NUL */
/* "2026-11-20T08:15:30.123Z" */
void clock_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_LEN]);
#define CLOCK_HTTP_LEN 30 /* with the NUL */
/* "Fri, 20 Nov 2026 08:15:30 GMT": IMF-fixdate, RFC 9110, 5.6.7 */
void clock_http(time_t, char out[CLOCK_HTTP_LEN]);

#endif
