/*
 * Works like a database server for two minutes, as far as its function dispatch_command tells: each 100 ms a connection
 * asks for a ping (command 14), a query that takes 20 ms and one that takes none (command 3), in MySQL's way or, with the
 * word mariadb, in MariaDB's. Names and parameters are those of MySQL 8.0 (sql/sql_parse.h, include/mysql/com_data.h) and
 * of MariaDB 10.11 (sql/sql_parse.h).
 */
#include <string.h>
#include <time.h>

static void pass(long ms) { nanosleep(&(struct timespec){0, ms * 1000000}, NULL); }

struct com_data {
	const char *query;
	unsigned int length;
};

int mysql_dispatch(void *thd, const struct com_data *data, int command)
	__asm__("_Z16dispatch_commandP3THDPK8COM_DATA19enum_server_command");
int mysql_dispatch(void *thd, const struct com_data *data, int command)
{
	(void)thd;
	if (command == 3 && strstr(data->query, "SLEEP"))
		pass(20);
	return 0;
}

int mariadb_dispatch(int command, void *thd, char *packet, unsigned int length, _Bool blocking)
	__asm__("_Z16dispatch_command19enum_server_commandP3THDPcjb");
int mariadb_dispatch(int command, void *thd, char *packet, unsigned int length, _Bool blocking)
{
	(void)thd, (void)length, (void)blocking;
	if (command == 3 && strstr(packet, "SLEEP"))
		pass(20);
	return 0;
}

int main(int argc, char **argv)
{
	int maria = argc > 1 && !strcmp(argv[1], "mariadb");
	char slow[] = "SELECT SLEEP(0.02)", quick[] = "SELECT 1";

	for (int i = 0; i < 1000; i++) {
		if (maria) {
			mariadb_dispatch(14, NULL, "", 0, 1);
			mariadb_dispatch(3, NULL, slow, sizeof(slow) - 1, 1);
			mariadb_dispatch(3, NULL, quick, sizeof(quick) - 1, 1);
		} else {
			mysql_dispatch(NULL, &(struct com_data){ 0 }, 14);
			mysql_dispatch(NULL, &(struct com_data){ slow, sizeof(slow) - 1 }, 3);
			mysql_dispatch(NULL, &(struct com_data){ quick, sizeof(quick) - 1 }, 3);
		}
		pass(80);
	}
	return 0;
}
