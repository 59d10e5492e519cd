// The time in which is measured. Its begin and end are lines on stdout, so that whoever started us can look at that
// moment how much processor time the server has used.
#pragma once

#include <stdint.h>

typedef enum { BEFORE, MEASURING, AFTER } Phase;

typedef struct {
    Phase phase;
    uint64_t began_at, ended_at;
    uint64_t cpu;   // our own, in nanoseconds
    uint64_t bytes; // that the server sent
} Window;

// Prints `{"event": "measuring"}`.
void window_begin(Window *window);
// Prints `{"event": "measured"}`.
void window_end(Window *window);

// Its length in seconds.
double window_seconds(const Window *window);

// Begins the line of the result: `{"event": "result", "seconds": …, "generator_cpu": …, "bytes": …, `.
void window_print(const Window *window);
