/*
 * The limit of the comparison: a proxy that knows nothing. It accepts TCP connections, opens one
 * connection to the backend for each and copies bytes both ways until both sides have ended. One
 * thread, epoll (edge triggered, registered once), non-blocking sockets, recv and send. A proxy
 * that also understands HTTP cannot do with fewer system calls for each request, save by splice.
 *
 * Usage: forward LISTEN_PORT BACKEND_PORT, both on 127.0.0.1. Ends on SIGTERM.
 *
 * Memory is bounded: a direction keeps at most BUFFER bytes that the receiver has not taken, and
 * nothing is read for it until they are gone.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 256 * 1024, EVENTS = 256 };

struct pair;

/* One socket of a pair, and the bytes on their way to it. */
struct side {
    struct pair *pair;
    struct side *peer;
    int fd;
    char *held; /* bytes received from the peer, not yet taken by this socket; NULL: none */
    size_t held_from, held_to;
    int readable; /* there may be bytes to receive */
    int ended;    /* it has sent its end of stream, and all before it was received */
    int shut;     /* the peer's end of stream was passed on to it */
    int connected;
};

struct pair {
    struct side client, backend;
    struct pair *next_dead;
};

static int epoll;
static struct sockaddr_in backend_address;
static char scratch[BUFFER];
static struct pair *dead; /* freed after the batch of events that may still name them */

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void close_pair(struct pair *p) {
    if (p->client.fd < 0) {
        return;
    }
    close(p->client.fd);
    close(p->backend.fd);
    p->client.fd = p->backend.fd = -1;
    free(p->client.held);
    free(p->backend.held);
    p->next_dead = dead;
    dead = p;
}

static void bury(void) {
    while (dead != NULL) {
        struct pair *p = dead;
        dead = p->next_dead;
        free(p);
    }
}

/* Sends what is held for a socket; -1 when the connection is broken. */
static int drain(struct side *to) {
    while (to->held_from < to->held_to) {
        ssize_t n = send(to->fd, to->held + to->held_from, to->held_to - to->held_from, MSG_NOSIGNAL);
        if (n < 0) {
            return errno == EAGAIN ? 0 : -1;
        }
        to->held_from += (size_t)n;
    }
    free(to->held);
    to->held = NULL;
    return 0;
}

/* Copies from one socket to its peer until one of them would block; -1 when broken. */
static int copy(struct side *from, int hang_up) {
    struct side *to = from->peer;
    while (from->readable && to->held == NULL && to->connected && !from->ended) {
        ssize_t n = recv(from->fd, scratch, sizeof scratch, 0);
        if (n < 0) {
            if (errno != EAGAIN) {
                return -1;
            }
            from->readable = 0;
            break;
        }
        if (n == 0) {
            from->ended = 1;
            break;
        }
        if ((size_t)n < sizeof scratch && !hang_up) {
            from->readable = 0; /* epoll(7): a short read has emptied a stream socket */
        }
        ssize_t sent = send(to->fd, scratch, (size_t)n, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno != EAGAIN) {
                return -1;
            }
            sent = 0;
        }
        if (sent < n) {
            to->held = malloc((size_t)(n - sent));
            if (to->held == NULL) {
                return -1;
            }
            memcpy(to->held, scratch + sent, (size_t)(n - sent));
            to->held_from = 0;
            to->held_to = (size_t)(n - sent);
        }
    }
    if (from->ended && to->held == NULL && to->connected && !to->shut) {
        to->shut = 1;
        shutdown(to->fd, SHUT_WR);
    }
    return 0;
}

static void handle(struct side *s, uint32_t events) {
    struct pair *p = s->pair;
    if (p->client.fd < 0) {
        return; /* closed by an earlier event of this batch */
    }
    if (events & (EPOLLERR | EPOLLHUP)) {
        int error = 0;
        socklen_t length = sizeof error;
        getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &length);
        if (error != 0) {
            close_pair(p);
            return;
        }
    }
    int broken = 0;
    if (events & EPOLLOUT) {
        s->connected = 1;
        if (s->held != NULL) {
            broken = drain(s) < 0;
        }
        if (!broken && s->held == NULL && (s->peer->readable || s->peer->ended)) {
            broken = copy(s->peer, 1) < 0;
        }
    }
    if (!broken && events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) {
        s->readable = 1;
        broken = copy(s, (events & (EPOLLRDHUP | EPOLLHUP)) != 0) < 0;
    }
    if (broken || (p->client.shut && p->backend.shut)) {
        close_pair(p);
    }
}

static void set_nodelay(int fd) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void watch(struct side *s) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = s};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &event) < 0) {
        die("epoll_ctl");
    }
}

static void accept_all(int listener) {
    for (;;) {
        int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (client < 0) {
            return;
        }
        int backend = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        struct pair *p = calloc(1, sizeof *p);
        if (backend < 0 || p == NULL) {
            die("no room for another connection");
        }
        p->client = (struct side){.pair = p, .peer = &p->backend, .fd = client, .connected = 1};
        p->backend = (struct side){.pair = p, .peer = &p->client, .fd = backend};
        set_nodelay(client);
        set_nodelay(backend);
        if (connect(backend, (struct sockaddr *)&backend_address, sizeof backend_address) < 0
                && errno != EINPROGRESS) {
            close_pair(p);
            continue;
        }
        watch(&p->client);
        watch(&p->backend);
    }
}

static int port(const char *text) {
    char *end;
    long value = strtol(text, &end, 10);
    if (*end != 0 || value < 1 || value > 65535) {
        fprintf(stderr, "forward: '%s' is no port (1 to 65535)\n", text);
        exit(2);
    }
    return (int)value;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: forward LISTEN_PORT BACKEND_PORT\n");
        return 2;
    }
    struct sockaddr_in listen_address = {
            .sin_family = AF_INET,
            .sin_port = htons((uint16_t)port(argv[1])),
            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    backend_address = listen_address;
    backend_address.sin_port = htons((uint16_t)port(argv[2]));
    int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&listen_address, sizeof listen_address) < 0) {
        die("bind");
    }
    if (listen(listener, 4096) < 0) {
        die("listen");
    }
    epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0) {
        die("epoll");
    }
    struct epoll_event events[EVENTS];
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS, -1);
        if (n < 0 && errno != EINTR) {
            die("epoll_wait");
        }
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == NULL) {
                accept_all(listener);
            } else {
                handle(events[i].data.ptr, events[i].events);
            }
        }
        bury();
    }
}
