#include "dispatch.h"
#include "networks.h"

#define REAL float
#define INT int
#define W 16
#define NAME(stem) stem##_f
// Whether there are half as wide elements.
#define HALVES 1
#include "networks.inc"
