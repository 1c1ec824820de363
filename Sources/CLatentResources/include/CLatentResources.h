#pragma once
#include <stddef.h>

// The data that travel in the binary; Data/SOURCES.md names their sources and licences.
enum latent_resource {
  latent_resource_mnist_train_images,
  latent_resource_mnist_train_labels,
  latent_resource_mnist_test_images,
  latent_resource_mnist_test_labels,
  latent_resource_faithful,
};

// The bytes of a resource, for the life of the program, and their number; NULL for an unknown number.
const unsigned char *latent_resource_bytes(enum latent_resource resource, size_t *count);
