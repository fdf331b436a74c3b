/*
 * schema -- what may stand in the configuration, as tables.
 *
 * A row is one key: how it is read, checked, defaulted and dumped, and what
 * the manual must say.  Rows stand in groups; a group is a mapping in the
 * file and a struct in memory.  The tables are in schema.c, how a mapping is
 * read in schema_read.c, how a value is in type_*.c.
 */
#ifndef CONF_SCHEMA_H
#define CONF_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "conf/conf.h"
#include "conf/yaml.h"

struct schema_type;

/* A word of the file, and the number that the program knows it by. */
struct schema_word {
	const char *word; /* NULL ends the list */
	int value;
};

enum schema_flag {
	SCHEMA_REQUIRED = 1, /* the mapping is wrong without it */
	SCHEMA_ONE = 2,      /* a list of one may be written without "[]" */
};

struct schema_row {
	const char *key; /* NULL: the elements of a list */
	const struct schema_type *type;
	unsigned flags;
	int tag;       /* for the type alone */
	size_t offset; /* of the value, in the struct of its group */
	size_t count;  /* lists: of the number of elements, likewise */
	size_t at;     /* SCHEMA_PLACE; 0: nobody asks where it stands */
	/* numbers: the range; texts: of their length; lists: of their count
	 * (max 0: without end) */
	uint64_t min, max;
	uint64_t def;                    /* a number when the key is absent */
	const char *text;                /* a text when the key is absent */
	const char *zero;                /* the word for the number 0 */
	const struct schema_word *words; /* an enum's */
	const struct schema_group *group;
	const struct schema_row *elem; /* lists and maps: of one element */
	size_t size;                   /* of one element, in its own row */
	const char *doc;               /* what it is, in one line */
	const char *missing;           /* said when a required one is absent */
};

struct schema_group {
	const char *name;  /* "a route", for messages */
	const char *title; /* of its section in the manual */
	size_t size;       /* of its struct; a struct diag_at comes first in
			    * it if has_at */
	bool has_at;
	const struct schema_row *rows; /* up to one without type */
};

/* A row's .at: 0 is for no place, so one more than the offset. */
#define SCHEMA_PLACE(type, member) (offsetof(type, member) + 1)

/* What reading needs; conf_load() makes it. */
struct schema_in {
	struct arena *arena; /* the conf's own: what is kept goes there */
	const char *file;    /* the configuration's path, in that arena */
	struct bundle *bundle;
	struct diag *diag;
};

/* Where a dump goes. */
struct schema_out {
	FILE *f;
	unsigned depth;
	bool is_after_dash; /* the indentation is written already */
};

/* How values of one kind are read and written. */
struct schema_type {
	const char *what; /* "a duration such as 5s" */
	/* Reads into the struct at base; mistakes go to diag. */
	void (*read)(const struct schema_in *, const struct schema_row *,
	    const struct yaml_node *, void *base);
	/* Writes key and value, or nothing where there is none. */
	void (*write)(struct schema_out *, const struct schema_row *,
	    const void *base);
	/* Sets the default; NULL: zeroed memory is. */
	void (*preset)(const struct schema_in *, const struct schema_row *,
	    void *base);
};

/* type_word.c: one word each */
extern const struct schema_type type_bool;   /* bool */
extern const struct schema_type type_uint;   /* unsigned */
extern const struct schema_type type_size;   /* size_t, octets */
extern const struct schema_type type_ms;     /* int64_t, milliseconds */
extern const struct schema_type type_enum;   /* an enum, by words */
extern const struct schema_type type_choice; /* bool, by two words */
extern const struct schema_type type_string; /* const char * */
extern const struct schema_type type_text;   /* struct slice */
extern const struct schema_type type_token;  /* const char *, RFC 9110 */
/* type_file.c */
extern const struct schema_type type_file;           /* struct conf_file */
extern const struct schema_type type_file_or_folder; /* likewise */
/* A list of the latter, at .named of a struct conf_files. */
extern const struct schema_type type_files;
extern const struct schema_type type_oid; /* struct slice; type_oid.c */
/* schema_read.c: what holds others */
extern const struct schema_type type_group; /* a struct of its own, inside */
extern const struct schema_type type_list;  /* an array, a count */
extern const struct schema_type type_map;   /* likewise; elem->offset is that
					     * of the slice for the name */
/* type_net.c */
extern const struct schema_type type_address; /* in struct conf_listener */
extern const struct schema_type type_block;   /* struct conf_block */
extern const struct schema_type type_server;  /* struct conf_server */
extern const struct schema_type type_names;   /* in struct conf_site */
/* type_route.c; type_prefix is a struct slice, type_method too, all others in struct conf_route */
extern const struct schema_type type_path;
extern const struct schema_type type_prefix;
extern const struct schema_type type_method;  /* struct slice */
extern const struct schema_type type_upgrade; /* struct slice */
extern const struct schema_type type_allow;
extern const struct schema_type type_respond;
extern const struct schema_type type_backend; /* a name, resolved later */
/* type_error.c: unsigned; 4 and 5 are all that begin so */
extern const struct schema_type type_error_status;
/* type_edit.c */
extern const struct schema_type type_rewrite;     /* struct conf_rewrite */
extern const struct schema_type type_headers;     /* struct conf_headers */
extern const struct schema_type type_header_map;  /* in struct conf_headers */
extern const struct schema_type type_header_name; /* struct conf_header */
/* type_identity.c: struct conf_identity, and what is in it */
extern const struct schema_type type_identity;
extern const struct schema_type type_xfcc;
extern const struct schema_type type_identity_fields;
/* type_rule.c: struct conf_rule, as a mapping; lists of them under names; a
 * term that is one text, where the row's tag is the type of the term */
extern const struct schema_type type_rule;
extern const struct schema_type type_groups;
extern const struct schema_type type_term;
/* type_term.c: terms that are mappings */
extern const struct schema_type type_spiffe;
extern const struct schema_type type_name; /* of subject and issuer */

/* type_trust.c; of vouched, the tag is as in schema_clients.c */
extern const struct schema_type type_vouching;   /* struct conf_vouched */
extern const struct schema_type type_vouched;    /* struct conf_term */
extern const struct schema_type type_revocation; /* struct conf_revocation */

/* type_access.c; the first two in struct conf_access_log */
extern const struct schema_type type_access_to;
extern const struct schema_type type_access_format;
extern const struct schema_type type_field_name; /* struct slice */

/* schema.c: the whole, and what types refer to */
extern const struct schema_group schema_conf;
extern const struct schema_group schema_listener;
extern const struct schema_group schema_site;
extern const struct schema_group schema_route;
extern const struct schema_group schema_backend;
extern const struct schema_group schema_clients; /* schema_clients.c */
extern const struct schema_group schema_rule;
extern const struct schema_group schema_spiffe;
extern const struct schema_group schema_respond;

/* Where the value of a row is. */
void *schema_field(const struct schema_row *, void *base);
const void *schema_field_const(const struct schema_row *, const void *base);

/* Reads a mapping; node NULL: every key is absent, and none is missed. */
void schema_read_group(const struct schema_in *, const struct schema_group *,
    const struct yaml_node *, void *base);
/* Reads a term that is one text, by its type; false after a mistake. */
bool schema_read_term(const struct schema_in *, const struct yaml_node *,
    struct conf_term *);
/* Reads a list, or one element where that is allowed. */
void schema_read_list(const struct schema_in *, const struct schema_row *,
    const struct yaml_node *, void *base);
/* The next term of a rule that is being read: the row's type of it. */
struct conf_term *schema_add_term(struct conf_rule *, const struct schema_row *,
    const struct yaml_node *);
/* The term of the row's type, or NULL. */
const struct conf_term *schema_term(const struct conf_rule *,
    const struct schema_row *);
/* `expected what, found ...`, at the node. */
void schema_expected(const struct schema_in *, const struct yaml_node *,
    const char *what);
/* The node is a text, with something in it; else that is said. */
bool schema_is_text(const struct schema_in *, const struct schema_row *,
    const struct yaml_node *);

/* A key (if it has one) with a word, with a quoted text, alone; a name that
 * takes the place of a key. */
void schema_write_word(struct schema_out *, const struct schema_row *,
    const char *word);
void schema_write_text(struct schema_out *, const struct schema_row *,
    struct slice);
void schema_write_key(struct schema_out *, const struct schema_row *);
void schema_write_name(struct schema_out *, struct slice name);
/* A name and its value, both quoted. */
void schema_write_pair(struct schema_out *, struct slice name,
    struct slice value);
void schema_write_group(struct schema_out *, const struct schema_group *,
    const void *base);
/* "key:" and the elements below, or nothing if there are none. */
void schema_write_list(struct schema_out *, const struct schema_row *,
    const void *base);

#endif
