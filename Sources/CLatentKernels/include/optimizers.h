#pragma once

// Element by element: gradients of several lanes added up, and one step of an optimiser uphill. Each exists for double (_d)
// and float (_f). `scale` multiplies the gradient first; `rate` is the learning rate; `rest` is 1 - rho, which single
// precision would round. Arrays do not overlap, where nothing else is said, and start on 64 bytes.

#define LATENT_DECLARE_OPTIMIZERS(REAL, SUFFIX)                                                                \
  /* g = x + y; g may be x. */                                                                                 \
  void latent_add_##SUFFIX(REAL *g, const REAL *x, const REAL *y, long count);                                 \
  /* The sum of g[i]^2. */                                                                                     \
  double latent_sum_of_squares_##SUFFIX(const REAL *g, long count);                                            \
  /* p += rate g. */                                                                                           \
  void latent_sgd_##SUFFIX(REAL *p, const REAL *g, REAL scale, long count, REAL rate);                         \
  /* m = mu m + g; p += rate m, or with lookahead 1 p += rate (g + mu m). */                                   \
  void latent_momentum_##SUFFIX(REAL *p, const REAL *g, REAL scale, REAL *m, long count, REAL mu, long lookahead, \
                                REAL rate);                                                                    \
  /* v += g^2; p += rate g / (sqrt(v) + eps). */                                                               \
  void latent_adagrad_##SUFFIX(REAL *p, const REAL *g, REAL scale, REAL *v, long count, REAL rate, REAL eps);  \
  /* v = rho v + rest g^2; p += rate g / (sqrt(v) + eps). */                                                   \
  void latent_rmsprop_##SUFFIX(REAL *p, const REAL *g, REAL scale, REAL *v, long count, REAL rho, REAL rest,   \
                               REAL rate, REAL eps);                                                           \
  /* v = rho v + rest g^2; d = g sqrt(u + eps) / sqrt(v + eps); u = rho u + rest d^2; p += rate d. */          \
  void latent_adadelta_##SUFFIX(REAL *p, const REAL *g, REAL scale, REAL *v, REAL *u, long count, REAL rho,    \
                                REAL rest, REAL rate, REAL eps);                                               \
  /* m = b1 m + rest1 g; v = b2 v + rest2 g^2; p += rate m / (root sqrt(v) + eps) - decay p. */                \
  void latent_adam_##SUFFIX(REAL *p, const REAL *g, REAL scale, REAL *m, REAL *v, long count, REAL b1,         \
                            REAL rest1, REAL b2, REAL rest2, REAL rate, REAL root, REAL eps, REAL decay);

LATENT_DECLARE_OPTIMIZERS(double, d)
LATENT_DECLARE_OPTIMIZERS(float, f)
#undef LATENT_DECLARE_OPTIMIZERS

// out[i] = x[i] rounded to bfloat16, to the nearest and of two equally near to the even; a NaN stays one. Below the smallest
// normal number, 1.2e-38, some processors make it 0.
void latent_round_bf16(const float *x, unsigned short *out, long count);

// Tells the processor that this thread waits for another one.
static inline void latent_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
