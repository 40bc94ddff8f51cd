/* skboutput(): packets that the kernel copies into a perf buffer for each CPU, written to pcap files. */
#ifndef TSBT_PACKETS_H
#define TSBT_PACKETS_H

#include <stdbool.h>

struct loader;
struct packets;

/* Creates the files and maps the buffers; NULL after an error was reported. */
struct packets *packets_open(struct loader *loader);
/* Becomes readable when there are packets. */
int packets_fd(const struct packets *packets);
/* Writes all packets that wait; who reads the files sees them from then on. */
void packets_consume(struct packets *packets);
void packets_close(struct packets *packets);

#endif
