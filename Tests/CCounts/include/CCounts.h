#pragma once
#include <stdint.h>

/// What a thread has done so far.
struct busbar_counts {
    /// How often it has asked for memory: malloc, calloc, realloc, posix_memalign.
    uint64_t allocations;
    /// How many SHA-256 digests it has finished.
    uint64_t digests;
};

/// What the calling thread has done so far.
struct busbar_counts busbar_counts_of_thread(void);

/// The time of a core that the calling thread has had so far, in nanoseconds.
uint64_t busbar_thread_nanoseconds(void);

/// Begins to count the syncs of files below `directory`, by whatever thread; the number to ask with, or
/// -1 if too many are counted already.
int busbar_count_syncs(const char *directory);

/// Ends what ``busbar_count_syncs`` began; how many syncs there were.
uint64_t busbar_end_count_of_syncs(int number);
