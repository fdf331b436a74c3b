/*
 * reason -- between OpenSSL's X509_V_ERR_* and ours.
 */
#ifndef CERT_REASON_H
#define CERT_REASON_H

/* The E_CERT_* for what OpenSSL found; 0 for X509_V_OK. */
int reason_of(int x509_err);
/* The X509_V_ERR_* that makes OpenSSL send the alert which fits an E_CERT_*
 * (RFC 8446, 6.2). */
int reason_alert(int err);

#endif
