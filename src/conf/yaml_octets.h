/*
 * yaml_octets -- what is wrong with a YAML file before it is parsed.
 */
#ifndef CONF_YAML_OCTETS_H
#define CONF_YAML_OCTETS_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/slice.h"

/*
 * Whether it is UTF-8 without control characters, and without directives
 * (%YAML, %TAG): nobody needs them, and libyaml compares each with all that
 * came before.  Tells of the first that is not so.
 */
bool yaml_octets_check(const char *file, struct slice bytes, struct diag *);

#endif
