/*
 * schema -- the tables: every key there is.
 *
 * A new key is a row here, a member in conf.h, an item in sallyport.yaml(5).
 * Those of `clients:` are in schema_clients.c.
 */
#include "conf/schema.h"
#include "conf/schema_rows.h"

static const struct schema_row elem_text = {
	.type = &type_text,
	.size = sizeof(struct slice),
};
static const struct schema_row elem_file = {
	.type = &type_file,
	.size = sizeof(struct conf_file),
};

/* listeners */

static const struct schema_word proxy_in_words[] = {
	{ "off", PROXY_IN_OFF },
	{ "require", PROXY_IN_REQUIRE },
	{ 0 },
};
static const struct schema_row elem_block = {
	.type = &type_block,
	.size = sizeof(struct conf_block),
};

#define THIS conf_listener
static const struct schema_row listener_rows[] = {
	{ "address", &type_address, REQUIRED,
	    .doc = "the address and port to listen on" },
	{ "name", &type_token, AT(name), RANGE(1, 64),
	    .doc = "what a socket is called that is handed to us" },
	{ "proxy_protocol", &type_enum, AT(proxy), .words = proxy_in_words,
	    .def = PROXY_IN_OFF,
	    .doc = "whether connections begin with a PROXY header" },
	{ "trusted_proxies", &type_list, OPTIONAL_ONE, AT(trusted),
	    COUNT(trusted_count), .min = 1, .elem = &elem_block,
	    .doc = "who may connect then" },
	END
};
#undef THIS

const struct schema_group schema_listener = {
	.name = "a listener",
	.title = "Listeners",
	.size = sizeof(struct conf_listener),
	.has_at = true,
	.rows = listener_rows,
};
static const struct schema_row elem_listener = {
	.type = &type_group,
	.group = &schema_listener,
	.size = sizeof(struct conf_listener),
};

/* sites */

#define THIS conf_certificate
static const struct schema_row certificate_rows[] = {
	{ "chain", &type_file, REQUIRED, AT(chain),
	    .doc = "a PEM file, the server's certificate first" },
	{ "key", &type_file, REQUIRED, AT(key),
	    .doc = "a PEM file with the private key" },
	END
};
#undef THIS

static const struct schema_group certificate = {
	.name = "a certificate",
	.title = "Certificates",
	.size = sizeof(struct conf_certificate),
	.has_at = true,
	.rows = certificate_rows,
};
static const struct schema_row elem_certificate = {
	.type = &type_group,
	.group = &certificate,
	.size = sizeof(struct conf_certificate),
};

#define THIS conf_spiffe
static const struct schema_row spiffe_rows[] = {
	{ "trust_domain", &type_text, REQUIRED, AT(trust_domain), RANGE(1, 255),
	    .doc = "the trust domain" },
	{ "path", &type_text, AT(path), RANGE(2, 2048), .doc = "the path" },
	{ "path_prefix", &type_text, AT(path_prefix), RANGE(1, 2048),
	    .doc = "what the path begins with, by whole segments" },
	END
};
#undef THIS

const struct schema_group schema_spiffe = {
	.name = "spiffe",
	.title = "SPIFFE IDs",
	.size = sizeof(struct conf_spiffe),
	.rows = spiffe_rows,
};

/* in the order of enum conf_term_type */
static const struct schema_row rule_rows[] = {
	{ "group", &type_term, .tag = TERM_GROUP,
	    .doc = "one of the rules under this name in identities holds" },
	{ "dns", &type_term, .tag = TERM_DNS,
	    .doc = "the client's certificate has this DNS name" },
	{ "dns_suffix", &type_term, .tag = TERM_DNS_SUFFIX,
	    .doc = "it has a DNS name below this one" },
	{ "uri", &type_term, .tag = TERM_URI,
	    .doc = "the client's certificate has this URI" },
	{ "uri_prefix", &type_term, .tag = TERM_URI_PREFIX,
	    .doc = "it has a URI that begins so, by whole segments" },
	{ "uri_id", &type_term, .tag = TERM_URI_ID,
	    .doc = "it has a URI with this scheme and host" },
	{ "spiffe", &type_spiffe, .tag = TERM_SPIFFE, .group = &schema_spiffe,
	    .doc = "its one URI is such a SPIFFE ID" },
	{ "srv", &type_term, .tag = TERM_SRV,
	    .doc = "it has this service name" },
	{ "email", &type_term, .tag = TERM_EMAIL,
	    .doc = "it has this mail address" },
	{ "ip", &type_term, .tag = TERM_IP,
	    .doc = "it has this IP address, or one of this network" },
	{ "common_name", &type_term, .tag = TERM_COMMON_NAME,
	    .doc = "its subject has this CN, and it has no better name" },
	{ "subject", &type_name, .tag = TERM_SUBJECT,
	    .doc = "its subject has these attributes" },
	{ "fingerprint", &type_term, .tag = TERM_FINGERPRINT,
	    .doc = "it is the certificate with this SHA-256" },
	{ "spki", &type_term, .tag = TERM_SPKI,
	    .doc = "its public key has this SHA-256" },
	{ "issuer", &type_name, .tag = TERM_ISSUER,
	    .doc = "its issuer's name has these attributes" },
	{ "serial", &type_term, .tag = TERM_SERIAL,
	    .doc = "it has this serial number" },
	END
};

const struct schema_group schema_rule = {
	.name = "a rule",
	.title = "Identity rules",
	.size = sizeof(struct conf_rule),
	.has_at = true,
	.rows = rule_rows,
};
static const struct schema_row elem_rule = {
	.type = &type_rule,
	.group = &schema_rule,
	.size = sizeof(struct conf_rule),
};

#define THIS conf_respond
static const struct schema_row respond_rows[] = {
	{ "status", &type_uint, AT(status), RANGE(200, 599), .def = 200,
	    .doc = "the status code" },
	{ "content_type", &type_text, AT(type), RANGE(1, 256),
	    .text = "text/plain; charset=utf-8",
	    .doc = "the media type of the body" },
	{ "body", &type_text, AT(body), RANGE(0, 64 KiB), .text = "",
	    .doc = "what the answer says" },
	END
};
#undef THIS

const struct schema_group schema_respond = {
	.name = "respond",
	.title = "Fixed answers",
	.size = sizeof(struct conf_respond),
	.rows = respond_rows,
};

static const struct schema_row elem_method = {
	.type = &type_method,
	.size = sizeof(struct slice),
};

static const struct schema_row elem_upgrade = {
	.type = &type_upgrade,
	.size = sizeof(struct slice),
};

#define THIS conf_rewrite
static const struct schema_row rewrite_rows[] = {
	{ "strip_prefix", &type_prefix, AT(strip),
	    .doc = "what is taken from the beginning of the path" },
	{ "add_prefix", &type_prefix, AT(add),
	    .doc = "what is put in front of the path then" },
	END
};
#undef THIS

static const struct schema_group rewrite = {
	.name = "rewrite",
	.title = "Rewritten paths",
	.size = sizeof(struct conf_rewrite),
	.has_at = true,
	.rows = rewrite_rows,
};

static const struct schema_row elem_header_name = {
	.type = &type_header_name,
	.size = sizeof(struct conf_header),
};

#define THIS conf_headers
static const struct schema_row headers_rows[] = {
	{ "set_headers", &type_header_map, .doc = "fields, by name" },
	{ "remove_headers", &type_list, OPTIONAL_ONE, AT(removed),
	    COUNT(removed_count), .elem = &elem_header_name,
	    .doc = "names of fields" },
	END
};
#undef THIS

static const struct schema_group headers = {
	.name = "request and response of a route",
	.title = "Changed headers",
	.size = sizeof(struct conf_headers),
	.rows = headers_rows,
};

#define THIS conf_identity
static const struct schema_row identity_rows[] = {
	{ "client_cert", &type_bool, AT(client_cert), .def = false,
	    .doc = "whether Client-Cert holds the certificate" },
	{ "client_cert_chain", &type_bool, AT(client_cert_chain), .def = false,
	    .doc = "whether Client-Cert-Chain holds what is above it" },
	{ "xfcc", &type_xfcc, .doc = "what X-Forwarded-Client-Cert says" },
	{ "forwarded", &type_bool, AT(forwarded), .def = false,
	    .doc = "whether Forwarded is there" },
	{ "fields", &type_identity_fields,
	    .doc = "fields of your choice, by name" },
	{ "max_size", &type_size, AT(max), RANGE(1 KiB, 1 MiB), .def = 16 KiB,
	    .doc = "how large all of that may be" },
	END
};
#undef THIS

static const struct schema_group identity = {
	.name = "forward_identity",
	.title = "Forwarded identity",
	.size = sizeof(struct conf_identity),
	.has_at = true,
	.rows = identity_rows,
};

#define THIS conf_route
static const struct schema_row route_rows[] = {
	{ "path", &type_path, REQUIRED, PLACE(path_at),
	    .doc = "the beginning of the paths it serves" },
	{ "methods", &type_list, OPTIONAL_ONE, AT(methods), COUNT(method_count),
	    .min = 1, .elem = &elem_method, .doc = "the methods it serves" },
	{ "deny", &type_list, AT(deny.at), COUNT(deny.count), .min = 1,
	    .elem = &elem_rule, .doc = "who may not, whatever allow says" },
	{ "allow", &type_allow, REQUIRED, AT(allow.at), COUNT(allow.count),
	    .min = 1, .elem = &elem_rule, .group = &schema_rule,
	    .doc = "who may come in here",
	    .missing = "a route needs allow; to let in whoever the CA "
		       "vouches for, write allow: any" },
	{ "upgrade", &type_list, OPTIONAL_ONE, AT(upgrades),
	    COUNT(upgrade_count), .min = 1, .elem = &elem_upgrade,
	    .doc = "the protocols that its requests may switch to" },
	{ "rewrite", &type_rewrite, AT(rewrite), .group = &rewrite,
	    .doc = "how the backend's path differs from the client's" },
	{ "request", &type_headers, AT(request), .group = &headers,
	    .doc = "what is changed of the request's header" },
	{ "response", &type_headers, AT(response), .group = &headers,
	    .doc = "what is changed of the answer's header" },
	{ "forward_identity", &type_identity, AT(identity), .group = &identity,
	    .doc = "what the backend is told of the client" },
	{ "backend", &type_backend, PLACE(backend_at),
	    .doc = "the backend that gets the requests" },
	{ "respond", &type_respond, .group = &schema_respond,
	    .doc = "an answer without a backend" },
	END
};
#undef THIS

const struct schema_group schema_route = {
	.name = "a route",
	.title = "Routes",
	.size = sizeof(struct conf_route),
	.has_at = true,
	.rows = route_rows,
};
static const struct schema_row elem_route = {
	.type = &type_group,
	.group = &schema_route,
	.size = sizeof(struct conf_route),
};

static const struct schema_word paths_words[] = {
	{ "strict", PATHS_STRICT },
	{ "lenient", PATHS_LENIENT },
	{ 0 },
};

static const struct schema_word wildcards_words[] = {
	{ "refuse", WILDCARDS_REFUSE },
	{ "match", WILDCARDS_MATCH },
	{ 0 },
};

static const struct schema_word refusal_words[] = {
	{ "alert", REFUSAL_ALERT },
	{ "http", REFUSAL_HTTP },
	{ 0 },
};

static const struct schema_word detail_words[] = {
	{ "none", DETAIL_NONE },
	{ "code", DETAIL_CODE },
	{ "full", DETAIL_FULL },
	{ 0 },
};

#define THIS conf_site
static const struct schema_row site_rows[] = {
	{ "names", &type_names, REQUIRED, AT(names), COUNT(name_count),
	    .elem = &elem_text, .doc = "the host names it serves" },
	{ "certificates", &type_list, REQUIRED, AT(certificates),
	    COUNT(certificate_count), .min = 1, .elem = &elem_certificate,
	    .doc = "what the server shows, each with chain and key" },
	{ "clients", &type_group, REQUIRED, AT(clients),
	    .group = &schema_clients,
	    .doc = "whom the server believes who a client is" },
	{ "paths", &type_enum, AT(paths), .words = paths_words,
	    .def = PATHS_STRICT,
	    .doc = "what becomes of paths that servers read differently" },
	{ "wildcards", &type_enum, AT(wildcards), .words = wildcards_words,
	    .def = WILDCARDS_REFUSE,
	    .doc = "what a wildcard is good for that a client presents" },
	{ "on_refusal", &type_enum, AT(on_refusal), .words = refusal_words,
	    .def = REFUSAL_ALERT,
	    .doc = "how a client hears that its certificate is refused" },
	{ "detail", &type_enum, AT(detail), .words = detail_words,
	    .def = DETAIL_NONE,
	    .doc = "what on_refusal: http says of the reason" },
	{ "routes", &type_list, REQUIRED, AT(routes), COUNT(route_count),
	    .min = 1, .elem = &elem_route,
	    .doc = "where requests go, and who may make them" },
	END
};
#undef THIS

const struct schema_group schema_site = {
	.name = "a site",
	.title = "Sites",
	.size = sizeof(struct conf_site),
	.has_at = true,
	.rows = site_rows,
};
static const struct schema_row elem_site = {
	.type = &type_group,
	.group = &schema_site,
	.size = sizeof(struct conf_site),
};

/* backends */

static const struct schema_row elem_server = {
	.type = &type_server,
	.size = sizeof(struct conf_server),
};

static const struct schema_word proxy_out_words[] = {
	{ "off", PROXY_OUT_OFF },
	{ "v2", PROXY_OUT_V2 },
	{ 0 },
};

#define THIS conf_backend
static const struct schema_row backend_rows[] = {
	{ "servers", &type_list, REQUIRED_ONE, AT(servers), COUNT(server_count),
	    .min = 1, .elem = &elem_server,
	    .doc = "where it listens: http://host:port or unix:/path" },
	{ "idle_connections", &type_uint, AT(idle_max), RANGE(0, 10000),
	    .def = 32,
	    .doc = "connections kept open to one server, for each worker" },
	{ "proxy_protocol", &type_enum, AT(proxy), .words = proxy_out_words,
	    .def = PROXY_OUT_OFF,
	    .doc = "whether connections begin with a PROXY header" },
	{ "proxy_certificate", &type_bool, AT(proxy_certificate), .def = false,
	    .doc = "whether that has the client's certificate" },
	{ "forward_identity", &type_identity, AT(identity), .group = &identity,
	    .doc = "what it is told of the client" },
	END
};
#undef THIS

const struct schema_group schema_backend = {
	.name = "a backend",
	.title = "Backends",
	.size = sizeof(struct conf_backend),
	.has_at = true,
	.rows = backend_rows,
};
static const struct schema_row elem_backend = {
	.group = &schema_backend,
	.offset = offsetof(struct conf_backend, name),
	.size = sizeof(struct conf_backend),
};

/* error pages */

#define THIS conf_error_page
static const struct schema_row error_page_rows[] = {
	{ "status", &type_error_status, REQUIRED, AT(status),
	    .doc = "the status that it goes with" },
	{ "file", &type_file, REQUIRED, AT(file), .doc = "what is said" },
	{ "content_type", &type_text, AT(type), RANGE(1, 256),
	    .text = "text/html; charset=utf-8",
	    .doc = "the media type of the file" },
	END
};
#undef THIS

static const struct schema_group error_page = {
	.name = "an error page",
	.title = "Error pages",
	.size = sizeof(struct conf_error_page),
	.has_at = true,
	.rows = error_page_rows,
};
static const struct schema_row elem_error_page = {
	.type = &type_group,
	.group = &error_page,
	.size = sizeof(struct conf_error_page),
};

/* the rest */

static const struct schema_word tls_versions[] = {
	{ "1.2", TLS_12 },
	{ "1.3", TLS_13 },
	{ 0 },
};

/*
 * What is offered when the file says nothing: forward secrecy and AEAD only,
 * the cheaper first where they are equally strong (RFC 9325, 4.2).
 */
#define DEFAULT_CIPHERS \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define DEFAULT_SUITES \
	"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:" \
	"TLS_CHACHA20_POLY1305_SHA256"
#define DEFAULT_GROUPS "X25519:P-256:P-384"

#define THIS conf_tls
static const struct schema_row tls_rows[] = {
	{ "min_version", &type_enum, AT(min_version), .words = tls_versions,
	    .def = TLS_12, .doc = "the oldest TLS version that is spoken" },
	{ "ciphers", &type_string, AT(ciphers), PLACE(ciphers_at),
	    RANGE(1, 1024), .text = DEFAULT_CIPHERS,
	    .doc = "the cipher suites of TLS 1.2, the best first" },
	{ "ciphersuites", &type_string, AT(ciphersuites),
	    PLACE(ciphersuites_at), RANGE(1, 1024), .text = DEFAULT_SUITES,
	    .doc = "the cipher suites of TLS 1.3, the best first" },
	{ "groups", &type_string, AT(groups), PLACE(groups_at), RANGE(1, 1024),
	    .text = DEFAULT_GROUPS,
	    .doc = "the groups for the key exchange, the best first" },
	END
};
#undef THIS

static const struct schema_group tls = {
	.name = "tls",
	.title = "TLS",
	.size = sizeof(struct conf_tls),
	.has_at = true,
	.rows = tls_rows,
};

#define THIS conf_sessions
static const struct schema_row sessions_rows[] = {
	{ "tickets", &type_bool, AT(tickets), .def = true,
	    .doc = "whether clients get tickets" },
	{ "lifetime", &type_ms, AT(lifetime_ms), RANGE(10 S, 24 H), .def = 1 H,
	    .doc = "until a full handshake is due again" },
	{ "rotate", &type_ms, AT(rotate_ms), RANGE(60 S, 24 H), .def = 8 H,
	    .doc = "until tickets are sealed by a new key" },
	{ "keys", &type_list, OPTIONAL_ONE, AT(keys.at), COUNT(keys.count),
	    .elem = &elem_file, .doc = "files with keys that a fleet shares" },
	END
};
#undef THIS

static const struct schema_group sessions = {
	.name = "sessions",
	.title = "Sessions",
	.size = sizeof(struct conf_sessions),
	.has_at = true,
	.rows = sessions_rows,
};

#define THIS conf_timeouts
static const struct schema_row timeouts_rows[] = {
	{ "tls_handshake", &type_ms, AT(tls_handshake_ms), RANGE(100 MS, 600 S),
	    .def = 10 S, .doc = "from accept until the handshake is done" },
	{ "request_head", &type_ms, AT(request_head_ms), RANGE(100 MS, 600 S),
	    .def = 10 S, .doc = "from a head's first octet to its last" },
	{ "request_body", &type_ms, AT(request_body_ms), RANGE(100 MS, 1 H),
	    .def = 30 S, .doc = "a client sends nothing of its content" },
	{ "keep_alive", &type_ms, AT(keep_alive_ms), RANGE(100 MS, 1 H),
	    .def = 60 S, .doc = "a client's connection without a request" },
	{ "client_write", &type_ms, AT(client_write_ms), RANGE(100 MS, 1 H),
	    .def = 30 S, .doc = "a client takes nothing of its answer" },
	{ "backend_connect", &type_ms, AT(backend_connect_ms),
	    RANGE(10 MS, 600 S), .def = 5 S,
	    .doc = "until a backend has accepted" },
	{ "backend_response", &type_ms, AT(backend_response_ms),
	    RANGE(100 MS, 24 H), .def = 60 S, .zero = "never",
	    .doc = "from the request's end to the head of the answer" },
	{ "backend_body", &type_ms, AT(backend_body_ms), RANGE(100 MS, 24 H),
	    .def = 60 S, .zero = "never",
	    .doc = "a backend sends nothing of its content" },
	{ "backend_keep_alive", &type_ms, AT(backend_keep_alive_ms),
	    RANGE(100 MS, 1 H), .def = 50 S,
	    .doc = "a backend's connection is kept without a request" },
	{ "exchange", &type_ms, AT(exchange_ms), RANGE(100 MS, 24 H), .def = 0,
	    .zero = "never", .doc = "a request and its answer, in all" },
	{ "tunnel", &type_ms, AT(tunnel_ms), RANGE(100 MS, 24 H), .def = 600 S,
	    .zero = "never",
	    .doc = "nothing moves on a connection that was upgraded" },
	{ "drain", &type_ms, AT(drain_ms), RANGE(100 MS, 24 H), .def = 30 S,
	    .doc = "from SIGTERM until what is left is cut" },
	END
};
#undef THIS

static const struct schema_group timeouts = {
	.name = "timeouts",
	.title = "Timeouts",
	.size = sizeof(struct conf_timeouts),
	.rows = timeouts_rows,
};

#define THIS h1_limits
static const struct schema_row request_rows[] = {
	{ "line", &type_size, AT(line_max), RANGE(256, 1 MiB), .def = 8 KiB,
	    .doc = "the request line" },
	{ "field", &type_size, AT(field_max), RANGE(256, 1 MiB), .def = 16 KiB,
	    .doc = "one header field" },
	{ "head", &type_size, AT(head_max), RANGE(1 KiB, 1 MiB), .def = 32 KiB,
	    .doc = "request line and header fields" },
	{ "fields", &type_uint, AT(fields_max), RANGE(10, 10000), .def = 100,
	    .doc = "how many header fields" },
	{ "chunk_extensions", &type_size, AT(chunk_ext_max), RANGE(0, 1 MiB),
	    .def = 4 KiB, .doc = "all chunk extensions of one content" },
	{ "trailers", &type_size, AT(trailer_max), RANGE(0, 1 MiB),
	    .def = 8 KiB, .doc = "the trailer fields" },
	END
};
static const struct schema_row response_rows[] = {
	{ "line", &type_size, AT(line_max), RANGE(256, 1 MiB), .def = 8 KiB,
	    .doc = "the status line" },
	{ "field", &type_size, AT(field_max), RANGE(256, 1 MiB), .def = 32 KiB,
	    .doc = "one header field" },
	{ "head", &type_size, AT(head_max), RANGE(1 KiB, 1 MiB), .def = 64 KiB,
	    .doc = "status line and header fields" },
	{ "fields", &type_uint, AT(fields_max), RANGE(10, 10000), .def = 200,
	    .doc = "how many header fields" },
	{ "chunk_extensions", &type_size, AT(chunk_ext_max), RANGE(0, 1 MiB),
	    .def = 4 KiB, .doc = "all chunk extensions of one content" },
	{ "trailers", &type_size, AT(trailer_max), RANGE(0, 1 MiB),
	    .def = 16 KiB, .doc = "the trailer fields" },
	END
};
#undef THIS

static const struct schema_group request = {
	.name = "request",
	.title = "Limits of a request",
	.size = sizeof(struct h1_limits),
	.rows = request_rows,
};
static const struct schema_group response = {
	.name = "response",
	.title = "Limits of a response",
	.size = sizeof(struct h1_limits),
	.rows = response_rows,
};

#define THIS conf_limits
static const struct schema_row limits_rows[] = {
	{ "connections", &type_uint, AT(connections), RANGE(1, 1000000),
	    .def = 10000, .doc = "clients connected to one worker" },
	{ "connections_per_address", &type_uint, AT(connections_per_address),
	    RANGE(1, 1000000), .def = 1000, .zero = "unlimited",
	    .doc = "of those, from one address" },
	{ "connections_per_identity", &type_uint, AT(connections_per_identity),
	    RANGE(1, 1000000), .def = 1000, .zero = "unlimited",
	    .doc = "of those, with one certificate" },
	{ "memory", &type_size, AT(memory), RANGE(1 MiB, 1024 * 1024 MiB),
	    .def = 1024 MiB,
	    .doc = "what one worker may hold for its connections" },
	{ "progress", &type_size, AT(progress), RANGE(1, 1 MiB), .def = 1 KiB,
	    .doc = "what a client must send or take within its timeout" },
	{ "request_body", &type_size, AT(request_body),
	    RANGE(1, 1024 * 1024 MiB), .zero = "unlimited",
	    .doc = "a request's content" },
	{ "requests_per_connection", &type_uint, AT(requests_per_connection),
	    RANGE(1, 1000000000), .zero = "unlimited",
	    .doc = "requests until a client's connection is closed" },
	{ "request", &type_group, AT(request), .group = &request,
	    .doc = "what a client may send" },
	{ "response", &type_group, AT(response), .group = &response,
	    .doc = "what a backend may send" },
	END
};
#undef THIS

static const struct schema_group limits = {
	.name = "limits",
	.title = "Limits",
	.size = sizeof(struct conf_limits),
	.has_at = true,
	.rows = limits_rows,
};

static const struct schema_word log_formats[] = {
	{ "text", LOG_TEXT },
	{ "json", LOG_JSON },
	{ 0 },
};
static const struct schema_word log_levels[] = {
	{ "error", LOG_ERR },
	{ "warning", LOG_WARN },
	{ "notice", LOG_NOTICE },
	{ "info", LOG_INFO },
	{ "debug", LOG_DEBUG },
	{ 0 },
};

#define THIS conf_log
static const struct schema_row log_rows[] = {
	{ "format", &type_enum, AT(format), .words = log_formats,
	    .def = LOG_TEXT, .doc = "how a line looks" },
	{ "level", &type_enum, AT(level), .words = log_levels, .def = LOG_INFO,
	    .doc = "the least urgent that is written" },
	{ "access", &type_bool, AT(access), .def = true,
	    .doc = "whether each request is a line" },
	END
};
#undef THIS

static const struct schema_group log_group = {
	.name = "log",
	.title = "Log",
	.size = sizeof(struct conf_log),
	.rows = log_rows,
};

static const struct schema_row elem_field_name = {
	.type = &type_field_name,
	.size = sizeof(struct slice),
};

#define THIS conf_access_log
static const struct schema_row access_log_rows[] = {
	{ "to", &type_access_to, .text = "stderr", .doc = "where they go" },
	{ "format", &type_access_format, .doc = "how one looks" },
	{ "query", &type_bool, AT(query),
	    .doc = "whether paths are told with their query" },
	{ "fields", &type_list, OPTIONAL_ONE, AT(headers), COUNT(header_count),
	    .elem = &elem_field_name,
	    .doc = "header fields of the request that are told" },
	END
};
#undef THIS

static const struct schema_group access_log = {
	.name = "access_log",
	.title = "Access log",
	.size = sizeof(struct conf_access_log),
	.has_at = true,
	.rows = access_log_rows,
};

#define THIS conf_control
static const struct schema_row control_rows[] = {
	{ "socket", &type_string, AT(socket), RANGE(1, 90), .text = "auto",
	    .doc = "the unix socket where status and reload ask" },
	END
};
#undef THIS

static const struct schema_group control = {
	.name = "control",
	.title = "Control",
	.size = sizeof(struct conf_control),
	.has_at = true,
	.rows = control_rows,
};

static const struct schema_word sandbox_modes[] = {
	{ "on", SANDBOX_ON },
	{ "log", SANDBOX_LOG },
	{ "off", SANDBOX_OFF },
	{ 0 },
};

#define THIS conf
static const struct schema_row conf_rows[] = {
	{ "workers", &type_uint, AT(workers), RANGE(1, 1024), .zero = "auto",
	    .doc = "how many processes serve" },
	{ "user", &type_string, AT(user), RANGE(1, 256),
	    .doc = "whom to become when started as root" },
	{ "sandbox", &type_enum, AT(sandbox), .words = sandbox_modes,
	    .def = SANDBOX_ON, .doc = "whether workers confine themselves" },
	{ "name", &type_token, AT(name), RANGE(1, 64), .text = "sallyport",
	    .doc = "what we call ourselves in Via" },
	{ "watch", &type_bool, AT(watch), .def = true,
	    .doc = "whether files that change are read again" },
	{ "listeners", &type_list, REQUIRED, AT(listeners),
	    COUNT(listener_count), .min = 1, .elem = &elem_listener,
	    .doc = "where clients connect to, each with address" },
	{ "sites", &type_list, REQUIRED, AT(sites), COUNT(site_count), .min = 1,
	    .elem = &elem_site, .doc = "what is served under which names" },
	{ "identities", &type_groups, AT(groups), COUNT(group_count),
	    .elem = &elem_rule, .doc = "rules that routes refer to, by name" },
	{ "backends", &type_map, AT(backends), COUNT(backend_count),
	    .elem = &elem_backend, .doc = "where requests go, by name" },
	{ "error_pages", &type_list, AT(error_pages), COUNT(error_page_count),
	    .elem = &elem_error_page,
	    .doc = "what is said when a request fails" },
	{ "tls", &type_group, AT(tls), .group = &tls,
	    .doc = "how TLS is spoken" },
	{ "sessions", &type_group, AT(sessions), .group = &sessions,
	    .doc = "how clients come back without a full handshake" },
	{ "timeouts", &type_group, AT(timeouts), .group = &timeouts,
	    .doc = "how long to wait" },
	{ "limits", &type_group, AT(limits), .group = &limits,
	    .doc = "how much to take" },
	{ "log", &type_group, AT(log), .group = &log_group,
	    .doc = "what is written to the standard error" },
	{ "access_log", &type_group, AT(access_log), .group = &access_log,
	    .doc = "where records of requests go, and how they look" },
	{ "control", &type_group, AT(control), .group = &control,
	    .doc = "where it is asked how it is" },
	END
};
#undef THIS

const struct schema_group schema_conf = {
	.name = "the configuration",
	.title = "Top level",
	.size = sizeof(struct conf),
	.rows = conf_rows,
};
