#include "daemon/privs.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "conf/peek.h"

#define CAP_WORDS _LINUX_CAPABILITY_U32S_3
#define BIND      (UINT32_C(1) << CAP_NET_BIND_SERVICE)

/* Exactly these of the first 32, which is where ours is.  0 or -1. */
static int
set_caps(uint32_t caps)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[CAP_WORDS] = {
		{ .effective = caps, .permitted = caps, .inheritable = caps },
	};

	return (int)syscall(SYS_capset, &head, data);
}

/* What is inheritable alone is worth nothing to who can start no program. */
static bool
has_no_caps(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[CAP_WORDS] = { 0 };

	if (syscall(SYS_capget, &head, data) != 0)
		return false;
	for (size_t i = 0; i < CAP_WORDS; i++)
		if ((data[i].permitted | data[i].effective) != 0)
			return false;
	return true;
}

/* What a program that we start could have at most, even one that is setuid. */
static void
bound_caps(uint64_t keep)
{
	/* EINVAL after the last that this kernel knows; EPERM: we may not */
	for (unsigned long cap = 0; cap < 64; cap++)
		if ((keep >> cap & 1) == 0 &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
			break;
}

static int
become(const struct passwd *pw)
{
	bound_caps(BIND);
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 ||
	    initgroups(pw->pw_name, pw->pw_gid) != 0 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) != 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0 ||
	    set_caps(BIND) != 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0,
		0) != 0)
		return E_SYS;
	/* that it is for good is not taken on trust */
	if (pw->pw_uid != 0 && setresuid(0, 0, 0) == 0) {
		errno = EPERM;
		return E_SYS;
	}
	return 0;
}

static int
say_no(const char *user)
{
	if (user == NULL)
		log_msg(LOG_ERR, "user",
		    "started as root, and there is no user " PRIVS_USER
		    ": add it, or name one with user:, be it root");
	else
		log_msg(LOG_ERR, "user",
		    "there is no user of the name in user:");
	return E_INVALID;
}

static int
drop_to(const char *user)
{
	const struct passwd *pw;
	int e;

	pw = getpwnam(user != NULL ? user : PRIVS_USER);
	if (pw == NULL)
		return say_no(user);
	if (pw->pw_uid == 0)
		return 0;
	e = become(pw);
	if (e == 0)
		log_msg(LOG_NOTICE, "user", "runs as %s from here on",
		    pw->pw_name);
	else
		log_msg(LOG_ERR, "user", "cannot become %s: %m", pw->pw_name);
	return e;
}

int
privs_drop(const char *conf_path)
{
	char *user;
	int e;

	if (geteuid() != 0)
		return 0;
	user = peek_user(conf_path);
	e = drop_to(user);
	free(user);
	return e;
}

void
privs_shed_ambient(void)
{
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

int
privs_shed_all(void)
{
	privs_shed_ambient();
	bound_caps(0);
	/* systemd's filter forbids it where there is nothing left to shed */
	return set_caps(0) == 0 || has_no_caps() ? 0 : E_SYS;
}
