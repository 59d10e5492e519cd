#define _GNU_SOURCE
#include "sockets.h"

#include <endian.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "basics.h"
#include "http.h"

#define CONNECT_SECONDS 180
#define MAX_PACKET 8192

enum { TEXT = 0x1, CLOSE = 0x8, PING = 0x9, PONG = 0xA };

static const char UPGRADE[] = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
                              "Host: 127.0.0.1\r\n"
                              "Connection: Upgrade\r\n"
                              "Upgrade: websocket\r\n"
                              "Sec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

// A client has to mask (RFC 6455 §5.3); with a mask of zeros the payload stays as it is.
static void write_frame(SocketClient *client, int opcode, const char *payload, size_t length) {
    char frame[MAX_PACKET + 8] = {(char)(0x80 | opcode)};
    size_t head = 2;
    if (length > MAX_PACKET) fail("a packet of %zu bytes", length);
    if (length < 126) {
        frame[1] = (char)(0x80 | length);
    } else {
        frame[1] = (char)(0x80 | 126);
        frame[2] = (char)(length >> 8);
        frame[3] = (char)length;
        head = 4;
    }
    memset(frame + head, 0, 4);
    memcpy(frame + head + 4, payload, length);
    connection_write(&client->connection, frame, head + 4 + length);
}

static bool begins(const char *data, size_t length, const char *with) {
    size_t size = strlen(with);
    return length >= size && memcmp(data, with, size) == 0;
}

static void connect_packet(SocketClient *client) {
    char packet[MAX_PACKET];
    int length = snprintf(packet, sizeof packet, "40{\"token\":\"%s\"}", client->token);
    if (length >= (int)sizeof packet) fail("a token of %zu bytes", strlen(client->token));
    write_frame(client, TEXT, packet, (size_t)length);
}

static void packet_came(SocketClient *client, const char *data, size_t length) {
    if (begins(data, length, "42")) {
        if (begins(data, length, "42[\"error\"")) fail("the server sent: %.*s", (int)length, data);
        if (client->state != READY && begins(data, length, "42[\"rooms_joined\"")) {
            client->state = READY;
            client->on_ready(client);
        } else if (client->on_event != NULL) {
            client->on_event(client, data + 2, length - 2);
        }
    } else if (begins(data, length, "2")) {
        write_frame(client, TEXT, "3", 1);
    } else if (begins(data, length, "0{") && client->state == OPENING) {
        client->state = JOINING;
        connect_packet(client);
    } else if (!begins(data, length, "40{")) {
        fail("the server sent: %.*s", (int)(length < 300 ? length : 300), data);
    }
}

static void frame_came(SocketClient *client, int first, const char *payload, size_t length) {
    if (first == (0x80 | TEXT)) packet_came(client, payload, length);
    else if (first == (0x80 | PING)) write_frame(client, PONG, payload, length);
    else if (first == (0x80 | CLOSE)) fail("the server closed a socket: %.*s", (int)length - 2, payload + 2);
    else fail("a websocket frame that begins with 0x%02x", first);
}

// The size of a frame's head, with the length of its payload; 0 when it has not come yet.
static size_t frame_head(const unsigned char *data, size_t available, size_t *length) {
    if (available < 2) return 0;
    *length = data[1];
    if (*length < 126) return 2;
    if (*length == 126) {
        if (available < 4) return 0;
        *length = (size_t)data[2] << 8 | data[3];
        return 4;
    }
    if (available < 10) return 0;
    uint64_t long_length;
    memcpy(&long_length, data + 2, 8);
    *length = be64toh(long_length);
    return 10;
}

static size_t frames_came(Connection *connection, char *data, size_t available) {
    SocketClient *client = (SocketClient *)connection;
    size_t used = 0;
    if (client->state == UPGRADING) {
        used = http_head_length(data, available);
        if (used == 0) return 0;
        if (!begins(data, available, "HTTP/1.1 101 ")) fail("no websocket: %.*s", (int)available, data);
        client->state = OPENING;
    }
    for (;;) {
        size_t length;
        size_t head = frame_head((unsigned char *)data + used, available - used, &length);
        if (head == 0 || available - used - head < length) return used;
        frame_came(client, (unsigned char)data[used], data + used + head, length);
        used += head + length;
    }
}

void socket_open(SocketClient *client, const char *token, OnReady on_ready, OnEvent on_event) {
    client->state = UPGRADING;
    client->token = token;
    client->on_ready = on_ready;
    client->on_event = on_event;
    client->connection.on_close = NULL;
    client->opened_at = now_ns();
    connection_open(&client->connection, frames_came);
    connection_write(&client->connection, UPGRADE, sizeof UPGRADE - 1);
}

static size_t ready_count;

static void count_ready(SocketClient *client) {
    (void)client;
    ready_count++;
}

SocketClient *sockets_open(char *const *tokens, size_t count, int parallel, OnEvent on_event) {
    SocketClient *clients = take(count * sizeof *clients);
    uint64_t deadline = now_ns() + CONNECT_SECONDS * SECOND;
    ready_count = 0;
    for (size_t opened = 0; ready_count < count; loop_step(MILLISECOND)) {
        for (; opened < count && opened - ready_count < (size_t)parallel; opened++)
            socket_open(&clients[opened], tokens[opened], count_ready, on_event);
        if (now_ns() > deadline) fail("%zu of %zu sockets are ready after %d s", ready_count, count, CONNECT_SECONDS);
    }
    return clients;
}
