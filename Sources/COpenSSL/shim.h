#ifndef BUSBAR_COPENSSL_SHIM_H
#define BUSBAR_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdint.h>
#include <string.h>
#include <time.h>

// Swift imports neither function-like macros nor 64-bit option constants built from them; these
// carry them across under the library's own names with the prefix "busbar_".

/// Writes the SHA-256 of `count` bytes to `digest`. The state tree hashes some hundred bytes at a
/// time, for which EVP's digest would spend most of its time on allocating its context; these calls
/// need none. OpenSSL discourages them for want of providers, and has not removed them.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static inline int busbar_SHA256(const void *data, size_t count, unsigned char *digest) {
    SHA256_CTX context;
    return SHA256_Init(&context) == 1 && SHA256_Update(&context, data, count) == 1
        && SHA256_Final(digest, &context) == 1;
}
#pragma GCC diagnostic pop

/// The options of every context: no tickets, no renegotiation, no compression.
static inline void busbar_SSL_CTX_set_safe_options(SSL_CTX *context) {
    SSL_CTX_set_options(
        context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(
        context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE
            | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

/// Returns 1 for success.
static inline int busbar_SSL_CTX_set_min_proto_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_min_proto_version(context, version);
}

/// Shows `certificate`, too, which keeps a reference of its own; returns 1 for success.
static inline int busbar_SSL_CTX_add_chain_cert(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}

/// Sends `name` as the server name (SNI); returns 1 for success.
static inline int busbar_SSL_set_tlsext_host_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

static inline size_t busbar_BIO_pending(BIO *bio) {
    return BIO_ctrl_pending(bio);
}

/// Throws away what waits in a memory BIO.
static inline void busbar_BIO_empty(BIO *bio) {
    (void)BIO_reset(bio);
}

/// An empty memory BIO that answers "try again" rather than end of file.
static inline BIO *busbar_BIO_new_memory(void) {
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio != NULL) {
        BIO_set_mem_eof_return(bio, -1);
    }
    return bio;
}

static inline int busbar_ERR_GET_REASON(unsigned long code) {
    return ERR_GET_REASON(code);
}

static inline int busbar_ERR_GET_LIB(unsigned long code) {
    return ERR_GET_LIB(code);
}

/// The SSL that a certificate verification belongs to.
static inline SSL *busbar_X509_STORE_CTX_get_ssl(X509_STORE_CTX *store) {
    return (SSL *)X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
}

/// Seconds since 1970 (UTC), or INT64_MIN where the time cannot be read.
static inline int64_t busbar_ASN1_TIME_seconds(const ASN1_TIME *time) {
    struct tm parts;
    if (time == NULL || ASN1_TIME_to_tm(time, &parts) != 1) {
        return INT64_MIN;
    }
    return (int64_t)timegm(&parts);
}

/// A new private key on P-256, or NULL.
static inline EVP_PKEY *busbar_EVP_EC_gen_p256(void) {
    return EVP_EC_gen("P-256");
}

/// A new Ed25519 private key, or NULL.
static inline EVP_PKEY *busbar_EVP_ED25519_gen(void) {
    return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

#endif
