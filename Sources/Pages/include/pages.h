#ifndef BUSBAR_PAGES_H
#define BUSBAR_PAGES_H

#include <stddef.h>

/// One file of the app, as it lies in `files`.
struct busbar_page {
    /// Its path below `files`, such as `css/base.css`.
    const char *path;
    const unsigned char *bytes;
    size_t size;
};

/// The files, in order of their paths.
extern const struct busbar_page *const busbar_pages;
extern const size_t busbar_page_count;

#endif
