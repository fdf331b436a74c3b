/*
 * rule_check -- identity rules against each other: what refers to nothing,
 * what can never match, what is pointless.
 */
#ifndef CONF_RULE_CHECK_H
#define CONF_RULE_CHECK_H

#include "base/diag.h"
#include "conf/conf.h"

/* Resolves the groups that rules name.  Mistakes: a group that is not there or
 * that names groups, a rule that can match nobody.  Warnings: what another
 * rule makes pointless, common names, groups that nobody uses. */
void rule_check(struct conf *, struct diag *);

#endif
