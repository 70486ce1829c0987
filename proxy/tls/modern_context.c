// SPDX-License-Identifier: ISC

#include "tls/modern_context.h"

#include "base/bytes.h"
#include "base/contract.h"
#include "tls/modern.h"
#include "tls/modern_suites.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/rand.h>

// Whatever part of the program calls OpenSSL first, it must not read
// openssl.cnf: its system-wide defaults would change every context, in
// either direction, and could load code. That is decided once a process, so
// before main.
__attribute__((constructor)) static void
ignore_system_configuration(void)
{
	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

enum { SERVER_NAME_TYPE = TLSEXT_NAMETYPE_host_name };

// --- Certificates by SNI ---

// Our certificates whose names match, if any; all others would be wrong.
static int
choose_certificates(SSL *ssl, void *argument)
{
	const struct modern_context *context = argument;
	const char *name = SSL_get_servername(ssl, SERVER_NAME_TYPE);
	bool any = false;

	if (name == NULL || context->credential_count < 2)
		return 1;
	// From the last to the first: where two fit, the first stays.
	for (size_t i = context->credential_count; i-- > 0;) {
		const struct credential *one = context->credentials[i];

		if (!credential_names(one, name))
			continue;
		if (!any)
			SSL_certs_clear(ssl);
		any = true;
		if (SSL_use_cert_and_key(
			ssl, one->leaf, one->key, one->chain, 1) != 1)
			return 0;
	}
	return 1;
}

static bool
add_credentials(struct modern_context *context,
    const struct modern_settings *settings, struct tls_error *error)
{
	size_t count = settings->credential_count;

	error->setting = "certificate";
	context->credentials = calloc(count + 1, sizeof *context->credentials);
	if (context->credentials == NULL) {
		tls_error_set(error, "out of memory");
		return false;
	}
	context->credential_count = count;
	// From the last to the first: the first of a key type is the default.
	for (size_t i = count; i-- > 0;) {
		const struct credential *one = settings->credentials[i];

		context->credentials[i] = one;
		if (SSL_CTX_use_cert_and_key(context->ssl, one->leaf, one->key,
			one->chain, 1) != 1) {
			tls_error_set_library(
			    error, "a certificate cannot be used");
			return false;
		}
		if (EVP_PKEY_is_a(one->key, "RSA"))
			context->has_rsa = true;
		else
			context->has_ecdsa = true;
	}
	if (context->server)
		SSL_CTX_set_cert_cb(context->ssl, choose_certificates, context);
	return true;
}

// --- The peer's certificate ---

// The authorities whose names a server sends along with its request.
static bool
name_authorities(SSL_CTX *ssl, const struct verifier *verifier)
{
	const STACK_OF(X509) *all = verifier_authorities(verifier);

	for (int i = 0; i < sk_X509_num(all); i++)
		if (SSL_CTX_add_client_CA(ssl, sk_X509_value(all, i)) != 1)
			return false;
	return true;
}

static bool
set_verification(struct modern_context *context, struct tls_error *error)
{
	int mode = SSL_VERIFY_NONE;

	if (context->verifier != NULL)
		mode = context->server && !context->without_certificate
			   ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
			   : SSL_VERIFY_PEER;
	SSL_CTX_set_verify(context->ssl, mode, NULL);
	if (context->verifier == NULL)
		return true;
	SSL_CTX_set_cert_verify_callback(context->ssl, modern_verify, NULL);
	if (context->server &&
	    !name_authorities(context->ssl, context->verifier)) {
		tls_error_set(error, "out of memory");
		return false;
	}
	return true;
}

// --- Protocol ---

static uint64_t
options_of(const struct modern_settings *settings)
{
	// Renegotiation: CVE-2009-3555, CVE-2011-1473. Compression: CRIME.
	uint64_t options = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
			   SSL_OP_CIPHER_SERVER_PREFERENCE |
			   SSL_OP_PRIORITIZE_CHACHA |
			   SSL_OP_ENABLE_MIDDLEBOX_COMPAT;

	// BEAST; there are old peers that choke on it.
	if (!settings->record_splitting)
		options |= SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS;
	// We never renegotiate, so what RFC 5746 secures cannot happen here.
	if (settings->compatible)
		options |= SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_TICKET |
			   SSL_OP_NO_ENCRYPT_THEN_MAC;
	// A resumed session would not show its certificate again, and the
	// chain that came with it would not be judged again.
	if (settings->server && settings->verifier != NULL)
		options |= SSL_OP_NO_TICKET;
	return options;
}

// At its lower levels libssl lets keys and signatures pass that TLS 1.0 and
// 1.1 cannot do without; suites are bounded by min_bits in any case.
static int
level_of(const struct modern_settings *settings)
{
	return settings->min_protocol < TLS1_2_VERSION || settings->compatible
		   ? 0
		   : 2;
}

static int
take_smtp(SSL *ssl, const unsigned char **out, unsigned char *out_size,
    const unsigned char *in, unsigned in_size, void *argument)
{
	struct reader offered = reader_over(in, in_size);

	(void)ssl;
	(void)argument;
	while (offered.left > 0) {
		struct reader name = reader_vector(&offered, 1);

		if (name.failed || name.left != 4 ||
		    memcmp(name.at, "smtp", 4) != 0)
			continue;
		*out = name.at;
		*out_size = (unsigned char)name.left;
		return SSL_TLSEXT_ERR_OK;
	}
	// A client that wants to talk something else is being used to talk
	// to us (ALPACA).
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void
set_sessions(SSL_CTX *ssl, const struct modern_settings *settings)
{
	unsigned char scope[16];

	// Tickets alone, under keys that libssl makes up for this context: no
	// session crosses from one policy to another. A client resumes none,
	// so that its receiver is judged at each connection.
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	if (settings->server && settings->verifier != NULL)
		SSL_CTX_set_num_tickets(ssl, 0);
	if (RAND_bytes(scope, sizeof scope) == 1)
		SSL_CTX_set_session_id_context(ssl, scope, sizeof scope);
	// 0-RTT data can be replayed, and MAIL must not be.
	SSL_CTX_set_max_early_data(ssl, 0);
	SSL_CTX_set_recv_max_early_data(ssl, 0);
}

static bool
set_protocol(struct modern_context *context,
    const struct modern_settings *settings, struct tls_error *error)
{
	SSL_CTX *ssl = context->ssl;

	if (context->min_protocol > context->max_protocol) {
		tls_error_set(error,
		    "there is no TLS version from 1.0 up between "
		    "min-protocol and max-protocol");
		return false;
	}
	SSL_CTX_clear_options(ssl, SSL_CTX_get_options(ssl));
	SSL_CTX_set_options(ssl, options_of(settings));
	SSL_CTX_set_min_proto_version(ssl, (int)context->min_protocol);
	SSL_CTX_set_max_proto_version(ssl, (int)context->max_protocol);
	SSL_CTX_set_mode(
	    ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
	if (settings->fell_back)
		SSL_CTX_set_mode(ssl, SSL_MODE_SEND_FALLBACK_SCSV);
	set_sessions(ssl, settings);
	if (settings->server) {
		SSL_CTX_set_dh_auto(ssl, 1);
		SSL_CTX_set_alpn_select_cb(ssl, take_smtp, NULL);
	}
	if (!modern_suites_set(ssl, settings, error))
		return false;
	// After the suites, whose notation could change it.
	SSL_CTX_set_security_level(ssl, level_of(settings));
	// Narrowed, where no suite is left for one of them.
	context->min_protocol = (unsigned)SSL_CTX_get_min_proto_version(ssl);
	context->max_protocol = (unsigned)SSL_CTX_get_max_proto_version(ssl);
	return true;
}

static bool
build(struct modern_context *context, const struct modern_settings *settings,
    struct tls_error *error)
{
	context->ssl = SSL_CTX_new(
	    settings->server ? TLS_server_method() : TLS_client_method());
	context->bio = modern_bio_method();
	if (context->ssl == NULL || context->bio == NULL) {
		tls_error_set_library(error, "the TLS library failed");
		return false;
	}
	modern_observe(context->ssl);
	return set_protocol(context, settings, error) &&
	       add_credentials(context, settings, error) &&
	       set_verification(context, error);
}

struct modern_context *
modern_context_new(
    const struct modern_settings *settings, struct tls_error *error)
{
	struct modern_context *context = calloc(1, sizeof *context);

	REQUIRE(!settings->server || settings->credential_count > 0);
	REQUIRE(settings->server || settings->verifier != NULL);
	if (context == NULL) {
		tls_error_set(error, "out of memory");
		return NULL;
	}
	ERR_clear_error();
	context->server = settings->server;
	context->min_protocol = settings->min_protocol < TLS1_VERSION
				    ? TLS1_VERSION
				    : settings->min_protocol;
	context->max_protocol = settings->max_protocol;
	context->min_bits = settings->min_bits;
	context->compatible = settings->compatible;
	context->verifier = settings->verifier;
	context->without_certificate = settings->without_certificate;
	if (!build(context, settings, error))
		modern_context_free(&context);
	ERR_clear_error();
	return context;
}

void
modern_context_free(struct modern_context **context)
{
	if (*context == NULL)
		return;
	SSL_CTX_free((*context)->ssl);
	BIO_meth_free((*context)->bio);
	free((*context)->credentials);
	free(*context);
	*context = NULL;
}

enum tls_failure
modern_context_serves(
    const struct modern_context *context, const struct hello *hello)
{
	if (hello->highest < context->min_protocol)
		return TLS_FAILURE_PROTOCOL;
	unsigned version = hello->highest < context->max_protocol
			       ? hello->highest
			       : context->max_protocol;
	return modern_suites_shared(context, hello, version)
		   ? TLS_FAILURE_NONE
		   : TLS_FAILURE_SUITE;
}
