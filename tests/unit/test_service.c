// SPDX-License-Identifier: ISC
//
// Plays the service manager: a datagram socket that listens, and descriptors
// that are given.

#define _GNU_SOURCE
#include "unit.h"

#include "host/service.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static char error[256];
static struct service service;

static void
clear_environment(void)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDNAMES");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	error[0] = '\0';
}

static void
set_number(const char *name, long long number)
{
	char text[32];

	snprintf(text, sizeof text, "%lld", number);
	setenv(name, text, 1);
}

// An abstract socket, whose name goes to NOTIFY_SOCKET.
static int
listen_for_messages(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size = sizeof(sa_family_t);
	int file = socket(AF_UNIX, SOCK_DGRAM, 0);
	char name[128];

	// Without a name of ours, the kernel makes an abstract one.
	assert_int_equal(bind(file, (struct sockaddr *)&address, size), 0);
	size = sizeof address;
	assert_int_equal(
	    getsockname(file, (struct sockaddr *)&address, &size), 0);
	snprintf(name, sizeof name, "@%.*s",
	    (int)(size - sizeof(sa_family_t) - 1), address.sun_path + 1);
	setenv("NOTIFY_SOCKET", name, 1);
	return file;
}

static const char *
heard(int file)
{
	static char text[1024];
	ssize_t size = recv(file, text, sizeof text - 1, MSG_DONTWAIT);

	text[size > 0 ? size : 0] = '\0';
	return text;
}

static void
without_a_manager_nothing_is_said(void **state)
{
	(void)state;
	clear_environment();
	assert_true(service_init(&service, error, sizeof error));
	assert_int_equal(service.notify, -1);
	assert_int_equal(service.socket_count, 0);
	assert_int_equal(service.watchdog, 0);
	service_ready(&service);
	service_status(&service, "nobody %s", "listens");
	service_free(&service);
}

static void
a_manager_hears_each_state_in_its_words(void **state)
{
	int file;

	(void)state;
	clear_environment();
	file = listen_for_messages();
	assert_true(service_init(&service, error, sizeof error));
	assert_null(getenv("NOTIFY_SOCKET"));
	service_ready(&service);
	assert_string_equal(heard(file), "READY=1");
	service_reloading(&service);
	service_status(&service, "%u sessions\nREADY=1", 3U);
	service_stopping(&service);
	service_alive(&service);
	assert_non_null(strstr(heard(file), "RELOADING=1\nMONOTONIC_USEC="));
	assert_string_equal(heard(file), "STATUS=3 sessions READY=1");
	assert_string_equal(heard(file), "STOPPING=1");
	assert_string_equal(heard(file), "WATCHDOG=1");
	assert_string_equal(heard(file), "");
	service_free(&service);
	close(file);
}

static void
a_manager_that_is_not_there_is_told(void **state)
{
	(void)state;
	clear_environment();
	setenv("NOTIFY_SOCKET", "relative", 1);
	assert_true(service_init(&service, error, sizeof error));
	assert_non_null(strstr(error, "NOTIFY_SOCKET"));
	assert_int_equal(service.notify, -1);
	service_free(&service);
	setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1);
	assert_true(service_init(&service, error, sizeof error));
	assert_non_null(strstr(error, "/nonexistent/notify"));
	assert_int_equal(service.notify, -1);
	service_ready(&service);
	service_free(&service);
}

static void
the_watchdog_is_fed_twice_as_often(void **state)
{
	(void)state;
	clear_environment();
	setenv("WATCHDOG_USEC", "30000000", 1);
	set_number("WATCHDOG_PID", getpid());
	assert_true(service_init(&service, error, sizeof error));
	assert_int_equal(service.watchdog, 15000);
	assert_null(getenv("WATCHDOG_USEC"));
	setenv("WATCHDOG_USEC", "30000000", 1);
	set_number("WATCHDOG_PID", getpid() + 1);
	assert_true(service_init(&service, error, sizeof error));
	assert_int_equal(service.watchdog, 0);
	clear_environment();
}

// Runs with sockets at 3 and 4, as a service that systemd starts; 0 if well.
static int
given_sockets(const char *count, int second_listens)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int result;

	clear_environment();
	for (int file = 3; file <= 4; file++) {
		int made = socket(AF_INET, SOCK_STREAM, 0);

		address.sin_port = 0;
		if (bind(made, (struct sockaddr *)&address, sizeof address))
			return 2;
		if ((file == 3 || second_listens) && listen(made, 1) != 0)
			return 3;
		if (made != file && dup2(made, file) != file)
			return 4;
		if (made > 4)
			close(made);
	}
	set_number("LISTEN_PID", getpid());
	setenv("LISTEN_FDS", count, 1);
	setenv("LISTEN_FDNAMES", "exchange:lab", 1);
	if (!service_init(&service, error, sizeof error))
		return 1;
	result = service.socket_count == 2 && service.sockets[0].file == 3 &&
			 service.sockets[1].file == 4 &&
			 strcmp(service.sockets[0].name, "exchange") == 0 &&
			 strcmp(service.sockets[1].name, "lab") == 0 &&
			 (fcntl(3, F_GETFD) & FD_CLOEXEC) != 0 &&
			 getenv("LISTEN_FDS") == NULL
		     ? 0
		     : 5;
	service_free(&service);
	return result;
}

// What given_sockets came to, in a child: cmocka's own files may be 3 and 4.
static int
in_a_child(const char *count, int second_listens)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0)
		_exit(given_sockets(count, second_listens));
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
sockets_are_taken_with_their_names(void **state)
{
	(void)state;
	assert_int_equal(in_a_child("2", 1), 0);
}

static void
what_is_no_listening_socket_is_refused(void **state)
{
	(void)state;
	assert_int_equal(in_a_child("2", 0), 1);
	assert_int_equal(in_a_child("3", 1), 1);
	assert_int_equal(in_a_child("2x", 1), 1);
	assert_int_equal(in_a_child("-1", 1), 1);
	assert_int_equal(in_a_child("65", 1), 1);
}

static void
sockets_of_another_process_are_left_alone(void **state)
{
	(void)state;
	clear_environment();
	setenv("LISTEN_FDS", "1", 1);
	set_number("LISTEN_PID", getpid() + 1);
	assert_true(service_init(&service, error, sizeof error));
	assert_int_equal(service.socket_count, 0);
	clear_environment();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_a_manager_nothing_is_said),
	    cmocka_unit_test(a_manager_hears_each_state_in_its_words),
	    cmocka_unit_test(a_manager_that_is_not_there_is_told),
	    cmocka_unit_test(the_watchdog_is_fed_twice_as_often),
	    cmocka_unit_test(sockets_are_taken_with_their_names),
	    cmocka_unit_test(what_is_no_listening_socket_is_refused),
	    cmocka_unit_test(sockets_of_another_process_are_left_alone),
	};

	return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
