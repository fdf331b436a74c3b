/*
 * digits -- numbers as text, where a record is written for every request.
 */
#ifndef BASE_DIGITS_H
#define BASE_DIGITS_H

#include <stddef.h>
#include <stdint.h>

#define DIGITS_MAX 20 /* room for a number of 64 bits, its sign included */

/* Decimal, without NUL; the number of characters. */
size_t digits_u64(char *out, uint64_t);
size_t digits_i64(char *out, int64_t);
/* The last n digits, with zeros before them if need be. */
void digits_fixed(char *out, size_t n, uint64_t);
/* 16 hexadecimal digits in lower case, without NUL. */
void digits_hex64(char out[16], uint64_t);

#endif
