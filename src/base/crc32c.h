/*
 * crc32c -- the checksum with Castagnoli's polynomial (RFC 4960, appendix B).
 */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stdint.h>

#include "base/slice.h"

/* crc is 0 for the first piece, then what the one before it gave. */
uint32_t crc32c(uint32_t crc, struct slice);

#endif
