/*
 * type_net -- addresses to listen on, servers to connect to, names of sites.
 */
#include <string.h>

#include "base/err.h"
#include "conf/idn.h"
#include "conf/schema.h"
#include "http/uri.h"
#include "net/name.h"

static void
address_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_listener *l = base;

	if (!schema_is_text(in, row, node))
		return;
	if (addr_parse(node->text, &l->addr) != 0)
		schema_expected(in, node, row->type->what);
	else
		l->text = arena_copy(in->arena, node->text);
}

static void
address_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_listener *l = base;

	schema_write_text(out, row, l->text);
}

const struct schema_type type_address = {
	.what = "an address and a port, such as \"[::]:8443\", "
		"\"127.0.0.1:8443\" or \"*:8443\"",
	.read = address_read,
	.write = address_write,
};

static void
block_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_block *block = base;

	if (!schema_is_text(in, row, node))
		return;
	if (cidr_parse(node->text, &block->cidr) != 0)
		schema_expected(in, node, row->type->what);
	else
		block->text = arena_copy(in->arena, node->text);
}

static void
block_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_block *block = base;

	schema_write_text(out, row, block->text);
}

const struct schema_type type_block = {
	.what = "an IP address such as 192.0.2.1, or a block such as "
		"10.0.0.0/8 with zeros behind the prefix",
	.read = block_read,
	.write = block_write,
};

/* "unix:/run/x.sock"; NULL, or what is wrong with it. */
static const char *
server_unix(struct conf_server *server, struct slice path)
{
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] < 0x20 || path.p[i] > 0x7e)
			return "the path of a unix socket is printable ASCII";
	if (!slice_starts(path, SL("/")))
		return "the path of a unix socket begins with /";
	switch (addr_unix(path, &server->addr)) {
	case 0:
		return NULL;
	case E_LIMIT:
		return "the path of a unix socket has at most 107 octets";
	default:
		return "this is no path of a unix socket";
	}
}

#define HTTP_PORT 80 /* RFC 9110, 4.2.1 */

/* What stands behind "http://"; NULL, or what is wrong with it. */
static const char *
server_http(const struct schema_in *in, struct conf_server *server,
    struct slice s)
{
	char host[HOST_MAX];
	struct authority a;
	size_t n;

	if (slice_find(s, '@') >= 0)
		return "a server has no user name";
	if (slice_find(s, '/') >= 0 || slice_find(s, '?') >= 0 ||
	    slice_find(s, '#') >= 0)
		return "a server has no path, not even \"/\", and no query";
	if (authority_parse(s, &a) != 0 || authority_host(&a, host, &n) != 0)
		return "expected http://host:port, a port from 1 to 65535";
	server->port = a.port != 0 ? a.port : HTTP_PORT;
	if (a.is_ip4 || a.is_ip6) {
		if (addr_parse_ip(a.host, &server->addr) != 0)
			return "this is no IP address";
		addr_set_port(&server->addr, server->port);
		return NULL;
	}
	if (name_check(slice_of(host, n), false) != NAME_OK)
		return "the host is neither a DNS name nor an IP address";
	server->host = arena_str(in->arena, slice_of(host, n));
	return NULL;
}

static void
server_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_server *server = base;
	const char *flaw;

	server->at = node->at;
	if (!schema_is_text(in, row, node))
		return;
	if (slice_starts(node->text, SL("unix:")))
		flaw = server_unix(server, slice_skip(node->text, 5));
	else if (slice_starts(node->text, SL("http://")))
		flaw = server_http(in, server, slice_skip(node->text, 7));
	else if (slice_starts(node->text, SL("https://")))
		flaw = "TLS to a backend is not supported; use http:// or "
		       "unix:";
	else {
		schema_expected(in, node, row->type->what);
		return;
	}
	if (flaw != NULL)
		diag_error(in->diag, node->at, "%s", flaw);
	else
		server->text = arena_copy(in->arena, node->text);
}

static void
server_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_server *server = base;

	schema_write_text(out, row, server->text);
}

const struct schema_type type_server = {
	.what = "a server such as http://127.0.0.1:8080 or unix:/run/x.sock",
	.read = server_read,
	.write = server_write,
};

/* Lower case, in A-labels, without a dot at the end: as it is compared.  What
 * has no A-labels stays as it is, and is no name. */
static struct slice
name_canonical(const struct schema_in *in, struct slice s)
{
	bool is_wildcard = name_is_wildcard(s);
	struct slice ascii;
	const char *why;

	if (!idn_to_ascii(is_wildcard ? slice_skip(s, 2) : s, in->arena, &ascii,
		&why))
		return s;
	return is_wildcard ?
	    arena_printf(in->arena, "*.%.*s", SLICE_ARG(ascii)) :
	    ascii;
}

/* A name of a site; the empty slice after a mistake. */
static struct slice
name_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node)
{
	struct slice name = { 0 };
	char found[YAML_DESCRIBE_MAX];
	enum name_flaw flaw;

	if (!schema_is_text(in, row, node))
		return name;
	name = name_canonical(in, node->text);
	if (slice_eq(name, SL("*")))
		return name;
	if ((flaw = name_check(name, true)) == NAME_OK)
		return name;
	diag_error(in->diag, node->at,
	    "expected a DNS name, \"*.\" and a name of two labels or more, "
	    "or \"*\", found %s: %s",
	    yaml_describe(node, found), name_flaw_text(flaw));
	return (struct slice) { 0 };
}

static void
names_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_site *site = base;
	bool is_list = node->kind == YAML_LIST;
	const struct yaml_node *const *items = is_list ? node->items : &node;
	size_t count = is_list ? node->count : 1;

	if (count == 0) {
		diag_error(in->diag, node->at, "expected at least one: %s",
		    row->doc);
		return;
	}
	site->names = arena_array(in->arena, count, sizeof(*site->names));
	site->name_at = arena_array(in->arena, count, sizeof(*site->name_at));
	site->name_count = count;
	for (size_t i = 0; i < count; i++) {
		site->name_at[i] = items[i]->at;
		site->names[i] = name_read(in, row, items[i]);
	}
}

static void
names_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	schema_write_list(out, row, base);
}

const struct schema_type type_names = {
	.what = "a DNS name, or a list of such",
	.read = names_read,
	.write = names_write,
};
