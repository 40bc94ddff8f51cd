#include "lookup.h"

#include <fnmatch.h>
#include <ftw.h>
#include <inttypes.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lookup_user(uint64_t uid, struct text *out)
{
	FILE *file = fopen("/etc/passwd", "re");
	char *line = NULL;
	size_t room = 0;

	while (file && getline(&line, &room, file) > 0) {
		char *rest = line, *name = strsep(&rest, ":"), *number;

		strsep(&rest, ":");
		number = strsep(&rest, ":");
		if (number && *number && strtoull(number, NULL, 10) == uid) {
			text_string(out, name);
			break;
		}
	}
	free(line);
	if (file)
		fclose(file);
}

static struct {
	uint64_t id;
	size_t root_length;
	char *found;
} cgroup_walk;

static int visit_cgroup(const char *path, const struct stat *status, int type, struct FTW *position)
{
	(void)position;
	if (type != FTW_D || status->st_ino != cgroup_walk.id)
		return 0;
	cgroup_walk.found = copy_string(path[cgroup_walk.root_length] ? path + cgroup_walk.root_length : "/");
	return 1;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A cgroup's id is the inode number of its directory. cgroup2 is "unified" and comes first, as bpftrace has it. */
void lookup_cgroup(uint64_t id, const char *controller, struct text *out)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	char *entries[64] = { 0 };
	size_t unified = 0, count = 0, at = out->length;
	struct mntent *mount;

	while (mounts && count < 64 && (mount = getmntent(mounts))) {
		bool v2 = !strcmp(mount->mnt_type, "cgroup2");
		const char *base = strrchr(mount->mnt_dir, '/');
		const char *name = v2 ? "unified" : base ? base + 1 : mount->mnt_dir;
		struct text entry = { 0 };

		if ((!v2 && strcmp(mount->mnt_type, "cgroup")) || (*controller && fnmatch(controller, name, 0)))
			continue;
		cgroup_walk.id = id;
		cgroup_walk.root_length = strlen(mount->mnt_dir);
		cgroup_walk.found = NULL;
		nftw(mount->mnt_dir, visit_cgroup, 16, FTW_PHYS | FTW_MOUNT);
		if (!cgroup_walk.found)
			continue;
		text_format(&entry, "%s:%s", name, cgroup_walk.found);
		free(cgroup_walk.found);
		if (v2) {
			memmove(entries + unified + 1, entries + unified, (count - unified) * sizeof(*entries));
			entries[unified++] = copy_string(text_cstring(&entry));
		} else {
			entries[count] = copy_string(text_cstring(&entry));
		}
		count++;
		text_free(&entry);
	}
	if (mounts)
		endmntent(mounts);
	qsort(entries + unified, count - unified, sizeof(*entries), by_name);
	for (size_t i = 0; i < count; i++) {
		if (out->length > at)
			text_char(out, ',');
		text_string(out, entries[i]);
		free(entries[i]);
	}
}
