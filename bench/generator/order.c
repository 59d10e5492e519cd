#define _GNU_SOURCE
#include "order.h"

#include <inttypes.h>
#include <string.h>

#define MAX_GROUPS 1024
#define MAX_OWN 8

typedef struct {
    uint32_t groups[MAX_OWN];
    uint64_t newest[MAX_OWN]; // 0: none came yet
    size_t count;
} Receiver;

static struct {
    const char *id;
    uint64_t receivers;
} groups[MAX_GROUPS];

static uint32_t group_count = 0;
static Receiver *all = NULL;

uint32_t order_group(const char *id) {
    for (uint32_t at = 0; at < group_count; at++)
        if (!strcmp(groups[at].id, id)) return at;
    return NO_GROUP;
}

uint64_t order_receivers(uint32_t group) {
    return group == NO_GROUP ? 0 : groups[group].receivers;
}

static void join(Receiver *receiver, const char *id) {
    uint32_t group = order_group(id);
    if (group == NO_GROUP) {
        if (group_count == MAX_GROUPS) fail("more than %d groups", MAX_GROUPS);
        group = group_count++;
        groups[group].id = id;
    }
    if (receiver->count == MAX_OWN) fail("a receiver in more than %d groups", MAX_OWN);
    receiver->groups[receiver->count++] = group;
    groups[group].receivers++;
}

void order_open(const Lines *receivers) {
    all = take(receivers->count * sizeof *all);
    memset(all, 0, receivers->count * sizeof *all);
    for (size_t at = 0; at < receivers->count; at++) {
        char *rest = receivers->lines[at].second;
        for (char *id; (id = strsep(&rest, " ")) != NULL;)
            if (*id != '\0') join(&all[at], id);
    }
}

void order_check(size_t receiver, uint32_t group, uint64_t number) {
    Receiver *own = &all[receiver];
    for (size_t at = 0; at < own->count; at++) {
        if (own->groups[at] != group) continue;
        if (own->newest[at] != 0 && number != own->newest[at] + 1)
            fail("socket %zu got message %" PRIu64 " of %s after %" PRIu64, receiver, number, groups[group].id,
                 own->newest[at]);
        own->newest[at] = number;
        return;
    }
    fail("socket %zu got a message of %s, where it is not", receiver, groups[group].id);
}
