#ifndef BUSBAR_CZLIB_SHIM_H
#define BUSBAR_CZLIB_SHIM_H

#include <zlib.h>

/// Makes `stream` one that writes the format of gzip; its macro is none that Swift can call.
static inline int busbar_gzip_init(z_stream *stream) {
    return deflateInit2(stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
}

#endif
