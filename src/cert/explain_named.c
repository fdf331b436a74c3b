#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cert/anchor.h"
#include "cert/crls.h"
#include "cert/explain.h"
#include "cert/x509.h"

/* Whether the name, as a log has it, is this one. */
static bool
is_named(const X509_NAME *name, struct slice text)
{
	struct arena a;
	bool is;

	arena_init(&a, X509_TEXT_MAX);
	is = slice_eq(slice_str(x509_name(name, &a).p), text);
	arena_clear(&a);
	return is;
}

static void
add_issuer(struct report *r, STACK_OF(X509) *cas, struct slice issuer)
{
	for (int i = 0; i < sk_X509_num(cas); i++) {
		if (!is_named(X509_get_subject_name(sk_X509_value(cas, i)),
			issuer))
			continue;
		report_add(r, REPORT_PASS, "trusted",
		    "a CA with the name of the issuer is in clients.ca");
		return;
	}
	report_add(r, REPORT_MISS, "trusted",
	    "no CA with the name of the issuer is in clients.ca");
}

/* Whether the CRL lists the serial number, which is in hexadecimal. */
static bool
lists(const struct crl *crl, struct slice serial)
{
	char *text = mem_strndup(serial.p, serial.n);
	bool is = false;
	BIGNUM *n = NULL;
	ASN1_INTEGER *number = NULL;

	/* all of it is digits, or it is cut */
	if (BN_hex2bn(&n, text) == (int)serial.n &&
	    (number = BN_to_ASN1_INTEGER(n, NULL)) != NULL)
		is = crl_find(crl, number) == CRL_REVOKED;
	ASN1_INTEGER_free(number);
	BN_free(n);
	free(text);
	return is;
}

static void
add_listed(struct report *r, const struct crls *crls,
    const struct explain_named *who)
{
	for (size_t i = 0; i < crls_count(crls); i++) {
		const struct crls_item *it = crls_at(crls, i);

		if (!is_named(X509_get_subject_name(it->ca), who->issuer))
			continue;
		if (lists(&it->crl, who->serial))
			report_add(r, REPORT_MISS, "crl",
			    "that of the issuer lists the serial number %.*s",
			    SLICE_ARG(who->serial));
		else
			report_add(r, REPORT_PASS, "crl",
			    "that of the issuer does not list the serial number");
	}
}

void
explain_named(const struct conf_clients *conf, const struct explain_named *who,
    int64_t now, struct report *r)
{
	struct anchors *anchors;
	struct crls *crls = NULL;
	struct diag d;

	diag_init(&d);
	ERR_set_mark();
	anchors = anchors_read(conf, now, &d);
	if (anchors != NULL) {
		add_issuer(r, anchors->cas, who->issuer);
		crls = crls_read(conf, anchors, now, &d);
	}
	if (crls != NULL)
		add_listed(r, crls, who);
	ERR_pop_to_mark();
	crls_free(crls);
	anchors_free(anchors);
	diag_clear(&d);
}
