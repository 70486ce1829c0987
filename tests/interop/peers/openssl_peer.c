// SPDX-License-Identifier: ISC
//
// OpenSSL 1.0.1i, which node 0.10.32 holds and whose symbols it exports, as
// an old mail program in C: what node's own tls module cannot do, ephemeral
// RSA keys for export suites and hellos in SSLv2 format, is done here. Built
// as a shared object that node loads, node -e "require('THIS')" -- and then
//
//	receive CERTIFICATE DIRECTORY BITS
//	    prints its port; an SMTP server with STARTTLS that says 505 to MAIL
//	    without TLS of BITS, and keeps each message, dots as they came, in
//	    the file that is called as the sender called itself
//	echo CERTIFICATE
//	    prints its port; TLS from the first byte, sends back what it gets
//	send PORT FILE HELO METHOD CIPHERS [...]
//	    sends FILE, dots doubled, once for each three of HELO, METHOD
//	    (SSLv3, TLSv1; SSLv23 for a hello in SSLv2 format) and CIPHERS, and
//	    prints a line "HELO reply" each time

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { SECONDS = 20, LINE = 4096, FILE_PEM = 1, F4 = 65537 };

// There are no headers of that OpenSSL here.
extern int SSL_library_init(void);
extern void *SSLv23_method(void);
extern void *SSLv3_method(void);
extern void *TLSv1_method(void);
extern void *SSL_CTX_new(void *method);
extern void SSL_CTX_free(void *context);
extern int SSL_CTX_use_certificate_file(void *, const char *, int);
extern int SSL_CTX_use_PrivateKey_file(void *, const char *, int);
extern int SSL_CTX_set_cipher_list(void *context, const char *ciphers);
extern void SSL_CTX_set_tmp_rsa_callback(void *, void *(*)(void *, int, int));
extern void *RSA_generate_key(int, unsigned long, void *, void *);
extern void *SSL_new(void *context);
extern void SSL_free(void *ssl);
extern int SSL_set_fd(void *ssl, int fd);
extern int SSL_connect(void *ssl);
extern int SSL_accept(void *ssl);
extern int SSL_read(void *ssl, void *bytes, int size);
extern int SSL_write(void *ssl, const void *bytes, int size);
extern int SSL_shutdown(void *ssl);
extern void *SSL_get_current_cipher(void *ssl);
extern int SSL_CIPHER_get_bits(void *cipher, int *whole);

struct link {
	int socket;
	void *ssl; // NULL: plaintext
	char bytes[LINE];
	size_t size;
	size_t at;
};

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "openssl_peer: %s\n", what);
	exit(2);
}

static bool
link_write(struct link *link, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t sent = link->ssl == NULL
				   ? write(link->socket, bytes, size)
				   : SSL_write(link->ssl, bytes, (int)size);

		if (sent <= 0)
			return false;
		bytes += sent;
		size -= (size_t)sent;
	}
	return true;
}

// With its end and a NUL; false where the connection ended.
static bool
link_line(struct link *link, char line[LINE])
{
	for (size_t size = 0; size < LINE - 1;) {
		if (link->at == link->size) {
			ssize_t got =
			    link->ssl == NULL
				? read(link->socket, link->bytes, LINE)
				: SSL_read(link->ssl, link->bytes, LINE);

			if (got <= 0)
				return false;
			link->size = (size_t)got;
			link->at = 0;
		}
		line[size] = link->bytes[link->at++];
		line[++size] = '\0';
		if (line[size - 1] == '\n')
			return true;
	}
	return false;
}

static void
link_open(struct link *link, int socket)
{
	struct timeval limit = {.tv_sec = SECONDS};
	int on = 1;

	*link = (struct link){.socket = socket};
	setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

static bool
link_secure(struct link *link, void *context, bool client)
{
	void *ssl = SSL_new(context);

	SSL_set_fd(ssl, link->socket);
	link->ssl = ssl;
	return (client ? SSL_connect(ssl) : SSL_accept(ssl)) == 1;
}

static void
link_close(struct link *link)
{
	if (link->ssl != NULL) {
		SSL_shutdown(link->ssl);
		SSL_free(link->ssl);
	}
	close(link->socket);
}

// Says it and wants a reply of that code, which is put into line.
static bool
say(struct link *link, const char *text, const char *code, char line[LINE])
{
	bool good = link_write(link, text, strlen(text));

	while ((good = good && link_line(link, line)) && line[3] == '-')
		continue;
	if (!good)
		return false;
	return strncmp(line, code, 3) == 0;
}

// --- The sender ---

struct errand {
	const char *content;
	const char *helo;
	void *context;
};

static bool
deliver(struct link *link, const struct errand *errand, char line[LINE])
{
	char ehlo[512];

	snprintf(ehlo, sizeof ehlo, "EHLO %s\r\n", errand->helo);
	return say(link, "", "220", line) && say(link, ehlo, "250", line) &&
	       say(link, "STARTTLS\r\n", "220", line) &&
	       link_secure(link, errand->context, true) &&
	       say(link, ehlo, "250", line) &&
	       say(link, "MAIL FROM:<a@test>\r\n", "250", line) &&
	       say(link, "RCPT TO:<b@test>\r\n", "250", line) &&
	       say(link, "DATA\r\n", "354", line) &&
	       link_write(link, errand->content, strlen(errand->content)) &&
	       say(link, ".\r\n", "250", line);
}

static void *
client_context(const char *method, const char *ciphers)
{
	void *made =
	    SSL_CTX_new(strcmp(method, "SSLv3") == 0   ? SSLv3_method()
			: strcmp(method, "TLSv1") == 0 ? TLSv1_method()
						       : SSLv23_method());

	if (made == NULL || SSL_CTX_set_cipher_list(made, ciphers) != 1)
		die(ciphers);
	return made;
}

static void
send_one(int port, const struct errand *errand)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char line[LINE] = "no connection\r\n";
	char bye[LINE];
	struct link link;

	link_open(&link, socket(AF_INET, SOCK_STREAM, 0));
	bool good = connect(link.socket, (struct sockaddr *)&address,
			sizeof address) == 0 &&
		    deliver(&link, errand, line);
	line[strcspn(line, "\r\n")] = '\0';
	printf("%s %s%s\n", errand->helo, good ? "" : "- after ", line);
	if (good)
		say(&link, "QUIT\r\n", "221", bye);
	link_close(&link);
}

static int
run_sender(int port, const char *path, char **cells)
{
	static char content[1 << 20];
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		die(path);
	content[fread(content, 1, sizeof content - 1, file)] = '\0';
	fclose(file);
	for (; cells[0] != NULL && cells[1] != NULL && cells[2] != NULL;
	     cells += 3) {
		void *context = client_context(cells[1], cells[2]);

		send_one(port, &(struct errand){content, cells[0], context});
		SSL_CTX_free(context);
	}
	return 0;
}

// --- The receiver ---

static bool
keep(struct link *link, const char *directory, const char *helo)
{
	char path[2 * LINE];
	char line[LINE];

	snprintf(path, sizeof path, "%s/%s", directory, helo);
	FILE *file = fopen(path, "wb");
	if (file == NULL)
		die(path);
	bool good = true;
	while ((good = link_line(link, line)) && strcmp(line, ".\r\n") != 0)
		fputs(line, file);
	fclose(file);
	return good;
}

static bool
answer(struct link *link, const char *text)
{
	return link_write(link, text, strlen(text));
}

static bool
is_strong(struct link *link, int least)
{
	return link->ssl != NULL &&
	       SSL_CIPHER_get_bits(SSL_get_current_cipher(link->ssl), NULL) >=
		   least;
}

struct box {
	void *context;
	const char *directory; // NULL: no SMTP, sends back what comes
	int least;             // bits
};

static bool
is_verb(const char *line, const char *verb)
{
	return strncmp(line, verb, strlen(verb)) == 0;
}

static void
receive(struct link *link, const struct box *box)
{
	char helo[LINE] = "nobody";
	char line[LINE];
	bool good = answer(link, "220 mx.test ESMTP\r\n");

	while (good && link_line(link, line)) {
		bool secure = link->ssl != NULL;

		if (is_verb(line, "EHLO ")) {
			snprintf(helo, sizeof helo, "%.*s",
			    (int)strcspn(line + 5, "\r\n"), line + 5);
			good = answer(
			    link, secure ? "250 mx.test\r\n"
					 : "250-mx.test\r\n250 STARTTLS\r\n");
		} else if (is_verb(line, "STARTTLS") && !secure) {
			good = answer(link, "220 go ahead\r\n") &&
			       link_secure(link, box->context, false);
		} else if (is_verb(line, "QUIT")) {
			answer(link, "221 bye\r\n");
			return;
		} else if (!is_strong(link, box->least)) {
			good = answer(link,
			    "505 Must issue a STARTTLS command first\r\n");
		} else if (is_verb(line, "DATA")) {
			good = answer(link, "354 go ahead\r\n") &&
			       keep(link, box->directory, helo) &&
			       answer(link, "250 kept\r\n");
		} else {
			good = answer(link, "250 ok\r\n");
		}
	}
}

static void
echo(struct link *link, const struct box *box)
{
	int size = 0;

	if (!link_secure(link, box->context, false))
		return;
	while ((size = SSL_read(link->ssl, link->bytes, LINE)) > 0)
		if (!link_write(link, link->bytes, (size_t)size))
			return;
}

// One key, as servers of that time did.
static void *
ephemeral_key(void *ssl, int export, int bits)
{
	static void *key;

	(void)ssl;
	(void)export;
	if (key == NULL)
		key = RSA_generate_key(bits, F4, NULL, NULL);
	return key;
}

static _Noreturn void
run_receiver(const char *certificate, struct box box)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	void *context = box.context = SSL_CTX_new(SSLv23_method());
	struct link link;

	if (SSL_CTX_use_certificate_file(context, certificate, FILE_PEM) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, certificate, FILE_PEM) != 1)
		die(certificate);
	SSL_CTX_set_cipher_list(context, "ALL:!aNULL:!eNULL");
	SSL_CTX_set_tmp_rsa_callback(context, ephemeral_key);
	if (bind(listener, (struct sockaddr *)&address, size) != 0 ||
	    listen(listener, 16) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) != 0)
		die("cannot listen");
	printf("port %d\n", ntohs(address.sin_port));
	fflush(stdout);
	for (;;) {
		link_open(&link, accept(listener, NULL, NULL));
		if (box.directory == NULL)
			echo(&link, &box);
		else
			receive(&link, &box);
		link_close(&link);
	}
}

static int
number(const char *text)
{
	char *end = NULL;
	unsigned long value = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value > UINT16_MAX)
		die(text);
	return (int)value;
}

// Called by the dynamic linker, with what the program was called with.
static __attribute__((constructor)) void
start(int count, char **arguments)
{
	int at = 1;

	while (at < count && strcmp(arguments[at], "--") != 0)
		at++;
	SSL_library_init();
	if (at + 4 < count && strcmp(arguments[at + 1], "receive") == 0)
		run_receiver(arguments[at + 2],
		    (struct box){.directory = arguments[at + 3],
			.least = number(arguments[at + 4])});
	if (at + 2 < count && strcmp(arguments[at + 1], "echo") == 0)
		run_receiver(arguments[at + 2], (struct box){.least = 0});
	if (at + 3 < count && strcmp(arguments[at + 1], "send") == 0)
		exit(run_sender(number(arguments[at + 2]), arguments[at + 3],
		    arguments + at + 4));
	die("receive, echo or send?");
}
