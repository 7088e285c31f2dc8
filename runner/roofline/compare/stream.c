/* STREAM-like loops to hold the bandwidth probe against: the same bytes counted,
 * another compiler, other threads.
 *
 *   cc -O3 -march=native -fopenmp stream.c -o stream && OMP_NUM_THREADS=2 ./stream 128 20
 *
 * Arguments: MiB of each array, rounds. Prints the best round of each kernel. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    size_t n = (argc > 1 ? strtoul(argv[1], 0, 10) : 128) * (1 << 20) / sizeof(double);
    int rounds = argc > 2 ? atoi(argv[2]) : 20;
    double *a = malloc(n * sizeof(double)), *b = malloc(n * sizeof(double)),
           *c = malloc(n * sizeof(double));
    if (!a || !b || !c) return 1;
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < n; i++) a[i] = 1.0, b[i] = 2.0, c[i] = 0.5;

    const char *names[] = {"read", "copy", "triad"};
    double bytes[] = {3.0 * n * sizeof(double), 2.0 * n * sizeof(double), 3.0 * n * sizeof(double)};
    volatile double sink;
    for (int k = 0; k < 3; k++) {
        double best = 1e9;
        for (int r = 0; r < rounds; r++) {
            double start = omp_get_wtime();
            double sum = 0;
            if (k == 0) {
#pragma omp parallel for simd schedule(static) reduction(+ : sum)
                for (size_t i = 0; i < n; i++) sum += a[i] + b[i] + c[i];
            } else if (k == 1) {
#pragma omp parallel
                {
                    size_t t = omp_get_thread_num(), all = omp_get_num_threads();
                    size_t from = n * t / all, to = n * (t + 1) / all;
                    memcpy(c + from, a + from, (to - from) * sizeof(double));
                }
            } else {
#pragma omp parallel for simd schedule(static)
                for (size_t i = 0; i < n; i++) a[i] = b[i] + 3.0 * c[i];
            }
            double time = omp_get_wtime() - start;
            sink = sum + a[r % n] + c[r % n];
            if (time < best) best = time;
        }
        printf("%-5s threads %d n %d best %.3f ms %.2f GB/s\n", names[k], omp_get_max_threads(),
               rounds, best * 1e3, bytes[k] / best / 1e9);
    }
    (void)sink;
    return 0;
}
