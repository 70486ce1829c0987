// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/alarm.h"

#include "base/contract.h"
#include "net/loop.h"

#include <stdlib.h>
#include <uv.h>

struct alarm {
	uv_timer_t uv;
	void (*rings)(void *owner);
	void *owner;
};

struct alarm *
alarm_new(struct loop *loop, void (*rings)(void *owner), void *owner)
{
	struct alarm *alarm = calloc(1, sizeof *alarm);

	if (alarm == NULL)
		return NULL;
	REQUIRE(uv_timer_init(loop_uv(loop), &alarm->uv) == 0);
	alarm->uv.data = alarm;
	alarm->rings = rings;
	alarm->owner = owner;
	return alarm;
}

static void
alarm_rings(uv_timer_t *uv)
{
	struct alarm *alarm = uv->data;

	alarm->rings(alarm->owner);
}

void
alarm_set(struct alarm *alarm, uint64_t milliseconds)
{
	REQUIRE(uv_timer_start(&alarm->uv, alarm_rings, milliseconds, 0) == 0);
}

void
alarm_stop(struct alarm *alarm)
{
	uv_timer_stop(&alarm->uv);
}

static void
alarm_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
alarm_free(struct alarm **alarm)
{
	if (*alarm == NULL)
		return;
	uv_close((uv_handle_t *)&(*alarm)->uv, alarm_closed);
	*alarm = NULL;
}
