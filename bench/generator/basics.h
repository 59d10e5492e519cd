// What every file here needs: time, failing loudly, options, the lines of a file.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECOND 1000000000ULL
#define MILLISECOND 1000000ULL

// Says on stderr what went wrong and ends the process with 1: a benchmark that goes on after a surprise lies.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Nanoseconds of a clock that nobody sets, and the processor time this process has used.
uint64_t now_ns(void);
uint64_t own_cpu_ns(void);

// malloc, realloc that never return NULL.
void *take(size_t bytes);
void *take_again(void *old, size_t bytes);

// As many open files as the machine allows; fails when that is fewer than `needed`.
void raise_file_limit(size_t needed);

typedef struct {
    int port;
    double seconds;    // what is measured
    double warm_up;    // what comes before it
    int parallel;      // requests or handshakes at the same time
    uint64_t expect;   // how many receivers every message has
    uint64_t window;   // messages that may be on their way to receivers at the same time; 0: no bound
    double rate;       // messages a second; 0: as fast as answers come
    double pause_ms;   // after a message that everybody has, before the next
    const char *phases; // lengths in seconds, such as 10,15,35, in which the time that is measured is told apart
    bool hold;         // the sockets stay until our standard input ends
    bool client_ids;   // every message carries a client_id, as our own client's do
    const char *senders;
    const char *receivers;
    const char *requests;
} Options;

// Reads `--name value` pairs; fails with a sentence for one it does not know.
Options parse_options(int count, char **words);

// The lines of a file, each split at its first space: `first` and what comes after it.
typedef struct {
    char *first;
    char *second; // empty when there is no space
} Line;

typedef struct {
    Line *lines;
    size_t count;
} Lines;

Lines read_lines(const char *path);
