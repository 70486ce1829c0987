// SPDX-License-Identifier: ISC
//
// Pike 8.0's SSL, written independently of all others, as a peer of the
// legacy engine:
//
//	pike legacy_peer.pike server CERTIFICATE
//	pike legacy_peer.pike client PORT BYTES VERSION SUITE
//	pike legacy_peer.pike receive CERTIFICATE DIRECTORY
//	pike legacy_peer.pike send PORT FILE HELO VERSION SUITE [...]
//
// VERSION is 0 (SSL 3.0) or 1 (TLS 1.0), SUITE a number. The second two speak
// SMTP with STARTTLS: each message that is received, dots as they came, goes
// into the file that is called as the sender called itself; FILE has its dots
// doubled and is sent once for each three of HELO, VERSION and SUITE, with
// "HELO reply" printed each time.

void prepare(SSL.Context context, array(int) suites, int low, int high)
{
	context->preferred_suites = suites;
	context->min_version = 0x0300 + low;
	context->max_version = 0x0300 + high;
}

SSL.Context serving(string path)
{
	SSL.Context context = SSL.Context();
	Standards.PEM.Messages pem =
	    Standards.PEM.Messages(Stdio.read_file(path));
	array(string) chain = pem->get_certificates();
	Crypto.Sign.State key = Standards.PKCS.RSA.parse_private_key(
	    pem->get_fragment_bodies((<"RSA PRIVATE KEY">))[0]);

	prepare(context, ({3, 4, 5, 8, 9, 10, 0x2f, 0x35}), 0, 2);
	context->add_cert(key, chain, ({"*"}));
	return context;
}

int server(string path)
{
	SSL.Context context = serving(path);
	Stdio.Port port = Stdio.Port(0, 0, "127.0.0.1");

	write("port %d\n", (int)(port->query_address() / " ")[1]);
	while (Stdio.File raw = port->accept()) {
		SSL.File stream = SSL.File(raw, context);

		catch {
			stream->set_blocking();
			if (!stream->accept()) {
				stream->close();
				continue;
			}
			while (string bytes = stream->read(4096, 1)) {
				if (bytes == "")
					break;
				stream->write(bytes);
			}
			stream->close();
		};
	}
	return 0;
}

int client(int port, int size, int version, int suite)
{
	SSL.Context context = SSL.Context();
	Stdio.File raw = Stdio.File();

	prepare(context, ({suite}), version, version);
	context->verify_certificates = 0;
	raw->connect("127.0.0.1", port);
	SSL.File stream = SSL.File(raw, context);
	stream->set_blocking();
	if (!stream->connect("legacy.test")) {
		write("- no handshake\n");
		return 0;
	}
	for (int at = 0; at < size; at += 4096) {
		string part = random_string(min(4096, size - at));

		stream->write(part);
		if (stream->read(sizeof(part)) != part) {
			write("- other bytes came back\n");
			return 0;
		}
	}
	write("%s ok\n", SSL.Constants.fmt_cipher_suite(stream->query_suite()));
	stream->close();
	return 0;
}

// A connection, line by line.
class Lines(Stdio.File|SSL.File stream)
{
	string rest = "";

	// With its end; empty where the connection ended.
	string line()
	{
		int end;

		while ((end = search(rest, "\n")) < 0) {
			string more = stream->read(4096, 1);

			if (!more || more == "")
				return "";
			rest += more;
		}
		string line = rest[..end];
		rest = rest[end + 1..];
		return line;
	}

	void write(string text)
	{
		stream->write(text);
	}

	// Says it and wants a reply of that code.
	string say(string text, string code)
	{
		string reply;

		write(text);
		do
			reply = line();
		while (has_prefix(reply[3..], "-"));
		if (!has_prefix(reply, code))
			error("not %s: %s\n", code, reply);
		return String.trim_all_whites(reply);
	}
}

string send(int port, string content, string helo, int version, int suite)
{
	SSL.Context context = SSL.Context();
	Stdio.File raw = Stdio.File();
	Lines plain = Lines(raw);

	prepare(context, ({suite}), version, version);
	context->verify_certificates = 0;
	raw->connect("127.0.0.1", port);
	plain->say("", "220");
	plain->say("EHLO " + helo + "\r\n", "250");
	plain->say("STARTTLS\r\n", "220");
	SSL.File stream = SSL.File(raw, context);
	stream->set_blocking();
	if (!stream->connect("legacy.test"))
		error("no handshake\n");
	Lines secure = Lines(stream);
	secure->say("EHLO " + helo + "\r\n", "250");
	secure->say("MAIL FROM:<a@test>\r\n", "250");
	secure->say("RCPT TO:<b@test>\r\n", "250");
	secure->say("DATA\r\n", "354");
	string reply = secure->say(content + ".\r\n", "250");
	secure->say("QUIT\r\n", "221");
	stream->close();
	return reply;
}

int sender(array(string) args)
{
	string content = Stdio.read_file(args[1]);

	foreach (args[2..] / 3, array(string) cell) {
		string reply;
		mixed failed = catch {
			reply = send((int)args[0], content, cell[0],
			    (int)cell[1], (int)cell[2]);
		};

		if (failed)
			reply = "- " + describe_error(failed);
		write("%s %s\n", cell[0], String.trim_all_whites(reply));
	}
	return 0;
}

void receive(SSL.Context context, Stdio.File raw, string directory)
{
	Lines lines = Lines(raw);
	string helo = "nobody";
	string content;
	string line;
	int secure;

	lines->write("220 mx.test ESMTP\r\n");
	while ((line = lines->line()) != "") {
		array(string) words =
		    String.trim_all_whites(line) / " " + ({""});
		string verb = upper_case(words[0]);

		if (verb == "EHLO") {
			helo = words[1];
			lines->write(secure ? "250 mx.test\r\n"
			    : "250-mx.test\r\n250 STARTTLS\r\n");
		} else if (verb == "STARTTLS" && !secure) {
			lines->write("220 go ahead\r\n");
			SSL.File stream = SSL.File(raw, context);
			stream->set_blocking();
			if (!stream->accept())
				return;
			secure = 1;
			lines = Lines(stream);
		} else if (verb == "QUIT") {
			lines->write("221 bye\r\n");
			break;
		} else if (!secure) {
			lines->write("530 5.7.0 STARTTLS first\r\n");
		} else if (verb == "DATA") {
			lines->write("354 go ahead\r\n");
			content = "";
			while ((line = lines->line()) != ".\r\n") {
				if (line == "")
					return;
				content += line;
			}
			Stdio.write_file(directory + "/" + helo, content);
			lines->write("250 kept\r\n");
		} else {
			lines->write("250 ok\r\n");
		}
	}
	lines->stream->close();
}

int receiver(string path, string directory)
{
	SSL.Context context = serving(path);
	Stdio.Port port = Stdio.Port(0, 0, "127.0.0.1");

	write("port %d\n", (int)(port->query_address() / " ")[1]);
	while (Stdio.File raw = port->accept()) {
		mixed failed = catch { receive(context, raw, directory); };

		if (failed)
			werror("receiver: %s\n", describe_error(failed));
		raw->close();
	}
	return 0;
}

int main(int argc, array(string) argv)
{
	if (argv[1] == "server")
		return server(argv[2]);
	if (argv[1] == "receive")
		return receiver(argv[2], argv[3]);
	if (argv[1] == "send")
		return sender(argv[2..]);
	return client((int)argv[2], (int)argv[3], (int)argv[4], (int)argv[5]);
}
