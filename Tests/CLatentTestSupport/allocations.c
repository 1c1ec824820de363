#include "CLatentTestSupport.h"

#include <stddef.h>

// A program's own malloc takes the place of the C library's, in its shared libraries too. Under a sanitizer that is taken.
#if defined(__linux__) && defined(__GLIBC__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static _Thread_local long allocations;

void *malloc(size_t size) {
  allocations++;
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  allocations++;
  return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
  allocations++;
  return __libc_realloc(old, size);
}

long latent_allocations(void) { return allocations; }

#else

long latent_allocations(void) { return -1; }

#endif
