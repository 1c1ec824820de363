#include "dispatch.h"
#include "networks.h"

#define REAL float
#define INT int
#define W 16
#define NAME(stem) stem##_f
#include "networks.inc"

// Rounds to the nearest bfloat16, ties to even. A NaN keeps its sign and becomes quiet.
DISPATCHED
void latent_narrow(long rows, long columns, const float *x, long ldx, unsigned short *out, long ldo) {
  if (ldx == columns && ldo == columns) columns *= rows, rows = 1;
  const unsigned *bits = (const unsigned *)(const void *)x;
  for (long i = 0; i < rows; i++)
    for (long j = 0; j < columns; j++) {
      unsigned u = bits[i * ldx + j];
      unsigned rounded = (u + 0x7fff + ((u >> 16) & 1)) >> 16;
      out[i * ldo + j] = (unsigned short)((u & 0x7fffffff) > 0x7f800000 ? (u >> 16) | 0x40 : rounded);
    }
}
