// SPDX-License-Identifier: ISC
//
// Pike 8.0's SSL, written independently of all others, as a peer of the
// legacy engine:
//
//	pike legacy_peer.pike server CERTIFICATE
//	pike legacy_peer.pike client PORT BYTES VERSION SUITE
//
// VERSION is 0 (SSL 3.0) or 1 (TLS 1.0), SUITE a number.

void prepare(SSL.Context context, array(int) suites, int low, int high)
{
	context->preferred_suites = suites;
	context->min_version = 0x0300 + low;
	context->max_version = 0x0300 + high;
}

int server(string path)
{
	SSL.Context context = SSL.Context();
	Standards.PEM.Messages pem =
	    Standards.PEM.Messages(Stdio.read_file(path));
	array(string) chain = pem->get_certificates();
	Crypto.Sign.State key = Standards.PKCS.RSA.parse_private_key(
	    pem->get_fragment_bodies((<"RSA PRIVATE KEY">))[0]);
	Stdio.Port port = Stdio.Port(0, 0, "127.0.0.1");

	prepare(context, ({3, 4, 5, 8, 9, 10, 0x2f, 0x35}), 0, 2);
	context->add_cert(key, chain, ({"*"}));
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

int main(int argc, array(string) argv)
{
	if (argv[1] == "server")
		return server(argv[2]);
	return client((int)argv[2], (int)argv[3], (int)argv[4], (int)argv[5]);
}
