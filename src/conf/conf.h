/*
 * conf -- the configuration as the program uses it: typed, whole, const.
 *
 * Made by conf_load out of a bundle; nothing of it changes afterwards.  All
 * memory lies in its own arena, or in the bundle for the bytes of files: the
 * bundle must outlive what is made from the files, not the conf itself.
 * sallyport.yaml(5) describes every key; schema.c is the table behind both.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/map.h"
#include "base/slice.h"
#include "conf/bundle.h"
#include "conf/clients.h"
#include "conf/identity.h"
#include "conf/rule.h"
#include "http/h1_parse.h"
#include "http/msg.h"
#include "net/addr.h"
#include "net/cidr.h"

enum conf_proxy_in { PROXY_IN_OFF, PROXY_IN_REQUIRE };

struct conf_block {
	struct slice text; /* as written */
	struct cidr cidr;
};

struct conf_listener {
	struct diag_at at;
	struct slice text; /* as written */
	struct addr addr;
	const char *name; /* or NULL: a socket we inherit may have it */
	/* The same for the same name and address in every configuration: it
	 * stays with a socket that stays open through reloads. */
	uint32_t key;
	enum conf_proxy_in proxy;   /* whether PROXY headers come first */
	struct conf_block *trusted; /* from whom; at least one then */
	size_t trusted_count;
};

struct conf_certificate {
	struct diag_at at;
	struct conf_file chain; /* PEM, the leaf first */
	struct conf_file key;   /* PEM */
};

enum conf_respond_kind { RESPOND_NONE, RESPOND_FIXED, RESPOND_WHOAMI };

struct conf_respond {
	enum conf_respond_kind kind;
	unsigned status;   /* RESPOND_FIXED */
	struct slice type; /* its Content-Type */
	struct slice body;
};

/* A field that is set or, without value, removed. */
struct conf_header {
	struct diag_at at;
	struct slice name;
	struct slice value;
};

/* What a route changes of the fields of its messages. */
struct conf_headers {
	struct conf_header *set;
	size_t set_count;
	struct conf_header *removed;
	size_t removed_count;
};

/* What a route changes of the path; empty: nothing. */
struct conf_rewrite {
	struct diag_at at;
	struct slice strip; /* whole segments, each behind its slash */
	struct slice add;
};

struct conf_route {
	struct diag_at at;
	struct diag_at path_at;
	struct slice path;     /* normalised; a prefix by whole segments */
	struct slice *methods; /* none: every method */
	size_t method_count;
	struct conf_rules deny;  /* before allow; any one suffices */
	struct conf_rules allow; /* likewise; at least one */
	struct slice *upgrades;  /* protocols it may switch to */
	size_t upgrade_count;
	struct conf_rewrite rewrite;
	struct conf_headers request;
	struct conf_headers response;
	struct conf_identity identity;        /* what it says itself */
	const struct conf_identity *forwards; /* what holds; NULL: nothing */
	const struct conf_names *emitted;     /* by any route; NULL: none */
	struct conf_respond respond;          /* RESPOND_NONE: the backend */
	const struct conf_backend *backend;   /* NULL: respond */
	struct slice backend_name;            /* as written; empty: respond */
	struct diag_at backend_at;            /* line 0: the key is not there */
	const struct conf_route *next_same;   /* with the same path */
};

/* What becomes of paths that servers read differently. */
enum conf_paths {
	PATHS_STRICT, /* refused */
	/* served if every reading leads to the same route */
	PATHS_LENIENT,
};
/* What a wildcard is good for that a client presents. */
enum conf_wildcards { WILDCARDS_REFUSE, WILDCARDS_MATCH };
/* How a client whose certificate is refused hears of it. */
enum conf_refusal {
	REFUSAL_ALERT, /* the handshake fails */
	REFUSAL_HTTP,  /* it does not, and every request gets a 403 */
};
/* What the 403 says of the reason. */
enum conf_detail { DETAIL_NONE, DETAIL_CODE, DETAIL_FULL };

struct conf_site {
	struct diag_at at;
	size_t index;        /* in conf.sites */
	struct slice *names; /* lower case: "a.b", "*.b", "*" */
	struct diag_at *name_at;
	size_t name_count;
	struct conf_certificate *certificates; /* at least one */
	size_t certificate_count;
	struct conf_clients clients;
	enum conf_paths paths;
	enum conf_wildcards wildcards;
	enum conf_refusal on_refusal;
	enum conf_detail detail;   /* with REFUSAL_HTTP */
	struct conf_route *routes; /* in the order of the file */
	size_t route_count;
	struct map *by_path; /* routes, see conf/routes.h; owned */
	size_t path_max;     /* octets of the longest path */
};

struct conf_server {
	struct diag_at at;
	struct slice text; /* "http://127.0.0.1:8080", "unix:/run/x" */
	struct addr addr;  /* len 0: host is to be resolved */
	const char *host;  /* a DNS name, or NULL */
	uint16_t port;
};

enum conf_proxy_out { PROXY_OUT_OFF, PROXY_OUT_V2 };

struct conf_backend {
	struct diag_at at;
	size_t index; /* in conf.backends */
	struct slice name;
	struct conf_server *servers; /* at least one */
	size_t server_count;
	enum conf_proxy_out proxy; /* what its connections begin with */
	bool proxy_certificate;    /* and the client's certificate in it */
	struct conf_identity identity;
	unsigned idle_max; /* idle connections kept to one server, for
				 * each worker */
};

/* What is said with an error's status, instead of a short text. */
struct conf_error_page {
	struct diag_at at;
	unsigned status; /* 400 to 599; 4 and 5 are all that begin so */
	struct conf_file file;
	struct slice type; /* its Content-Type */
};

#define CONF_ERROR_PAGE_MAX (64 * 1024) /* octets of one */

enum conf_sandbox {
	SANDBOX_ON,
	SANDBOX_LOG, /* what would be forbidden is in the kernel's log */
	SANDBOX_OFF,
};

struct conf_log {
	enum log_format format;
	enum log_level level;
	bool access; /* a line for each request */
};

/* What a record of the access log may hold; access.def. */
enum access_field {
#define A(id, name, when) ACCESS_##id,
#include "conf/access.def"
#undef A
	ACCESS_COUNT
};

/* A piece of a format: text, and then perhaps a value. */
struct conf_access_part {
	struct slice text;
	bool has_field;
	enum access_field field;
};

enum access_to {
	ACCESS_TO_LOG,      /* where the main log goes */
	ACCESS_TO_FILE,     /* path, opened by the supervisor */
	ACCESS_TO_SYSLOG,   /* datagrams to the socket at path */
	ACCESS_TO_JOURNALD, /* likewise, with fields */
};

enum access_format {
	ACCESS_FORMAT_AS_LOG, /* as the main log */
	ACCESS_FORMAT_TEXT,
	ACCESS_FORMAT_JSON,
	ACCESS_FORMAT_TEMPLATE, /* parts */
};

struct conf_access_log {
	struct diag_at at;
	enum access_to to;
	const char *path;
	enum access_format format;
	struct slice template; /* as written */
	struct conf_access_part *parts;
	size_t part_count;
	bool query;            /* paths with their query */
	struct slice *headers; /* fields of the request that are told */
	size_t header_count;
};

struct conf_control {
	struct diag_at at;
	const char *socket; /* "auto", "off", or an absolute path */
};

enum conf_tls_version { TLS_12, TLS_13 };

struct conf_tls {
	struct diag_at at;
	enum conf_tls_version min_version;
	/* in OpenSSL's syntax, which is not checked here; never NULL */
	const char *ciphers;      /* TLS 1.2 */
	const char *ciphersuites; /* TLS 1.3 */
	const char *groups;
	struct diag_at ciphers_at, ciphersuites_at, groups_at;
};

/* How long clients may come back without a full handshake. */
struct conf_sessions {
	struct diag_at at;
	bool tickets;
	int64_t lifetime_ms;
	int64_t rotate_ms; /* of the keys that no file gives */
	struct conf_files keys;
};

/* Milliseconds; 0 is never. */
struct conf_timeouts {
	int64_t tls_handshake_ms; /* accept until the handshake is done */
	int64_t request_head_ms;  /* first octet of a head until its end */
	int64_t request_body_ms;  /* between two pieces of content */
	int64_t keep_alive_ms;    /* a client connection without request */
	int64_t client_write_ms;  /* a client takes nothing */
	int64_t backend_connect_ms;
	int64_t backend_response_ms;   /* request sent until the head */
	int64_t backend_body_ms;       /* between two pieces of content */
	int64_t backend_keep_alive_ms; /* an idle connection is kept */
	int64_t exchange_ms;           /* a request and its answer, in all */
	int64_t tunnel_ms;             /* nothing moves after an upgrade */
	int64_t drain_ms;              /* SIGTERM until the end */
};

struct conf_limits {
	struct diag_at at;
	struct h1_limits request;          /* what a client may send */
	struct h1_limits response;         /* what a backend may send */
	unsigned connections_per_address;  /* of those, from one address */
	unsigned connections_per_identity; /* likewise, one certificate */
	size_t memory;                     /* octets, of one worker */
	size_t progress;       /* octets that must move in a timeout, so that
			  * dripping is no progress */
	uint64_t request_body; /* octets of its content; 0: no limit */
	unsigned connections;  /* open at once, in one worker */
	unsigned requests_per_connection; /* 0: no limit */
};

struct conf {
	struct arena arena;
	const char *path; /* of the file */
	unsigned workers; /* 0: as many as CPUs may be used */
	const char *user; /* whom to become; NULL: see daemon/privs.h */
	enum conf_sandbox sandbox;
	const char *name; /* our pseudonym in Via */
	bool watch;       /* files that change are read again */
	struct conf_listener *listeners;
	size_t listener_count;
	struct conf_site *sites;
	size_t site_count;
	struct conf_group *groups; /* identities, by name */
	size_t group_count;
	struct conf_backend *backends;
	size_t backend_count;
	struct conf_error_page *error_pages;
	size_t error_page_count;
	struct conf_tls tls;
	struct conf_sessions sessions;
	struct conf_timeouts timeouts;
	struct conf_limits limits;
	struct conf_log log;
	struct conf_access_log access_log;
	struct conf_control control;
	struct conf_names emitted; /* by forward_identity of any route */
	bool has_names; /* some server is a name; then, in the bundle: */
	struct slice resolv_conf, hosts;
	/* site by name; for conf_site_for() */
	struct map *site_names;
	const struct conf_site *site_default; /* "*", or NULL */
};

/*
 * Reads the bundle's configuration, and through the bundle every file that it
 * names.  E_CONFIG: diag has every mistake; *conf is NULL.  0: *conf is good
 * as far as the file itself goes (what needs OpenSSL is checked where that is
 * used: cert/ and tls/); diag may have warnings.
 */
int conf_load(struct bundle *, struct diag *, struct conf **);
/*
 * The same for who looks for more mistakes: after E_CONFIG *conf is what could
 * be read, and good for nothing else; NULL if nothing could.
 */
int conf_load_some(struct bundle *, struct diag *, struct conf **);
void conf_free(struct conf *); /* NULL is fine */
/* Writes all that is in force, defaults included, as a configuration that
 * loads as the same again. */
void conf_dump(const struct conf *, FILE *);
/* The same for a piece of it. */
void conf_dump_listener(const struct conf_listener *, FILE *);
void conf_dump_site(const struct conf_site *, FILE *);
void conf_dump_route(const struct conf_route *, FILE *);
void conf_dump_backend(const struct conf_backend *, FILE *);

/* The listener with this key, or NULL. */
const struct conf_listener *conf_listener_for(const struct conf *,
    uint32_t key);

/*
 * The site that serves a host: its exact name, else the wildcard that covers
 * it, else "*", else NULL.  host is lower case without trailing dot, and
 * empty where there was none.  For SNI and Host alike.
 */
const struct conf_site *conf_site_for(const struct conf *, struct slice host);

#endif
