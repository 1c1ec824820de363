#pragma once
#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>

#ifndef RTLD_DEFAULT  // glibc hides it without _GNU_SOURCE
#define RTLD_DEFAULT ((void *)0)
#endif

// oneDNN parallelises inside an operation unless OpenMP is told not to, for each thread that calls it. The library brings
// its OpenMP along; the compiler has no omp.h, and not every build of oneDNN uses OpenMP.
static inline void latent_onednn_stay_on_this_thread(void) {
  static void (*set_threads)(int);
  static int looked;
  if (!__atomic_load_n(&looked, __ATOMIC_ACQUIRE)) {
    void (*found)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    __atomic_store_n(&set_threads, found, __ATOMIC_RELAXED);
    __atomic_store_n(&looked, 1, __ATOMIC_RELEASE);
  }
  void (*call)(int) = __atomic_load_n(&set_threads, __ATOMIC_RELAXED);
  if (call) call(1);
}
