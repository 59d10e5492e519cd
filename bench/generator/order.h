// Receivers that say which groups they are in: how many a message has, and that a socket sees the messages of each group
// in their order, without a gap. That it sees none twice follows from it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "basics.h"

#define NO_GROUP UINT32_MAX

// Takes the groups off the lines (`token group group …`), in the order of their sockets.
void order_open(const Lines *receivers);

// The place of a group, NO_GROUP when no receiver is in it, and how many receivers are.
uint32_t order_group(const char *id);
uint64_t order_receivers(uint32_t group);

// A socket got a message, `number` in its conversation; fails when another one should have come.
void order_check(size_t receiver, uint32_t group, uint64_t number);
