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

#define THIS conf_clients
static const struct schema_row clients_rows[] = {
	{ "ca", &type_files, REQUIRED_ONE, AT(ca.named), COUNT(ca.named_count),
	    .min = 1, .elem = &elem_files,
	    .doc = "PEM files with the CAs whose clients may come" },
	{ "crl", &type_files, OPTIONAL_ONE, AT(crl.named),
	    COUNT(crl.named_count), .elem = &elem_files,
	    .doc = "files with what the CAs revoked" },
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
