#include "window.h"

#include <inttypes.h>
#include <stdio.h>

#include "basics.h"
#include "loop.h"

static void say(const char *event) {
    printf("{\"event\": \"%s\"}\n", event);
    fflush(stdout);
}

void window_begin(Window *window) {
    say("measuring");
    window->phase = MEASURING;
    window->cpu = own_cpu_ns();
    window->bytes = loop_bytes_read();
    window->began_at = now_ns();
}

void window_end(Window *window) {
    window->phase = AFTER;
    window->ended_at = now_ns();
    window->cpu = own_cpu_ns() - window->cpu;
    window->bytes = loop_bytes_read() - window->bytes;
    say("measured");
}

double window_seconds(const Window *window) {
    return (double)(window->ended_at - window->began_at) / (double)SECOND;
}

void window_print(const Window *window) {
    double seconds = window_seconds(window);
    printf("{\"event\": \"result\", \"seconds\": %.6f, \"generator_cpu\": %.3f, \"bytes\": %" PRIu64 ", ", seconds,
           (double)window->cpu / (double)SECOND / seconds, window->bytes);
}
