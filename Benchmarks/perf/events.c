// events: a load generator for answers that come as events, one thread, epoll.
// Sends the requests of a file in turn over CONNS keep-alive connections, reads each answer to its end, and compares the
// stamp in every event (t=<16 digits>, microseconds of CLOCK_MONOTONIC) with the time its bytes were read.
// After SECS no request is begun; those under way are read to their end, so that every event sent is an event counted.
// usage: events PORT CONNS SECS FILE     FILE: requests, each behind a line with its length
// A second use: events PORT CONNS SECS FILE hold   opens CONNS streams, waits for the head of each answer, prints a line,
// and keeps them open until its standard input ends.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD, SIZE, DATA, AFTER, TRAILER };
#define LINE 16384
#define BUCKETS 2000000
typedef struct { int fd, state, filled, good, bad; long left; char line[LINE]; } conn;
static struct { char *bytes; size_t size; } requests[4096];
static int request_count, next_request, ep, running, heads;
static unsigned long long calls, events, errors, received;
static unsigned *histogram;
static double sum;

static long long now_us(void) {
  struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}
static void load(const char *path) {
  FILE *f = fopen(path, "rb"); size_t n;
  if (!f) { perror(path); exit(2); }
  while (request_count < 4096 && fscanf(f, "%zu%*1[\n]", &n) == 1) {
    char *b = malloc(n);
    if (fread(b, 1, n, f) != n) exit(2);
    requests[request_count].bytes = b; requests[request_count++].size = n;
  }
  fclose(f);
}
static void ask(conn *c) {
  c->state = HEAD; c->filled = c->good = c->bad = 0;
  size_t n = requests[next_request].size;
  if (send(c->fd, requests[next_request].bytes, n, MSG_NOSIGNAL) != (ssize_t)n) errors++;
  next_request = (next_request + 1) % request_count;
}
static void line(conn *c, long long now) {  // one line of an event
  c->line[c->filled] = 0;
  if (strncmp(c->line, "data:", 5)) return;
  char *stamp = strstr(c->line, "t=");
  if (stamp && stamp[2] >= '0' && stamp[2] <= '9') {
    long long d = now - strtoll(stamp + 2, 0, 10);
    if (d < 0) d = 0;
    histogram[d < BUCKETS ? d : BUCKETS - 1]++; sum += d; events++;
  } else if (strstr(c->line, "\"result\"") && !strstr(c->line, "\"isError\":true")) c->good = 1;
  else c->bad = 1;
}
static void body(conn *c, const char *p, long n, long long now) {
  for (long i = 0; i < n; i++) {
    if (p[i] == '\n') { line(c, now); c->filled = 0; }
    else if (c->filled < LINE - 1) c->line[c->filled++] = p[i];
  }
}
// Takes what was read; 1 when the answer has ended, -1 when it is no stream.
static int take(conn *c, const char *p, long n, long long now) {
  const char *e = p + n;
  while (p < e) switch (c->state) {
    case HEAD:
      if (c->filled == LINE - 1) return -1;
      c->line[c->filled++] = *p++;
      if (c->filled > 4 && !memcmp(c->line + c->filled - 4, "\r\n\r\n", 4)) {
        c->line[c->filled] = 0;
        if (strncmp(c->line + 9, "200", 3) || !strcasestr(c->line, "transfer-encoding: chunked")) return -1;
        c->state = SIZE; c->filled = 0; c->left = 0; heads++;
      } break;
    case SIZE: {
      char b = *p++;
      if (b == '\n') { c->state = c->left ? DATA : TRAILER; if (!c->left) c->left = 2; }
      else if (b != '\r') c->left = c->left * 16 + (b <= '9' ? b - '0' : (b | 32) - 'a' + 10);
      break; }
    case DATA: {
      long k = e - p < c->left ? e - p : c->left;
      body(c, p, k, now); p += k; c->left -= k;
      if (!c->left) { c->state = AFTER; c->left = 2; } break; }
    case AFTER: p++; if (!--c->left) c->state = SIZE; break;
    case TRAILER: p++; if (!--c->left) return 1; break;
  }
  return 0;
}
static double part(double share) {
  unsigned long long want = events * share, seen = 0;
  for (int i = 0; i < BUCKETS; i++) if ((seen += histogram[i]) > want) return i;
  return 0;
}
int main(int ac, char **av) {
  if (ac < 5) return 2;
  int n = atoi(av[2]), holds = ac > 5;
  load(av[4]); if (!request_count) return 2;
  histogram = calloc(BUCKETS, sizeof *histogram); ep = epoll_create1(0);
  conn *cs = calloc(n, sizeof *cs);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(av[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  long long t0 = now_us(), stop = t0 + (long long)(atof(av[3]) * 1e6);
  for (int i = 0, one = 1; i < n; i++) {
    conn *c = &cs[i];
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->fd, (void *)&a, sizeof a)) { perror("connect"); return 3; }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e); running++; ask(c);
  }
  struct epoll_event in = {.events = EPOLLIN, .data.ptr = 0}, ready[256];
  if (holds) epoll_ctl(ep, EPOLL_CTL_ADD, 0, &in);
  static char buffer[262144]; int told = 0;
  while (running) {
    int k = epoll_wait(ep, ready, 256, 200);
    if (holds && !told && (heads + (int)errors >= n || now_us() > stop)) {
      printf("{\"open\":%d,\"errors\":%llu}\n", heads, errors); fflush(stdout); told = 1;
    }
    if (!holds && now_us() > stop + 20000000) { errors += running; break; }
    for (int i = 0; i < k; i++) {
      conn *c = ready[i].data.ptr;
      if (!c) return 0;
      ssize_t r = recv(c->fd, buffer, sizeof buffer, MSG_DONTWAIT);
      long long now = now_us();
      int end = r > 0 ? take(c, buffer, r, now) : r < 0 && errno == EAGAIN ? 0 : -1;
      if (r > 0) received += r;
      if (!end) continue;
      if (end < 0 || c->bad || !c->good) {
        if (!errors++) fprintf(stderr, "%.*s\n", 300, c->line);
        close(c->fd); running--;
      } else {
        calls++;
        if (now < stop && !holds) ask(c); else { close(c->fd); running--; }
      }
    }
  }
  printf("{\"calls\":%llu,\"events\":%llu,\"errors\":%llu,\"bytes\":%llu,\"us\":%lld,\"p50\":%.0f,\"p90\":%.0f,\"p99\":%.0f,\"mean\":%.1f}\n",
         calls, events, errors, received, now_us() - t0, part(.5), part(.9), part(.99), events ? sum / events : 0);
  return 0;
}
