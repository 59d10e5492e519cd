#define _GNU_SOURCE
#include "loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "basics.h"

#define EVENTS 512
#define READ_BYTES (256 * 1024)
#define MAX_REST (16 * 1024 * 1024)

static int epoll_fd = -1;
static struct sockaddr_in server;
static bool input_ended = false;
static uint64_t bytes_read = 0;
// One buffer for all connections: what is left of a read waits in a small one of the connection's own.
static char *scratch = NULL;
static size_t scratch_size = 0;

void loop_open(int port) {
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0) fail("epoll: %s", strerror(errno));
    server.sin_family = AF_INET;
    server.sin_port = htons((uint16_t)port);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    scratch_size = READ_BYTES;
    scratch = take(scratch_size);
}

void connection_open(Connection *connection, OnData on_data) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("socket: %s", strerror(errno));
    if (connect(fd, (struct sockaddr *)&server, sizeof server) != 0) fail("connect: %s", strerror(errno));
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    connection->fd = fd;
    connection->on_data = on_data;
    connection->rest = NULL;
    connection->rest_length = 0;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll: %s", strerror(errno));
}

void connection_close(Connection *connection) {
    close(connection->fd);
    connection->fd = -1;
    free(connection->rest);
    connection->rest = NULL;
    connection->rest_length = 0;
}

void connection_write(Connection *connection, const char *data, size_t length) {
    ssize_t written = send(connection->fd, data, length, MSG_NOSIGNAL);
    if (written < 0) fail("write: %s", strerror(errno));
    if ((size_t)written != length) fail("the server does not read what we write");
}

static void closed(Connection *connection) {
    if (connection->on_close == NULL) fail("the server closed a connection");
    OnClose on_close = connection->on_close;
    connection_close(connection);
    on_close(connection);
}

static void keep_rest(Connection *connection, const char *data, size_t length) {
    if (length > MAX_REST) fail("%zu bytes came without an end", length);
    if (length > connection->rest_length) connection->rest = take_again(connection->rest, length);
    if (length > 0) memcpy(connection->rest, data, length);
    if (length == 0 && connection->rest != NULL) {
        free(connection->rest);
        connection->rest = NULL;
    }
    connection->rest_length = length;
}

static void readable(Connection *connection) {
    size_t before = connection->rest_length;
    if (before + READ_BYTES > scratch_size) {
        scratch_size = before + READ_BYTES;
        scratch = take_again(scratch, scratch_size);
    }
    if (before > 0) memcpy(scratch, connection->rest, before);
    ssize_t count = read(connection->fd, scratch + before, READ_BYTES);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        closed(connection);
        return;
    }
    bytes_read += (uint64_t)count;
    size_t length = before + (size_t)count;
    size_t used = connection->on_data(connection, scratch, length);
    if (connection->fd >= 0) keep_rest(connection, scratch + used, length - used);
}

void loop_step(uint64_t wait_ns) {
    struct epoll_event events[EVENTS];
    struct timespec wait = {.tv_sec = (time_t)(wait_ns / SECOND), .tv_nsec = (long)(wait_ns % SECOND)};
    int count = epoll_pwait2(epoll_fd, events, EVENTS, &wait, NULL);
    if (count < 0 && errno != EINTR) fail("epoll: %s", strerror(errno));
    for (int at = 0; at < count; at++) {
        if (events[at].data.ptr != NULL) {
            readable(events[at].data.ptr);
            continue;
        }
        char ignored[256];
        if (read(STDIN_FILENO, ignored, sizeof ignored) <= 0) {
            input_ended = true;
            epoll_ctl(epoll_fd, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
        }
    }
}

void loop_watch_input(void) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &event) != 0) fail("stdin: %s", strerror(errno));
}

bool loop_input_ended(void) {
    return input_ended;
}

uint64_t loop_bytes_read(void) {
    return bytes_read;
}
