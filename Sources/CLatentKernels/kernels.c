#include "CLatentKernels.h"
