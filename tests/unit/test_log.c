// SPDX-License-Identifier: ISC

#define _DEFAULT_SOURCE
#include "unit.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "watch/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

static char folder[] = "/tmp/test_log.XXXXXX";
static char path[64], other[64];

static uint64_t
played_monotonic(void)
{
	return 0;
}

// 2001-02-03T04:05:06.789Z
static uint64_t
played_wall(void)
{
	return 981173106789000;
}

static const struct clock played = {played_monotonic, played_wall};

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/log", folder);
	snprintf(other, sizeof other, "%s/other", folder);
	clock_replace(&played);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(path);
	unlink(other);
	return rmdir(folder);
}

static struct log
open_log(enum log_form form, enum severity least)
{
	const struct log_options options = {
	    .place = LOG_TO_FILE,
	    .form = form,
	    .least = least,
	    .path = path,
	};
	char error[256];
	struct log log;

	unlink(path);
	assert_true(log_open(&log, &options, error, sizeof error));
	return log;
}

// The file's text, whole.
static const char *
written(const char *name)
{
	static char text[32768];
	FILE *file = fopen(name, "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	return text;
}

static const struct session_report full = {
    .session = "7f3a01",
    .listener = "exchange",
    .client = "192.0.2.7:1034",
    .helo = (const uint8_t *)"EXCH55",
    .helo_size = 6,
    .sender = {"SSLv3", "TLS_RSA_EXPORT_WITH_RC4_40_MD5", 40},
    .receiver = "198.51.100.2:25",
    .receiver_leg = {"TLSv1.3", "TLS_AES_256_GCM_SHA384", 256},
    .verified = "name",
    .messages = 1,
    .recipients = 1,
    .bytes = 4711,
    .reason = REASON_QUIT,
    .duration = 213,
};

static void
a_session_is_one_line_in_the_order_of_the_manual(void **state)
{
	struct log log = open_log(LOG_AS_TEXT, SEVERITY_INFO);

	(void)state;
	log_session(&log, &full);
	log_close(&log);
	assert_string_equal(written(path),
	    "2001-02-03T04:05:06.789Z session=7f3a01 listener=exchange "
	    "client=192.0.2.7:1034 helo=EXCH55 "
	    "sender-tls=SSLv3/TLS_RSA_EXPORT_WITH_RC4_40_MD5/40 "
	    "receiver=198.51.100.2:25 "
	    "receiver-tls=TLSv1.3/TLS_AES_256_GCM_SHA384/256 "
	    "verified=name rule=\"default\" messages=1 recipients=1 "
	    "bytes=4711 reason=quit duration=0.213\n");
}

static void
a_session_without_anything_still_has_every_key(void **state)
{
	const struct session_report empty = {
	    .session = "000001",
	    .listener = "l",
	    .client = "[::1]:9",
	    .reason = REASON_NOT_A_CLIENT,
	    .duration = 61002,
	};
	struct log log = open_log(LOG_AS_TEXT, SEVERITY_INFO);

	(void)state;
	log_session(&log, &empty);
	log_close(&log);
	assert_string_equal(written(path) + 25,
	    "session=000001 listener=l client=[::1]:9 helo=\"\" "
	    "sender-tls=none receiver=\"\" receiver-tls=none verified=none "
	    "rule=\"default\" messages=0 recipients=0 bytes=0 "
	    "reason=not-a-client duration=61.002\n");
}

static void
a_session_in_json_has_the_same_names(void **state)
{
	struct log log = open_log(LOG_AS_JSON, SEVERITY_INFO);

	(void)state;
	log_session(&log, &full);
	log_close(&log);
	assert_string_equal(written(path),
	    "{\"time\":\"2001-02-03T04:05:06.789Z\",\"level\":\"info\","
	    "\"session\":\"7f3a01\",\"listener\":\"exchange\","
	    "\"client\":\"192.0.2.7:1034\",\"helo\":\"EXCH55\","
	    "\"sender-tls\":\"SSLv3/TLS_RSA_EXPORT_WITH_RC4_40_MD5/40\","
	    "\"receiver\":\"198.51.100.2:25\","
	    "\"receiver-tls\":\"TLSv1.3/TLS_AES_256_GCM_SHA384/256\","
	    "\"verified\":\"name\",\"rule\":\"default\",\"messages\":1,"
	    "\"recipients\":1,\"bytes\":4711,\"reason\":\"quit\","
	    "\"duration\":0.213}\n");
}

static void
a_message_carries_the_receivers_reply(void **state)
{
	static const char reply[] =
	    "250-2.0.0 thanks\r\n250 queued as \"4F\"\r\n";
	const struct message_report report = {
	    .session = "7f3a01",
	    .number = 2,
	    .outcome = "accepted",
	    .recipients = 3,
	    .bytes = 12,
	    .reply = (const uint8_t *)reply,
	    .reply_size = sizeof reply - 1,
	};
	struct log log = open_log(LOG_AS_TEXT, SEVERITY_INFO);

	(void)state;
	log_message(&log, &report);
	log_close(&log);
	assert_string_equal(written(path) + 25,
	    "session=7f3a01 number=2 outcome=accepted recipients=3 bytes=12 "
	    "reply=\"250-2.0.0 thanks\\x0d\\x0a250 queued as \\\"4F\\\"\"\n");
}

static void
no_peer_can_write_a_line_of_its_own(void **state)
{
	static const char helo[] = "x\nsession=1 reason=quit\x1b[2J\"\\";
	struct session_report report = full;

	(void)state;
	report.helo = (const uint8_t *)helo;
	report.helo_size = sizeof helo - 1;
	for (int format = LOG_AS_TEXT; format <= LOG_AS_JSON; format++) {
		struct log log = open_log((enum log_form)format, SEVERITY_INFO);
		const char *text;

		log_session(&log, &report);
		log_event(
		    &log, SEVERITY_INFO, "7f3a01", "the peer says %s", helo);
		log_close(&log);
		text = written(path);
		text = strchr(text, '\n');
		assert_non_null(text);
		text = strchr(text + 1, '\n');
		assert_non_null(text);
		assert_int_equal(text[1], '\0');
		assert_null(strchr(written(path), '\x1b'));
	}
	assert_non_null(
	    strstr(written(path), "the peer says x\\\\x0asession=1 reason=quit"
				  "\\\\x1b[2J\\\"\\\\\\\\"));
}

static void
a_value_may_be_longer_than_a_line_should_be(void **state)
{
	static uint8_t reply[65536];
	struct message_report report = {
	    .session = "1", .outcome = "accepted", .reply = reply};
	struct log log = open_log(LOG_AS_JSON, SEVERITY_INFO);
	const char *text;

	(void)state;
	memset(reply, 1, sizeof reply);
	report.reply_size = sizeof reply;
	log_message(&log, &report);
	log_close(&log);
	text = written(path);
	assert_int_equal(text[strlen(text) - 1], '\n');
	assert_non_null(strstr(text, "\\\\x01...\"}\n"));
}

static void
levels_leave_lines_out_and_name_complaints(void **state)
{
	struct log log = open_log(LOG_AS_TEXT, SEVERITY_WARNING);

	(void)state;
	log_event(&log, SEVERITY_INFO, NULL, "not written");
	log_session(&log, &full);
	log_event(&log, SEVERITY_WARNING, "7f3a01", "odd");
	log_event(&log, SEVERITY_ERROR, NULL, "worse");
	log_close(&log);
	assert_string_equal(written(path),
	    "2001-02-03T04:05:06.789Z session=7f3a01 warning: odd\n"
	    "2001-02-03T04:05:06.789Z error: worse\n");
}

static void
a_file_is_appended_to_and_not_for_everybody(void **state)
{
	struct log log = open_log(LOG_AS_TEXT, SEVERITY_INFO);
	const struct log_options again = log.options;
	char error[256];
	struct stat status;

	(void)state;
	log_event(&log, SEVERITY_INFO, NULL, "one");
	log_close(&log);
	assert_true(log_open(&log, &again, error, sizeof error));
	log_event(&log, SEVERITY_INFO, NULL, "two");
	log_close(&log);
	assert_non_null(strstr(written(path), "one\n"));
	assert_non_null(strstr(written(path), "two\n"));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07137, 0);
}

static void
a_symbolic_link_is_not_followed(void **state)
{
	const struct log_options options = {
	    .place = LOG_TO_FILE,
	    .least = SEVERITY_INFO,
	    .path = path,
	};
	char error[256] = "";
	struct log log;

	(void)state;
	unlink(path);
	assert_int_equal(symlink(other, path), 0);
	assert_false(log_open(&log, &options, error, sizeof error));
	assert_non_null(strstr(error, "symbolic link"));
	assert_int_not_equal(access(other, F_OK), 0);
	assert_int_equal(log.options.place, LOG_TO_STDERR);
}

static void
reopening_follows_a_rotation_and_survives_a_failure(void **state)
{
	struct log log = open_log(LOG_AS_TEXT, SEVERITY_INFO);
	char error[256] = "";

	(void)state;
	log_event(&log, SEVERITY_INFO, NULL, "before");
	assert_int_equal(rename(path, other), 0);
	assert_true(log_reopen(&log, error, sizeof error));
	log_event(&log, SEVERITY_INFO, NULL, "after");
	assert_null(strstr(written(path), "before"));
	assert_non_null(strstr(written(path), "after"));
	assert_null(strstr(written(other), "after"));

	unlink(path);
	assert_int_equal(symlink(other, path), 0);
	assert_false(log_reopen(&log, error, sizeof error));
	log_event(&log, SEVERITY_INFO, NULL, "lost to the old file");
	assert_null(strstr(written(other), "lost"));
	log_close(&log);
}

static char entry[4096];

static int
keep_entry(const struct iovec *fields, int count)
{
	struct writer out = writer_over(entry, sizeof entry - 1);

	for (int i = 0; i < count; i++) {
		writer_bytes(&out, fields[i].iov_base, fields[i].iov_len);
		writer_u8(&out, '\n');
	}
	entry[out.size] = '\0';
	return 0;
}

static void
the_journal_gets_the_line_and_every_value_as_a_field(void **state)
{
	struct log_options options = {
	    .place = LOG_TO_JOURNAL,
	    .least = SEVERITY_INFO,
	    .journal = keep_entry,
	};
	struct session_report report = full;
	char error[256];
	struct log log;

	(void)state;
	report.helo = (const uint8_t *)"a\nPRIORITY=0";
	report.helo_size = 12;
	assert_true(log_open(&log, &options, error, sizeof error));
	log_session(&log, &report);
	assert_ptr_equal(strstr(entry, "MESSAGE=session=7f3a01 "), entry);
	assert_non_null(strstr(entry, "\nSENDER_TLS=SSLv3/"));
	assert_non_null(strstr(entry, "\nHELO=a\\x0aPRIORITY=0\n"));
	assert_non_null(strstr(entry, "\nDURATION=0.213\n"));
	assert_non_null(strstr(entry, "\nPRIORITY=6\n"));

	log_event(&log, SEVERITY_WARNING, "7f3a01", "odd");
	assert_string_equal(entry,
	    "MESSAGE=session=7f3a01 warning: odd\nSESSION=7f3a01\n"
	    "PRIORITY=4\nSYSLOG_IDENTIFIER=sallyport\n"
	    "SYSLOG_FACILITY=2\n");

	options.journal = NULL;
	assert_false(log_open(&log, &options, error, sizeof error));
	assert_non_null(strstr(error, "without libsystemd"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_session_is_one_line_in_the_order_of_the_manual),
	    cmocka_unit_test(a_session_without_anything_still_has_every_key),
	    cmocka_unit_test(a_session_in_json_has_the_same_names),
	    cmocka_unit_test(a_message_carries_the_receivers_reply),
	    cmocka_unit_test(no_peer_can_write_a_line_of_its_own),
	    cmocka_unit_test(a_value_may_be_longer_than_a_line_should_be),
	    cmocka_unit_test(levels_leave_lines_out_and_name_complaints),
	    cmocka_unit_test(a_file_is_appended_to_and_not_for_everybody),
	    cmocka_unit_test(a_symbolic_link_is_not_followed),
	    cmocka_unit_test(
		reopening_follows_a_rotation_and_survives_a_failure),
	    cmocka_unit_test(
		the_journal_gets_the_line_and_every_value_as_a_field),
	};

	return cmocka_run_group_tests_name(
	    "log", tests, make_folder, remove_folder);
}
