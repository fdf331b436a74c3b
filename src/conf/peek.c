#include "conf/peek.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/mem.h"
#include "conf/bundle.h"
#include "conf/yaml.h"

char *
peek_control_socket(const char *path)
{
	struct bundle *b = bundle_from_disk(path);
	const struct bundle_file *f = bundle_root(b);
	const struct yaml_node *n = NULL;
	struct arena a;
	struct diag d;
	char *found = NULL;

	arena_init(&a, 4096);
	diag_init(&d);
	if (f->sys_errno == 0)
		n = yaml_load(&a, path, f->bytes, &d);
	if (n != NULL)
		n = yaml_get(n, "control");
	if (n != NULL)
		n = yaml_get(n, "socket");
	if (n != NULL && n->kind == YAML_TEXT)
		found = mem_strdup(n->text.p);
	diag_clear(&d);
	arena_clear(&a);
	bundle_free(b);
	return found;
}
