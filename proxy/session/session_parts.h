// SPDX-License-Identifier: ISC
//
// What the files of a session share, and nobody else includes:
//   session.c         limits, end
//   session_begin.c   birth: whose it is, and whether it may
//   session_legs.c    what happens on the legs, brought to the bridge
//   session_shell.c   what the bridge asks, done
//   session_dial.c    dialling the receiver
//   session_hello.c   with which hello a receiver is dialled
//   session_mirror.c  whether a sender may be ourselves
//   session_report.c  lines of the log
//   identity.c        who the sender is, told to the receiver and to us
//   session_tell.c    lines of traces
//   verdict.c         the questions put to policy

#ifndef SESSION_PARTS_H
#define SESSION_PARTS_H

#include "session/session.h"

#include "session/edition.h"
#include "session/front.h"
#include "session/sounding.h"

// front.c
// A session was freed.
void front_left(struct front *front);
// Looks whether all sessions together hold too much, or do no more.
void front_memory(struct front *front, const struct limits *limits);

// session.c
void session_free(void *owner);
bool session_make_alarms(struct session *session);
void session_set_alarms(struct session *session);
void session_free_alarms(struct session *session);

// session_begin.c
// From now on the session is of the client that was told: whether that may
// come, and with which settings.
void session_begin_again(struct session *session, struct verdict *verdict);

// identity.c
// Sends the receiver a PROXY header.
void session_introduce(struct session *session);
void session_fill_client(const struct session *session, enum client_verb verb,
    struct client *client);
void session_fill_received(struct session *session, struct received *received);
// Takes the arguments of an XCLIENT, and answers as policy does.
void session_take_client(
    struct session *session, struct reader argument, struct verdict *verdict);
void session_take_forwarded(struct session *session, struct reader argument);
void session_drop_forwarded(struct session *session);

// session_legs.c
extern const struct leg_events session_leg_events;
// Tells the bridge that its side timed out; reason NONE: by the side's timer.
void session_timed_out(
    struct session *session, enum side side, enum reason reason);

// session_shell.c
extern const struct bridge_shell session_shell;
extern const struct bridge_shell session_traced_shell;
void session_fail(void *owner); // runs session->failing
// What the receiver is waited for has as much time as at its beginning.
void session_wait_again(struct session *session);

// session_dial.c
// The receivers to try, put into session->targets; how many. Their names live
// as long as the session.
size_t session_find_targets(struct session *session);
// Dials the first of them that is to be tried, and those behind it; or waits
// until it is known whether they lead back here (sounding.h).
void session_connect(struct session *session, unsigned first, unsigned rung);
// What waited for that is dialled, from then on in the time that it may take.
void session_dial(struct session *session);

// session_hello.c
// The hello that this rung of the ladder means: the one that worked last, where
// better ones had failed, comes first.
unsigned session_choose_hello(struct session *session);
// TLS came about with it, with the hello that was chosen.
void session_remember_receiver(struct session *session);

// session_mirror.c
bool session_mirrored(void *shell);

// session_report.c
void session_report_end(struct session *session);
void session_report_message(
    struct session *session, const struct bridge_message *message);
// Tells the log of TLSA records that prove nothing.
void session_report_claim(const struct session *session);
// A keyword of a receiver that nobody knows: told the log once.
void session_report_unlisted(void *shell, const uint8_t *keyword, size_t size);
void session_report_note(struct session *session, enum note note);
// Tells the log and the trace what TLS of the side came to, in words; fills
// session->detail where it failed: by what helps most, of all the hellos that
// were tried with this receiver.
void session_report_tls(
    struct session *session, enum side side, const struct tls_facts *facts);
// TLS with the receiver is up; it may mind yet, and close without a word (in
// TLS 1.3 it sees our certificate, or that there is none, only after this):
// keeps what is to be told then.
void session_expect_close(
    struct session *session, const struct tls_facts *facts);
// Another receiver is dialled, or the same from the beginning.
void session_forget_detail(struct session *session);

// session_tell.c: who watches is told, and the log
// What policy decided; asked is what it was asked at, in words.
void session_tell_policy(struct session *session, const char *asked);
// What came of a handshake. with_advice: where it failed, also what to change.
void session_tell_tls(struct session *session, enum side side,
    const struct tls_facts *facts, bool with_advice);
// What each address came to that was dialled; failures as in struct
// connected.
void session_tell_dialled(struct session *session, const char *failures);

// verdict.c
// Asks policy what is known at accept. False: the sender is refused, and
// *refusal and *reason say how.
bool session_decide(
    struct session *session, enum own_reply *refusal, enum reason *reason);
// Answers one of the sequencer's questions.
void session_ask(struct session *session, enum question question,
    struct reader argument, struct verdict *verdict);
// Whether the receiver in hand ever gave TLS is known now.
void session_know_receiver(struct session *session);

#endif
