#include "CLatentKernels.h"
#include "dispatch.h"

#define REAL float
#define W 16
#define NAME(stem) stem##_f
#include "optimizers.inc"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

DISPATCHED
static void round_by_integers(const float *restrict x, unsigned short *restrict out, long count) {
  for (long i = 0; i < count; i++) {
    unsigned int bits;
    memcpy(&bits, x + i, sizeof bits);
    unsigned int rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    out[i] = (unsigned short)((bits & 0x7FFFFFFF) > 0x7F800000 ? (bits >> 16) | 0x40 : rounded);
  }
}

#if defined(__x86_64__)
__attribute__((target("avx512bf16,avx512bw,avx512vl"))) static void round_by_instruction(const float *x, unsigned short *out,
                                                                                         long count) {
  long i = 0;
  for (; i + 16 <= count; i += 16) {
    _mm256_storeu_si256((void *)(out + i), (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(x + i)));
  }
  if (i == count) return;
  const __mmask16 rest = (__mmask16)((1u << (count - i)) - 1);
  _mm256_mask_storeu_epi16(out + i, rest, (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(rest, x + i)));
}
#endif

void latent_round_bf16(const float *x, unsigned short *out, long count) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bf16")) {
    round_by_instruction(x, out, count);
    return;
  }
#endif
  round_by_integers(x, out, count);
}
