#pragma once

// oneDNN primitives with the memory they need, made once a shape; hides the differences between oneDNN 2 and 3.
//
// A primitive is used by one thread at a time. Running one allocates nothing.

typedef struct latent_onednn latent_onednn;
typedef struct latent_primitive latent_primitive;

/* An engine and a stream on this machine's processor; null if there is none. */
latent_onednn *latent_onednn_create(void);
void latent_onednn_destroy(latent_onednn *context);
/* Whether products in bfloat16 have instructions of their own here. */
int latent_onednn_has_bfloat16(void);

/* C = op(A) op(B), with add C += op(A) op(B): A and B bfloat16, C float, row-major; op(A) is m x k, op(B) k x n.
   Null where oneDNN has no such product. Run with a, b, c. */
latent_primitive *latent_narrow_product(latent_onednn *context, long m, long n, long k, long lda, int transpose_a,
                                        long ldb, int transpose_b, long ldc, int add);

/* A convolution from a large to a small image, channels last, each kernel [kernel_h, kernel_w, large channels]:

       small[b, y, x, o] = sum over u, v, c of large[b, y s + u - p, x s + v - p, c] kernel[o, u, v, c] */
typedef struct {
  long batch, large_h, large_w, large_c, small_h, small_w, small_c, kernel_h, kernel_w, stride, padding;
} latent_convolution_shape;

enum {
  LATENT_TO_SMALL,  // run with large, kernel, small
  LATENT_TO_LARGE,  // the adjoint: run with small, kernel, large
  LATENT_TO_KERNEL  // the gradient of the kernel: run with large, small, kernel
};

latent_primitive *latent_convolution(latent_onednn *context, int direction, const latent_convolution_shape *shape);

/* The first two are read, the third is written. Returns 0, or oneDNN's status. */
int latent_primitive_run(latent_onednn *context, latent_primitive *primitive, const void *first, const void *second,
                         void *result);
void latent_primitive_destroy(latent_primitive *primitive);
