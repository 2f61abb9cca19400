/* The bench directory: descriptions, the state that processes share, locks, the journal; and the real library. */
#define _GNU_SOURCE
#include "virtual_k4a.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static description_t devices[MAX_DEVICES];
static int device_count;
static uint8_t *state;
static real_library_t real;

uint64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

bool holds(const numbers_t *numbers, int64_t value)
{
    for (int i = 0; i < numbers->count; i++)
        if (numbers->values[i] == value)
            return true;
    return false;
}

/* One light, in view of all cameras; without the harness's word for it, it is off. */
bool is_lit(uint64_t time_ns)
{
    char path[4096];
    uint64_t from_ns = 0, until_ns = 0;
    FILE *file = fopen(bench_path(path, sizeof path, "light"), "re");
    if (!file)
        return false;
    bool lit = false;
    while (!lit && fscanf(file, "%" SCNu64 " %" SCNu64, &from_ns, &until_ns) == 2)
        lit = from_ns <= time_ns && time_ns < until_ns;
    fclose(file);
    return lit;
}

const char *bench_path(char *buffer, size_t size, const char *name)
{
    const char *directory = getenv("VIRTUAL_K4A_BENCH");
    snprintf(buffer, size, "%s/%s", directory ? directory : ".", name);
    return buffer;
}

static void fail(const char *what)
{
    fprintf(stderr, "virtual_k4a: %s\n", what);
    abort();
}

/* pyk4a loads libk4a for itself alone, so its symbols are not in the global scope: find the loaded file. */
static int match_library(struct dl_phdr_info *info, size_t size, void *found)
{
    (void)size;
    const char *name = strrchr(info->dlpi_name, '/');
    name = name ? name + 1 : info->dlpi_name;
    if (strncmp(name, "libk4a", 6) != 0 || (name[6] != '-' && name[6] != '.'))
        return 0;
    snprintf(found, 4096, "%s", info->dlpi_name);
    return 1;
}

static void *symbol(void *library, const char *name)
{
    void *address = dlsym(library, name);
    if (!address)
        fail(name);
    return address;
}

static void find_real_library(void)
{
    char path[4096] = "";
    dl_iterate_phdr(match_library, path);
    void *library = path[0] ? dlopen(path, RTLD_LAZY | RTLD_NOLOAD) : NULL;
    if (!library)
        fail("the real libk4a is not loaded");
#define TAKE(name) *(void **)&real.name = symbol(library, "k4a_" #name)
    TAKE(calibration_get_from_raw);
    TAKE(capture_create);
    TAKE(capture_release);
    TAKE(capture_set_color_image);
    TAKE(capture_set_depth_image);
    TAKE(capture_set_ir_image);
    TAKE(capture_set_temperature_c);
    TAKE(image_create_from_buffer);
    TAKE(image_release);
    TAKE(image_set_device_timestamp_usec);
    TAKE(image_set_system_timestamp_nsec);
    TAKE(image_set_exposure_usec);
    TAKE(image_set_iso_speed);
    TAKE(image_set_white_balance);
#undef TAKE
}

static void map_state(void)
{
    char path[4096];
    int fd = open(bench_path(path, sizeof path, "state"), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    size_t size = (size_t)MAX_DEVICES * SLOT_BYTES;
    if (fd < 0 || ftruncate(fd, (off_t)size))
        fail("cannot make the state file");
    state = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (state == MAP_FAILED)
        fail("cannot map the state file");
}

static void load(void)
{
    char path[4096];
    if (!getenv("VIRTUAL_K4A_BENCH"))
        return;
    device_count = read_descriptions(bench_path(path, sizeof path, "bench.txt"), devices);
    map_state();
    find_real_library();
}

int bench_count(void)
{
    pthread_once(&once, load);
    return device_count;
}

description_t *bench_device(int index)
{
    return index >= 0 && index < bench_count() ? &devices[index] : NULL;
}

/* Cameras of one rig may be connected to several computers; a process sees those of its own. */
bool is_here(const description_t *about)
{
    const char *here = getenv("VIRTUAL_K4A_HERE");
    return !here || strstr(here, about->serial);
}

description_t *device_here(int place)
{
    for (int i = 0; i < bench_count(); i++)
        if (is_here(&devices[i]) && place-- == 0)
            return &devices[i];
    return NULL;
}

slot_t *bench_slot(int index)
{
    return (slot_t *)(state + (size_t)index * SLOT_BYTES);
}

const real_library_t *real_library(void)
{
    return &real;
}

/* A lock of the open file, not of the process: a second open in one process fails as well, and the kernel
 * gives it back when the process dies. */
bool bench_lock(device_t *device)
{
    char path[4096], name[32];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    snprintf(name, sizeof name, "lock.%d", device->about->index);
    device->lock_fd = open(bench_path(path, sizeof path, name), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (device->lock_fd >= 0 && fcntl(device->lock_fd, F_OFD_SETLK, &lock) == 0)
        return true;
    if (device->lock_fd >= 0)
        close(device->lock_fd);
    return false;
}

void bench_note(const description_t *about, const char *format, ...)
{
    char path[4096], line[512];
    int length = snprintf(line, sizeof line, "%llu %s ", (unsigned long long)now_ns(), about->serial);
    va_list arguments;
    va_start(arguments, format);
    length += vsnprintf(line + length, sizeof line - (size_t)length - 1, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof line - 2)
        length = sizeof line - 2;
    line[length++] = '\n';
    int fd = open(bench_path(path, sizeof path, "log"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, line, (size_t)length) != length)
        fail("cannot write the log");
    close(fd);
}

uint8_t *bench_file(const char *name, size_t *size)
{
    char path[4096];
    struct stat about;
    uint8_t *data = NULL;
    int fd = open(bench_path(path, sizeof path, name), O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &about) == 0 && (data = malloc((size_t)about.st_size + 1))) {
        *size = (size_t)about.st_size;
        if (read(fd, data, *size) != (ssize_t)*size)
            fail("cannot read a file of the bench");
        data[*size] = 0;
    }
    if (fd >= 0)
        close(fd);
    return data;
}
