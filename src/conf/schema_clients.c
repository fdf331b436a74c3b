/*
 * schema_clients -- the tables of `clients:`: whom a site believes.
 */
#include "conf/schema.h"
#include "conf/schema_rows.h"

static const struct schema_row elem_files = {
	.type = &type_file_or_folder,
	.size = sizeof(struct conf_file),
};
static const struct schema_row elem_oid = {
	.type = &type_oid,
	.size = sizeof(struct slice),
};

static const struct schema_word check_words[] = {
	{ "chain", false },
	{ "leaf", true },
	{ 0 },
};
static const struct schema_word missing_words[] = {
	{ "refuse", false },
	{ "allow", true },
	{ 0 },
};

#define THIS conf_revocation
static const struct schema_row revocation_rows[] = {
	{ "check", &type_choice, AT(leaf_only), .words = check_words,
	    .doc = "which certificates must not be revoked" },
	{ "missing", &type_choice, AT(allow_missing), .words = missing_words,
	    .doc = "what becomes of a certificate that no CRL covers" },
	{ "expired", &type_ms, AT(grace_ms), RANGE(1 S, 8760 H),
	    .zero = "refuse",
	    .doc = "how long a CRL decides behind its nextUpdate" },
	END
};
#undef THIS

static const struct schema_group revocation = {
	.name = "revocation",
	.title = "Revocation",
	.size = sizeof(struct conf_revocation),
	.has_at = true,
	.rows = revocation_rows,
};

/* the tag is the type of most terms of the list */
static const struct schema_row elem_dns = {
	.type = &type_vouched,
	.tag = TERM_DNS,
	.size = sizeof(struct conf_term),
};
static const struct schema_row elem_uri = {
	.type = &type_vouched,
	.tag = TERM_URI_PREFIX,
	.size = sizeof(struct conf_term),
};
static const struct schema_row elem_email = {
	.type = &type_vouched,
	.tag = TERM_EMAIL,
	.size = sizeof(struct conf_term),
};
static const struct schema_row elem_ip = {
	.type = &type_vouched,
	.tag = TERM_IP,
	.size = sizeof(struct conf_term),
};

#define THIS conf_vouched
static const struct schema_row names_rows[] = {
	{ "dns", &type_list, OPTIONAL_ONE, AT(dns.at), COUNT(dns.count),
	    .elem = &elem_dns, .doc = "DNS names, or .name for all below it" },
	{ "uri", &type_list, OPTIONAL_ONE, AT(uri.at), COUNT(uri.count),
	    .elem = &elem_uri, .doc = "what URIs begin with" },
	{ "email", &type_list, OPTIONAL_ONE, AT(email.at), COUNT(email.count),
	    .elem = &elem_email, .doc = "mail addresses, or their domains" },
	{ "ip", &type_list, OPTIONAL_ONE, AT(ip.at), COUNT(ip.count),
	    .elem = &elem_ip, .doc = "IP addresses and networks" },
	END
};
#undef THIS

static const struct schema_group names = {
	.name = "names of a CA",
	.title = "Names that a CA may vouch for",
	.size = sizeof(struct conf_vouched),
	.has_at = true,
	.rows = names_rows,
};

#define THIS conf_trust
static const struct schema_row trust_rows[] = {
	{ "ca", &type_files, REQUIRED_ONE, AT(ca.named), COUNT(ca.named_count),
	    .min = 1, .elem = &elem_files, .doc = "PEM files with these CAs" },
	{ "names", &type_vouching, REQUIRED, AT(names), .group = &names,
	    .doc = "the names that these CAs may vouch for" },
	{ "revocation", &type_revocation, AT(revocation), .group = &revocation,
	    .doc = "what is asked of the CRLs of these CAs" },
	END
};
#undef THIS

static const struct schema_group trust = {
	.name = "trust",
	.title = "Trust within bounds",
	.size = sizeof(struct conf_trust),
	.has_at = true,
	.rows = trust_rows,
};
static const struct schema_row elem_trust = {
	.type = &type_group,
	.group = &trust,
	.size = sizeof(struct conf_trust),
};

#define THIS conf_clients
static const struct schema_row clients_rows[] = {
	{ "ca", &type_files, OPTIONAL_ONE, AT(ca.named), COUNT(ca.named_count),
	    PLACE(ca_at), .min = 1, .elem = &elem_files,
	    .doc = "PEM files with the CAs whose clients may come" },
	{ "trust", &type_list, AT(trust), COUNT(trust_count), .min = 1,
	    .elem = &elem_trust,
	    .doc = "further CAs, each with the names it may vouch for" },
	{ "crl", &type_files, OPTIONAL_ONE, AT(crl.named),
	    COUNT(crl.named_count), .elem = &elem_files,
	    .doc = "files with what the CAs revoked" },
	{ "revocation", &type_revocation, AT(revocation), .group = &revocation,
	    .doc = "what is asked of the CRLs" },
	{ "partial_chain", &type_bool, AT(partial_chain), .def = true,
	    .doc = "whether a chain may end at a CA that is no root" },
	{ "max_depth", &type_uint, AT(max_depth), RANGE(0, CLIENTS_DEPTH_MAX),
	    .def = CLIENTS_DEPTH_MAX,
	    .doc = "CAs between a client's certificate and the last one" },
	{ "min_key_bits", &type_uint, AT(min_key_bits),
	    RANGE(CLIENTS_BITS_MIN, 16384), .def = CLIENTS_BITS_MIN,
	    .doc = "the length of RSA keys" },
	{ "require_eku", &type_bool, AT(require_eku), .def = true,
	    .doc = "whether extendedKeyUsage must be there" },
	{ "max_validity", &type_ms, AT(max_validity_ms), RANGE(1 S, 876000 H),
	    .zero = "unlimited",
	    .doc = "for how long a client's certificate may be issued" },
	{ "policies", &type_list, OPTIONAL_ONE, AT(policies),
	    COUNT(policy_count), .min = 1, .elem = &elem_oid,
	    .doc = "certificate policies, one of which is required" },
	{ "cache", &type_uint, AT(cache), RANGE(1, 1000000), .def = 1000,
	    .zero = "off", .doc = "verified chains that are kept" },
	END
};
#undef THIS

const struct schema_group schema_clients = {
	.name = "clients",
	.title = "Clients",
	.size = sizeof(struct conf_clients),
	.has_at = true,
	.rows = clients_rows,
};
