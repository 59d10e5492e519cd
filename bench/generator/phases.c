#define _GNU_SOURCE
#include "phases.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "basics.h"
#include "times.h"

#define MAX_PHASES 8

static struct {
    uint64_t length;
    Times round, all;
} phases[MAX_PHASES];

static uint32_t count = 0, current = 0;
static uint64_t ends_at = 0;
static bool is_over = false;

void phases_open(const char *lengths, uint64_t begin) {
    for (const char *rest = lengths; rest != NULL && *rest != '\0' && count < MAX_PHASES; count++) {
        char *end;
        phases[count].length = (uint64_t)(strtod(rest, &end) * (double)SECOND);
        if (phases[count].length == 0 || (*end != ',' && *end != '\0')) fail("--phases %s are no lengths", lengths);
        rest = *end == ',' ? end + 1 : end;
    }
    ends_at = begin + phases[0].length;
}

static void say(void) {
    printf("{\"event\": \"phase\", \"phase\": %u, ", current);
    times_print("screen", &phases[current].round);
    printf("}\n");
    fflush(stdout);
    memset(&phases[current].round, 0, sizeof phases[current].round);
}

uint32_t phases_at(uint64_t now) {
    while (count > 0 && !is_over && now >= ends_at) {
        say();
        current = (current + 1) % count;
        ends_at += phases[current].length;
    }
    return current;
}

void phases_add(uint32_t phase, uint64_t ns) {
    if (count == 0) return;
    times_add(&phases[phase].round, ns);
    times_add(&phases[phase].all, ns);
}

void phases_close(void) {
    is_over = true;
    if (count > 0 && phases[current].round.count > 0) say();
}

void phases_print(void) {
    for (uint32_t at = 0; at < count; at++) {
        printf(at == 0 ? ", \"phases\": [{" : ", {");
        times_print("screen", &phases[at].all);
        printf(at + 1 == count ? "}]" : "}");
    }
}
