// TCP connections to the server on this machine, and the one loop that waits for all of them (epoll).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Connection Connection;

// Gets everything that is unread and returns how much of it was used; the rest comes again, with what follows it.
typedef size_t (*OnData)(Connection *connection, char *data, size_t length);
// The server closed the connection.
typedef void (*OnClose)(Connection *connection);

struct Connection {
    int fd;
    OnData on_data;
    OnClose on_close; // NULL: a close is a surprise, and fails
    char *rest;       // what was not used yet
    size_t rest_length;
};

void loop_open(int port);

// Connects, and waits until it is connected, which on loopback is at once.
void connection_open(Connection *connection, OnData on_data);
void connection_close(Connection *connection);

// All of it, at once: what we send is small, and a server that lets it pile up has stopped.
void connection_write(Connection *connection, const char *data, size_t length);

// Handles what has come, after waiting at most so long for it.
void loop_step(uint64_t wait_ns);

// Whether our standard input has ended; asked for once with `loop_watch_input`.
void loop_watch_input(void);
bool loop_input_ended(void);

// All bytes read so far.
uint64_t loop_bytes_read(void);
