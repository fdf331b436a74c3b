#include "cert/advice.h"

#include <stddef.h>

#include "base/err.h"

static const struct {
	int err;
	const char *text;
} advice[] = {
	{ E_CERT_NONE,
	    "have the client show its certificate (curl --cert), and one of "
	    "a CA in clients.ca" },
	{ E_CERT_UNKNOWN_CA,
	    "add the issuing CA to clients.ca, or have the client send the "
	    "intermediate certificates behind its own" },
	{ E_CERT_EXPIRED,
	    "renew the certificate at this depth; above 0 it is a CA's" },
	{ E_CERT_NOT_YET,
	    "wait until it is valid, or set the clock that is wrong" },
	{ E_CERT_REVOKED,
	    "ask the CA for a new certificate, if the client is to come in" },
	{ E_CERT_CRL_MISSING,
	    "add a CRL of this issuer to clients.crl, or its CA to clients.ca, "
	    "or set revocation.missing to allow" },
	{ E_CERT_CRL_EXPIRED,
	    "have the CA issue a new CRL, and put it in the place of the old; "
	    "revocation.expired can bridge a gap" },
	{ E_CERT_CRL_NOT_YET,
	    "compare the clocks of this machine and of the CA" },
	{ E_CERT_CRL_BAD,
	    "add a CRL of this issuer that covers such certificates: by its "
	    "issuing distribution point it is for others" },
	{ E_CERT_PURPOSE,
	    "ask the CA for a certificate with extendedKeyUsage clientAuth "
	    "and keyUsage digitalSignature, or set clients.require_eku to "
	    "false if it has no extendedKeyUsage" },
	{ E_CERT_IS_CA,
	    "have the CA issue a certificate of its own to the client; a CA's "
	    "is no client's" },
	{ E_CERT_NOT_CA,
	    "have the certificate issued by a CA with basicConstraints CA:TRUE "
	    "and keyUsage keyCertSign" },
	{ E_CERT_DEPTH,
	    "have the client send only what leads to the CA; fewer CAs in a "
	    "row, or a higher clients.max_depth" },
	{ E_CERT_PATHLEN,
	    "have the certificate issued further up; a CA in the chain allows "
	    "no more below it" },
	{ E_CERT_NAME_CONSTRAINT,
	    "ask for a certificate with names that the CA may vouch for, or "
	    "from another CA" },
	{ E_CERT_SIGNATURE,
	    "compare the file with what the CA issued; it is damaged or "
	    "forged" },
	{ E_CERT_WEAK,
	    "ask for a certificate with RSA of clients.min_key_bits, P-256 or "
	    "Ed25519, signed with SHA-256 or better" },
	{ E_CERT_MALFORMED,
	    "have it issued anew after RFC 5280; openssl x509 -text shows "
	    "what is in it" },
	{ E_CERT_CRITICAL,
	    "ask for a certificate without that extension, or with it not "
	    "critical" },
	{ E_CERT_POLICY,
	    "ask the CA for a certificate with a policy of clients.policies, "
	    "or the one that its chain requires" },
	{ E_CERT_VALIDITY,
	    "ask the CA for a certificate of a shorter life, or raise "
	    "clients.max_validity" },
	{ E_CERT_SANS_MANY,
	    "ask for several certificates with fewer names each" },
	{ E_CERT_OTHER, "see what OpenSSL says of it" },
	{ E_TLS_NO_SITE,
	    "connect by a name that a site has, or add the name, or a site "
	    "called \"*\"" },
	{ E_NO_RULE,
	    "add a rule for one of the names above to the route's allow, or "
	    "ask for a certificate with a name that is there" },
	{ E_DENIED,
	    "take the rule out of the route's deny, if the client is to come "
	    "in" },
	{ E_WILDCARD,
	    "ask for a certificate with the name itself, or set the site's "
	    "wildcards to match" },
	{ E_NOT_FOUND, "add a route for this path, or ask for another" },
	{ E_METHOD_REFUSED,
	    "add the method to the route's methods, or ask with another" },
	{ E_MISDIRECTED,
	    "have the client connect anew by the name that it asks for" },
	{ E_HTTP_PATH,
	    "have the client send the path in its plain form, or set the "
	    "site's paths to lenient" },
	{ E_HTTP_HOST, "give a host such as api.corp.example" },
};

const char *
advice_for(int err)
{
	for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]); i++)
		if (advice[i].err == err)
			return advice[i].text;
	return NULL;
}
