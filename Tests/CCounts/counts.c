// Stands before the C library's memory, its syncs, and OpenSSL's SHA-256 in the program of the tests,
// so that tests can count what is done. What the counters are asked for, the program itself does as ever.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CCounts.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Thread_local struct busbar_counts counts;

struct busbar_counts busbar_counts_of_thread(void) { return counts; }

uint64_t busbar_thread_nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// Memory. What is freed goes back to the C library as it came.

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
    counts.allocations += 1;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    counts.allocations += 1;
    return __libc_calloc(count, size);
}

void *realloc(void *place, size_t size) {
    counts.allocations += 1;
    return __libc_realloc(place, size);
}

int posix_memalign(void **place, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
    counts.allocations += 1;
    void *made = __libc_memalign(alignment, size);
    if (made == NULL) return ENOMEM;
    *place = made;
    return 0;
}

// Hashes.

int SHA256_Final(unsigned char *digest, void *context) {
    typedef int (*final)(unsigned char *, void *);
    static _Atomic(final) next;
    final known = next;
    if (known == NULL) {
        known = (final)dlsym(RTLD_NEXT, "SHA256_Final");
        if (known == NULL) abort();
        next = known;
    }
    counts.digests += 1;
    return known(digest, context);
}

// Syncs.

static struct {
    char directory[PATH_MAX];
    uint64_t syncs;
} watches[8];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int busbar_count_syncs(const char *directory) {
    int found = -1;
    char real[PATH_MAX];
    if (realpath(directory, real) == NULL) return -1;
    pthread_mutex_lock(&lock);
    for (int number = 0; number < 8 && found < 0; number++) {
        if (watches[number].directory[0] != 0) continue;
        strcpy(watches[number].directory, real);
        watches[number].syncs = 0;
        found = number;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

uint64_t busbar_end_count_of_syncs(int number) {
    pthread_mutex_lock(&lock);
    uint64_t syncs = watches[number].syncs;
    watches[number].directory[0] = 0;
    pthread_mutex_unlock(&lock);
    return syncs;
}

static void note_sync(int file) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return;
    path[length] = 0;
    pthread_mutex_lock(&lock);
    for (int number = 0; number < 8; number++) {
        const char *directory = watches[number].directory;
        if (directory[0] != 0 && strncmp(path, directory, strlen(directory)) == 0) {
            watches[number].syncs += 1;
        }
    }
    pthread_mutex_unlock(&lock);
}

int fsync(int file) {
    note_sync(file);
    return (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    note_sync(file);
    return (int)syscall(SYS_fdatasync, file);
}
