// Sockets that say nothing: how fast they come in, and then they are held, so that somebody can weigh the server.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "basics.h"
#include "scenarios.h"
#include "sockets.h"
#include "times.h"
#include "window.h"

#define PATIENCE_SECONDS 180

static size_t ready_count;
static Times ready_times;

static void is_ready(SocketClient *client) {
    ready_count++;
    times_add(&ready_times, now_ns() - client->opened_at);
}

void run_connects(const Options *options) {
    Lines people = read_lines(options->receivers);
    if (people.count == 0) fail("--receivers names nobody");
    raise_file_limit(people.count + 64);
    SocketClient *clients = take(people.count * sizeof *clients);
    Window window = {.phase = BEFORE};
    loop_watch_input();
    window_begin(&window);
    for (size_t opened = 0; ready_count < people.count; loop_step(MILLISECOND)) {
        for (; opened < people.count && opened - ready_count < (size_t)options->parallel; opened++)
            socket_open(&clients[opened], people.lines[opened].first, is_ready, NULL);
        if (now_ns() > window.began_at + PATIENCE_SECONDS * SECOND)
            fail("%zu of %zu sockets are ready after %d s", ready_count, people.count, PATIENCE_SECONDS);
    }
    window_end(&window);
    window_print(&window);
    printf("\"sockets\": %zu, \"connects_per_s\": %.1f, ", people.count,
           (double)people.count / window_seconds(&window));
    times_print("ready", &ready_times);
    printf("}\n");
    fflush(stdout);
    while (!loop_input_ended()) loop_step(SECOND / 10);
}
