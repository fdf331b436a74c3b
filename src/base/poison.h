/*
 * poison -- force-included into every source file: the C library's functions
 * that count on luck with lengths cannot be named.  What to use instead is in
 * base/slice.h, base/buf.h and snprintf(3).
 *
 * System headers that mention a poisoned name are included here first.
 */
#ifndef BASE_POISON_H
#define BASE_POISON_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* with _FORTIFY_SOURCE and clang, glibc has macros of these names */
#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#undef gets
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets
#pragma GCC poison strtok strtok_r atoi atol atoll atof

#endif
