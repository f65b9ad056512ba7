/* Loaded before the C library: half of each write to a file of the audit log is written, and said to be. Of two bytes one, of one
   byte one. Each time, a byte is added to the file SHORT_WRITES. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static size_t cut(int file, size_t count) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (count < 2 || length < 0) return count;
    path[length] = 0;
    if (!strstr(path, "/state/audit/")) return count;
    const char *told = getenv("SHORT_WRITES");
    int tally = told ? open(told, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (tally >= 0) {
        syscall(SYS_write, tally, ".", 1);
        close(tally);
    }
    return count / 2;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    return syscall(SYS_pwrite64, file, bytes, cut(file, count), offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    return syscall(SYS_pwrite64, file, bytes, cut(file, count), offset);
}

ssize_t write(int file, const void *bytes, size_t count) { return syscall(SYS_write, file, bytes, cut(file, count)); }
