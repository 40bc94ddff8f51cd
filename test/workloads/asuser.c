/* asuser UID COMMAND...: runs a command as a user, for filters by user: setpriv of busybox cannot. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	uid_t uid = (uid_t)strtoul(argv[1], NULL, 10);

	if (setresuid(uid, uid, uid) == 0)
		execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 1;
}
