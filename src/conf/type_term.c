/*
 * type_term -- terms of identity rules that are one text.
 */
#include <arpa/inet.h>
#include <string.h>

#include "conf/idn.h"
#include "conf/schema.h"
#include "http/path.h"
#include "http/uri.h"
#include "net/name.h"

#define URI_MAX 2048 /* octets; longer ones count for nothing, cert/san.h */

static bool
expected(const struct schema_in *in, const struct yaml_node *node,
    const char *what)
{
	schema_expected(in, node, what);
	return false;
}

/* What to write instead of a name that is none. */
static const char *
dns_advice(enum name_flaw flaw)
{
	switch (flaw) {
	case NAME_WILDCARD:
		return "; a rule names one identity, or all below a name with "
		       "dns_suffix: .corp.example";
	case NAME_IS_IP:
		return "; write it with ip:";
	case NAME_OK:
	case NAME_EMPTY:
	case NAME_LONG:
	case NAME_LABEL_EMPTY:
	case NAME_LABEL_LONG:
	case NAME_LABEL_HYPHEN:
	case NAME_OCTET:
		return "";
	}
	return "";
}

/* A DNS name, which is all of the node's text or a part of it. */
static bool
read_host(const struct schema_in *in, const struct yaml_node *node,
    struct slice s, struct slice *out)
{
	char found[YAML_DESCRIBE_MAX];
	enum name_flaw flaw;
	const char *why;

	if (!idn_to_ascii(s, in->arena, out, &why)) {
		diag_error(in->diag, node->at,
		    "expected a DNS name, found %s, which has no A-labels: %s",
		    yaml_describe(node, found), why);
		return false;
	}
	if ((flaw = name_check(*out, false)) == NAME_OK)
		return true;
	out->n = 0;
	diag_error(in->diag, node->at, "expected a DNS name, found %s: %s%s",
	    yaml_describe(node, found), name_flaw_text(flaw), dns_advice(flaw));
	return false;
}

static bool
read_dns(const struct schema_in *in, const struct yaml_node *node,
    struct conf_term *term)
{
	return read_host(in, node, node->text, &term->value);
}

static bool
read_dns_suffix(const struct schema_in *in, const struct yaml_node *node,
    struct conf_term *term)
{
	struct slice name;

	if (!slice_starts(node->text, SL(".")))
		return expected(in, node,
		    "a dot and a DNS name such as .svc.corp.example");
	if (!read_host(in, node, slice_skip(node->text, 1), &name))
		return false;
	term->value = arena_printf(in->arena, ".%.*s", SLICE_ARG(name));
	return true;
}

/* What a certificate could hold: see uri_flaw() in cert/san.c. */
static bool
is_possible_uri(struct slice s, struct uri *uri)
{
	if (s.n > URI_MAX || uri_parse(s, uri) != 0)
		return false;
	for (size_t i = 0; i + 3 <= s.n; i++)
		if (slice_starts(slice_skip(s, i), SL("%00")))
			return false;
	return true;
}

static bool
read_uri(const struct schema_in *in, const struct yaml_node *node,
    struct conf_term *term)
{
	struct uri uri;

	if (!is_possible_uri(node->text, &uri))
		return expected(in, node,
		    "a whole URI such as spiffe://corp.example/web");
	term->value = arena_copy(in->arena, node->text);
	return true;
}

static bool
read_uri_prefix(const struct schema_in *in, const struct yaml_node *node,
    struct conf_term *term)
{
	struct slice s = node->text;
	char path[URI_MAX];
	struct uri uri;
	size_t n;

	/* the path as strict as matching reads it: cert/match.h */
	if (!is_possible_uri(s, &uri) || uri.authority.n == 0 ||
	    slice_find(uri.authority, '@') >= 0 || uri.has_query ||
	    uri.has_fragment || slice_ends(s, SL("/")) ||
	    (uri.path.n > 0 &&
		path_normalise(uri.path, path, sizeof(path), &n) != 0))
		return expected(in, node,
		    "the first segments of a URI such as "
		    "spiffe://corp.example/ns/prod, without a slash at its "
		    "end");
	term->value = arena_copy(in->arena, s);
	return true;
}

static bool
read_uri_id(const struct schema_in *in, const struct yaml_node *node,
    struct conf_term *term)
{
	ptrdiff_t colon = slice_find(node->text, ':');
	struct slice host, s;
	struct uri uri;

	if (colon <= 0 ||
	    !slice_starts(slice_skip(node->text, (size_t)colon), SL("://")))
		return expected(in, node,
		    "a scheme and a host such as https://web.corp.example");
	s = slice_skip(node->text, (size_t)colon + 3);
	if (!read_host(in, node, s, &host))
		return false;
	s = slice_first(node->text, (size_t)colon);
	term->value = arena_printf(in->arena, "%.*s://%.*s", SLICE_ARG(s),
	    SLICE_ARG(host));
	if (uri_parse(term->value, &uri) != 0)
		return expected(in, node,
		    "a scheme and a host such as https://web.corp.example");
	/* RFC 3986, 3.1: schemes compare without case */
	for (size_t i = 0; i < s.n; i++)
		((char *)term->value.p)[i] = ascii_lower(s.p[i]);
	return true;
}

/* RFC 4985, 2 */
static bool
read_srv(const struct schema_in *in, const struct yaml_node *node,
    struct conf_term *term)
{
	ptrdiff_t dot = slice_find(node->text, '.');
	struct slice service, host;
	bool good = dot > 1 && node->text.p[0] == '_';
	char *lower;

	for (ptrdiff_t i = 1; good && i < dot; i++)
		good = ascii_is_alnum(node->text.p[i]) ||
		    node->text.p[i] == '-';
	if (!good)
		return expected(in, node,
		    "a service and a name such as _https.web.corp.example");
	service = slice_first(node->text, (size_t)dot);
	if (!read_host(in, node, slice_skip(node->text, (size_t)dot + 1),
		&host))
		return false;
	lower = arena_str(in->arena, service);
	for (size_t i = 0; i < service.n; i++)
		lower[i] = ascii_lower(lower[i]);
	term->value = arena_printf(in->arena, "%s.%.*s", lower,
	    SLICE_ARG(host));
	return true;
}

/* As email_flaw() in cert/san.c has it, so that it can match. */
static bool
is_local_part(struct slice s)
{
	static const struct slice others = SLICE("!#$%&'*+-/=?^_`{|}~");
	struct slice rest = s, atom;
	bool at_end = false;

	while (slice_cut(&rest, '.', &atom, &at_end)) {
		if (atom.n == 0)
			return false;
		for (size_t i = 0; i < atom.n; i++)
			if (!ascii_is_alnum(atom.p[i]) &&
			    slice_find(others, atom.p[i]) < 0)
				return false;
	}
	return s.n <= 64; /* RFC 5321, 4.5.3.1.1 */
}

static bool
read_email(const struct schema_in *in, const struct yaml_node *node,
    struct conf_term *term)
{
	ptrdiff_t at = slice_find(node->text, '@');
	struct slice local, host;

	if (at <= 0 || !is_local_part(slice_first(node->text, (size_t)at)))
		return expected(in, node,
		    "a mail address such as alice@corp.example");
	local = slice_first(node->text, (size_t)at);
	if (!read_host(in, node, slice_skip(node->text, (size_t)at + 1), &host))
		return false;
	term->value = arena_printf(in->arena, "%.*s@%.*s", SLICE_ARG(local),
	    SLICE_ARG(host));
	if (term->value.n > 254) /* RFC 5321, 4.5.3.1.3 */
		return expected(in, node, "a mail address of 254 octets");
	return true;
}

/* The length of the prefix, or how long the whole address is. */
static bool
read_bits(struct slice text, ptrdiff_t slash, struct conf_net *net)
{
	uint64_t bits = net->n * 8;

	if (slash >= 0 &&
	    (!slice_u64(slice_skip(text, (size_t)slash + 1), &bits) ||
		bits > net->n * 8))
		return false;
	net->bits = (unsigned)bits;
	return true;
}

/* True if there was nothing behind the prefix. */
static bool
clear_host_bits(struct conf_net *net)
{
	struct conf_net before = *net;

	for (unsigned i = net->bits; i < net->n * 8; i++)
		net->octets[i / 8] &= (unsigned char)~(0x80 >> i % 8);
	return memcmp(before.octets, net->octets, sizeof(net->octets)) == 0;
}

static bool
read_ip(const struct schema_in *in, const struct yaml_node *node,
    struct conf_term *term)
{
	ptrdiff_t slash = slice_find(node->text, '/');
	struct slice s = slash < 0 ? node->text :
				     slice_first(node->text, (size_t)slash);
	bool is_ip6 = slice_find(s, ':') >= 0, is_clean;
	char text[INET6_ADDRSTRLEN];
	struct conf_net *net = &term->net;

	net->n = is_ip6 ? 16 : 4;
	if (inet_pton(is_ip6 ? AF_INET6 : AF_INET, arena_str(in->arena, s),
		net->octets) != 1 ||
	    !read_bits(node->text, slash, net))
		return expected(in, node,
		    "an IP address such as 10.0.0.1, or a network such as "
		    "10.0.0.0/8");
	is_clean = clear_host_bits(net);
	inet_ntop(is_ip6 ? AF_INET6 : AF_INET, net->octets, text, sizeof(text));
	term->value = net->bits == net->n * 8 ?
	    arena_copy(in->arena, slice_str(text)) :
	    arena_printf(in->arena, "%s/%u", text, net->bits);
	if (!is_clean)
		diag_error(in->diag, node->at,
		    "the address has bits behind its prefix; write %s",
		    term->value.p);
	return is_clean;
}

/* Hexadecimal digits in pairs, perhaps with colons between them. */
static bool
read_hex(struct slice s, unsigned char *out, size_t max, size_t *n)
{
	for (*n = 0; s.n > 0; (*n)++) {
		if (*n > 0 && s.p[0] == ':')
			s = slice_skip(s, 1);
		if (s.n < 2 || *n == max || ascii_hex(s.p[0]) < 0 ||
		    ascii_hex(s.p[1]) < 0)
			return false;
		out[*n] = (unsigned char)(ascii_hex(s.p[0]) << 4 |
		    ascii_hex(s.p[1]));
		s = slice_skip(s, 2);
	}
	return *n > 0;
}

static struct slice
hex_text(struct arena *a, const unsigned char *p, size_t n)
{
	char *out = arena_bytes(a, 2 * n + 1);

	for (size_t i = 0; i < n; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", p[i]);
	return slice_of(out, 2 * n);
}

static bool
read_digest(const struct schema_in *in, const struct yaml_node *node,
    struct conf_term *term)
{
	size_t n;

	if (!read_hex(node->text, term->octets, sizeof(term->octets), &n) ||
	    n != sizeof(term->octets))
		return expected(in, node,
		    "a SHA-256, in 64 hexadecimal digits");
	term->value = hex_text(in->arena, term->octets, n);
	return true;
}

#define SERIAL_MAX 20 /* octets: RFC 5280, 4.1.2.2 */

static bool
read_serial(const struct schema_in *in, const struct yaml_node *node,
    struct conf_term *term)
{
	unsigned char octets[SERIAL_MAX + 1];
	size_t n, zeros = 0;

	if (!read_hex(node->text, octets, sizeof(octets), &n))
		return expected(in, node,
		    "a serial number in hexadecimal, two digits for each "
		    "octet, as the log has it");
	while (zeros + 1 < n && octets[zeros] == 0)
		zeros++;
	term->value = hex_text(in->arena, octets + zeros, n - zeros);
	return true;
}

static bool
read_group(const struct schema_in *in, const struct yaml_node *node,
    struct conf_term *term)
{
	term->value = arena_copy(in->arena, node->text);
	return true;
}

static bool (*const readers[])(const struct schema_in *,
    const struct yaml_node *, struct conf_term *) = {
	[TERM_GROUP] = read_group,
	[TERM_DNS] = read_dns,
	[TERM_DNS_SUFFIX] = read_dns_suffix,
	[TERM_URI] = read_uri,
	[TERM_URI_PREFIX] = read_uri_prefix,
	[TERM_URI_ID] = read_uri_id,
	[TERM_SRV] = read_srv,
	[TERM_EMAIL] = read_email,
	[TERM_IP] = read_ip,
	[TERM_COMMON_NAME] = read_dns,
	[TERM_FINGERPRINT] = read_digest,
	[TERM_SPKI] = read_digest,
	[TERM_SERIAL] = read_serial,
};

bool
schema_read_term(const struct schema_in *in, const struct yaml_node *node,
    struct conf_term *term)
{
	term->at = node->at;
	return readers[term->type](in, node, term);
}

static void
term_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_rule *rule = base;
	struct conf_term *term;

	if (!schema_is_text(in, row, node))
		return;
	term = schema_add_term(rule, row, node);
	(void)schema_read_term(in, node, term);
}

static void
term_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_term *term = schema_term(base, row);

	if (term != NULL)
		schema_write_text(out, row, term->value);
}

const struct schema_type type_term = {
	.what = "a text",
	.read = term_read,
	.write = term_write,
};
