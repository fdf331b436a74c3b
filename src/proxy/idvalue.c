#include "proxy/idvalue.h"

#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "cert/x509.h"
#include "proxy/authz.h"

#define PEM_LINE 48 /* octets that are a line of PEM: 64 digits */

/* RFC 9440, 2.1: a Byte Sequence of RFC 8941. */
static bool
put_byte_sequence(struct buf *b, struct slice der)
{
	return buf_puts(b, ":") && base64_put(b, der) && buf_puts(b, ":");
}

/* What we know of the chain but for a root, which may be left out (2.3). */
static size_t
chain_length(const struct ident *who)
{
	return who->chain_count - (who->ends_at_root ? 1 : 0);
}

static bool
put_client_cert(struct buf *b, const struct idhdr *h)
{
	return put_byte_sequence(b, h->who->der);
}

static bool
put_client_cert_chain(struct buf *b, const struct idhdr *h)
{
	for (size_t i = 0; i < chain_length(h->who); i++)
		if ((i > 0 && !buf_puts(b, ", ")) ||
		    !put_byte_sequence(b, h->who->chain[i]->bytes))
			return false;
	return true;
}

/* As encodeURIComponent() does it with what base64 has. */
static bool
put_escaped(struct buf *b, struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool plain = ascii_is_alnum(c);

		if (plain ? !buf_put(b, slice_of(&c, 1)) :
			    !buf_printf(b, "%%%02X", (unsigned char)c))
			return false;
	}
	return true;
}

/* PEM, URL-encoded: XFCC's Cert and Chain. */
static bool
put_pem(struct buf *b, struct slice der)
{
	struct buf line;
	bool good = buf_puts(b, "-----BEGIN%20CERTIFICATE-----%0A");

	while (good && der.n > 0) {
		size_t n = der.n < PEM_LINE ? der.n : PEM_LINE;

		buf_init(&line, 2 * PEM_LINE);
		good = base64_put(&line, slice_first(der, n)) &&
		    put_escaped(b, buf_slice(&line)) && buf_puts(b, "%0A");
		buf_clear(&line);
		der = slice_skip(der, n);
	}
	return good && buf_puts(b, "-----END%20CERTIFICATE-----%0A");
}

static bool
put_chain(struct buf *b, const struct ident *who)
{
	if (!put_pem(b, who->der))
		return false;
	for (size_t i = 0; i < chain_length(who); i++)
		if (!put_pem(b, who->chain[i]->bytes))
			return false;
	return true;
}

/* A cut one could be taken for another. */
static bool
has_whole(struct slice name)
{
	return name.n > 0 && name.n <= X509_TEXT_MAX;
}

/* Nor is anybody told what a CA wrote that may not vouch for it. */
static bool
may_tell(const struct ident *who, struct slice name)
{
	return has_whole(name) && !who->is_bound;
}

/*
 * A distinguished name in RFC 4514's text within quotes.  What is escaped
 * there by a mark alone is by two digits here ("\22" for "\""), so that
 * neither a quote nor a second backslash is in it, whoever reads that.
 */
static bool
put_subject(struct buf *b, struct slice name)
{
	ptrdiff_t at;

	while ((at = slice_find(name, '\\')) >= 0) {
		size_t n = (size_t)at;
		bool is_mark = n + 1 < name.n && ascii_hex(name.p[n + 1]) < 0;

		n += is_mark ? 0 : 1; /* before digits it stays */
		if (!buf_put(b, slice_first(name, n)) ||
		    (is_mark &&
			!buf_printf(b, "\\%02X", (unsigned char)name.p[n + 1])))
			return false;
		name = slice_skip(name, is_mark ? n + 2 : n);
	}
	return buf_put(b, name);
}

/* A URI has neither quotes nor backslashes, but may have what separates. */
static bool
put_quoted_if(struct buf *b, struct slice s)
{
	bool quotes = slice_find(s, ',') >= 0 || slice_find(s, ';') >= 0 ||
	    slice_find(s, '=') >= 0;

	return (!quotes || buf_puts(b, "\"")) && buf_put(b, s) &&
	    (!quotes || buf_puts(b, "\""));
}

static bool
put_xfcc_names(struct buf *b, const struct ident *who, enum san_type type,
    const char *key)
{
	for (size_t i = 0; i < who->san_count; i++) {
		const struct san *s = &who->sans[i];

		if (s->type == type && s->flaw == NULL && !s->is_wildcard &&
		    (!buf_puts(b, key) || !put_quoted_if(b, s->value)))
			return false;
	}
	return true;
}

/* Envoy's X-Forwarded-Client-Cert, one element: whatever came is replaced. */
static bool
put_xfcc(struct buf *b, const struct idhdr *h)
{
	const struct ident *who = h->who;
	unsigned keys = h->how->xfcc;

	if ((keys & XFCC_BY) != 0 && h->by.n > 0 &&
	    (!buf_puts(b, "By=") || !put_quoted_if(b, h->by) ||
		!buf_puts(b, ";")))
		return false;
	if (!buf_puts(b, "Hash=") || !buf_put(b, who->fingerprint))
		return false;
	if ((keys & XFCC_CERT) != 0 &&
	    (!buf_puts(b, ";Cert=\"") || !put_pem(b, who->der) ||
		!buf_puts(b, "\"")))
		return false;
	if ((keys & XFCC_CHAIN) != 0 &&
	    (!buf_puts(b, ";Chain=\"") || !put_chain(b, who) ||
		!buf_puts(b, "\"")))
		return false;
	if ((keys & XFCC_SUBJECT) != 0 && may_tell(who, who->subject) &&
	    (!buf_puts(b, ";Subject=\"") || !put_subject(b, who->subject) ||
		!buf_puts(b, "\"")))
		return false;
	if ((keys & XFCC_URI) != 0 && !put_xfcc_names(b, who, SAN_URI, ";URI="))
		return false;
	return (keys & XFCC_DNS) == 0 ||
	    put_xfcc_names(b, who, SAN_DNS, ";DNS=");
}

/* RFC 7239, 4: a token, or else a quoted string. */
static bool
put_forwarded_value(struct buf *b, struct slice s)
{
	bool is_ip6 = slice_find(s, ':') >= 0 && !slice_starts(s, SL("[")) &&
	    slice_find(slice_skip(s, (size_t)slice_find(s, ':') + 1), ':') >= 0;

	if (is_ip6)
		return buf_puts(b, "\"[") && buf_put(b, s) &&
		    buf_puts(b, "]\"");
	if (http_is_token(s))
		return buf_put(b, s);
	return buf_puts(b, "\"") && buf_put(b, s) && buf_puts(b, "\"");
}

static bool
put_forwarded(struct buf *b, const struct idhdr *h)
{
	/* a unix socket has no address (6.2) */
	struct slice from = slice_find(h->client_ip, '/') >= 0 ||
		slice_eq(h->client_ip, SL("unix:")) || h->client_ip.n == 0 ?
	    SL("unknown") :
	    h->client_ip;

	if (!buf_puts(b, "for=") || !put_forwarded_value(b, from))
		return false;
	/* an authority has neither quotes nor backslashes: http/uri.h */
	if (h->host.n > 0 &&
	    (!buf_puts(b, ";host=") || !put_forwarded_value(b, h->host)))
		return false;
	return buf_puts(b, ";proto=https");
}

/* Every name of a type, with commas between; one that has a comma itself is
 * left out. */
static bool
put_names(struct buf *b, const struct ident *who, enum san_type type)
{
	char text[512];
	bool is_first = true;

	for (size_t i = 0; i < who->san_count; i++) {
		const struct san *s = &who->sans[i];
		struct slice value = s->value;

		if (s->type != type || s->flaw != NULL || s->is_wildcard ||
		    (type != SAN_IP && slice_find(value, ',') >= 0))
			continue;
		if (type == SAN_IP) {
			san_format(s, text, sizeof(text));
			value = slice_str(text);
		}
		if ((!is_first && !buf_puts(b, ",")) || !buf_put(b, value))
			return false;
		is_first = false;
	}
	return true;
}

static bool
put_identity(struct buf *b, const struct match_by *by)
{
	char text[64];

	if (by->san == NULL)
		return !has_whole(by->text) || put_subject(b, by->text);
	if (by->san->type != SAN_IP)
		return buf_put(b, by->san->value);
	san_format(by->san, text, sizeof(text));
	return buf_puts(b, text);
}

static bool
put_time(struct buf *b, int64_t at)
{
	char text[CLOCK_RFC3339_LEN];

	clock_rfc3339(at * 1000, text);
	return buf_puts(b, text);
}

static bool
put_var(struct buf *b, const struct idhdr *h, enum identity_var var)
{
	const struct ident *who = h->who;

	switch (var) {
	case IDENTITY_IDENTITY:
		return put_identity(b, &h->authz->by);
	case IDENTITY_RULE:
		return buf_put(b, h->authz->rule->text);
	case IDENTITY_SUBJECT:
		return !may_tell(who, who->subject) ||
		    put_subject(b, who->subject);
	case IDENTITY_ISSUER:
		return !may_tell(who, who->issuer) ||
		    put_subject(b, who->issuer);
	case IDENTITY_SERIAL:
		return who->is_bound || buf_put(b, who->serial);
	case IDENTITY_SHA256:
		return buf_put(b, who->fingerprint);
	case IDENTITY_NOT_AFTER:
		return put_time(b, who->not_after);
	case IDENTITY_DNS:
		return put_names(b, who, SAN_DNS);
	case IDENTITY_URI:
		return put_names(b, who, SAN_URI);
	case IDENTITY_EMAIL:
		return put_names(b, who, SAN_EMAIL);
	case IDENTITY_IP:
		return put_names(b, who, SAN_IP);
	case IDENTITY_SRV:
		return put_names(b, who, SAN_SRV);
	case IDENTITY_SITE:
		return buf_put(b, h->site);
	case IDENTITY_CLIENT:
		return buf_put(b, h->client_ip);
	case IDENTITY_COUNT:
		break;
	}
	return true;
}

/* A field one of whose values there is none of is left out whole. */
static bool
put_field(struct buf *b, const struct idhdr *h,
    const struct conf_identity_field *f)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct conf_identity_part *p = &f->parts[i];
		size_t before;

		if (!buf_put(b, p->text))
			return false;
		before = buf_len(b);
		if (!p->has_var)
			continue;
		if (!put_var(b, h, p->var))
			return false;
		if (buf_len(b) > before)
			continue;
		buf_cut(b, 0);
		return true;
	}
	return true;
}

/* What is being added, and how much more it may be. */
struct adding {
	struct msg *m;
	struct buf value;
	size_t left;
};

/* The value that was built becomes a field, if there is one. */
static int
finish(struct adding *a, struct slice name, bool is_whole)
{
	struct slice value = buf_slice(&a->value);
	int e = 0;

	if (!is_whole || value.n + name.n > a->left) {
		e = E_IDENTITY_LONG;
	} else if (value.n > 0 && http_is_field_value(value)) {
		msg_add(a->m, name, value);
		a->left -= value.n + name.n;
	}
	buf_clear(&a->value);
	return e;
}

static int
add(struct adding *a, const struct idhdr *h, enum field_id id,
    bool (*put)(struct buf *, const struct idhdr *))
{
	buf_init(&a->value, a->left);
	return finish(a, field_name(id), put(&a->value, h));
}

static bool
needs_der(const struct conf_identity *how)
{
	return how->client_cert || (how->xfcc & (XFCC_CERT | XFCC_CHAIN)) != 0;
}

int
idvalue_add(struct msg *m, const struct idhdr *h)
{
	const struct conf_identity *how = h->how;
	struct adding a = { .m = m, .left = how->max };
	int e = 0;

	/* its verifier keeps it for whoever asks: conf_clients.keeps_leaf */
	if (h->who == NULL || (needs_der(how) && h->who->der.n == 0))
		return E_INTERNAL;
	if (how->client_cert)
		e = add(&a, h, FIELD_CLIENT_CERT, put_client_cert);
	if (e == 0 && how->client_cert_chain)
		e = add(&a, h, FIELD_CLIENT_CERT_CHAIN, put_client_cert_chain);
	if (e == 0 && how->xfcc != 0)
		e = add(&a, h, FIELD_X_FORWARDED_CLIENT_CERT, put_xfcc);
	if (e == 0 && how->forwarded)
		e = add(&a, h, FIELD_FORWARDED, put_forwarded);
	for (size_t i = 0; e == 0 && i < how->field_count; i++) {
		buf_init(&a.value, a.left);
		e = finish(&a, how->fields[i].name,
		    put_field(&a.value, h, &how->fields[i]));
	}
	return e;
}
