#include "dispatch.h"
#include "networks.h"

#define REAL double
#define INT long
#define W 8
#define NAME(stem) stem##_d
// Whether there are half as wide elements.
#define HALVES 0
#include "networks.inc"
