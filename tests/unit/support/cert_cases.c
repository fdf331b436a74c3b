#include "support/cert_cases.h"

#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"

#define YESTERDAY (CERT_NOW - 3600)
#define TOMORROW  (CERT_NOW + 3600)

/* SAN extensions that are not as they should be. */
#define SAN_TRAILING \
	SLICE("\x30\x03\x82\x01" \
	      "a" \
	      "\x00")
#define SAN_BROKEN \
	SLICE("\x30\x05\x82\x09" \
	      "abc")
#define SAN_GOOD \
	SLICE("\x30\x07\x82\x05" \
	      "a.b.c")

#define SAN_AND_EMPTY   SLICE("\x30\x14\x82\x10web.corp.example\x82\x00")
#define SAN_LEADING_DOT SLICE("\x30\x0f\x82\x0d.corp.example")
#define SAN_BAD_EMAIL \
	SLICE("\x30\x04\x81\x02" \
	      "a@")

const struct cert_case cert_cases[] = {
	/* what is good */
	{ "PV-0", "root, issuing CA, leaf", .err = 0 },
	{ "PV-0", "a root that issues itself", .shape = SHAPE_DIRECT },
	{ "PV-0", "both CAs in the file", .shape = SHAPE_FILE_BOTH },
	{ "PV-0", "an issuing CA alone in the file",
	    .shape = SHAPE_FILE_INTER },
	{ "PV-16", "the root is shown too", .shape = SHAPE_SHOW_ROOT },
	{ "PV-0", "a P-384 key", .leaf.key = KEY_P384 },
	{ "PV-0", "an Ed25519 key", .leaf.key = KEY_ED25519 },
	{ "PV-0", "an RSA key", .leaf.key = KEY_RSA2048 },
	{ "PV-0", "an RSA-PSS key", .leaf.key = KEY_RSA_PSS },
	{ "PV-0", "an RSA CA", .inter.key = KEY_RSA2048 },
	{ "PV-0", "an Ed25519 root", .root.key = KEY_ED25519 },
	{ "PV-0", "no key identifiers", .root.no_key_ids = true,
	    .inter.no_key_ids = true, .leaf.no_key_ids = true },
	{ "PV-6", "basicConstraints that are not critical",
	    .root.bc = "CA:TRUE", .inter.bc = "CA:TRUE" },
	{ "PV-8", "CAs without keyUsage", .root.ku = "", .inter.ku = "" },
	{ "PV-8", "a leaf without keyUsage", .leaf.ku = "" },
	{ "PV-14", "a serial number of zero", .leaf.serial = "0" },
	{ "PV-14", "a negative serial number", .leaf.serial = "-7F" },
	{ "PV-14", "a long serial number",
	    .leaf.serial =
		"7F000000000000000000000000000000000000000000000001" },
	{ "ID-23", "an empty subject, the SAN critical", .leaf.cn = "",
	    .leaf.san = "critical,DNS:web.corp.example" },
	{ "ID-4", "no SAN at all", .leaf.san = "" },

	/* dates, inclusive to the second */
	{ "PV-2", "expired a second ago", .leaf.to = CERT_NOW - 1,
	    .err = E_CERT_EXPIRED },
	{ "PV-20", "expires this second", .leaf.to = CERT_NOW },
	{ "PV-20", "valid from this second on", .leaf.from = CERT_NOW },
	{ "PV-2", "valid in a second", .leaf.from = CERT_NOW + 1,
	    .err = E_CERT_NOT_YET },
	{ "PV-2", "an expired issuing CA", .inter.to = YESTERDAY,
	    .err = E_CERT_EXPIRED, .depth = 1 },
	{ "PV-20", "an issuing CA that expires this second",
	    .inter.to = CERT_NOW },
	{ "PV-2", "an issuing CA of tomorrow", .inter.from = TOMORROW,
	    .err = E_CERT_NOT_YET, .depth = 1 },
	{ "PV-15", "an expired root", .root.to = YESTERDAY,
	    .err = E_CERT_EXPIRED, .depth = 2 },
	{ "PV-15", "an expired issuing CA that is the anchor",
	    .shape = SHAPE_FILE_INTER, .inter.to = YESTERDAY,
	    .err = E_CERT_EXPIRED, .depth = 1 },
	{ "PV-15", "an anchor of tomorrow", .shape = SHAPE_FILE_INTER,
	    .inter.from = TOMORROW, .err = E_CERT_NOT_YET, .depth = 1 },
	{ "PV-2", "no end of validity", .leaf.to_text = "99991231235959Z" },
	{ "PV-2", "a date with an offset",
	    .leaf.to_text = "20280101000000+0100", .err = E_CERT_MALFORMED },
	{ "PV-2", "a date without seconds", .leaf.to_text = "202801010000Z",
	    .err = E_CERT_MALFORMED },
	{ "PV-2", "a date with a fraction", .leaf.to_text = "20280101000000.5Z",
	    .err = E_CERT_MALFORMED },

	/* who issued it */
	{ "PV-1", "a leaf with a wrong signature", .leaf.bad_signature = true,
	    .err = E_CERT_SIGNATURE },
	{ "PV-1", "an issuing CA with a wrong signature",
	    .inter.bad_signature = true, .err = E_CERT_SIGNATURE, .depth = 1 },
	{ "PV-4", "a CA of the root's name with another key",
	    .shape = SHAPE_FILE_OTHER, .err = E_CERT_UNKNOWN_CA, .depth = 1 },
	{ "PV-4", "the same without key identifiers to tell them apart",
	    .shape = SHAPE_FILE_OTHER, .root.no_key_ids = true,
	    .inter.no_key_ids = true, .err = E_CERT_SIGNATURE, .depth = 1 },
	{ "PV-4", "an issuing CA that is not shown", .shape = SHAPE_UNSHOWN,
	    .err = E_CERT_UNKNOWN_CA },
	{ "PV-4", "a leaf that signed itself", .shape = SHAPE_SELF,
	    .err = E_CERT_UNKNOWN_CA },
	{ "PV-4", "the root is shown, but another is trusted",
	    .shape = SHAPE_FILE_OTHER | SHAPE_SHOW_ROOT,
	    .err = E_CERT_UNKNOWN_CA, .depth = 2 },

	/* which names a CA may vouch for */
	{ "PV-5", "a DNS name that is permitted",
	    .root.nc = "critical,permitted;DNS:corp.example" },
	{ "PV-5", "a DNS name that is not permitted",
	    .root.nc = "critical,permitted;DNS:other.example",
	    .err = E_CERT_NAME_CONSTRAINT },
	{ "PV-5", "the same from the issuing CA",
	    .inter.nc = "critical,permitted;DNS:other.example",
	    .err = E_CERT_NAME_CONSTRAINT },
	{ "PV-15", "the root's constraint, both CAs in the file",
	    .shape = SHAPE_FILE_BOTH,
	    .root.nc = "critical,permitted;DNS:other.example",
	    .err = E_CERT_NAME_CONSTRAINT },
	{ "PV-15", "the constraint of an anchor that is no root",
	    .shape = SHAPE_FILE_INTER,
	    .inter.nc = "critical,permitted;DNS:other.example",
	    .err = E_CERT_NAME_CONSTRAINT },
	{ "PV-5", "a DNS name that is excluded",
	    .root.nc = "critical,excluded;DNS:web.corp.example",
	    .err = E_CERT_NAME_CONSTRAINT },
	{ "PV-5", "one name of several that is excluded",
	    .root.nc = "critical,excluded;DNS:b.example",
	    .leaf.san = "DNS:a.example,DNS:c.b.example",
	    .err = E_CERT_NAME_CONSTRAINT },
	{ "PV-5", "a URI outside",
	    .root.nc = "critical,permitted;URI:.corp.example",
	    .leaf.san = "URI:https://web.other.example/x",
	    .err = E_CERT_NAME_CONSTRAINT },
	{ "PV-5", "a mail address outside",
	    .root.nc = "critical,permitted;email:corp.example",
	    .leaf.san = "email:a@other.example",
	    .err = E_CERT_NAME_CONSTRAINT },
	{ "PV-5", "an IP address outside",
	    .root.nc = "critical,permitted;IP:10.0.0.0/255.0.0.0",
	    .leaf.san = "IP:192.0.2.1", .err = E_CERT_NAME_CONSTRAINT },
	{ "PV-5", "an IP address inside",
	    .root.nc = "critical,permitted;IP:10.0.0.0/255.0.0.0",
	    .leaf.san = "IP:10.1.2.3" },

	{ "PV-18", "a wildcard that reaches into what is excluded",
	    .root.nc = "critical,excluded;DNS:web.corp.example",
	    .leaf.san = "DNS:*.corp.example", .err = E_CERT_NAME_CONSTRAINT },
	{ "PV-18", "a wildcard that reaches further down",
	    .inter.nc = "critical,excluded;DNS:a.web.corp.example",
	    .leaf.san = "DNS:*.CORP.example", .err = E_CERT_NAME_CONSTRAINT },
	{ "PV-18", "a wildcard beside what is excluded",
	    .root.nc = "critical,excluded;DNS:web.other.example",
	    .leaf.san = "DNS:*.corp.example" },
	{ "PV-18", "an empty name where DNS names are constrained",
	    .root.nc = "critical,permitted;DNS:corp.example",
	    .leaf.san_raw = SAN_AND_EMPTY, .err = E_CERT_NAME_CONSTRAINT },
	{ "PV-18", "an empty name where URIs are constrained",
	    .root.nc = "critical,permitted;URI:.corp.example",
	    .leaf.san_raw = SAN_AND_EMPTY },
	{ "PV-18", "a leading dot where DNS names are constrained",
	    .root.nc = "critical,permitted;DNS:corp.example",
	    .leaf.san_raw = SAN_LEADING_DOT, .err = E_CERT_NAME_CONSTRAINT },
	{ "PV-18", "a leading dot where DNS names are excluded",
	    .root.nc = "critical,excluded;DNS:other.example",
	    .leaf.san_raw = SAN_LEADING_DOT, .err = E_CERT_NAME_CONSTRAINT },
	{ "PV-18", "a bad mail address where these are constrained",
	    .root.nc = "critical,excluded;email:other.example",
	    .leaf.san_raw = SAN_BAD_EMAIL, .err = E_CERT_NAME_CONSTRAINT },
	{ "PV-18", "an IP constraint with holes in its mask",
	    .root.nc = "critical,permitted;IP:10.0.0.0/255.0.255.0",
	    .leaf.san = "IP:10.1.0.1", .err = E_CERT_NAME_CONSTRAINT,
	    .depth = 2 },
	{ "PV-18", "an IP constraint with holes in an issuing CA",
	    .inter.nc = "critical,excluded;IP:10.1.0.0/0.255.0.0",
	    .leaf.san = "IP:192.0.2.1", .err = E_CERT_NAME_CONSTRAINT,
	    .depth = 1 },

	/* what makes a CA */
	{ "PV-6", "an issuer that says it is no CA",
	    .inter.bc = "critical,CA:FALSE", .inter.ku = "digitalSignature",
	    .err = E_CERT_NOT_CA, .depth = 1 },
	{ "PV-6", "an issuer without basicConstraints", .inter.bc = "",
	    .err = E_CERT_NOT_CA, .depth = 1 },
	{ "PV-6", "an issuer of version 1", .inter.version = 1,
	    .err = E_CERT_NOT_CA, .depth = 1 },
	{ "PV-7", "a path length that is kept",
	    .root.bc = "critical,CA:TRUE,pathlen:1" },
	{ "PV-7", "a path length that is exceeded",
	    .root.bc = "critical,CA:TRUE,pathlen:0", .err = E_CERT_PATHLEN,
	    .depth = 2 },
	{ "PV-7", "a path length of zero over a leaf", .shape = SHAPE_DIRECT,
	    .root.bc = "critical,CA:TRUE,pathlen:0" },
	{ "PV-15", "the root's path length, both CAs in the file",
	    .shape = SHAPE_FILE_BOTH, .root.bc = "critical,CA:TRUE,pathlen:0",
	    .err = E_CERT_PATHLEN, .depth = 2 },
	{ "PV-8", "an issuer that may not sign certificates",
	    .inter.ku = "cRLSign", .err = E_CERT_NOT_CA, .depth = 1 },
	{ "PV-13", "a leaf that is a CA", .leaf.bc = "critical,CA:TRUE",
	    .leaf.ku = "digitalSignature,keyCertSign", .err = E_CERT_IS_CA },
	{ "PV-13", "a leaf that is a CA and may not sign certificates",
	    .leaf.bc = "critical,CA:TRUE", .err = E_CERT_IS_CA },
	{ "PV-13", "a leaf that may sign certificates but is no CA",
	    .leaf.ku = "digitalSignature,keyCertSign", .err = E_CERT_IS_CA },
	{ "PV-13", "the anchor itself", .shape = SHAPE_SHOW_ANCHOR,
	    .root.eku = "clientAuth",
	    .root.ku = "digitalSignature,keyCertSign,cRLSign",
	    .err = E_CERT_IS_CA },

	/* what it is for */
	{ "PV-8", "a leaf that may not sign", .leaf.ku = "keyEncipherment",
	    .err = E_CERT_PURPOSE },
	{ "PV-8", "a leaf for key agreement alone", .leaf.ku = "keyAgreement",
	    .err = E_CERT_PURPOSE },
	{ "PV-10", "no extendedKeyUsage", .leaf.eku = "",
	    .err = E_CERT_PURPOSE },
	{ "SR-12", "extendedKeyUsage for servers", .leaf.eku = "serverAuth",
	    .err = E_CERT_PURPOSE },
	{ "SR-12", "any extendedKeyUsage", .leaf.eku = "anyExtendedKeyUsage",
	    .err = E_CERT_PURPOSE },
	{ "SR-12", "for clients and servers",
	    .leaf.eku = "serverAuth,clientAuth" },
	{ "SR-12", "an issuing CA for servers", .inter.eku = "serverAuth",
	    .err = E_CERT_PURPOSE, .depth = 1 },
	{ "SR-12", "an issuing CA for anything",
	    .inter.eku = "anyExtendedKeyUsage", .err = E_CERT_PURPOSE,
	    .depth = 1 },
	{ "SR-12", "an issuing CA for clients", .inter.eku = "clientAuth" },
	{ "SR-12", "an anchor for servers", .shape = SHAPE_FILE_INTER,
	    .inter.eku = "serverAuth", .err = E_CERT_PURPOSE, .depth = 1 },
	{ "SR-12", "a root for servers", .root.eku = "serverAuth",
	    .err = E_CERT_PURPOSE, .depth = 2 },
	{ "PV-9", "an unknown critical extension", .leaf.oid = "1.2.3.4.5",
	    .err = E_CERT_CRITICAL },
	{ "PV-9", "the same in the issuing CA", .inter.oid = "1.2.3.4.5",
	    .err = E_CERT_CRITICAL, .depth = 1 },
	{ "PV-9", "the same in the root", .root.oid = "1.2.3.4.5",
	    .err = E_CERT_CRITICAL, .depth = 2 },

	/* how strong it is */
	{ "PV-19", "an RSA key of 1024 bits", .leaf.key = KEY_RSA1024,
	    .err = E_CERT_WEAK },
	{ "PV-19", "a CA with such a key", .inter.key = KEY_RSA1024,
	    .err = E_CERT_WEAK, .depth = 1 },
	{ "PV-19", "a DSA key", .shape = SHAPE_NO_TLS, .leaf.key = KEY_DSA,
	    .err = E_CERT_WEAK },
	{ "PV-19", "P-224", .shape = SHAPE_NO_TLS, .leaf.key = KEY_P224,
	    .err = E_CERT_WEAK },
	{ "PV-19", "secp256k1", .shape = SHAPE_NO_TLS,
	    .leaf.key = KEY_SECP256K1, .err = E_CERT_WEAK },
	{ "PV-19", "SHA-1", .leaf.md = "SHA1", .err = E_CERT_WEAK },
	{ "PV-19", "SHA-224", .leaf.md = "SHA224", .err = E_CERT_WEAK },
	{ "PV-19", "SHA-1 over the issuing CA", .inter.md = "SHA1",
	    .err = E_CERT_WEAK, .depth = 1 },
	{ "PV-19", "SHA-1 over the root itself", .root.md = "SHA1" },

	/* what cannot be read */
	{ "ID-18", "two SAN extensions", .leaf.san_raw = SAN_GOOD,
	    .leaf.san_again = SAN_GOOD, .err = E_CERT_MALFORMED },
	{ "ID-18", "octets after the names", .leaf.san_raw = SAN_TRAILING,
	    .err = E_CERT_MALFORMED },
	{ "ID-18", "names that end too early", .leaf.san_raw = SAN_BROKEN,
	    .err = E_CERT_MALFORMED },
	{ "ID-18", "too many names", .shape = SHAPE_MANY_SANS,
	    .err = E_CERT_SANS_MANY },
	{ "ID-23", "an empty subject, the SAN not critical", .leaf.cn = "",
	    .leaf.san = "DNS:web.corp.example", .err = E_CERT_MALFORMED },
	{ "PV-9", "a keyUsage that cannot be read", .leaf.ku = "",
	    .leaf.oid = "2.5.29.15", .err = E_CERT_MALFORMED },
	{ "PV-9", "the same in the issuing CA", .inter.ku = "",
	    .inter.oid = "2.5.29.15", .err = E_CERT_MALFORMED, .depth = 1 },
	{ "PV-9", "a proxy certificate", .leaf.oid = "1.3.6.1.5.5.7.1.14",
	    .err = E_CERT_MALFORMED },

	/* how much of it there is */
	{ "PV-12", "eight CAs in between", .deep = 8 },
	{ "PV-12", "nine CAs in between", .deep = 9, .err = E_CERT_DEPTH,
	    .depth = 9 },
	{ "PV-16", "more certificates than anybody needs", .shape = SHAPE_JUNK,
	    .err = E_CERT_DEPTH },

	/* what the site asks for */
	{ "PV-12", "no CA in between, and none is there", .shape = SHAPE_DIRECT,
	    .asked.max_depth_1 = 1 },
	{ "PV-12", "no CA in between, and one is there", .asked.max_depth_1 = 1,
	    .err = E_CERT_DEPTH, .depth = 1 },
	{ "PV-12", "two CAs in between, as many as may be", .deep = 2,
	    .asked.max_depth_1 = 3 },
	{ "PV-12", "three CAs in between, one too many", .deep = 3,
	    .asked.max_depth_1 = 3, .err = E_CERT_DEPTH, .depth = 3 },
	{ "PV-19", "an RSA key as short as it may be", .leaf.key = KEY_RSA2048,
	    .asked.min_key_bits = 2048 },
	{ "PV-19", "an RSA key that the site finds short",
	    .leaf.key = KEY_RSA2048, .asked.min_key_bits = 3072,
	    .err = E_CERT_WEAK },
	{ "PV-19", "an RSA-PSS key that the site finds short",
	    .leaf.key = KEY_RSA_PSS, .asked.min_key_bits = 2049,
	    .err = E_CERT_WEAK },
	{ "PV-19", "a CA with a key that the site finds short",
	    .inter.key = KEY_RSA2048, .asked.min_key_bits = 3072,
	    .err = E_CERT_WEAK, .depth = 1 },
	{ "PV-19", "a root with such a key", .root.key = KEY_RSA2048,
	    .asked.min_key_bits = 3072, .err = E_CERT_WEAK, .depth = 2 },
	{ "PV-19", "elliptic curves are not measured so",
	    .asked.min_key_bits = 16384 },
	{ "PV-10", "no extendedKeyUsage, and none is asked for", .leaf.eku = "",
	    .asked.lax_eku = true },
	{ "PV-10", "extendedKeyUsage for servers, and none is asked for",
	    .leaf.eku = "serverAuth", .asked.lax_eku = true,
	    .err = E_CERT_PURPOSE },
	{ "PV-10", "any extendedKeyUsage, and none is asked for",
	    .leaf.eku = "anyExtendedKeyUsage", .asked.lax_eku = true,
	    .err = E_CERT_PURPOSE },
	{ "PV-10", "an issuing CA for servers, and none is asked for",
	    .inter.eku = "serverAuth", .asked.lax_eku = true,
	    .err = E_CERT_PURPOSE, .depth = 1 },
	{ "PV-2", "issued for a day, as long as it may be", .leaf.to = CERT_NOW,
	    .asked.max_validity_ms = 86400000 },
	{ "PV-2", "issued for a day and a second", .leaf.to = CERT_NOW + 1,
	    .asked.max_validity_ms = 86400000, .err = E_CERT_VALIDITY },
	{ "PV-2", "issued for ever", .leaf.to_text = "99991231235959Z",
	    .asked.max_validity_ms = 86400000, .err = E_CERT_VALIDITY },
	{ "PV-2", "a CA may be issued for longer", .leaf.to = CERT_NOW,
	    .inter.to_text = "99991231235959Z",
	    .asked.max_validity_ms = 86400000 },

	/* certificate policies */
	{ "PV-11", "the policy that is asked for", .leaf.policies = "1.2.3.4",
	    .inter.policies = "1.2.3.4", .asked.policy = "1.2.3.4" },
	{ "PV-11", "a CA that allows any policy", .leaf.policies = "1.2.3.4",
	    .inter.policies = "2.5.29.32.0", .asked.policy = "1.2.3.4" },
	{ "PV-11", "one of several", .leaf.policies = "1.2.3.5,1.2.3.4",
	    .inter.policies = "1.2.3.4,1.2.3.6", .asked.policy = "1.2.3.4" },
	{ "PV-11", "another policy", .leaf.policies = "1.2.3.5",
	    .inter.policies = "1.2.3.5", .asked.policy = "1.2.3.4",
	    .err = E_CERT_POLICY },
	{ "PV-11", "no policy", .asked.policy = "1.2.3.4",
	    .err = E_CERT_POLICY },
	{ "PV-11", "a policy of the leaf's own making",
	    .leaf.policies = "1.2.3.4", .asked.policy = "1.2.3.4",
	    .err = E_CERT_POLICY },
	{ "PV-11", "a CA that requires a policy, and there is one",
	    .inter.policies = "1.2.3.4", .leaf.policies = "1.2.3.4",
	    .inter.pc = "critical,requireExplicitPolicy:0" },
	{ "PV-11", "a CA that requires a policy, and there is none",
	    .inter.pc = "critical,requireExplicitPolicy:0",
	    .err = E_CERT_POLICY },
	{ "PV-11", "policies that nobody asks for",
	    .leaf.policies = "1.2.3.5" },
	{ "PV-11", "the same policy twice", .leaf.policies = "1.2.3.4,1.2.3.4",
	    .err = E_CERT_POLICY },

	/* revocation */
	{ "PV-3", "nothing is revoked", .shape = SHAPE_CRLS },
	{ "CR-0", "nothing is revoked, a root that issues itself",
	    .shape = SHAPE_CRLS | SHAPE_DIRECT },
	{ "PV-3", "the leaf is revoked",
	    .shape = SHAPE_CRLS | SHAPE_REVOKE_LEAF, .err = E_CERT_REVOKED },
	{ "PV-3", "the issuing CA is revoked",
	    .shape = SHAPE_CRLS | SHAPE_REVOKE_INTER, .err = E_CERT_REVOKED,
	    .depth = 1 },
	{ "PV-3", "the issuing CA is revoked, both CAs in the file",
	    .shape = SHAPE_CRLS | SHAPE_REVOKE_INTER | SHAPE_FILE_BOTH,
	    .err = E_CERT_REVOKED, .depth = 1 },
	{ "CR-0", "an anchor that is no root needs no CRL of its issuer",
	    .shape = SHAPE_CRLS | SHAPE_FILE_INTER },
	{ "CR-0", "a leaf revoked by such an anchor",
	    .shape = SHAPE_CRLS | SHAPE_FILE_INTER | SHAPE_REVOKE_LEAF,
	    .err = E_CERT_REVOKED },
	{ "CR-6", "no CRL of the issuing CA",
	    .shape = SHAPE_CRLS | SHAPE_NO_INTER_CRL | SHAPE_FILE_BOTH,
	    .err = E_CERT_CRL_MISSING },
	{ "CR-6", "no CRL of the root",
	    .shape = SHAPE_CRLS | SHAPE_NO_ROOT_CRL | SHAPE_FILE_BOTH,
	    .err = E_CERT_CRL_MISSING, .depth = 1 },
	{ "CR-5", "a CRL that expired a second ago",
	    .shape = SHAPE_CRLS | SHAPE_FILE_BOTH, .crl.to = CERT_NOW - 1,
	    .err = E_CERT_CRL_EXPIRED },
	{ "CR-5", "a CRL that expires this second",
	    .shape = SHAPE_CRLS | SHAPE_FILE_BOTH, .crl.to = CERT_NOW },
	{ "CR-5", "a CRL that expires this second revokes",
	    .shape = SHAPE_CRLS | SHAPE_FILE_BOTH | SHAPE_REVOKE_LEAF,
	    .crl.to = CERT_NOW, .err = E_CERT_REVOKED },
	{ "CR-5", "a CRL of tomorrow", .shape = SHAPE_CRLS | SHAPE_FILE_BOTH,
	    .crl.from = TOMORROW, .err = E_CERT_CRL_NOT_YET },
	{ "CR-10", "a leaf on hold", .shape = SHAPE_CRLS | SHAPE_REVOKE_LEAF,
	    .crl.reason = "6", .err = E_CERT_REVOKED },
	{ "CR-2", "a CRL for end entities",
	    .shape = SHAPE_CRLS | SHAPE_FILE_BOTH,
	    .crl.idp = "critical,onlyuser:TRUE" },
	{ "CR-2", "a CRL for CAs alone", .shape = SHAPE_CRLS | SHAPE_FILE_BOTH,
	    .crl.idp = "critical,onlyCA:TRUE", .err = E_CERT_CRL_BAD },
	{ "CR-2", "a CRL of another distribution point",
	    .shape = SHAPE_CRLS | SHAPE_FILE_BOTH,
	    .leaf.crldp = "URI:http://crl.corp.example/a",
	    .crl.idp = "critical,fullname:URI:http://crl.corp.example/b",
	    .err = E_CERT_CRL_BAD },
	{ "CR-2", "a CRL of the right distribution point",
	    .shape = SHAPE_CRLS | SHAPE_FILE_BOTH,
	    .leaf.crldp = "URI:http://crl.corp.example/a",
	    .crl.idp = "critical,fullname:URI:http://crl.corp.example/a" },
};

const int cert_case_count = sizeof(cert_cases) / sizeof(cert_cases[0]);

/* The keys of the four are all different. */
static struct cert_spec
as_ca(struct cert_spec s, const char *cn, unsigned variant)
{
	s.is_ca = true;
	if (s.cn == NULL)
		s.cn = cn;
	s.variant = variant;
	return s;
}

static struct cert
make_leaf(const struct cert_case *cc, const struct cert *issuer)
{
	struct cert_spec s = cc->leaf;
	struct buf names;
	char name[32];
	struct cert c;

	buf_init(&names, 65536);
	if ((cc->shape & SHAPE_MANY_SANS) != 0) {
		for (int i = 0; i < 101; i++) {
			snprintf(name, sizeof(name), "n%d.corp.example", i);
			cert_san_put(&names, 2, slice_str(name));
		}
		cert_san_end(&names);
		s.san_raw = buf_slice(&names);
	}
	c = cert_make(&s, issuer);
	buf_clear(&names);
	return c;
}

static void
make_all(struct cert_chain *c, const struct cert_case *cc)
{
	struct cert_spec root = as_ca(cc->root, "root", 1);
	struct cert_spec other = as_ca(cc->root, "root", 3);
	struct cert *up = &c->root;
	unsigned deep = cc->deep == 0 ? 1 : cc->deep;
	char cn[32];

	c->root = cert_make(&root, NULL);
	c->other = cert_make(&other, NULL);
	if ((cc->shape & SHAPE_DIRECT) != 0)
		deep = 0;
	for (unsigned i = 0; i < deep; i++) {
		struct cert_spec s = as_ca(cc->inter, cn, 2);

		snprintf(cn, sizeof(cn), "issuing %u", i);
		c->inter[i] = cert_make(&s, up);
		up = &c->inter[i];
	}
	c->leaf = make_leaf(cc, (cc->shape & SHAPE_SELF) != 0 ? NULL : up);
}

static void
show(struct cert_chain *c, const struct cert *one)
{
	if (!X509_up_ref(one->x) || !sk_X509_push(c->shown, one->x))
		abort();
}

static void
show_all(struct cert_chain *c, const struct cert_case *cc)
{
	bool all = (cc->shape &
		       (SHAPE_UNSHOWN | SHAPE_FILE_BOTH | SHAPE_FILE_INTER)) ==
	    0;

	c->shown = sk_X509_new_null();
	c->shown_leaf = (cc->shape & SHAPE_SHOW_ANCHOR) != 0 ? c->root :
							       c->leaf;
	for (int i = CERT_DEEP_MAX - 1; i >= 0 && all; i--)
		if (c->inter[i].x != NULL)
			show(c, &c->inter[i]);
	if ((cc->shape & SHAPE_SHOW_ROOT) != 0)
		show(c, &c->root);
	for (int i = 0; i < 20 && (cc->shape & SHAPE_JUNK) != 0; i++)
		show(c, &c->other);
}

static void
write_crls(struct cert_chain *c, const struct cert_case *cc)
{
	bool direct = (cc->shape & SHAPE_DIRECT) != 0;
	struct crl_spec of_root = { 0 }, of_inter = cc->crl;
	X509_CRL *crl;

	if ((cc->shape & SHAPE_REVOKE_LEAF) != 0)
		of_inter.revoked = &c->leaf;
	if ((cc->shape & SHAPE_REVOKE_INTER) != 0)
		of_root.revoked = &c->inter[0];
	if ((cc->shape & (SHAPE_NO_ROOT_CRL | SHAPE_FILE_INTER)) == 0) {
		crl = crl_make(direct ? &of_inter : &of_root, &c->root);
		crl_pem(&c->crl_pem, crl);
		X509_CRL_free(crl);
	}
	if (!direct && (cc->shape & SHAPE_NO_INTER_CRL) == 0) {
		crl = crl_make(&of_inter, &c->inter[0]);
		crl_pem(&c->crl_pem, crl);
		X509_CRL_free(crl);
	}
}

void
cert_file(struct bundle_file *f, struct conf_file *cf, const char *path,
    struct slice bytes)
{
	*f = (struct bundle_file) { .path = path, .bytes = bytes };
	*cf = (struct conf_file) {
		.at = { .file = "t.yaml", .line = 1, .column = 1 },
		.file = f
	};
}

static void
ask(struct cert_chain *c, const struct cert_asked *asked)
{
	struct conf_clients *conf = &c->clients;

	if (asked->max_depth_1 > 0)
		conf->max_depth = asked->max_depth_1 - 1;
	if (asked->min_key_bits > 0)
		conf->min_key_bits = asked->min_key_bits;
	conf->require_eku = !asked->lax_eku;
	conf->max_validity_ms = asked->max_validity_ms;
	if (asked->policy != NULL) {
		c->policy = slice_str(asked->policy);
		conf->policies = &c->policy;
		conf->policy_count = 1;
	}
}

void
cert_chain_init(struct cert_chain *c, const struct cert_case *cc)
{
	bool has_crls = (cc->shape & SHAPE_CRLS) != 0;

	*c = (struct cert_chain) { 0 };
	buf_init(&c->ca_pem, 1 << 20);
	buf_init(&c->crl_pem, 1 << 20);
	make_all(c, cc);
	show_all(c, cc);
	if ((cc->shape & SHAPE_FILE_OTHER) != 0)
		cert_pem(&c->ca_pem, &c->other);
	else if ((cc->shape & SHAPE_FILE_INTER) == 0)
		cert_pem(&c->ca_pem, &c->root);
	/* whose CRL is given must be in the file too */
	if ((cc->shape & (SHAPE_FILE_BOTH | SHAPE_FILE_INTER)) != 0 ||
	    (has_crls && c->inter[0].x != NULL))
		cert_pem(&c->ca_pem, &c->inter[0]);
	if (has_crls)
		write_crls(c, cc);
	cert_file(&c->ca_file, &c->ca, "/t/ca.pem", buf_slice(&c->ca_pem));
	cert_file(&c->crl_file, &c->crl, "/t/crl.pem", buf_slice(&c->crl_pem));
	c->clients = (struct conf_clients) { CERT_CLIENTS,
		.ca = { .at = &c->ca, .count = 1 },
		.crl = { .at = &c->crl, .count = has_crls ? 1 : 0 } };
	ask(c, &cc->asked);
}

void
cert_chain_clear(struct cert_chain *c)
{
	sk_X509_pop_free(c->shown, X509_free);
	cert_clear(&c->root);
	cert_clear(&c->other);
	cert_clear(&c->leaf);
	for (int i = 0; i < CERT_DEEP_MAX; i++)
		cert_clear(&c->inter[i]);
	buf_clear(&c->ca_pem);
	buf_clear(&c->crl_pem);
}
