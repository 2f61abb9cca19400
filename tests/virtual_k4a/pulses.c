/* Pulse trains: who gives one, and how it travels from sync out to sync in. */
#define _GNU_SOURCE
#include "virtual_k4a.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

double rate_of(const description_t *about)
{
    return 1.0 + about->drift_ppm * 1e-6;
}

/* The firmware counts 90 kHz ticks; libk4a converts toward zero. */
int64_t ticks_of(int64_t usec)
{
    return usec * 9 / 100;
}

static void write_train(slot_t *slot, const train_t *train)
{
    atomic_fetch_add(&slot->generation, 1);
    slot->start_ns = train->start_ns;
    slot->end_ns = train->end_ns;
    slot->period_ticks = train->period_ticks;
    slot->rate = train->rate;
    atomic_fetch_add(&slot->generation, 1);
}

void publish_train(device_t *device, uint64_t start_ns)
{
    train_t train = {.start_ns = start_ns, .period_ticks = 90000 / fps_of(&device->config),
                     .rate = rate_of(device->about)};
    write_train(device->slot, &train);
    train.generation = atomic_load(&device->slot->generation);
    device->train = train;
    device->has_train = true;
}

void end_train(device_t *device)
{
    train_t train = device->train;
    train.end_ns = now_ns();
    write_train(device->slot, &train);
}

static bool read_train(slot_t *slot, train_t *train)
{
    for (;;) {
        uint64_t before = atomic_load(&slot->generation);
        train->start_ns = slot->start_ns;
        train->end_ns = slot->end_ns;
        train->period_ticks = slot->period_ticks;
        train->rate = slot->rate;
        train->generation = before;
        if (before % 2 == 0 && atomic_load(&slot->generation) == before)
            return before > 0;
    }
}

/* The train of a process that was killed has no end; it must not seem to run when the device is opened again. */
void end_stale_train(slot_t *slot)
{
    train_t train;
    if (read_train(slot, &train) && !train.end_ns) {
        train.end_ns = now_ns();
        write_train(slot, &train);
    }
}

static bool read_trigger(train_t *train)
{
    char path[4096];
    FILE *file = fopen(bench_path(path, sizeof path, "trigger"), "re");
    if (!file)
        return false;
    int read = fscanf(file, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNd64, &train->generation, &train->start_ns,
                      &train->end_ns, &train->period_ticks);
    train->rate = 1.0;
    fclose(file);
    return read == 4;
}

static bool is_open(int index)
{
    char path[4096], name[32];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    snprintf(name, sizeof name, "lock.%d", index);
    int fd = open(bench_path(path, sizeof path, name), O_RDWR | O_CLOEXEC);
    bool held = fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    if (fd >= 0)
        close(fd);
    return held;
}

static description_t *device_with(const char *serial)
{
    for (int i = 0; i < bench_count(); i++)
        if (strcmp(bench_device(i)->serial, serial) == 0)
            return bench_device(i);
    return NULL;
}

/* A master whose process has died gives no more pulses: the kernel has given its lock back. */
static bool train_of_master(const description_t *master, train_t *train)
{
    if (!read_train(bench_slot(master->index), train))
        return false;
    if (!train->end_ns && !is_open(master->index))
        train->end_ns = now_ns();
    return true;
}

/* Walk the cables upstream. A subordinate's sync out mirrors its sync in once it was set to that mode. */
bool find_train(const device_t *device, train_t *train)
{
    const description_t *at = device->about;
    for (int hops = 0; hops < MAX_DEVICES && at && at->fed_by[0] && !at->cut; hops++) {
        if (strcmp(at->fed_by, "trigger") == 0)
            return read_trigger(train);
        at = device_with(at->fed_by);
        int mode = at ? atomic_load(&bench_slot(at->index)->mode) : MODE_STANDALONE;
        if (mode == MODE_MASTER)
            return train_of_master(at, train);
        if (mode != MODE_SUBORDINATE)
            return false;
    }
    return false;
}
