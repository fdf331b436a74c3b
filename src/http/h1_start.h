/*
 * h1_start -- the start line of an HTTP/1.1 message.  For h1_parse alone.
 *
 * *rest is a part of the msg's arena that begins with the start line and ends
 * with CR LF; it begins behind the line afterwards.  On an error the msg may
 * hold what was understood.
 */
#ifndef HTTP_H1_START_H
#define HTTP_H1_START_H

#include "base/slice.h"
#include "http/msg.h"

/*
 * RFC 9112, 3: method, SP, target, SP, version, and not one octet more.
 * E_HTTP_LINE, E_HTTP_METHOD, E_HTTP_TARGET, E_HTTP_VERSION, or E_HTTP_HOST
 * for the authority of a target in absolute-form.
 */
int h1_start_request(struct msg *, struct slice *rest);
/*
 * RFC 9112, 4: version, SP, three digits, and perhaps SP and a reason.
 * E_HTTP_LINE, E_HTTP_VERSION, E_HTTP_STATUS.
 */
int h1_start_response(struct msg *, struct slice *rest);

#endif
