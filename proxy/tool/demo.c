// SPDX-License-Identifier: ISC
//
// The play. Every part is a process with real sockets on loopback: the
// receiver and the sender are forked from this one, sallyport is executed
// anew, as a service manager would (LISTEN_FDS, NOTIFY_SOCKET).

#define _GNU_SOURCE
#include "tool/demo.h"

#include "base/bytes.h"
#include "base/descriptor.h"
#include "tool/demo_parts.h"
#include "tool/options.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// What goes on in the whole play.
struct play {
	int receiver_socket, proxy_socket;
	uint16_t receiver_port, proxy_port;
	struct demo_process receiver;
	pid_t proxy;
	int notify; // where the proxy says that it is ready
	char notify_path[108];
};

static int
listen_on_loopback(uint16_t *port)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof address;
	int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (file < 0 ||
	    bind(file, (struct sockaddr *)&address, sizeof address) != 0 ||
	    listen(file, 8) != 0 ||
	    getsockname(file, (struct sockaddr *)&address, &size) != 0)
		return -1;
	*port = ntohs(address.sin_port);
	return file;
}

// An abstract socket, of which nothing is left behind.
static int
listen_for_ready(char *name, size_t room)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size = sizeof(sa_family_t);
	int file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	// Without a name of ours the kernel makes one.
	if (file < 0 || bind(file, (struct sockaddr *)&address, size) != 0)
		return -1;
	size = sizeof address;
	if (getsockname(file, (struct sockaddr *)&address, &size) != 0)
		return -1;
	snprintf(name, room, "@%.*s", (int)(size - sizeof(sa_family_t) - 1),
	    address.sun_path + 1);
	return file;
}

static void
become_proxy(const struct play *play)
{
	char listen[32], forward[32], process[16];

	snprintf(listen, sizeof listen, "127.0.0.1:%u", play->proxy_port);
	snprintf(forward, sizeof forward, "127.0.0.1:%u", play->receiver_port);
	snprintf(process, sizeof process, "%d", (int)getpid());
	// Its trace goes where the play goes.
	if (dup2(STDOUT_FILENO, STDERR_FILENO) < 0 ||
	    dup2(play->proxy_socket, 3) != 3)
		_exit(EXIT_FAILURE);
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_PID", process, 1);
	setenv("NOTIFY_SOCKET", play->notify_path, 1);
	execl("/proc/self/exe", "sallyport", "-d", "-l", listen, "-f", forward,
	    "--set", "sender.min-protocol=ssl3", "--set", "sender.min-bits=40",
	    "--set", "receiver.min-protocol=tls1.2", "--set",
	    "receiver.min-bits=128", "--set", "hostname=sallyport.example",
	    (char *)NULL);
	_exit(EXIT_FAILURE);
}

static bool
is_ready(const struct play *play)
{
	struct pollfd waits = {.fd = play->notify, .events = POLLIN};
	char text[512];

	for (int tenths = 0; tenths < 10 * DEMO_PATIENCE; tenths++) {
		ssize_t size = 0;

		if (waitpid(play->proxy, NULL, WNOHANG) != 0)
			return false;
		if (poll(&waits, 1, 100) > 0)
			size = recv(play->notify, text, sizeof text - 1, 0);
		text[size > 0 ? size : 0] = '\0';
		if (strstr(text, "READY=1") != NULL)
			return true;
	}
	return false;
}

static bool
start_proxy(struct play *play)
{
	play->notify =
	    listen_for_ready(play->notify_path, sizeof play->notify_path);
	play->proxy_socket = listen_on_loopback(&play->proxy_port);
	if (play->notify < 0 || play->proxy_socket < 0)
		return false;
	fflush(stdout);
	play->proxy = fork();
	if (play->proxy == 0)
		become_proxy(play);
	return play->proxy > 0 && is_ready(play);
}

static bool
start_receiver(struct play *play)
{
	play->receiver_socket = listen_on_loopback(&play->receiver_port);
	if (play->receiver_socket < 0)
		return false;
	play->receiver = demo_receiver_start(play->receiver_socket);
	return play->receiver.id > 0;
}

// Ends a process of ours and waits for it.
static void
end(pid_t id, int signal)
{
	if (id <= 0)
		return;
	kill(id, signal);
	while (waitpid(id, NULL, 0) < 0 && errno == EINTR)
		;
}

static bool
send_through(uint16_t port, bool shown, struct demo_sent *sent)
{
	struct demo_process sender = demo_sender_start(port, shown);
	bool good;

	if (sender.id < 0)
		return false;
	good =
	    descriptor_read(sender.report, sent, sizeof *sent) == sizeof *sent;
	close(sender.report);
	while (waitpid(sender.id, NULL, 0) < 0 && errno == EINTR)
		;
	return good;
}

// What the receiver got; false: nothing, or not what was sent.
static bool
arrived(const struct play *play, struct demo_received *received)
{
	struct pollfd waits = {.fd = play->receiver.report, .events = POLLIN};
	static char content[65536];
	size_t size;
	const char *text = demo_message(&size);

	return poll(&waits, 1, DEMO_PATIENCE * 1000) > 0 &&
	       descriptor_read(play->receiver.report, received,
		   sizeof *received) == sizeof *received &&
	       received->size == size &&
	       descriptor_read(play->receiver.report, content, size) == size &&
	       memcmp(content, text, size) == 0;
}

static void
show_leg(const char *name, const struct demo_leg *leg)
{
	if (leg->bits == 0)
		printf("  %-8s  plaintext\n", name);
	else
		printf("  %-8s  %-8s %-32s %3u bits\n", name, leg->protocol,
		    leg->suite, leg->bits);
}

// True if the message is refused, as the article has it.
static bool
first_act(const struct play *play)
{
	struct demo_sent sent = {0};

	printf("Without sallyport: a sender of 1999 with 40-bit encryption, "
	       "a receiver\nthat demands 128 bits (Microsoft Q279214)\n\n");
	if (!send_through(play->receiver_port, true, &sent))
		return false;
	printf("\n  The message is bounced: %s\n\n", sent.reply);
	return !sent.accepted && strncmp(sent.reply, "505", 3) == 0;
}

static bool
second_act(const struct play *play)
{
	struct demo_sent sent = {0};
	struct demo_received received = {0};
	bool intact;

	if (!send_through(play->proxy_port, false, &sent))
		return false;
	intact = sent.accepted && arrived(play, &received);
	end(play->proxy, SIGTERM);
	if (!intact) {
		printf("\n  The message did not arrive: %s\n", sent.reply);
		return false;
	}
	printf("\n  The message arrived at the first try, byte for byte "
	       "(%u bytes): %s\n\n",
	    (unsigned)received.size, sent.reply);
	show_leg("sender", &sent.leg);
	show_leg("receiver", &received.leg);
	return true;
}

int
tool_demo(int argc, char **argv)
{
	struct play play = {.proxy = -1, .receiver = {.id = -1}};
	bool refused = false, delivered = false;

	if (argc > 1) {
		fprintf(stderr, "sallyport: demo takes no %s\n", argv[1]);
		return EXIT_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	if (!start_receiver(&play)) {
		perror("sallyport demo: cannot start the receiver");
		return EXIT_FAILURE;
	}
	refused = first_act(&play);
	if (refused) {
		printf("With sallyport between them, the same sender and the "
		       "same receiver\n\n");
		fflush(stdout);
		if (start_proxy(&play)) {
			delivered = second_act(&play);
		} else {
			fprintf(stderr, "sallyport demo: sallyport did not "
					"start\n");
			end(play.proxy, SIGKILL);
		}
	}
	end(play.receiver.id, SIGKILL);
	fflush(stdout);
	return refused && delivered ? EXIT_SUCCESS : EXIT_FAILURE;
}
