#include "conf/peek.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/mem.h"
#include "conf/bundle.h"
#include "conf/yaml.h"

/* The text of keys[0] or, if there are two, of keys[1] below it. */
static char *
peek(const char *path, const char *const keys[2])
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
	for (size_t i = 0; i < 2 && n != NULL && keys[i] != NULL; i++)
		n = yaml_get(n, keys[i]);
	if (n != NULL && n->kind == YAML_TEXT)
		found = mem_strdup(n->text.p);
	diag_clear(&d);
	arena_clear(&a);
	bundle_free(b);
	return found;
}

char *
peek_control_socket(const char *path)
{
	return peek(path, (const char *const[]) { "control", "socket" });
}

char *
peek_user(const char *path)
{
	return peek(path, (const char *const[]) { "user", NULL });
}
