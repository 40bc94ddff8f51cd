/*
 * Running iterators. One read of an iterator runs its program over all objects, as nothing is written into what is
 * read: what the program prints are events like any other. So a thread reads, while the events are taken away.
 */
#include "iterate.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "codes.h"
#include "loader.h"
#include "loop.h"
#include "report.h"

struct iteration {
	int fd, error;
	atomic_bool done;
};

static void *read_through(void *argument)
{
	struct iteration *iteration = argument;
	char block[4096];
	ssize_t got;

	/* After a million objects the kernel wants to be asked again (MAX_ITER_OBJECTS, kernel/bpf/bpf_iter.c). */
	do
		got = read(iteration->fd, block, sizeof(block));
	while (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)));
	iteration->error = got < 0 ? errno : 0;
	atomic_store(&iteration->done, true);
	return NULL;
}

static bool iterate_one(struct loop *loop, int fd)
{
	const struct timespec pause = { 0, 200000 };
	struct iteration iteration = { .fd = fd };
	pthread_t thread;
	int error = pthread_create(&thread, NULL, read_through, &iteration);

	if (error) {
		report_error(CODE_RUN, "cannot start a thread: %s", strerror(error));
		return false;
	}
	while (!atomic_load(&iteration.done)) {
		loop_drain(loop);
		nanosleep(&pause, NULL);
	}
	pthread_join(thread, NULL);
	loop_drain(loop);
	if (iteration.error)
		report_error(CODE_RUN, "an iterator ended early: %s", strerror(iteration.error));
	return !iteration.error;
}

bool iterate_all(struct loop *loop)
{
	struct loader *loader = loop->loader;
	bool good = true;

	loader->iterating = true;
	for (size_t i = 0; good && i < loader->attached_count; i++)
		if (loader->attached[i].is_iterator)
			good = iterate_one(loop, loader->attached[i].fd);
	loader->iterating = false;
	return good;
}
