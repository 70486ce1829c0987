// SPDX-License-Identifier: ISC
//
// One timer that outlives its owner by just as long as the loop needs to
// close it: its owner may be freed at any time.

#ifndef NET_ALARM_H
#define NET_ALARM_H

#include <stdint.h>

struct loop;
struct alarm;

// NULL when memory is out.
struct alarm *alarm_new(
    struct loop *loop, void (*rings)(void *owner), void *owner);
// Rings once, milliseconds from now, unless set again or stopped.
void alarm_set(struct alarm *alarm, uint64_t milliseconds);
void alarm_stop(struct alarm *alarm);
// Frees and clears; NULL is let pass.
void alarm_free(struct alarm **alarm);

#endif
