// GET requests from a file, in its order and again from the start, on a number of connections.
#include <inttypes.h>
#include <stdio.h>

#include "basics.h"
#include "http.h"
#include "scenarios.h"
#include "times.h"
#include "window.h"

#define MAX_REQUEST 8192

static struct {
    Lines requests;
    size_t next;
    int port;
    Window window;
    uint64_t answers, refusals;
    Times times;
} run;

static void ask_next(HttpClient *client) {
    char request[MAX_REQUEST];
    const Line *line = &run.requests.lines[run.next++ % run.requests.count];
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n\r\n", line->second,
                          run.port, line->first);
    if (length >= (int)sizeof request) fail("a request of %d bytes", length);
    http_ask(client, request, (size_t)length);
}

static void answer_came(HttpClient *client, int status, const char *body, size_t length) {
    if (status != 200 && run.refusals++ == 0) fprintf(stderr, "generator: %d: %.*s\n", status, (int)length, body);
    if (run.window.phase == MEASURING && status == 200) {
        run.answers++;
        times_add(&run.times, now_ns() - client->asked_at);
    }
    if (run.window.phase != AFTER) ask_next(client);
}

void run_reads(const Options *options) {
    run.requests = read_lines(options->requests);
    run.port = options->port;
    if (run.requests.count == 0) fail("--requests names none");
    HttpClient *clients = take((size_t)options->parallel * sizeof *clients);
    for (int at = 0; at < options->parallel; at++) {
        http_open(&clients[at], answer_came);
        ask_next(&clients[at]);
    }
    uint64_t begin = now_ns() + (uint64_t)(options->warm_up * (double)SECOND);
    uint64_t end = begin + (uint64_t)(options->seconds * (double)SECOND);
    while (run.window.phase == BEFORE || now_ns() < end) {
        if (run.window.phase == BEFORE && now_ns() >= begin) window_begin(&run.window);
        loop_step(MILLISECOND);
    }
    window_end(&run.window);
    window_print(&run.window);
    printf("\"reads\": %" PRIu64 ", \"reads_per_s\": %.1f, \"refused\": %" PRIu64 ", ", run.answers,
           (double)run.answers / window_seconds(&run.window), run.refusals);
    times_print("answer", &run.times);
    printf("}\n");
}
