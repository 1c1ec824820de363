#pragma once

// How often this thread has asked for memory (malloc, calloc, realloc); -1 where that is not counted.
long latent_allocations(void);
