#include "cert/san.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "base/quote.h"
#include "http/uri.h"
#include "net/name.h"

#define URI_MAX   2048 /* octets: SPIFFE-ID, 2.3 */
#define EMAIL_MAX 254  /* octets: RFC 5321, 4.5.3.1.3 */
#define LOCAL_MAX 64   /* octets: RFC 5321, 4.5.3.1.1 */

const char *
san_type_name(enum san_type type)
{
	switch (type) {
	case SAN_DNS:
		return "dns";
	case SAN_URI:
		return "uri";
	case SAN_EMAIL:
		return "email";
	case SAN_IP:
		return "ip";
	case SAN_SRV:
		return "srv";
	}
	return "?";
}

void
san_format(const struct san *san, char *out, size_t max)
{
	char ip[INET6_ADDRSTRLEN];
	struct slice s = san->value;

	if (san->type == SAN_IP && (s.n == 4 || s.n == 16)) {
		inet_ntop(s.n == 4 ? AF_INET : AF_INET6, s.p, ip, sizeof(ip));
		s = slice_str(ip);
	}
	quote_str(s, out, max);
}

static const char *
dns_flaw(struct slice name)
{
	enum name_flaw flaw = name_check(name, true);

	return flaw == NAME_OK ? NULL : name_flaw_text(flaw);
}

static const char *
host_flaw(struct slice name)
{
	enum name_flaw flaw = name_check(name, false);

	return flaw == NAME_OK ? NULL : name_flaw_text(flaw);
}

static const char *
uri_flaw(struct slice s)
{
	struct uri uri;

	if (s.n > URI_MAX)
		return "more than 2048 octets";
	for (size_t i = 0; i + 3 <= s.n; i++)
		if (slice_starts(slice_skip(s, i), SL("%00")))
			return "an encoded NUL";
	if (uri_parse(s, &uri) != 0)
		return "no URI after RFC 3986, or one without scheme";
	return NULL;
}

/* RFC 5322, 3.2.3: atext. */
static bool
is_atext(char c)
{
	static const struct slice others = SLICE("!#$%&'*+-/=?^_`{|}~");

	return ascii_is_alnum(c) || slice_find(others, c) >= 0;
}

/* A Mailbox of RFC 5321, 4.1.2, whose local part is a dot-string. */
static const char *
email_flaw(struct slice s)
{
	ptrdiff_t at = slice_find(s, '@');
	struct slice rest, atom;
	bool at_end = false;

	if (s.n > EMAIL_MAX || at > LOCAL_MAX)
		return "longer than a mail address can be";
	if (at < 0)
		return "no mail address";
	rest = slice_first(s, (size_t)at);
	while (slice_cut(&rest, '.', &atom, &at_end)) {
		if (atom.n == 0)
			return "a local part that is no dot-string";
		for (size_t i = 0; i < atom.n; i++)
			if (!is_atext(atom.p[i]))
				return "a local part that is no dot-string";
	}
	return host_flaw(slice_skip(s, (size_t)at + 1));
}

/* RFC 4985, 2: "_Service.Name". */
static const char *
srv_flaw(struct slice s)
{
	ptrdiff_t dot = slice_find(s, '.');

	if (dot < 2 || s.p[0] != '_')
		return "no service name in front";
	for (ptrdiff_t i = 1; i < dot; i++)
		if (!ascii_is_alnum(s.p[i]) && s.p[i] != '-')
			return "no service name in front";
	return host_flaw(slice_skip(s, (size_t)dot + 1));
}

static const char *
flaw_of(enum san_type type, struct slice value)
{
	switch (type) {
	case SAN_DNS:
		return dns_flaw(value);
	case SAN_URI:
		return uri_flaw(value);
	case SAN_EMAIL:
		return email_flaw(value);
	case SAN_IP:
		return value.n == 4 || value.n == 16 ?
		    NULL :
		    "neither 4 nor 16 octets";
	case SAN_SRV:
		return srv_flaw(value);
	}
	return "?";
}

/* The type and octets of a name that can be an identity; else false. */
static bool
open_name(const GENERAL_NAME *gn, enum san_type *type, const ASN1_STRING **s)
{
	switch (gn->type) {
	case GEN_DNS:
		*type = SAN_DNS;
		*s = gn->d.dNSName;
		return true;
	case GEN_URI:
		*type = SAN_URI;
		*s = gn->d.uniformResourceIdentifier;
		return true;
	case GEN_EMAIL:
		*type = SAN_EMAIL;
		*s = gn->d.rfc822Name;
		return true;
	case GEN_IPADD:
		*type = SAN_IP;
		*s = gn->d.iPAddress;
		return true;
	case GEN_OTHERNAME:
		*type = SAN_SRV;
		if (OBJ_obj2nid(gn->d.otherName->type_id) != NID_SRVName ||
		    gn->d.otherName->value->type != V_ASN1_IA5STRING)
			return false;
		*s = gn->d.otherName->value->value.ia5string;
		return true;
	default:
		return false;
	}
}

static void
read_name(const GENERAL_NAME *gn, struct arena *a, struct san_list *list)
{
	const ASN1_STRING *s = NULL;
	struct san *san;
	enum san_type type;

	if (!open_name(gn, &type, &s)) {
		list->other_count++;
		return;
	}
	san = &list->at[list->count++];
	san->type = type;
	san->value = arena_copy(a,
	    slice_of(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)));
	san->flaw = flaw_of(type, san->value);
	san->is_wildcard = type == SAN_DNS && san->flaw == NULL &&
	    name_is_wildcard(san->value);
}

/*
 * The one subjectAltName, decoded to its last octet.  NULL with 0: there is
 * none.  X509_get_ext_d2i would overlook octets that follow the names.
 */
static int
decode(X509 *x, size_t max_bytes, GENERAL_NAMES **names)
{
	int i = X509_get_ext_by_NID(x, NID_subject_alt_name, -1);
	const ASN1_OCTET_STRING *ext;
	const unsigned char *p;
	long n;

	*names = NULL;
	if (i < 0)
		return 0;
	if (X509_get_ext_by_NID(x, NID_subject_alt_name, i) >= 0)
		return E_CERT_MALFORMED;
	ext = X509_EXTENSION_get_data(X509_get_ext(x, i));
	n = ASN1_STRING_length(ext);
	if ((size_t)n > max_bytes)
		return E_CERT_SANS_MANY;
	p = ASN1_STRING_get0_data(ext);
	*names = d2i_GENERAL_NAMES(NULL, &p, n);
	if (*names != NULL && p == ASN1_STRING_get0_data(ext) + n)
		return 0;
	GENERAL_NAMES_free(*names);
	*names = NULL;
	return E_CERT_MALFORMED;
}

int
san_read(X509 *x, size_t max_count, size_t max_bytes, struct arena *a,
    struct san_list *list)
{
	GENERAL_NAMES *names;
	int count, e;

	*list = (struct san_list) { 0 };
	ERR_set_mark();
	e = decode(x, max_bytes, &names);
	ERR_pop_to_mark();
	if (e != 0 || names == NULL)
		return e;
	count = sk_GENERAL_NAME_num(names);
	if ((size_t)count > max_count) {
		e = E_CERT_SANS_MANY;
	} else {
		list->at = arena_array(a, (size_t)count, sizeof(*list->at));
		for (int i = 0; i < count; i++)
			read_name(sk_GENERAL_NAME_value(names, i), a, list);
	}
	GENERAL_NAMES_free(names);
	return e;
}
