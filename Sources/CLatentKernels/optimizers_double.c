#include "CLatentKernels.h"
#include "dispatch.h"

#define REAL double
#define W 8
#define NAME(stem) stem##_d
#include "optimizers.inc"
