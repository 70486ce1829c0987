// SPDX-License-Identifier: ISC
//
// What libssl calls back: for bytes, for a verdict on certificates, and to
// tell what it does.

#include "tls/modern.h"

#include "base/bytes.h"
#include "tls/modern_state.h"

// --- The BIO between libssl and the leg ---

static int
bio_read(BIO *bio, char *out, size_t room, size_t *size)
{
	struct modern *modern = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	*size = room < modern->left ? room : modern->left;
	if (*size == 0) {
		BIO_set_retry_read(bio);
		return 0;
	}
	bytes_copy(out, room, modern->at, *size);
	modern->at += *size;
	modern->left -= *size;
	return 1;
}

static int
bio_write(BIO *bio, const char *bytes, size_t size, size_t *written)
{
	struct modern *modern = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	*written = 0;
	if (!buffer_append(modern->engine.records, bytes, size)) {
		modern->overrun = true;
		return 0;
	}
	*written = size;
	return 1;
}

static long
bio_control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *
modern_bio_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "leg");

	if (method == NULL)
		return NULL;
	BIO_meth_set_read_ex(method, bio_read);
	BIO_meth_set_write_ex(method, bio_write);
	BIO_meth_set_ctrl(method, bio_control);
	return method;
}

// --- What libssl tells ---

static void
on_secret(const SSL *ssl, const char *line)
{
	struct modern *modern = SSL_get_app_data(ssl);
	const struct engine_observer *observer = modern->engine.observer;

	if (observer != NULL)
		observer->secret(observer->context, line);
}

static void
on_event(const SSL *ssl, int where, int value)
{
	struct modern *modern = SSL_get_app_data(ssl);
	int alert = value & 0xff;

	if ((where & SSL_CB_ALERT) == 0 || alert == SSL_AD_CLOSE_NOTIFY)
		return;
	if ((where & SSL_CB_READ) == 0)
		modern->engine.facts.alert_sent = alert;
	else if (value >> 8 == SSL3_AL_FATAL)
		modern->engine.facts.alert_received = alert;
}

static void
on_message(int sent, int version, int type, const void *bytes, size_t size,
    SSL *ssl, void *argument)
{
	struct modern *modern = SSL_get_app_data(ssl);

	(void)version;
	(void)argument;
	if (sent || type != SSL3_RT_HANDSHAKE)
		return;
	if (modern->engine.status == ENGINE_OPEN)
		modern->messages++;
	if (size > 0 &&
	    *(const uint8_t *)bytes == SSL3_MT_CERTIFICATE_REQUEST &&
	    SSL_get_certificate(ssl) == NULL)
		modern->engine.facts.certificate_missing = true;
}

void
modern_observe(SSL_CTX *ssl)
{
	SSL_CTX_set_keylog_callback(ssl, on_secret);
	SSL_CTX_set_info_callback(ssl, on_event);
	SSL_CTX_set_msg_callback(ssl, on_message);
}

// The alert that libssl sends is made of this.
static int
error_for(enum tls_failure failure)
{
	if (failure == TLS_FAILURE_EXPIRED)
		return X509_V_ERR_CERT_HAS_EXPIRED;
	if (failure == TLS_FAILURE_REVOKED)
		return X509_V_ERR_CERT_REVOKED;
	if (failure == TLS_FAILURE_UNTRUSTED)
		return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
	return X509_V_ERR_CERT_REJECTED;
}

// The leaf first, then what came with it; libssl's own list has the leaf
// again.
static STACK_OF(X509) * certificates_of(X509_STORE_CTX *run)
{
	STACK_OF(X509) *rest = X509_STORE_CTX_get0_untrusted(run);
	STACK_OF(X509) *all =
	    rest != NULL ? sk_X509_dup(rest) : sk_X509_new_null();
	X509 *leaf = X509_STORE_CTX_get0_cert(run);

	if (all == NULL || leaf == NULL || sk_X509_unshift(all, leaf) <= 0) {
		sk_X509_free(all);
		return NULL;
	}
	return all;
}

int
modern_verify(X509_STORE_CTX *run, void *argument)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
	    run, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct modern *modern = SSL_get_app_data(ssl);
	STACK_OF(X509) *all = certificates_of(run);

	(void)argument;
	if (all == NULL) {
		X509_STORE_CTX_set_error(run, X509_V_ERR_OUT_OF_MEM);
		return 0;
	}
	modern->verdict = verifier_judge(modern->context->verifier,
	    modern->peer, all, &modern->engine.facts);
	sk_X509_free(all);
	bool good = modern->verdict.failure == TLS_FAILURE_NONE;
	X509_STORE_CTX_set_error(
	    run, good ? X509_V_OK : error_for(modern->verdict.failure));
	return good;
}
