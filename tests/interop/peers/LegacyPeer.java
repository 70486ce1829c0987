// SPDX-License-Identifier: ISC
//
// OpenJDK's JSSE as a peer of the legacy engine:
//
//	java ... LegacyPeer.java server CERTIFICATE KEY
//	    prints its port, sends back what it gets, until it is ended
//	java ... LegacyPeer.java client PORT BYTES PROTOCOLS SUITE [...]
//	    a connection for each pair, a line "PROTOCOLS SUITE PROTOCOL result";
//	    PROTOCOLS has commas between, SSLv2Hello among them for that format
//
// CERTIFICATE is PEM, KEY is PKCS #8 in PEM.

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

	static SSLSocket open(SSLContext context, int port, String protocols,
	    String suite) throws IOException {
		SSLSocket socket = (SSLSocket) context.getSocketFactory()
		    .createSocket("127.0.0.1", port);

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
		try (SSLSocket socket = open(context, port, protocols, suite)) {
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

	public static void main(String[] args) throws Exception {
		if (args[0].equals("server")) {
			serve(args[1], args[2]);
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
