#include <CLatentOneDNN.h>

#include <oneapi/dnnl/dnnl.h>
#include <stdlib.h>

struct latent_onednn {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
};

// Two inputs and a result. Where the primitive wants a format of its own, `own` holds it and `reorder` goes there, or
// from there for the result.
struct latent_primitive {
  dnnl_primitive_t primitive;
  int argument[3];
  dnnl_memory_t user[3], own[3];
  dnnl_primitive_t reorder[3];
  dnnl_memory_t scratch;
};

// Memory descriptors are values in oneDNN 2 and objects in oneDNN 3.
#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t owned;
typedef const_dnnl_memory_desc_t description;
#define SHOWN(d) (d)
static void release(owned *d) {
  if (*d) dnnl_memory_desc_destroy(*d);
}
static int strided(owned *d, int n, const dnnl_dims_t extents, dnnl_data_type_t type, const dnnl_dims_t strides) {
  return dnnl_memory_desc_create_with_strides(d, n, extents, type, strides);
}
static int any_format(owned *d, int n, const dnnl_dims_t extents, dnnl_data_type_t type) {
  return dnnl_memory_desc_create_with_tag(d, n, extents, type, dnnl_format_tag_any);
}
#else
typedef dnnl_memory_desc_t owned;
typedef const dnnl_memory_desc_t *description;
#define SHOWN(d) (&(d))
static void release(owned *d) { (void)d; }
static int strided(owned *d, int n, const dnnl_dims_t extents, dnnl_data_type_t type, const dnnl_dims_t strides) {
  return dnnl_memory_desc_init_by_strides(d, n, extents, type, strides);
}
static int any_format(owned *d, int n, const dnnl_dims_t extents, dnnl_data_type_t type) {
  return dnnl_memory_desc_init_by_tag(d, n, extents, type, dnnl_format_tag_any);
}
#endif

latent_onednn *latent_onednn_create(void) {
  latent_onednn *context = calloc(1, sizeof *context);
  if (!context) return 0;
  if (dnnl_engine_create(&context->engine, dnnl_cpu, 0) != dnnl_success ||
      dnnl_stream_create(&context->stream, context->engine, dnnl_stream_default_flags) != dnnl_success) {
    latent_onednn_destroy(context);
    return 0;
  }
  return context;
}

void latent_onednn_destroy(latent_onednn *context) {
  if (context->stream) dnnl_stream_destroy(context->stream);
  if (context->engine) dnnl_engine_destroy(context->engine);
  free(context);
}

int latent_onednn_has_bfloat16(void) {
  const int all = dnnl_cpu_isa_avx512_core_bf16;
  return ((int)dnnl_get_effective_cpu_isa() & all) == all;
}

void latent_primitive_destroy(latent_primitive *p) {
  if (!p) return;
  for (int i = 0; i < 3; i++) {
    if (p->own[i] && p->own[i] != p->user[i]) dnnl_memory_destroy(p->own[i]);
    if (p->user[i]) dnnl_memory_destroy(p->user[i]);
    if (p->reorder[i]) dnnl_primitive_destroy(p->reorder[i]);
  }
  if (p->scratch) dnnl_memory_destroy(p->scratch);
  if (p->primitive) dnnl_primitive_destroy(p->primitive);
  free(p);
}

// The memory of argument i, which the caller describes one way and the primitive another.
static int attach(latent_onednn *context, latent_primitive *p, int i, description user, description own) {
  int status = dnnl_memory_create(&p->user[i], user, context->engine, DNNL_MEMORY_NONE);
  if (status) return status;
  if (dnnl_memory_desc_equal(user, own)) {
    p->own[i] = p->user[i];
    return 0;
  }
  status = dnnl_memory_create(&p->own[i], own, context->engine, DNNL_MEMORY_ALLOCATE);
  if (status) return status;
  dnnl_primitive_desc_t d;
  status = i < 2 ? dnnl_reorder_primitive_desc_create(&d, user, context->engine, own, context->engine, 0)
                 : dnnl_reorder_primitive_desc_create(&d, own, context->engine, user, context->engine, 0);
  if (status) return status;
  status = dnnl_primitive_create(&p->reorder[i], d);
  dnnl_primitive_desc_destroy(d);
  return status;
}

// Makes the primitive of a descriptor, which it takes over. Scratch memory is the primitive's own: oneDNN's default
// belongs to the thread, and a tape may move between threads.
static latent_primitive *finish(latent_onednn *context, dnnl_primitive_desc_t d, const int *argument,
                                const dnnl_query_t *query, owned *user) {
  latent_primitive *p = calloc(1, sizeof *p);
  int status = p ? 0 : 1;
  for (int i = 0; !status && i < 3; i++) {
    p->argument[i] = argument[i];
    status = attach(context, p, i, SHOWN(user[i]), dnnl_primitive_desc_query_md(d, query[i], 0));
  }
  if (!status)
    status = dnnl_memory_create(&p->scratch, dnnl_primitive_desc_query_md(d, dnnl_query_scratchpad_md, 0),
                                context->engine, DNNL_MEMORY_ALLOCATE);
  if (!status) status = dnnl_primitive_create(&p->primitive, d);
  dnnl_primitive_desc_destroy(d);
  if (status) {
    latent_primitive_destroy(p);
    return 0;
  }
  return p;
}

static dnnl_primitive_attr_t attributes(int add) {
  dnnl_primitive_attr_t a;
  if (dnnl_primitive_attr_create(&a) != dnnl_success) return 0;
  dnnl_primitive_attr_set_scratchpad_mode(a, dnnl_scratchpad_mode_user);
  if (add) {
    dnnl_post_ops_t operations;
    dnnl_post_ops_create(&operations);
#if DNNL_VERSION_MAJOR >= 3
    dnnl_post_ops_append_sum(operations, 1, 0, dnnl_data_type_undef);
#else
    dnnl_post_ops_append_sum(operations, 1);
#endif
    dnnl_primitive_attr_set_post_ops(a, operations);
    dnnl_post_ops_destroy(operations);
  }
  return a;
}

static int matrix(owned *d, dnnl_data_type_t type, long rows, long columns, long stride, int transposed) {
  const dnnl_dims_t extents = {rows, columns}, strides = {transposed ? 1 : stride, transposed ? stride : 1};
  return strided(d, 2, extents, type, strides);
}

latent_primitive *latent_narrow_product(latent_onednn *context, long m, long n, long k, long lda, int transpose_a,
                                        long ldb, int transpose_b, long ldc, int add) {
  owned d[3] = {0};
  dnnl_primitive_desc_t primitive = 0;
  int status = matrix(&d[0], dnnl_bf16, m, k, lda, transpose_a) | matrix(&d[1], dnnl_bf16, k, n, ldb, transpose_b) |
               matrix(&d[2], dnnl_f32, m, n, ldc, 0);
  dnnl_primitive_attr_t a = attributes(add);
  if (!status) {
#if DNNL_VERSION_MAJOR >= 3
    status = dnnl_matmul_primitive_desc_create(&primitive, context->engine, d[0], d[1], 0, d[2], a);
#else
    dnnl_matmul_desc_t operation;
    status = dnnl_matmul_desc_init(&operation, &d[0], &d[1], 0, &d[2]);
    if (!status) status = dnnl_primitive_desc_create(&primitive, &operation, a, context->engine, 0);
#endif
  }
  dnnl_primitive_attr_destroy(a);
  latent_primitive *p = 0;
  if (!status) {
    const int arguments[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST};
    const dnnl_query_t queries[] = {dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md};
    p = finish(context, primitive, arguments, queries, d);
  }
  for (int i = 0; i < 3; i++) release(&d[i]);
  return p;
}

latent_primitive *latent_convolution(latent_onednn *context, int direction, const latent_convolution_shape *s) {
  const dnnl_dims_t large = {s->batch, s->large_c, s->large_h, s->large_w},
                    small = {s->batch, s->small_c, s->small_h, s->small_w},
                    kernel = {s->small_c, s->large_c, s->kernel_h, s->kernel_w},
                    large_strides = {s->large_h * s->large_w * s->large_c, 1, s->large_w * s->large_c, s->large_c},
                    small_strides = {s->small_h * s->small_w * s->small_c, 1, s->small_w * s->small_c, s->small_c},
                    kernel_strides = {s->kernel_h * s->kernel_w * s->large_c, 1, s->kernel_w * s->large_c,
                                      s->large_c},
                    steps = {s->stride, s->stride}, before = {s->padding, s->padding},
                    after = {(s->small_h - 1) * s->stride + s->kernel_h - s->large_h - s->padding,
                             (s->small_w - 1) * s->stride + s->kernel_w - s->large_w - s->padding};
  // Images stay as they are; the kernel may take the format that suits the primitive.
  owned l = {0}, m = {0}, k = {0}, free_kernel = {0};
  dnnl_primitive_desc_t forward = 0, primitive = 0;
  int status = strided(&l, 4, large, dnnl_f32, large_strides) | strided(&m, 4, small, dnnl_f32, small_strides) |
               strided(&k, 4, kernel, dnnl_f32, kernel_strides) | any_format(&free_kernel, 4, kernel, dnnl_f32);
  dnnl_primitive_attr_t a = attributes(0);
#if DNNL_VERSION_MAJOR >= 3
  const dnnl_dims_t dilation = {0, 0};
  if (!status)
    status = dnnl_convolution_forward_primitive_desc_create(&forward, context->engine, dnnl_forward_training,
                                                            dnnl_convolution_direct, l, free_kernel, 0, m, steps,
                                                            dilation, before, after, a);
  if (!status && direction == LATENT_TO_LARGE)
    status = dnnl_convolution_backward_data_primitive_desc_create(&primitive, context->engine,
                                                                  dnnl_convolution_direct, l, free_kernel, m, steps,
                                                                  dilation, before, after, forward, a);
  if (!status && direction == LATENT_TO_KERNEL)
    status = dnnl_convolution_backward_weights_primitive_desc_create(&primitive, context->engine,
                                                                     dnnl_convolution_direct, l, free_kernel, 0, m,
                                                                     steps, dilation, before, after, forward, a);
#else
  dnnl_convolution_desc_t operation;
  if (!status)
    status = dnnl_convolution_forward_desc_init(&operation, dnnl_forward_training, dnnl_convolution_direct, &l,
                                                &free_kernel, 0, &m, steps, before, after);
  if (!status) status = dnnl_primitive_desc_create(&forward, &operation, a, context->engine, 0);
  if (!status && direction == LATENT_TO_LARGE) {
    status = dnnl_convolution_backward_data_desc_init(&operation, dnnl_convolution_direct, &l, &free_kernel, &m,
                                                      steps, before, after);
    if (!status) status = dnnl_primitive_desc_create(&primitive, &operation, a, context->engine, forward);
  }
  if (!status && direction == LATENT_TO_KERNEL) {
    status = dnnl_convolution_backward_weights_desc_init(&operation, dnnl_convolution_direct, &l, &free_kernel, 0,
                                                         &m, steps, before, after);
    if (!status) status = dnnl_primitive_desc_create(&primitive, &operation, a, context->engine, forward);
  }
#endif
  dnnl_primitive_attr_destroy(a);
  latent_primitive *p = 0;
  if (!status) {
    static const int arguments[3][3] = {{DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
                                        {DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC},
                                        {DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_WEIGHTS}};
    static const dnnl_query_t queries[3][3] = {
        {dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md},
        {dnnl_query_diff_dst_md, dnnl_query_weights_md, dnnl_query_diff_src_md},
        {dnnl_query_src_md, dnnl_query_diff_dst_md, dnnl_query_diff_weights_md}};
    owned user[3] = {l, k, m};
    if (direction == LATENT_TO_LARGE) user[0] = m, user[2] = l;
    if (direction == LATENT_TO_KERNEL) user[1] = m, user[2] = k;
    if (direction == LATENT_TO_SMALL) {
      primitive = forward;
      forward = 0;
    }
    p = finish(context, primitive, arguments[direction], queries[direction], user);
  }
  if (forward) dnnl_primitive_desc_destroy(forward);
  release(&l);
  release(&m);
  release(&k);
  release(&free_kernel);
  return p;
}

int latent_primitive_run(latent_onednn *context, latent_primitive *p, const void *first, const void *second,
                         void *result) {
  void *address[3] = {(void *)first, (void *)second, result};
  int status = 0;
  dnnl_exec_arg_t arguments[4];
  for (int i = 0; i < 3; i++) {
    status |= dnnl_memory_set_data_handle(p->user[i], address[i]);
    if (i < 2 && p->reorder[i]) {
      const dnnl_exec_arg_t move[] = {{DNNL_ARG_FROM, p->user[i]}, {DNNL_ARG_TO, p->own[i]}};
      status |= dnnl_primitive_execute(p->reorder[i], context->stream, 2, move);
    }
    arguments[i] = (dnnl_exec_arg_t){p->argument[i], p->own[i]};
  }
  arguments[3] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, p->scratch};
  status |= dnnl_primitive_execute(p->primitive, context->stream, 4, arguments);
  if (p->reorder[2]) {
    const dnnl_exec_arg_t move[] = {{DNNL_ARG_FROM, p->own[2]}, {DNNL_ARG_TO, p->user[2]}};
    status |= dnnl_primitive_execute(p->reorder[2], context->stream, 2, move);
  }
  return status;
}
