#include "proxy/idhdr.h"

#include "proxy/idvalue.h"

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
	{ SLICE("x_amzn_mtls_"), true },
	{ SLICE("x_arr_clientcert"), false },
	/* what some frameworks take for the path, which routes have not seen */
	{ SLICE("x_original_url"), false },
	{ SLICE("x_rewrite_url"), false },
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

static bool
name_is_ours(struct slice name, const struct conf_names *emitted)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (folds_to(name, table[i].name, table[i].is_prefix))
			return true;
	for (size_t i = 0; emitted != NULL && i < emitted->count; i++)
		if (field_is_alike(name, emitted->at[i]))
			return true;
	return false;
}

bool
idhdr_is_ours(const struct field *f, const struct conf_names *emitted)
{
	return name_is_ours(f->name, emitted);
}

/* X-Forwarded-Proto and its like say the same of every client. */
static bool
tells_of_client(struct slice name, const struct conf_names *emitted)
{
	enum field_id id = field_lookup(name);

	if (id == FIELD_CLIENT_CERT || id == FIELD_CLIENT_CERT_CHAIN ||
	    id == FIELD_X_FORWARDED_CLIENT_CERT)
		return true;
	for (size_t i = 0; emitted != NULL && i < emitted->count; i++)
		if (field_is_alike(name, emitted->at[i]))
			return true;
	return false;
}

bool
idhdr_has_vary(const struct fields *fs, const struct conf_names *emitted)
{
	const struct field *f = fields_get(fs, FIELD_VARY);
	struct slice rest, name;

	for (; f != NULL; f = fields_next(fs, f))
		for (rest = f->value; field_list_next(&rest, &name);)
			if (tells_of_client(name, emitted))
				return true;
	return false;
}

int
idhdr_add(struct msg *m, const struct idhdr *who)
{
	fields_put(&m->fields, FIELD_X_FORWARDED_FOR, who->client_ip);
	fields_put(&m->fields, FIELD_X_FORWARDED_PROTO, SL("https"));
	if (who->host.n > 0)
		fields_put(&m->fields, FIELD_X_FORWARDED_HOST, who->host);
	return who->how != NULL ? idvalue_add(m, who) : 0;
}
