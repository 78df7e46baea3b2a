/* A ring of doubles: pushing into a full one drops the oldest value. */
#include <stdlib.h>

struct ring {
    size_t capacity;
    size_t start; /* where the oldest value is */
    size_t count;
    double values[];
};

struct ring *ring_new(size_t capacity)
{
    struct ring *ring = malloc(sizeof *ring + capacity * sizeof(double));
    if (ring != NULL) {
        ring->capacity = capacity;
        ring->start = 0;
        ring->count = 0;
    }
    return ring;
}

void ring_free(struct ring *ring)
{
    free(ring);
}

size_t ring_count(const struct ring *ring)
{
    return ring->count;
}

void ring_push(struct ring *ring, double value)
{
    ring->values[(ring->start + ring->count) % ring->capacity] = value;
    if (ring->count < ring->capacity)
        ring->count++;
}

/* The value at a place, 0 the oldest. Places are checked by the caller. */
double ring_at(const struct ring *ring, size_t place)
{
    return ring->values[(ring->start + place) % ring->capacity];
}

double ring_mean(const struct ring *ring)
{
    double sum = 0;
    for (size_t place = 0; place < ring->capacity; place++)
        sum += ring_at(ring, place);
    return sum / ring->capacity;
}
