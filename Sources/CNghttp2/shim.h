#ifndef BUSBAR_CNGHTTP2_SHIM_H
#define BUSBAR_CNGHTTP2_SHIM_H

#include <nghttp2/nghttp2.h>

#include <stddef.h>
#include <string.h>

/// Fills a name-value pair with pointers into the caller's bytes, which nghttp2 copies.
static inline nghttp2_nv busbar_nghttp2_nv(
    const uint8_t *base, size_t name, size_t name_length, size_t value, size_t value_length) {
    nghttp2_nv pair;
    pair.name = (uint8_t *)(base + name);
    pair.value = (uint8_t *)(base + value);
    pair.namelen = name_length;
    pair.valuelen = value_length;
    pair.flags = NGHTTP2_NV_FLAG_NONE;
    return pair;
}

#endif
