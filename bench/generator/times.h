// Many durations in little memory: buckets that grow with the value, each at most 1.6 % wide.
#pragma once

#include <stdint.h>

#define TIMES_STEPS 64
#define TIMES_BUCKETS (64 * TIMES_STEPS)

typedef struct {
    uint64_t count;
    uint64_t largest;
    uint32_t buckets[TIMES_BUCKETS];
} Times;

void times_add(Times *times, uint64_t ns);

// The duration below which this share of them lies (0.5 is the median), in nanoseconds; 0 when there is none.
uint64_t times_at(const Times *times, double share);

// Prints `"name_us": {"count": …, "p50": …, "p95": …, "p99": …, "max": …}`.
void times_print(const char *name, const Times *times);
