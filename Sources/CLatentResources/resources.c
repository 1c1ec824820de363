#include "CLatentResources.h"

static const unsigned char mnist_train_images[] = {
#embed "Data/mnist-sample-train-images.gz"
};
static const unsigned char mnist_train_labels[] = {
#embed "Data/mnist-sample-train-labels.gz"
};
static const unsigned char mnist_test_images[] = {
#embed "Data/mnist-sample-test-images.gz"
};
static const unsigned char mnist_test_labels[] = {
#embed "Data/mnist-sample-test-labels.gz"
};
static const unsigned char faithful[] = {
#embed "Data/faithful.csv"
};

#define RESOURCE(name)                                                                                        \
  case latent_resource_##name:                                                                                \
    *count = sizeof name;                                                                                     \
    return name

const unsigned char *latent_resource_bytes(enum latent_resource resource, size_t *count) {
  switch (resource) {
    RESOURCE(mnist_train_images);
    RESOURCE(mnist_train_labels);
    RESOURCE(mnist_test_images);
    RESOURCE(mnist_test_labels);
    RESOURCE(faithful);
  }
  *count = 0;
  return NULL;
}
