/*
 * schema_rows -- how the rows of schema.c and schema_clients.c are written.
 * For these two alone: THIS is the struct of the group.
 */
#ifndef CONF_SCHEMA_ROWS_H
#define CONF_SCHEMA_ROWS_H

#define AT(member)    .offset = offsetof(struct THIS, member)
#define COUNT(member) .count = offsetof(struct THIS, member)
#define PLACE(member) .at = SCHEMA_PLACE(struct THIS, member)
#define REQUIRED      .flags = SCHEMA_REQUIRED
#define OPTIONAL_ONE  .flags = SCHEMA_ONE
#define REQUIRED_ONE  .flags = (SCHEMA_REQUIRED | SCHEMA_ONE)
#define RANGE(lo, hi) .min = (lo), .max = (hi)
#define END \
	{ \
		0 \
	}

#define KiB *UINT64_C(1024)
#define MiB *UINT64_C(1048576)
#define MS  *UINT64_C(1)
#define S   *UINT64_C(1000)
#define H   *UINT64_C(3600000)

#endif
