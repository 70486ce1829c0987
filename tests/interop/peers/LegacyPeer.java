// SPDX-License-Identifier: ISC
//
// OpenJDK's JSSE as a peer of the legacy engine:
//
//	java ... LegacyPeer.java server CERTIFICATE KEY
//	    prints its port, sends back what it gets, until it is ended
//	java ... LegacyPeer.java client PORT BYTES PROTOCOLS SUITE [...]
//	    a connection for each pair, a line "PROTOCOLS SUITE PROTOCOL result";
//	    PROTOCOLS has commas between, SSLv2Hello among them for that format
//	java ... LegacyPeer.java receive CERTIFICATE KEY DIRECTORY
//	    prints its port; an SMTP server with STARTTLS that demands TLS, and
//	    puts each message, dots as they came, into the file that is called
//	    as the sender called itself
//	java ... LegacyPeer.java send PORT FILE HELO PROTOCOLS SUITE [...]
//	    sends FILE, dots doubled, once for each three of HELO, PROTOCOLS
//	    and SUITE, and prints a line "HELO reply" each time
//
// CERTIFICATE is PEM, KEY is PKCS #8 in PEM. The properties own.certificate and
// own.key (java -D) give a sender a certificate; with ask.certificate a
// receiver demands one.

import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.security.cert.Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;
import javax.net.ssl.*;

public class LegacyPeer {
	static final int TIMEOUT = 20000;

	static byte[] pem(String path, String label) throws IOException {
		String text = Files.readString(Path.of(path));
		String begin = "-----BEGIN " + label + "-----";
		int start = text.indexOf(begin) + begin.length();
		int end = text.indexOf("-----END " + label + "-----");

		return Base64.getMimeDecoder().decode(
		    text.substring(start, end).trim());
	}

	static SSLContext context(String certificate, String key) throws Exception {
		KeyManager[] own = null;
		TrustManager[] anyone = {new X509TrustManager() {
			public void checkClientTrusted(X509Certificate[] c, String a) {
			}
			public void checkServerTrusted(X509Certificate[] c, String a) {
			}
			public X509Certificate[] getAcceptedIssuers() {
				return new X509Certificate[0];
			}
		}};

		if (certificate != null) {
			Certificate leaf = CertificateFactory.getInstance("X.509")
			    .generateCertificate(new ByteArrayInputStream(
				pem(certificate, "CERTIFICATE")));
			PrivateKey secret = KeyFactory.getInstance("RSA")
			    .generatePrivate(new PKCS8EncodedKeySpec(
				pem(key, "PRIVATE KEY")));
			KeyStore store = KeyStore.getInstance("PKCS12");
			KeyManagerFactory factory =
			    KeyManagerFactory.getInstance("SunX509");

			store.load(null, null);
			store.setKeyEntry("key", secret, "".toCharArray(),
			    new Certificate[] {leaf});
			factory.init(store, "".toCharArray());
			own = factory.getKeyManagers();
		}
		SSLContext made = SSLContext.getInstance("TLS");
		made.init(own, anyone, new SecureRandom());
		return made;
	}

	static void echo(SSLSocket socket) {
		byte[] bytes = new byte[4096];
		int size;

		try (socket) {
			socket.setTcpNoDelay(true);
			socket.setSoTimeout(TIMEOUT);
			while ((size = socket.getInputStream().read(bytes)) > 0)
				socket.getOutputStream().write(bytes, 0, size);
		} catch (IOException e) {
			System.err.println("server: " + e);
		}
	}

	static void serve(String certificate, String key) throws Exception {
		SSLServerSocket listener = (SSLServerSocket)
		    context(certificate, key).getServerSocketFactory()
		    .createServerSocket(0, 16, InetAddress.getLoopbackAddress());

		listener.setEnabledCipherSuites(listener.getSupportedCipherSuites());
		listener.setEnabledProtocols(new String[] {
		    "SSLv2Hello", "SSLv3", "TLSv1", "TLSv1.1"});
		System.out.println("port " + listener.getLocalPort());
		for (;;)
			echo((SSLSocket) listener.accept());
	}

	// On a connection that was in plaintext so far, or NULL.
	static SSLSocket open(SSLContext context, Socket plain, int port,
	    String protocols, String suite) throws IOException {
		SSLSocketFactory factory = context.getSocketFactory();
		SSLSocket socket = (SSLSocket) (plain == null
		    ? factory.createSocket("127.0.0.1", port)
		    : factory.createSocket(plain, "127.0.0.1", port, true));

		socket.setTcpNoDelay(true);
		socket.setSoTimeout(TIMEOUT);
		socket.setEnabledProtocols(protocols.split(","));
		socket.setEnabledCipherSuites(suite.split(","));
		return socket;
	}

	static String ask(SSLContext context, int port, int size,
	    String protocols, String suite) {
		byte[] sent = new byte[size];

		new Random(size).nextBytes(sent);
		try (SSLSocket socket = open(context, null, port, protocols,
		    suite)) {
			for (int at = 0; at < size; at += 4096) {
				int part = Math.min(4096, size - at);

				socket.getOutputStream().write(sent, at, part);
				byte[] got = socket.getInputStream()
				    .readNBytes(part);
				if (!Arrays.equals(got, 0, got.length, sent, at,
				    at + part))
					return "- other bytes came back";
			}
			SSLSession session = socket.getSession();
			return session.getProtocol() + " ok";
		} catch (IOException | IllegalArgumentException e) {
			return "- " + e;
		}
	}

	// --- SMTP ---

	// A line with its end; empty where the connection ended.
	static String line(Socket socket) throws IOException {
		StringBuilder line = new StringBuilder();
		int c;

		while ((c = socket.getInputStream().read()) >= 0) {
			line.append((char) c);
			if (c == '\n')
				break;
		}
		return line.toString();
	}

	static void write(Socket socket, String text) throws IOException {
		socket.getOutputStream().write(
		    text.getBytes(StandardCharsets.ISO_8859_1));
	}

	// Says it, unless it is nothing, and wants a reply of that code.
	static String say(Socket socket, String text, String code)
	    throws IOException {
		String reply;

		write(socket, text);
		do
			reply = line(socket);
		while (reply.startsWith("-", 3));
		if (!reply.startsWith(code))
			throw new IOException("not " + code + ": " + reply);
		return reply.trim();
	}

	static String send(SSLContext context, int port, String content,
	    String[] cell) {
		try (Socket plain = new Socket("127.0.0.1", port)) {
			plain.setSoTimeout(TIMEOUT);
			say(plain, "", "220");
			say(plain, "EHLO " + cell[0] + "\r\n", "250");
			say(plain, "STARTTLS\r\n", "220");
			SSLSocket secure = open(context, plain, port, cell[1],
			    cell[2]);
			say(secure, "EHLO " + cell[0] + "\r\n", "250");
			say(secure, "MAIL FROM:<a@test>\r\n", "250");
			say(secure, "RCPT TO:<b@test>\r\n", "250");
			say(secure, "DATA\r\n", "354");
			String reply = say(secure, content + ".\r\n", "250");
			say(secure, "QUIT\r\n", "221");
			secure.close();
			return reply;
		} catch (IOException | IllegalArgumentException e) {
			return "- " + e;
		}
	}

	static String content(Socket socket) throws IOException {
		StringBuilder content = new StringBuilder();
		String line;

		while (!(line = line(socket)).equals(".\r\n")) {
			if (line.isEmpty())
				throw new IOException("cut short");
			content.append(line);
		}
		return content.toString();
	}

	static SSLSocket secured(SSLContext context, Socket plain)
	    throws IOException {
		SSLSocket socket = (SSLSocket) context.getSocketFactory()
		    .createSocket(plain, null, plain.getPort(), true);

		socket.setUseClientMode(false);
		socket.setNeedClientAuth(System.getProperty(
		    "ask.certificate") != null);
		socket.setEnabledCipherSuites(socket.getSupportedCipherSuites());
		socket.setEnabledProtocols(new String[] {
		    "SSLv2Hello", "SSLv3", "TLSv1"});
		socket.startHandshake();
		return socket;
	}

	static void receive(SSLContext context, Socket socket, Path directory)
	    throws IOException {
		String helo = "nobody";
		String line;

		write(socket, "220 mx.test ESMTP\r\n");
		while (!(line = line(socket)).isEmpty()) {
			boolean secure = socket instanceof SSLSocket;
			String verb = line.trim().split(" ")[0].toUpperCase();

			if (verb.equals("EHLO")) {
				helo = line.trim().substring(5);
				write(socket, secure ? "250 mx.test\r\n"
				    : "250-mx.test\r\n250 STARTTLS\r\n");
			} else if (verb.equals("STARTTLS") && !secure) {
				write(socket, "220 go ahead\r\n");
				socket = secured(context, socket);
			} else if (verb.equals("QUIT")) {
				write(socket, "221 bye\r\n");
				break;
			} else if (!secure) {
				write(socket, "530 5.7.0 STARTTLS first\r\n");
			} else if (verb.equals("DATA")) {
				write(socket, "354 go ahead\r\n");
				Files.writeString(directory.resolve(helo),
				    content(socket), StandardCharsets.ISO_8859_1);
				write(socket, "250 kept\r\n");
			} else {
				write(socket, "250 ok\r\n");
			}
		}
		socket.close();
	}

	static void receiver(String certificate, String key, Path directory)
	    throws Exception {
		SSLContext context = context(certificate, key);
		ServerSocket listener = new ServerSocket(0, 16,
		    InetAddress.getLoopbackAddress());

		System.out.println("port " + listener.getLocalPort());
		for (;;) {
			Socket socket = listener.accept();

			socket.setTcpNoDelay(true);
			socket.setSoTimeout(TIMEOUT);
			try (socket) {
				receive(context, socket, directory);
			} catch (IOException e) {
				System.err.println("receiver: " + e);
			}
		}
	}

	public static void main(String[] args) throws Exception {
		if (args[0].equals("server")) {
			serve(args[1], args[2]);
		} else if (args[0].equals("receive")) {
			receiver(args[1], args[2], Path.of(args[3]));
		} else if (args[0].equals("send")) {
			SSLContext context = context(
			    System.getProperty("own.certificate"),
			    System.getProperty("own.key"));
			String content = Files.readString(Path.of(args[2]),
			    StandardCharsets.ISO_8859_1);

			for (int i = 3; i + 2 < args.length; i += 3)
				System.out.println(args[i] + " " + send(context,
				    Integer.parseInt(args[1]), content,
				    Arrays.copyOfRange(args, i, i + 3)));
		} else {
			SSLContext context = context(null, null);
			for (int i = 3; i + 1 < args.length; i += 2)
				System.out.println(args[i] + " " + args[i + 1] +
				    " " + ask(context,
					Integer.parseInt(args[1]),
					Integer.parseInt(args[2]), args[i],
					args[i + 1]));
		}
	}
}
