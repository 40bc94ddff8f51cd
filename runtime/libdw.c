#include "libdw.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>

void *libdw_open(void)
{
	static bool tried;
	static void *library;

	if (tried)
		return library;
	tried = true;
	library = dlopen("libdw.so.1", RTLD_NOW);
	/* Its search for debug files would ask servers, for seconds each. */
	unsetenv("DEBUGINFOD_URLS");
	return library;
}
