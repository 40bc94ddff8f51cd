/*
 * interrupts FOLDER: writes a file there past the page cache's patience (fsync), again and again until the kernel has
 * counted ten more interrupts of devices, and deletes it. What disk a folder is on, and whether its driver polls, only
 * the machine knows: so the count of /proc/interrupts ends it, or ten seconds, which is a failure.
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The sum over devices: lines whose name is a number; those of the CPUs themselves have letters. */
static unsigned long counted(void)
{
	FILE *file = fopen("/proc/interrupts", "r");
	char line[4096];
	unsigned long sum = 0;

	if (!file) {
		perror("/proc/interrupts");
		exit(1);
	}
	while (fgets(line, sizeof(line), file)) {
		char *at, *end;

		strtoul(line, &end, 10);
		if (end == line || *end != ':')
			continue;
		for (at = end + 1;; at = end) {
			unsigned long n = strtoul(at, &end, 10);

			if (end == at || !isspace((unsigned char)*end))
				break;
			sum += n;
		}
	}
	fclose(file);
	return sum;
}

static void write_out(void)
{
	static char bytes[1 << 16];
	int fd = open("tsbt-interrupts", O_CREAT | O_WRONLY | O_TRUNC, 0600);

	if (fd < 0 || write(fd, bytes, sizeof(bytes)) < 0 || fsync(fd)) {
		perror("tsbt-interrupts");
		exit(1);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	unsigned long before = counted();

	if (argc < 2 || chdir(argv[1]))
		return 2;
	for (int i = 0; i < 1000 && counted() < before + 10; i++) {
		write_out();
		usleep(10000);
	}
	unlink("tsbt-interrupts");
	return counted() < before + 10;
}
