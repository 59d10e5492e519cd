// Senders post messages, each the next one after its answer; receivers see them on their sockets.
//
// A message is known by a number in its text. `expect` sockets get every message; with a `window` no more than so many
// messages are on their way at a time, so that a server is loaded to its limit and not beyond what it can ever deliver.
// Receivers may instead say which groups they are in: then a message has those of its group, and its place in each.
// With a `rate` the time of a message begins when it is due, not when somebody was free to send it.
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "basics.h"
#include "http.h"
#include "order.h"
#include "phases.h"
#include "scenarios.h"
#include "sockets.h"
#include "times.h"
#include "window.h"

#define SLOTS (1u << 16)
#define DRAIN_SECONDS 10
#define NUMBER_DIGITS 8
#define EVENT "[\"new_message\","
#define MARK "\"content\":\"bench "
#define TEXT MARK "00000000: shall we meet at ten, or is the afternoon better for you?\""

typedef struct {
    HttpClient http; // first: a client of ours is a sender
    char *request;
    size_t length;
    char *number;    // where the message's number stands in the request
    char *client_id; // where the last digits of the client_id stand; NULL when there is none
    uint32_t group;
} Sender;

typedef struct {
    uint64_t sent_at;
    uint64_t missing; // deliveries
    uint32_t number, group, phase;
} Slot;

static struct {
    const Options *options;
    Window window;
    Sender **idle; // in a ring: whoever has waited longest is the next
    size_t idle_first, idle_count, sender_count;
    SocketClient *receivers;
    Slot slots[SLOTS];
    uint32_t sent;       // the number of the newest message
    uint64_t on_the_way; // messages that not everybody has
    uint64_t next_at;    // no message before this moment
    uint64_t began_at;
    uint64_t answers, refusals, deliveries, events; // in the window; refusals ever
    Times answer_times, screen_times;
    size_t mark_at; // where the mark was found in the last event
} run;

static void write_digits(char *where, uint32_t number, int digits) {
    for (int at = digits - 1; at >= 0; at--, number >>= 4) where[at] = "0123456789abcdef"[number & 15];
}

static void message_arrived(Slot *slot, uint64_t now) {
    run.on_the_way--;
    run.next_at = now + (uint64_t)(run.options->pause_ms * (double)MILLISECOND);
    phases_add(slot->phase, now - slot->sent_at);
    bool counts = slot->sent_at >= run.window.began_at && run.window.phase != BEFORE;
    if (counts && (run.window.phase == MEASURING || slot->sent_at < run.window.ended_at))
        times_add(&run.screen_times, now - slot->sent_at);
}

static uint64_t expected(const Sender *sender) {
    return run.options->expect > 0 ? run.options->expect : order_receivers(sender->group);
}

static void answer_came(HttpClient *client, int status, const char *body, size_t length) {
    Sender *sender = (Sender *)client;
    run.idle[(run.idle_first + run.idle_count++) % run.sender_count] = sender;
    bool is_refused = status != 201 && status != 200;
    uint32_t number = (uint32_t)strtoul(sender->number, NULL, 16);
    Slot *slot = &run.slots[number % SLOTS];
    if (is_refused && run.refusals++ == 0) fprintf(stderr, "generator: %d: %.*s\n", status, (int)length, body);
    if (is_refused) slot->missing = 0;
    if (expected(sender) == 0 || is_refused) message_arrived(slot, now_ns());
    if (run.window.phase != MEASURING || is_refused) return;
    run.answers++;
    times_add(&run.answer_times, now_ns() - client->asked_at);
}

static const char *find_mark(const char *payload, size_t length) {
    const size_t size = sizeof MARK - 1;
    // Events of one server look alike: mostly it stands where it stood the last time.
    if (run.mark_at + size + NUMBER_DIGITS < length && !memcmp(payload + run.mark_at, MARK, size))
        return payload + run.mark_at + size;
    const char *found = memmem(payload, length, MARK, size);
    if (found == NULL) fail("a new_message that is not ours: %.*s", (int)length, payload);
    run.mark_at = (size_t)(found - payload);
    return found + size;
}

// The message's number in its conversation.
static uint64_t find_number(const char *payload, size_t length) {
    static const char NAME[] = "\"sequence_number\":";
    const char *found = memmem(payload, length, NAME, sizeof NAME - 1);
    if (found == NULL) fail("a new_message without a number: %.*s", (int)length, payload);
    return strtoull(found + sizeof NAME - 1, NULL, 10);
}

static void event_came(SocketClient *client, const char *payload, size_t length) {
    const size_t size = sizeof EVENT - 1;
    if (run.window.phase == MEASURING) run.events++;
    if (length < size || memcmp(payload, EVENT, size) != 0) return;
    uint32_t number = (uint32_t)strtoul(find_mark(payload, length), NULL, 16);
    Slot *slot = &run.slots[number % SLOTS];
    if (slot->number != number || slot->missing == 0) fail("message %u came too often, or too late", number);
    if (slot->group != NO_GROUP)
        order_check((size_t)(client - run.receivers), slot->group, find_number(payload, length));
    if (run.window.phase == MEASURING) run.deliveries++;
    if (--slot->missing == 0) message_arrived(slot, now_ns());
}

// When the next message is to be sent, at the wanted rate.
static uint64_t due_at(void) {
    return run.began_at + (uint64_t)((double)run.sent / run.options->rate * (double)SECOND);
}

static void send_one(uint64_t now) {
    Sender *sender = run.idle[run.idle_first];
    run.idle_first = (run.idle_first + 1) % run.sender_count;
    run.idle_count--;
    uint64_t sent_at = run.options->rate > 0 ? due_at() : now;
    uint32_t number = ++run.sent;
    Slot *slot = &run.slots[number % SLOTS];
    if (slot->missing > 0) fail("the receivers are %u messages behind", SLOTS);
    *slot = (Slot){sent_at, expected(sender), number, sender->group, phases_at(now)};
    run.on_the_way++;
    write_digits(sender->number, number, NUMBER_DIGITS);
    if (sender->client_id != NULL) write_digits(sender->client_id, number, NUMBER_DIGITS);
    http_ask(&sender->http, sender->request, sender->length);
}

static bool may_send(uint64_t now) {
    if (run.idle_count == 0 || now < run.next_at) return false;
    if (run.options->window > 0 && run.on_the_way >= run.options->window) return false;
    return run.options->rate <= 0 || now >= due_at();
}

static void prepare(Sender *sender, const Line *line, size_t place) {
    char client_id[64] = "", *body;
    // Unique in this run by the sender's place and the message's number, and among runs by their time.
    if (run.options->client_ids)
        snprintf(client_id, sizeof client_id, "\"client_id\":\"%08x-%04x-4000-8000-%04x00000000\",",
                 (unsigned)(now_ns() / MILLISECOND), (unsigned)getpid() & 0xffff, (unsigned)place & 0xffff);
    int size = asprintf(&body, "{\"conversation_id\":\"%s\",%s" TEXT "}", line->second, client_id);
    int length = asprintf(&sender->request,
                          "POST /api/v1/messages/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n"
                          "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                          run.options->port, line->first, size, body);
    if (size < 0 || length < 0) fail("out of memory");
    free(body);
    sender->length = (size_t)length;
    sender->number = strstr(sender->request, MARK) + sizeof MARK - 1;
    sender->client_id = strstr(sender->request, "00000000\",\"content\"");
    sender->group = order_group(line->second);
    http_open(&sender->http, answer_came);
}

static void open_senders(const Lines *lines) {
    size_t count = run.sender_count = (size_t)run.options->parallel;
    run.idle = take(count * sizeof *run.idle);
    Sender *senders = take(count * sizeof *senders);
    for (size_t place = 0; place < count; place++) {
        prepare(&senders[place], &lines->lines[place % lines->count], place);
        run.idle[run.idle_count++] = &senders[place];
    }
}

static void open_receivers(const Lines *lines) {
    if (lines->count == 0) return;
    char **tokens = take(lines->count * sizeof *tokens);
    for (size_t at = 0; at < lines->count; at++) tokens[at] = lines->lines[at].first;
    run.receivers = sockets_open(tokens, lines->count, 8, event_came);
    // Who came is told to the others; that is not what is measured.
    for (uint64_t quiet_at = now_ns() + SECOND / 2; now_ns() < quiet_at;) loop_step(MILLISECOND);
}

// From the warm-up through the measuring to the last delivery.
static void send_all(void) {
    run.began_at = now_ns();
    uint64_t begin = run.began_at + (uint64_t)(run.options->warm_up * (double)SECOND);
    uint64_t end = begin + (uint64_t)(run.options->seconds * (double)SECOND);
    uint64_t patience = end + DRAIN_SECONDS * SECOND;
    phases_open(run.options->phases, begin);
    for (;;) {
        uint64_t now = now_ns();
        if (run.window.phase == BEFORE && now >= begin) window_begin(&run.window);
        if (run.window.phase == MEASURING) phases_at(now);
        if (run.window.phase == MEASURING && now >= end) {
            window_end(&run.window);
            phases_close();
        }
        bool is_over = run.on_the_way == 0 && run.idle_count == run.sender_count;
        if (run.window.phase == AFTER && (is_over || now > patience)) return;
        while (run.window.phase != AFTER && may_send(now)) send_one(now = now_ns());
        loop_step(run.options->pause_ms > 0 || run.options->rate > 0 ? MILLISECOND / 20 : MILLISECOND);
    }
}

void run_sends(const Options *options) {
    Lines senders = read_lines(options->senders), receivers = read_lines(options->receivers);
    if (senders.count == 0) fail("--senders names no sender");
    run.options = options;
    order_open(&receivers);
    raise_file_limit(receivers.count + (size_t)options->parallel + 64);
    open_receivers(&receivers);
    open_senders(&senders);
    send_all();
    double seconds = window_seconds(&run.window);
    window_print(&run.window);
    printf("\"sends\": %" PRIu64 ", \"sends_per_s\": %.1f, \"refused\": %" PRIu64 ", ", run.answers,
           (double)run.answers / seconds, run.refusals);
    printf("\"deliveries\": %" PRIu64 ", \"deliveries_per_s\": %.1f, \"events_per_s\": %.1f, \"undelivered\": %" PRIu64,
           run.deliveries, (double)run.deliveries / seconds, (double)run.events / seconds, run.on_the_way);
    printf(", \"sent_in_all\": %u, ", run.sent);
    times_print("answer", &run.answer_times);
    printf(", ");
    times_print("screen", &run.screen_times);
    phases_print();
    printf("}\n");
    if (!options->hold) return;
    fflush(stdout);
    loop_watch_input();
    while (!loop_input_ended()) loop_step(SECOND / 10);
}
