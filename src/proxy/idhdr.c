#include "proxy/idhdr.h"

/*
 * Names in folded form: lower case, "_" for whatever is no letter or digit.
 * Besides what we emit: what other proxies emit and applications have learnt
 * to believe.
 */
static const struct {
	struct slice name;
	bool is_prefix;
} table[] = {
	{ SLICE("forwarded"), false },
	{ SLICE("x_forwarded_"), true },
	{ SLICE("x_original_forwarded_for"), false },
	{ SLICE("x_real_ip"), false },
	{ SLICE("x_remote_user"), false },
	{ SLICE("remote_user"), false },
	{ SLICE("client_cert"), true },
	{ SLICE("x_client_cert"), true },
	{ SLICE("x_client_dn"), false },
	{ SLICE("x_client_identity"), false },
	{ SLICE("x_client_subject"), false },
	{ SLICE("x_client_verify"), false },
	{ SLICE("ssl_client_"), true },
	{ SLICE("x_ssl_"), true },
	{ SLICE("x_tls_"), true },
	{ SLICE("x_spiffe_"), true },
	/* what frames and routes a message is said by the message alone */
	{ SLICE("content_length"), false },
	{ SLICE("transfer_encoding"), false },
	{ SLICE("host"), false },
};

static char
fold(char c)
{
	return ascii_is_alnum(c) ? ascii_lower(c) : '_';
}

static bool
folds_to(struct slice name, struct slice want, bool is_prefix)
{
	if (is_prefix ? name.n < want.n : name.n != want.n)
		return false;
	for (size_t i = 0; i < want.n; i++)
		if (fold(name.p[i]) != want.p[i])
			return false;
	return true;
}

bool
idhdr_is_alike(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (fold(a.p[i]) != fold(b.p[i]))
			return false;
	return true;
}

bool
idhdr_is_ours(const struct field *f)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (folds_to(f->name, table[i].name, table[i].is_prefix))
			return true;
	return false;
}

void
idhdr_add(struct msg *m, const struct idhdr *who)
{
	fields_add(&m->fields, field_name(FIELD_X_FORWARDED_FOR),
	    who->client_ip);
	fields_add(&m->fields, field_name(FIELD_X_FORWARDED_PROTO),
	    SL("https"));
	if (who->host.n > 0)
		fields_add(&m->fields, field_name(FIELD_X_FORWARDED_HOST),
		    who->host);
}
