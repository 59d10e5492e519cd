#define _GNU_SOURCE
#include "http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "basics.h"

size_t http_head_length(const char *data, size_t length) {
    const char *end = memmem(data, length, "\r\n\r\n", 4);
    return end == NULL ? 0 : (size_t)(end - data) + 4;
}

static size_t content_length(const char *head, size_t length) {
    static const char NAME[] = "\r\ncontent-length:";
    const size_t size = sizeof NAME - 1;
    for (size_t at = 0; at + size < length; at++)
        if (head[at] == '\r' && !strncasecmp(head + at, NAME, size)) return strtoul(head + at + size, NULL, 10);
    fail("an answer without Content-Length: %.*s", (int)length, head);
}

static size_t answered(Connection *connection, char *data, size_t length) {
    HttpClient *client = (HttpClient *)connection;
    size_t head = http_head_length(data, length);
    if (head == 0) return 0;
    size_t whole = head + content_length(data, head);
    if (length < whole) return 0;
    if (!client->waits || length > whole || strncmp(data, "HTTP/1.1 ", 9) != 0)
        fail("not the answer to one request: %.*s", (int)head, data);
    client->waits = false;
    client->on_answer(client, atoi(data + 9), data + head, whole - head);
    return whole;
}

void http_open(HttpClient *client, OnAnswer on_answer) {
    client->on_answer = on_answer;
    client->waits = false;
    client->connection.on_close = NULL;
    connection_open(&client->connection, answered);
}

void http_ask(HttpClient *client, const char *request, size_t length) {
    client->asked_at = now_ns();
    client->waits = true;
    connection_write(&client->connection, request, length);
}
