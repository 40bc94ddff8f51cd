/*
 * Network calls with a known behaviour, over loopback: sockets MODE. One process plays both ends, so that everything
 * is in order. Ports: 47011 (TCP), 47013 and 47014 (UDP); nobody listens on 47099.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHECK(call) \
	do { \
		if ((call) < 0) { \
			perror(#call); \
			exit(1); \
		} \
	} while (0)

static struct sockaddr_in loopback(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

/* `port` on loopback, in `address`; returns its size. */
static socklen_t loopback_of(int family, int port, struct sockaddr_storage *address)
{
	if (family == AF_INET) {
		*(struct sockaddr_in *)address = loopback(port);
		return sizeof(struct sockaddr_in);
	}
	*(struct sockaddr_in6 *)address = (struct sockaddr_in6){
		.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT
	};
	return sizeof(struct sockaddr_in6);
}

/* A connection both of whose ends are ours; `pair[1]` was accepted. */
static void tcp_pair(int family, int pair[2])
{
	struct sockaddr_storage address;
	socklen_t size = loopback_of(family, 47011, &address);
	int listener = socket(family, SOCK_STREAM, 0), one = 1;

	CHECK(listener);
	CHECK(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	CHECK(bind(listener, (struct sockaddr *)&address, size));
	CHECK(listen(listener, 7));
	CHECK(pair[0] = socket(family, SOCK_STREAM, 0));
	CHECK(connect(pair[0], (struct sockaddr *)&address, size));
	CHECK(pair[1] = accept(listener, NULL, NULL));
	close(listener);
}

/* 5000 bytes there in one write, 3000 back in three; the client closes first. */
static void tcp(int family)
{
	char bytes[5000] = { 0 };
	int pair[2], got = 0;

	tcp_pair(family, pair);
	CHECK(send(pair[0], bytes, 5000, 0));
	while (got < 5000)
		got += recv(pair[1], bytes, sizeof(bytes), 0);
	for (int i = 0; i < 3; i++)
		CHECK(send(pair[1], bytes, 1000, 0));
	for (got = 0; got < 3000;)
		got += recv(pair[0], bytes, sizeof(bytes), 0);
	close(pair[0]);
	usleep(1000);
	close(pair[1]);
	usleep(1000);
}

static void refused(int family)
{
	struct sockaddr_storage address;
	socklen_t size = loopback_of(family, 47099, &address);
	int fd = socket(family, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&address, size) == 0 || errno != ECONNREFUSED)
		exit(1);
	close(fd);
}

/* Connects without waiting, then polls until it is done. */
static void nonblocking(void)
{
	struct sockaddr_in address = loopback(47011);
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd poller = { .fd = fd, .events = POLLOUT };

	CHECK(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	CHECK(bind(listener, (struct sockaddr *)&address, sizeof(address)));
	CHECK(listen(listener, 7));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 && errno != EINPROGRESS)
		exit(1);
	CHECK(poll(&poller, 1, 1000));
	close(fd);
	close(listener);
}

/* Two datagrams of 100 bytes there, one of 300 back. */
static void udp(int tos)
{
	struct sockaddr_in here = loopback(47013), there = loopback(47014);
	int client = socket(AF_INET, SOCK_DGRAM, 0), server = socket(AF_INET, SOCK_DGRAM, 0);
	char bytes[300] = { 0 };

	CHECK(setsockopt(client, IPPROTO_IP, IP_TOS, &tos, sizeof(tos)));
	CHECK(bind(client, (struct sockaddr *)&here, sizeof(here)));
	CHECK(bind(server, (struct sockaddr *)&there, sizeof(there)));
	CHECK(connect(client, (struct sockaddr *)&there, sizeof(there)));
	CHECK(connect(server, (struct sockaddr *)&here, sizeof(here)));
	for (int i = 0; i < 2; i++) {
		CHECK(send(client, bytes, 100, 0));
		CHECK(recv(server, bytes, sizeof(bytes), 0));
	}
	CHECK(send(server, bytes, 300, 0));
	CHECK(recv(client, bytes, sizeof(bytes), 0));
	close(client);
	close(server);
}

/* Ten datagrams to a port that nobody has: the kernel drops them. */
static void dropped(void)
{
	struct sockaddr_in there = loopback(47099);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	for (int i = 0; i < 10; i++)
		CHECK(sendto(fd, "x", 1, 0, (struct sockaddr *)&there, sizeof(there)));
	close(fd);
}

static void lookup(void)
{
	struct addrinfo *found;

	if (getaddrinfo("localhost", NULL, NULL, &found))
		exit(1);
	freeaddrinfo(found);
}

/* Three echo requests with id 4242 and sequence numbers 1 to 3, each answered by this kernel. */
static void ping(void)
{
	struct sockaddr_in there = loopback(0);
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	char answer[256];

	CHECK(fd);
	for (int i = 1; i <= 3; i++) {
		struct icmphdr echo = { .type = ICMP_ECHO };

		echo.un.echo.id = htons(4242);
		echo.un.echo.sequence = htons(i);
		/* The Internet checksum of a header that is zero but for these three fields. */
		echo.checksum = ~htons((ICMP_ECHO << 8) + 4242 + i);
		CHECK(sendto(fd, &echo, sizeof(echo), 0, (struct sockaddr *)&there, sizeof(there)));
		/* A raw socket sees the request too. */
		CHECK(recv(fd, answer, sizeof(answer), 0));
		CHECK(recv(fd, answer, sizeof(answer), 0));
	}
	close(fd);
}

/*
 * A listener whose queue is full drops the next SYN: its sender sends it again after a second. A queue of length 0 holds
 * one connection.
 */
static void overflow(int family)
{
	struct sockaddr_storage address;
	socklen_t size = loopback_of(family, 47011, &address);
	int listener = socket(family, SOCK_STREAM, 0), one = 1;

	CHECK(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	CHECK(bind(listener, (struct sockaddr *)&address, size));
	CHECK(listen(listener, 0));
	for (int i = 0; i < 3; i++) {
		int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);

		if (connect(fd, (struct sockaddr *)&address, size) < 0 && errno != EINPROGRESS)
			exit(1);
	}
	usleep(1500000);
}

/*
 * Datagrams to 10.99.0.2 from two processors at once for a second: while one of them sends, a packet of the other has to
 * queue, in disciplines too that an idle device's packets bypass.
 */
static void flood(void)
{
	struct sockaddr_in there = loopback(9);
	char bytes[1000] = { 0 };
	time_t end = time(NULL) + 2;
	pid_t child = fork();
	cpu_set_t cpus;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	CHECK(child);
	CPU_ZERO(&cpus);
	CPU_SET(child == 0, &cpus);
	CHECK(sched_setaffinity(0, sizeof(cpus), &cpus));
	CHECK(inet_aton("10.99.0.2", &there.sin_addr));
	while (time(NULL) < end)
		sendto(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&there, sizeof(there));
	if (child == 0)
		_exit(0);
	wait(NULL);
}

/* Three messages through a pair of Unix sockets, each received by another call. */
static void local(void)
{
	char bytes[64];
	struct iovec where = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	struct msghdr message = { .msg_iov = &where, .msg_iovlen = 1 };
	int pair[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	CHECK(write(pair[0], "by read\n", 8));
	CHECK(read(pair[1], bytes, sizeof(bytes)));
	CHECK(write(pair[0], "by recvfrom\n", 12));
	CHECK(recv(pair[1], bytes, sizeof(bytes), 0));
	CHECK(write(pair[0], "by recvmsg\n", 11));
	CHECK(recvmsg(pair[1], &message, 0));
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	if (!strcmp(mode, "tcp"))
		tcp(AF_INET);
	else if (!strcmp(mode, "tcp6"))
		tcp(AF_INET6);
	else if (!strcmp(mode, "refused"))
		refused(AF_INET);
	else if (!strcmp(mode, "refused6"))
		refused(AF_INET6);
	else if (!strcmp(mode, "nonblocking"))
		nonblocking();
	else if (!strcmp(mode, "udp"))
		udp(0);
	else if (!strcmp(mode, "ecn"))
		udp(3);
	else if (!strcmp(mode, "dropped"))
		dropped();
	else if (!strcmp(mode, "lookup"))
		lookup();
	else if (!strcmp(mode, "ping"))
		ping();
	else if (!strcmp(mode, "overflow"))
		overflow(AF_INET);
	else if (!strcmp(mode, "overflow6"))
		overflow(AF_INET6);
	else if (!strcmp(mode, "flood"))
		flood();
	else if (!strcmp(mode, "local"))
		local();
	else
		return 2;
	return 0;
}
