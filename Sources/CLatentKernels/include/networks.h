#pragma once

// The kernels of the reverse-mode tape (LatentNetworks), one table for each element type: `const void *` is an array
// of float in latent_networks_f and of double in latent_networks_d.
//
// Matrices are row-major, [rows, columns], `ld` elements from row to row; a matrix without `ld` is contiguous. `add`
// other than 0 adds to what is in the output, else it is overwritten and need not be initialised. Input and output
// may be the same array where both have the same shape and stride. Any length is allowed; nothing is read or
// written past a row's end.

enum {
  LATENT_EXP,
  LATENT_LOG,
  LATENT_TANH,
  LATENT_SIGMOID,    // 1 / (1 + e^-x)
  LATENT_SOFTPLUS,   // ln (1 + e^x)
  LATENT_RELU,       // max (x, 0)
  LATENT_LEAKY_RELU, // x, below 0 a x
  LATENT_ELU,        // x, below 0 a (e^x - 1)
  LATENT_GELU,       // x/2 (1 + tanh (sqrt (2/pi) (x + 0.044715 x^3)))
  LATENT_SWISH,      // x / (1 + e^-x)
  LATENT_SQRT,
  LATENT_SQUARE,
  LATENT_CLAMP,      // into [a, b]
  LATENT_SCALE       // a x + b
};

enum { LATENT_ADD, LATENT_SUBTRACT, LATENT_MULTIPLY, LATENT_DIVIDE };

typedef struct {
  /* y = f(x), one of the functions above. */
  void (*map)(long f, long rows, long columns, const void *x, long ldx, void *y, long ldy, double a, double b);
  /* out (+)= g f'(x), with y = f(x). */
  void (*map_gradient)(long f, long add, long rows, long columns, const void *x, long ldx, const void *y, long ldy,
                       const void *g, long ldg, void *out, long ldo, double a, double b);
  /* out (+)= scale (a op b); ld 0 repeats a row, a column step (ca, cb) of 0 repeats the first element of a row. */
  void (*combine)(long op, long add, long rows, long columns, const void *a, long lda, long ca, const void *b,
                  long ldb, long cb, void *out, long ldo, double scale);
  /* out (+)= scale x, with ldx and cx as above. */
  void (*copy)(long add, long rows, long columns, const void *x, long ldx, long cx, void *out, long ldo,
               double scale);
  /* out[j, i] (+)= x[i, j]; rows and columns are those of x. */
  void (*transpose)(long add, long rows, long columns, const void *x, long ldx, void *out, long ldo);
  /* The entries of x that are not 0, row by row: entry e of row i, start[i] <= e < start[i + 1], is value[e] in column
     index[e]. Their number, or -1 if there are more than `most`; index and value have room for most + columns. */
  long (*sparse_rows)(long rows, long columns, const void *x, long ldx, long most, int *start, int *index,
                      void *value);
  /* The same entries by columns; starts has columns + 2 elements. */
  void (*sparse_columns)(long rows, long columns, const int *start, const int *index, const void *value, int *starts,
                         int *indices, void *values);
  /* y = x b + 1 bias, or y += x b, for such entries of x of `rows` rows, in each of which columns rise, and b of `inner`
     rows and n columns; bias may be null. start[0] need not be 0. */
  void (*sparse_product)(long add, long rows, long n, long inner, const int *start, const int *index, const void *value,
                         const void *b, long ldb, const void *bias, void *y, long ldy);
  /* out[j] (+)= scale sum over i of w[i] x[i, j]; w may be null. */
  void (*sum_rows)(long add, long rows, long columns, const void *x, long ldx, const void *w, void *out,
                   double scale);
  /* out[i * ldo] (+)= scale sum over j of x[i, j] */
  void (*sum_columns)(long add, long rows, long columns, const void *x, long ldx, void *out, long ldo, double scale);
  /* out[i, j] (+)= w[i] x[i, j] */
  void (*scale_rows)(long add, long rows, long columns, const void *x, long ldx, const void *w, void *out, long ldo);
  /* out[i] = ln sum over j of exp x[i, j]; minus infinity where all are. */
  void (*log_sum_exp)(long rows, long columns, const void *x, long ldx, void *out);
  /* out[i, j] (+)= g[i] exp (x[i, j] - l[i]) */
  void (*log_sum_exp_gradient)(long add, long rows, long columns, const void *x, long ldx, const void *l,
                               const void *g, void *out, long ldo);
  /* y[i, j] = exp x[i, j] / sum over j */
  void (*softmax)(long rows, long columns, const void *x, long ldx, void *y, long ldy);
  /* out (+)= y (g - sum of g y along the row) */
  void (*softmax_gradient)(long add, long rows, long columns, const void *y, long ldy, const void *g, long ldg,
                           void *out, long ldo);
  /* y = (x - mean) / sqrt (variance + epsilon) along each row; inverse[i] = 1 / sqrt (...). */
  void (*normalize)(long rows, long columns, const void *x, long ldx, double epsilon, void *y, void *inverse);
  /* out (+)= inverse (g - mean g - y mean (g y)) along each row; out may be g. */
  void (*normalize_gradient)(long add, long rows, long columns, const void *y, const void *inverse, const void *g,
                             void *out, long ldo);
  /* out[i] = sum over j of x l - ln (1 + e^l), l the logits; partial (may be null) = x - 1 / (1 + e^-l), contiguous.
     A cell of x that is not a number is not observed and adds nothing. */
  void (*bernoulli)(long rows, long columns, const void *l, long ldl, const void *x, long ldx, void *out,
                    void *partial);
  /* out[i] = sum over j of ln N(x; m, e^v), and its partial derivatives (each may be null), contiguous. cv 0: one v
     for a row, and dv has one number for a row. missing: a cell of x that is not a number adds nothing. */
  void (*gaussian)(long missing, long rows, long columns, const void *x, long ldx, const void *m, long ldm,
                   const void *v, long ldv, long cv, void *out, void *dx, void *dm, void *dv);
  /* out[i] = KL(N(m, e^v) || N(0, I)), dm and dv as above. */
  void (*standard_divergence)(long rows, long columns, const void *m, long ldm, const void *v, long ldv, void *out,
                              void *dm, void *dv);
  /* d[i, a] = x[i, a (a + 1) / 2 + a]: the diagonals of packed lower triangles of order n; and g back: x[i, ...] += g. */
  void (*lower_diagonal)(long rows, long n, const void *x, long ldx, void *d);
  void (*lower_diagonal_gradient)(long rows, long n, const void *g, void *x, long ldx);
  /* z = L e for each row: L below the diagonal from l (packed), on it d. The gradients are added; each may be null. */
  void (*lower_product)(long rows, long n, const void *l, long ldl, const void *d, long ldd, const void *e, long lde,
                        void *z);
  void (*lower_product_gradient)(long rows, long n, const void *l, long ldl, const void *d, long ldd, const void *e,
                                 long lde, const void *g, void *gl, long ldgl, void *gd, long ldgd, void *ge,
                                 long ldge);
} latent_network_kernels;

extern const latent_network_kernels latent_networks_d, latent_networks_f;

/* As sparse_product, with b in bfloat16 and nothing to add to. */
void latent_sparse_product_bf16(long rows, long n, long inner, const int *start, const int *index, const float *value,
                                const unsigned short *b, long ldb, const float *bias, float *y, long ldy);
