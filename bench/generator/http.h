// HTTP/1.1 as far as a benchmark needs it (RFC 9112): one request at a time on a connection that stays open.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"

typedef struct HttpClient HttpClient;

// An answer is complete. Whatever its status: the caller counts.
typedef void (*OnAnswer)(HttpClient *client, int status, const char *body, size_t length);

struct HttpClient {
    Connection connection; // first: a connection of ours is a client
    OnAnswer on_answer;
    uint64_t asked_at; // of the request that waits for its answer
    bool waits;
};

void http_open(HttpClient *client, OnAnswer on_answer);

// Sends a complete request, head and body.
void http_ask(HttpClient *client, const char *request, size_t length);

// Where the head of a message ends (the byte after its empty line), or 0 when it has not come yet.
size_t http_head_length(const char *data, size_t length);
