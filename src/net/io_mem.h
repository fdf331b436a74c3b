/*
 * io_mem -- two ios back to back in memory: what one writes the other reads.
 * For tests; bytes pass in the next turn of the loop.
 */
#ifndef NET_IO_MEM_H
#define NET_IO_MEM_H

#include "net/io.h"

/* Each direction holds at most capacity bytes; a write beyond that waits. */
void io_mem_pair(struct loop *, size_t capacity, struct io *ends[2]);
/* The other end will read at most n bytes at a time, to test partial reads. */
void io_mem_set_step(struct io *, size_t n);
/* The other end reads err (E_CLOSED...) after the bytes that are under way. */
void io_mem_break(struct io *, int err);

#endif
