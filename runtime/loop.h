/* The one loop of a run: events of the ring buffer, timers, signals, the traced command or process. */
#ifndef TSBT_LOOP_H
#define TSBT_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loader;
struct packets;
struct ring_buffer;

struct loop {
	struct loader *loader;
	struct ring_buffer *ring;
	struct packets *packets; /* NULL without skboutput() */
	uint64_t ring_size; /* bytes */
	int epoll_fd;       /* the buffers of events, and others_fd */
	int others_fd;      /* an epoll of all that is not to wait while events gather */
	int signal_fd, process_fd;
	bool ended;
};

/* Descriptors of the loop itself, and from here on signals wait for it. */
bool loop_open(struct loop *loop);
/* Adds everything that is attached by now. */
bool loop_watch(struct loop *loop);
/* Until exit(), a signal, or the end of what is traced; with `once`, until nothing is left to print. */
void loop_run(struct loop *loop, bool once);
/* What is in the ring buffer now; not longer than a second, the rest counts as lost. */
void loop_drain(struct loop *loop);
/* The end has begun: who asks for it once more, a second later, is not kept waiting for what is still to be printed. */
void loop_hear_again(void);
void loop_close(struct loop *loop);

#endif
