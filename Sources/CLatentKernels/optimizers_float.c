#include "CLatentKernels.h"
#include "dispatch.h"

#define REAL float
#define W 16
#define NAME(stem) stem##_f
#include "optimizers.inc"

#include <string.h>

DISPATCHED
void latent_round_bf16(const float *restrict x, unsigned short *restrict out, long count) {
  for (long i = 0; i < count; i++) {
    unsigned int bits;
    memcpy(&bits, x + i, sizeof bits);
    unsigned int rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    out[i] = (unsigned short)((bits & 0x7FFFFFFF) > 0x7F800000 ? (bits >> 16) | 0x40 : rounded);
  }
}
