#pragma once

// Vectorised loops over blocks of rows; no mathematics of their own. Each exists for double (_d) and float (_f).
//
// A block holds `stride` rows (a multiple of LATENT_GROUP, at most LATENT_BLOCK), feature by feature: x[j * stride + i] is feature j
// of row i, so that one vector holds the same feature of neighbouring rows. Rows past the end of the data are
// padding with weight 0.
//
// D features, K components, W lanes of a 64-byte vector (8 double, 16 float), a *group* is W rows.

#include "optimizers.h"

#define LATENT_GROUP 16
#define LATENT_SMALL_D 32
#define LATENT_BLOCK 256
#define LATENT_KEPT 32

#define LATENT_DECLARE(REAL, SUFFIX)                                                                           \
  /* out[j * stride + i] = x[i * ldx + j] - origin[j] (origin may be null); zero for i in rows..<stride. */    \
  void latent_pack_##SUFFIX(const REAL *x, long ldx, long rows, long D, const REAL *origin, long stride,       \
                            REAL *out);                                                                        \
  /* out[i] = c - 1/2 |W (x[i] - mu)|^2, W lower triangular, packed by rows, D <= LATENT_SMALL_D.              \
     best[i] = max(best[i], out[i]). */                                                                        \
  void latent_log_density_full_##SUFFIX(const REAL *x, long stride, long D, const REAL *mu, const REAL *w,     \
                                        REAL c, REAL *best, REAL *out);                                        \
  /* The same for W = diag(w). */                                                                              \
  void latent_log_density_diagonal_##SUFFIX(const REAL *x, long stride, long D, const REAL *mu,                \
                                            const REAL *w, REAL c, REAL *best, REAL *out);                     \
  /* y = W x, row by row of the packed lower triangular W. D <= LATENT_SMALL_D. */                             \
  void latent_whiten_##SUFFIX(const REAL *x, long stride, long D, const REAL *w, REAL *y);                     \
  /* In: logp[k * stride + i] = ln (pi_k p(x_i | k)), best[i] = max over k, weight[i].                         \
     Out: logp becomes weight * responsibility, exactly 0 where it lies more than margin below the best;       \
     sum[i] = the normaliser, ln p(x_i) = best[i] + ln sum[i];                                                 \
     active[k * stride/W + g] = 1 where group g has a positive responsibility in component k;                  \
     totals[0] += sum of weight ln p(x_i); totals[1] += sum of weight r (logp - logpi[k]). */                  \
  void latent_responsibilities_##SUFFIX(REAL *logp, long stride, long K, const REAL *logpi, REAL margin,       \
                                        const REAL *weight, const REAL *best, REAL *sum,                       \
                                        unsigned char *active, double *totals);                                \
  /* Adds to sums, each of W lanes: r; r d; r d d^T (packed lower), with d = x - mu. D <= LATENT_SMALL_D. */   \
  void latent_moments_full_##SUFFIX(const REAL *x, long stride, long D, const REAL *mu, const REAL *r,         \
                                    const unsigned char *active, REAL *sums);                                  \
  /* Adds to sums, each of W lanes: r; r d; and, unless order is 1, r d^2. */                                  \
  void latent_moments_diagonal_##SUFFIX(const REAL *x, long stride, long D, const REAL *mu, const REAL *r,     \
                                        const unsigned char *active, long order, REAL *sums);                  \
  /* out[i, j] = scale[i] * (x[row[i], column[j]] - mu[j]), i < rows; a null row, column or scale is the       \
     identity (or 1). mu is in the order of the output. */                                                     \
  void latent_gather_##SUFFIX(const REAL *x, long ldx, long rows, long D, const int *row, const int *column,   \
                              const REAL *scale, const REAL *mu, REAL *out, long ldo);                         \
  /* q[i] += sum over j of y[i * ldy + j]^2. */                                                                \
  void latent_add_square_norms_##SUFFIX(const REAL *y, long ldy, long rows, long D, REAL *q);                  \
  /* sum[j] += scale[i] y[i * ldy + j] over the rows. */                                                       \
  void latent_add_rows_##SUFFIX(const REAL *y, long ldy, long rows, long D, const REAL *scale, double *sum);   \
  /* Fills missing cells with the means given the observed ones: with d = x - mu, and d = 0 where x is not a number,  \
         out[m * stride + i] = mu[m] - (inverse(P_mm) P_m d)[m],                                                  \
     P a precision matrix, m the missing columns of row i. Rows come in runs of one pattern: run q holds the rows     \
     start[q]..<start[q + 1] and lacks the columns[first[q]..<first[q + 1]], at most LATENT_SMALL_D.                  \
     x and P have rows of ld (a multiple of 8) elements, filled up with 0, as is mu; variance holds the diagonal of   \
     the inverse of P, which bounds what is conditioned out of it.                                                    \
     Without r: offset[q] = 1/2 (|m| ln 2 pi - ln |P_mm|).                                                            \
     With r: only rows of positive r are filled, and scatter[m, m] += inverse(P_mm) sum of r (lower, D columns). */   \
  void latent_fill_##SUFFIX(const double *x, long ld, const int *start, long runs, const int *first,           \
                            const int *columns, const double *mu, const double *P, const double *variance,     \
                            const REAL *r, REAL *out, long stride, double *offset, double *scatter, long D);   \
  /* out[i] = the kept-th largest of logp[k * stride + i] over k; kept <= LATENT_KEPT. */                       \
  void latent_kth_best_##SUFFIX(const REAL *logp, long stride, long K, long kept, REAL *out);                  \
  /* Keeps the kept largest of logp[k * stride + i] over k, of equals those with the lower k; the others become minus      \
     infinity. kept <= LATENT_KEPT. */                                                                         \
  void latent_keep_best_##SUFFIX(REAL *logp, long stride, long K, long kept);                                  \
  /* Whether all of x are 0 or 1. */                                                                           \
  int latent_all_binary_##SUFFIX(const REAL *x, long count);                                                   \
  /* x <- exp(x), for tests of the exponential. */                                                             \
  void latent_exp_##SUFFIX(REAL *x, long count);

LATENT_DECLARE(double, d)
LATENT_DECLARE(float, f)
#undef LATENT_DECLARE

#include "networks.h"
