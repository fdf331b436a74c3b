#include "http/span.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

static size_t
value_by_table(struct slice s)
{
	return octet_span(s, OCTET_VALUE);
}

static size_t
target_by_table(struct slice s)
{
	return octet_span(s, OCTET_TARGET);
}

#ifdef __SSE2__

#define INLINE __attribute__((always_inline)) inline
#define AVX2   __attribute__((target("avx2")))

/* A bit for each of 16 or 32 octets that is not of the class. */
typedef unsigned bad_fn(const char *);

/* CTL but HTAB: RFC 9110, 5.5 */
static INLINE unsigned
bad_value_16(const char *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i ctl = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
	__m128i tab = _mm_cmpeq_epi8(v, _mm_set1_epi8('\t'));
	__m128i del = _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f));

	return (unsigned)_mm_movemask_epi8(
	    _mm_or_si128(_mm_andnot_si128(tab, ctl), del));
}

/* All but visible ASCII, and "#" */
static INLINE unsigned
bad_target_16(const char *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i low = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x20)), v);
	__m128i high = _mm_cmpeq_epi8(_mm_max_epu8(v, _mm_set1_epi8(0x7f)), v);
	__m128i hash = _mm_cmpeq_epi8(v, _mm_set1_epi8('#'));

	return (unsigned)_mm_movemask_epi8(
	    _mm_or_si128(_mm_or_si128(low, high), hash));
}

AVX2 static INLINE unsigned
bad_value_32(const char *p)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
	__m256i ctl = _mm256_cmpeq_epi8(_mm256_min_epu8(v,
					    _mm256_set1_epi8(0x1f)),
	    v);
	__m256i tab = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\t'));
	__m256i del = _mm256_cmpeq_epi8(v, _mm256_set1_epi8(0x7f));

	return (unsigned)_mm256_movemask_epi8(
	    _mm256_or_si256(_mm256_andnot_si256(tab, ctl), del));
}

AVX2 static INLINE unsigned
bad_target_32(const char *p)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
	__m256i low = _mm256_cmpeq_epi8(_mm256_min_epu8(v,
					    _mm256_set1_epi8(0x20)),
	    v);
	__m256i high = _mm256_cmpeq_epi8(_mm256_max_epu8(v,
					     _mm256_set1_epi8(0x7f)),
	    v);
	__m256i hash = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('#'));

	return (unsigned)_mm256_movemask_epi8(
	    _mm256_or_si256(_mm256_or_si256(low, high), hash));
}

/*
 * From octet i on, width at a time; the last piece overlaps what is known to be
 * good.  s.n >= width.
 */
static INLINE size_t
span_from(struct slice s, size_t i, size_t width, bad_fn *bad_in)
{
	unsigned bad;

	for (; s.n - i >= width; i += width)
		if ((bad = bad_in(s.p + i)) != 0)
			return i + (size_t)__builtin_ctz(bad);
	if (i == s.n)
		return s.n;
	i = s.n - width;
	bad = bad_in(s.p + i);
	return bad != 0 ? i + (size_t)__builtin_ctz(bad) : s.n;
}

static size_t
value_sse2(struct slice s)
{
	return s.n < 16 ? value_by_table(s) : span_from(s, 0, 16, bad_value_16);
}

static size_t
target_sse2(struct slice s)
{
	return s.n < 16 ? target_by_table(s) :
			  span_from(s, 0, 16, bad_target_16);
}

AVX2 static size_t
value_avx2(struct slice s)
{
	return s.n < 32 ? value_sse2(s) : span_from(s, 0, 32, bad_value_32);
}

AVX2 static size_t
target_avx2(struct slice s)
{
	return s.n < 32 ? target_sse2(s) : span_from(s, 0, 32, bad_target_32);
}

#endif

static const struct span_ops ops[] = {
	{ "table", value_by_table, target_by_table },
#ifdef __SSE2__
	{ "SSE2", value_sse2, target_sse2 },
	{ "AVX2", value_avx2, target_avx2 },
#endif
};

const struct span_ops *
span_all(size_t *count)
{
	*count = 1;
#ifdef __SSE2__
	*count = __builtin_cpu_supports("avx2") ? 3 : 2;
#endif
	return ops;
}

const struct span_ops *
span_best(void)
{
	static const struct span_ops *best;
	size_t count;

	if (best == NULL) {
		best = span_all(&count);
		best += count - 1;
	}
	return best;
}
