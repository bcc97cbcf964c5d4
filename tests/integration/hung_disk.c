/* A disk that stops answering: preloaded into the daemon, it holds every flush to disk for as long
 * as the file named by TIDED_TEST_DISK_HANGS exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int flush(const char *name, int file) {
    const char *hangs = getenv("TIDED_TEST_DISK_HANGS");
    while (hangs && access(hangs, F_OK) == 0) usleep(10000);
    return ((int (*)(int))dlsym(RTLD_NEXT, name))(file);
}

int fsync(int file) { return flush("fsync", file); }
int fdatasync(int file) { return flush("fdatasync", file); }
