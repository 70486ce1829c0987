// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L

#include "policy/check_parts.h"
#include "policy/level.h"

#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

// A list is issued anew each day or week, a certificate by somebody who has to
// be reminded.
enum { DAY = 86400, SOON = 21 * DAY, SOON_FOR_LIST = DAY };

// The oldest protocols share their weaknesses with whatever else uses their
// key: what is decrypted, or signed, with it there serves here (DROWN, FREAK).
static void
check_sharing(struct check *check, const struct key *key)
{
	bool known = false;

	for (size_t i = 0; i < check->key_count; i++) {
		const struct key *other = &check->keys[i];

		if (memcmp(other->digest, key->digest, sizeof key->digest) != 0)
			continue;
		known = known || other->legacy == key->legacy;
		if (other->legacy == key->legacy)
			continue;
		ERROR(key->at,
		    "%s: its key is also that of %s; the legacy engine's key "
		    "must serve nothing else, for what breaks it there breaks "
		    "it here (DROWN, FREAK); make a key of its own",
		    key->setting, other->setting);
	}
	if (!known && check->key_count < KEYS_MOST)
		check->keys[check->key_count++] = *key;
}

// NULL if it is not what it should be, which is told.
static const struct reading *
read_once(struct check *check, struct origin at, const char *setting,
    enum reading_kind kind, const char *path, const char *key_path)
{
	const struct reading *reading =
	    reading_of(&check->readings, kind, path, key_path);

	if (reading != NULL && reading->good)
		return reading;
	ERROR(at, "%s: %s", setting,
	    reading != NULL ? reading->error : "memory is out");
	return NULL;
}

static void
check_time(struct check *check, struct origin at, const char *setting,
    const char *path, int64_t not_after, int64_t soon)
{
	int64_t left = not_after - check->now;

	if (left < 0)
		OVERDUE(at, "%s: %s expired %" PRId64 " days ago; renew it",
		    setting, path, -left / DAY);
	else if (left < soon && left < DAY)
		WARNING(
		    at, "%s: %s expires within a day; renew it", setting, path);
	else if (left < soon)
		WARNING(at, "%s: %s expires in %" PRId64 " days; renew it",
		    setting, path, left / DAY);
}

static void
check_mode(struct check *check, struct origin at, const char *setting,
    const char *path)
{
	const struct passwd *user = check_user(check);
	struct stat status;

	if (stat(path, &status) != 0)
		return;
	if (user != NULL && !check_may(user, &status, S_IROTH))
		WARNING(at,
		    "%s: %s cannot be read by %s, the user that reloads: a "
		    "renewed one would not be taken up; chgrp and chmod g+r "
		    "it, or let systemd hand it over (LoadCredential=)",
		    setting, path, user->pw_name);
	if ((status.st_mode & S_IRWXO) != 0)
		WARNING(at,
		    "%s: %s can be read by every user of this host; chmod "
		    "o= %s",
		    setting, path, path);
}

// One chain and its key (NULL: in the same file). name is a host name that it
// should cover, or NULL.
struct pair {
	const char *setting, *path, *key_path, *name;
	struct origin at;
	bool legacy;
};

static void
check_pair(struct check *check, const struct pair *pair)
{
	const struct reading *reading = read_once(check, pair->at,
	    pair->setting, READING_PAIR, pair->path, pair->key_path);
	const struct certificate *is;
	struct key key = {
	    .setting = pair->setting, .at = pair->at, .legacy = pair->legacy};

	if (reading == NULL)
		return;
	is = &reading->certificate;
	check_time(
	    check, pair->at, pair->setting, pair->path, is->not_after, SOON);
	if (is->not_before > check->now)
		OVERDUE(pair->at, "%s: %s is not valid yet", pair->setting,
		    pair->path);
	if (pair->legacy && !is->rsa)
		ERROR(pair->at,
		    "%s: %s is not for RSA, which is all that the legacy "
		    "engine speaks",
		    pair->setting, pair->path);
	if (pair->name != NULL && !certificate_covers(is, pair->name))
		WARNING(pair->at, "%s: %s is not for %s, which is hostname",
		    pair->setting, pair->path, pair->name);
	check_mode(check, pair->at, pair->setting,
	    pair->key_path != NULL ? pair->key_path : pair->path);
	memcpy(key.digest, is->key_digest, sizeof key.digest);
	check_sharing(check, &key);
}

static void
check_pairs(struct check *check, const struct text_list *certificates,
    const struct text_list *keys, struct pair pair)
{
	for (size_t i = 0; i < certificates->count; i++) {
		pair.path = certificates->items[i];
		pair.key_path = i < keys->count ? keys->items[i] : NULL;
		check_pair(check, &pair);
	}
}

static void
check_authorities(struct check *check, struct origin at, const char *setting,
    const char *path)
{
	const struct reading *reading =
	    read_once(check, at, setting, READING_AUTHORITIES, path, NULL);

	if (reading != NULL && reading->certificate.not_after < check->now)
		WARNING(at, "%s: %s holds an authority that is expired",
		    setting, path);
}

static void
check_revocations(struct check *check, struct origin at, const char *path)
{
	const struct reading *reading = read_once(
	    check, at, "receiver.crl", READING_REVOCATIONS, path, NULL);

	if (reading != NULL)
		check_time(check, at, "receiver.crl", path,
		    reading->certificate.not_after, SOON_FOR_LIST);
}

static void
check_sender(struct check *check, const struct sender_layer *sender)
{
	const struct sender_settings *is = &sender->values;
	const struct origin *at = sender->origins;
	const char *hostname = check->all->process.values.hostname;

	if (is->tls == SENDER_TLS_NONE)
		return;
	check_pairs(check, &is->certificate, &is->key,
	    (struct pair){.setting = "sender.certificate",
		.at = at[SENDER_AT_certificate],
		.name = is->certificate.count == 1 ? hostname : NULL});
	if (is->legacy_certificate != NULL)
		check_pair(check,
		    &(struct pair){.setting = "sender.legacy-certificate",
			.at = at[SENDER_AT_legacy_certificate],
			.path = is->legacy_certificate,
			.key_path = is->legacy_key,
			.legacy = true});
	if (is->client_ca != NULL)
		check_authorities(check, at[SENDER_AT_client_ca],
		    "sender.client-ca", is->client_ca);
}

// ".example.com" stands for every name below it.
static bool
any_covers(const struct text_list *names, const char *host)
{
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->items[i];
		size_t size = strlen(name), host_size = strlen(host);

		if (strcasecmp(name, host) == 0)
			return true;
		if (name[0] == '.' && host_size > size &&
		    strcasecmp(host + host_size - size, name) == 0)
			return true;
	}
	return false;
}

static void
check_names(struct check *check, const struct receiver_layer *receiver,
    const struct policy_receivers *forward_to)
{
	const struct text_list *names = &receiver->values.names;

	for (size_t i = 0; i < forward_to->count && names->count > 0; i++) {
		const struct policy_receiver *to = &forward_to->items[i];

		if (!to->is_address && !any_covers(names, to->host))
			WARNING(receiver->origins[RECEIVER_AT_names],
			    "receiver.names: do not cover %s of forward-to; "
			    "that is right only if its certificate is for "
			    "another name",
			    to->host);
	}
}

static void
check_receiver(struct check *check, const struct receiver_layer *receiver,
    const struct policy_receivers *forward_to)
{
	const struct receiver_settings *is = &receiver->values;
	const struct origin *at = receiver->origins;

	if (is->tls == LEVEL_NONE)
		return;
	check_names(check, receiver, forward_to);
	check_pairs(check, &is->certificate, &is->key,
	    (struct pair){.setting = "receiver.certificate",
		.at = at[RECEIVER_AT_certificate]});
	for (size_t i = 0; i < is->ca.count; i++)
		check_authorities(
		    check, at[RECEIVER_AT_ca], "receiver.ca", is->ca.items[i]);
	for (size_t i = 0; i < is->crl.count; i++)
		check_revocations(check, at[RECEIVER_AT_crl], is->crl.items[i]);
}

// What was made and is kept is a key as those are that settings name.
static void
check_kept(struct check *check)
{
	static const char *const files[] = {
	    CERTIFICATE_KEPT, CERTIFICATE_KEPT_LEGACY};
	static const char *const what[] = {"the " CERTIFICATE_KEPT
					   " that is kept in state-directory",
	    "the " CERTIFICATE_KEPT_LEGACY " that is kept in state-directory"};
	const char *directory = check->all->process.values.state_directory;
	char error[CERTIFICATE_ERROR_MOST];
	struct certificate certificate;
	char path[4096];

	for (size_t i = 0; directory != NULL && i < 2; i++) {
		struct key key = {.setting = what[i],
		    .at = check->all->process.origins[TOP_AT_state_directory],
		    .legacy = i == 1};

		snprintf(path, sizeof path, "%s/%s", directory, files[i]);
		if (!certificate_read(&certificate, path, NULL, error))
			continue;
		memcpy(key.digest, certificate.key_digest, sizeof key.digest);
		check_sharing(check, &key);
		certificate_free(&certificate);
	}
}

// A leg that a rule leaves as it is was looked at without the rule.
static void
check_plan(struct check *check, const struct listener *listener,
    const struct plan *plan)
{
	const struct plan *base = &listener->plans[listener->plan_count - 1];
	struct sender_layer sender;
	struct receiver_layer receiver;

	if (plan == base || plan->sender != base->sender) {
		resolve_sender(
		    check->all, listener->written, plan->rule, &sender);
		check_sender(check, &sender);
	}
	if (plan == base || plan->receiver != base->receiver) {
		resolve_receiver(
		    check->all, listener->written, plan->rule, &receiver);
		check_receiver(check, &receiver, &plan->forward_to);
	}
}

void
policy_check(const struct policy *policy, struct faults *faults)
{
	struct check check = {.faults = faults,
	    .all = &policy->configuration,
	    .now = (int64_t)time(NULL)};

	check_process(&check);
	check_kept(&check);
	for (size_t i = 0; i < policy->listener_count; i++) {
		const struct listener *listener = &policy->listeners[i];

		for (size_t j = 0; j < listener->plan_count; j++)
			check_plan(&check, listener, &listener->plans[j]);
	}
	readings_free(&check.readings);
	faults_sort(faults);
}
