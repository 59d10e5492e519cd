#include "times.h"

#include <inttypes.h>
#include <stdio.h>

// Below 128 a bucket is one nanosecond; above it, every power of two has 64 of them.
static unsigned bucket_of(uint64_t ns) {
    if (ns < 2 * TIMES_STEPS) return (unsigned)ns;
    unsigned power = 63 - (unsigned)__builtin_clzll(ns);
    unsigned shift = power - 6;
    return (shift + 1) * TIMES_STEPS + (unsigned)(ns >> shift) - TIMES_STEPS;
}

static uint64_t middle_of(unsigned bucket) {
    if (bucket < 2 * TIMES_STEPS) return bucket;
    unsigned shift = bucket / TIMES_STEPS - 1;
    uint64_t low = ((uint64_t)(bucket % TIMES_STEPS) + TIMES_STEPS) << shift;
    return low + (1ULL << shift) / 2;
}

void times_add(Times *times, uint64_t ns) {
    times->count++;
    if (ns > times->largest) times->largest = ns;
    times->buckets[bucket_of(ns)]++;
}

uint64_t times_at(const Times *times, double share) {
    uint64_t wanted = (uint64_t)((double)times->count * share);
    uint64_t seen = 0;
    for (unsigned bucket = 0; bucket < TIMES_BUCKETS; bucket++) {
        seen += times->buckets[bucket];
        if (seen > wanted || (seen == times->count && seen > 0)) return middle_of(bucket);
    }
    return 0;
}

void times_print(const char *name, const Times *times) {
    printf("\"%s_us\": {\"count\": %" PRIu64 ", \"p50\": %.1f, \"p95\": %.1f, \"p99\": %.1f, \"max\": %.1f}",
           name, times->count, (double)times_at(times, 0.5) / 1e3, (double)times_at(times, 0.95) / 1e3,
           (double)times_at(times, 0.99) / 1e3, (double)times->largest / 1e3);
}
