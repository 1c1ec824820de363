#include "CLatentResources.h"
