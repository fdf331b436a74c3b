#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#include "base/digits.h"

#define MILLIS_AT 20 /* in "2026-11-20T08:15:30.123Z" */

static int64_t
read_us(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t
clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}

int64_t
clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

/* The year as four digits, whatever the clock says. */
static unsigned
year_of(const struct tm *tm)
{
	return (unsigned)(tm->tm_year + 1900) % 10000U;
}

void
clock_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_LEN])
{
	/* many lines of a log are of one second */
	static char last[CLOCK_RFC3339_LEN];
	static int64_t last_s = INT64_MIN;
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm = { 0 };

	if (last_s != wall_ms / 1000) {
		last_s = wall_ms / 1000;
		(void)gmtime_r(&t, &tm);
		(void)snprintf(last, sizeof(last),
		    "%04u-%02u-%02uT%02u:%02u:%02u.000Z", year_of(&tm),
		    (unsigned)(tm.tm_mon + 1) % 100U,
		    (unsigned)tm.tm_mday % 100U, (unsigned)tm.tm_hour % 100U,
		    (unsigned)tm.tm_min % 100U, (unsigned)tm.tm_sec % 100U);
	}
	memcpy(out, last, sizeof(last));
	digits_fixed(out + MILLIS_AT, 3, (uint64_t)wall_ms % 1000);
}

void
clock_http(time_t t, char out[CLOCK_HTTP_LEN])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm = { 0 };

	(void)gmtime_r(&t, &tm);
	(void)snprintf(out, CLOCK_HTTP_LEN,
	    "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT", days + tm.tm_wday * 3,
	    (unsigned)tm.tm_mday % 100U, months + tm.tm_mon * 3, year_of(&tm),
	    (unsigned)tm.tm_hour % 100U, (unsigned)tm.tm_min % 100U,
	    (unsigned)tm.tm_sec % 100U);
}
