// A Socket.IO client over a websocket: the handshake with a token, heartbeats, and events as they come.
// (Engine.IO 4, Socket.IO 5, RFC 6455; what no server of ours sends, such as fragments, fails.)
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "loop.h"

typedef struct SocketClient SocketClient;

// The server has put the socket into its rooms (`rooms_joined`).
typedef void (*OnReady)(SocketClient *client);
// An event, from the `[` of its array on.
typedef void (*OnEvent)(SocketClient *client, const char *payload, size_t length);

typedef enum { UPGRADING, OPENING, JOINING, READY } SocketState;

struct SocketClient {
    Connection connection; // first: a connection of ours is a client
    SocketState state;
    const char *token;
    OnReady on_ready;
    OnEvent on_event; // may be NULL
    uint64_t opened_at;
};

void socket_open(SocketClient *client, const char *token, OnReady on_ready, OnEvent on_event);

// Opens a client for every token, `parallel` handshakes at a time, and returns when all are ready.
SocketClient *sockets_open(char *const *tokens, size_t count, int parallel, OnEvent on_event);
