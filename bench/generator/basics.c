#define _GNU_SOURCE
#include "basics.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

_Noreturn void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("generator: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static uint64_t read_clock(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

uint64_t now_ns(void) {
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t own_cpu_ns(void) {
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void *take(size_t bytes) {
    return take_again(NULL, bytes);
}

void *take_again(void *old, size_t bytes) {
    void *memory = realloc(old, bytes ? bytes : 1);
    if (memory == NULL) fail("out of memory");
    return memory;
}

void raise_file_limit(size_t needed) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= needed) return;
    if (limit.rlim_max < needed) limit.rlim_max = needed; // only root may
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) fail("%zu open files are needed: raise ulimit -n", needed);
}

static double number(const char *name, const char *text) {
    char *end;
    double value = strtod(text, &end);
    if (*text == '\0' || *end != '\0' || value < 0) fail("%s takes a number, not %s", name, text);
    return value;
}

Options parse_options(int count, char **words) {
    Options options = {.seconds = 5, .warm_up = 1, .parallel = 16};
    for (int at = 0; at < count; at += 2) {
        const char *name = words[at];
        if (at + 1 == count) fail("%s takes a value", name);
        const char *value = words[at + 1];
        if (!strcmp(name, "--port")) options.port = (int)number(name, value);
        else if (!strcmp(name, "--seconds")) options.seconds = number(name, value);
        else if (!strcmp(name, "--warm-up")) options.warm_up = number(name, value);
        else if (!strcmp(name, "--parallel")) options.parallel = (int)number(name, value);
        else if (!strcmp(name, "--expect")) options.expect = (uint64_t)number(name, value);
        else if (!strcmp(name, "--window")) options.window = (uint64_t)number(name, value);
        else if (!strcmp(name, "--rate")) options.rate = number(name, value);
        else if (!strcmp(name, "--pause-ms")) options.pause_ms = number(name, value);
        else if (!strcmp(name, "--phases")) options.phases = value;
        else if (!strcmp(name, "--hold")) options.hold = number(name, value) != 0;
        else if (!strcmp(name, "--client-ids")) options.client_ids = number(name, value) != 0;
        else if (!strcmp(name, "--senders")) options.senders = value;
        else if (!strcmp(name, "--receivers")) options.receivers = value;
        else if (!strcmp(name, "--requests")) options.requests = value;
        else fail("unknown option %s", name);
    }
    if (options.port == 0) fail("--port is missing");
    return options;
}

static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail("%s: %s", path, strerror(errno));
    fseek(file, 0, SEEK_END);
    size_t length = (size_t)ftell(file);
    rewind(file);
    char *text = take(length + 1);
    if (fread(text, 1, length, file) != length) fail("%s cannot be read", path);
    text[length] = '\0';
    fclose(file);
    return text;
}

Lines read_lines(const char *path) {
    if (path == NULL) return (Lines){NULL, 0};
    Lines found = {NULL, 0};
    size_t room = 0;
    char *rest = read_file(path);
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (*line == '\0') continue;
        if (found.count == room) {
            room = room ? room * 2 : 64;
            found.lines = take_again(found.lines, room * sizeof(Line));
        }
        char *second = strchr(line, ' ');
        if (second != NULL) *second++ = '\0';
        found.lines[found.count++] = (Line){line, second != NULL ? second : line + strlen(line)};
    }
    return found;
}
