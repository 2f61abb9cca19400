/* The device functions of the SDK: open, identity, calibration, start, stop, captures. */
#define _GNU_SOURCE
#include "virtual_k4a.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

EXPORT uint32_t k4a_device_get_installed_count(void)
{
    int count = 0;
    for (int i = 0; i < bench_count(); i++) {
        if (!is_here(bench_device(i)))
            continue;
        usleep((useconds_t)bench_device(i)->count_us);
        count += !atomic_load(&bench_slot(i)->unplugged);
    }
    return (uint32_t)count;
}

/* A fault of N fails the first N times, whichever process asks; a negative one always. */
static bool still_fails(_Atomic int *count, int64_t faults)
{
    return faults < 0 || (faults > 0 && atomic_fetch_add(count, 1) < faults);
}

static device_t *create_device(description_t *about)
{
    pthread_condattr_t clock;
    device_t *device = calloc(1, sizeof *device);
    if (!device)
        return NULL;
    device->about = about;
    device->slot = bench_slot(about->index);
    device->using_60hz = true;
    pthread_mutex_init(&device->mutex, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&device->changed, &clock);
    pthread_condattr_destroy(&clock);
    return device;
}

static void destroy_device(device_t *device)
{
    release_scenes(device);
    pthread_cond_destroy(&device->changed);
    pthread_mutex_destroy(&device->mutex);
    free(device);
}

/* Whether another device's opening began too recently for this one to be found on the bus. */
static bool is_crowded(const device_t *device)
{
    uint64_t now = now_ns(), apart = (uint64_t)device->about->crowd_us * 1000;
    for (int i = 0; i < bench_count(); i++)
        if (i != device->about->index && is_here(bench_device(i)) && now - atomic_load(&bench_slot(i)->opening_ns) < apart)
            return true;
    return false;
}

EXPORT int k4a_device_open(uint32_t index, device_t **handle)
{
    description_t *about = device_here((int)index);
    device_t *device = about ? create_device(about) : NULL;
    if (!device)
        return RESULT_FAILED;
    if (!bench_lock(device)) {
        bench_note(about, "busy pid=%d", getpid());
        destroy_device(device);
        return RESULT_FAILED;
    }
    bool crowded = is_crowded(device);
    if (!crowded) {
        atomic_store(&device->slot->opening_ns, now_ns());
        usleep((useconds_t)about->open_us);
    }
    if (crowded || still_fails(&device->slot->opens_failed, about->open_fails)) {
        bench_note(about, crowded ? "open-crowded" : "open-failed");
        close(device->lock_fd);
        destroy_device(device);
        return RESULT_FAILED;
    }
    if (!atomic_load(&device->slot->controls_valid))
        reset_controls(device->slot, about);
    end_stale_train(device->slot);
    bench_note(about, "open pid=%d", getpid());
    device->opened_ns = now_ns();
    for (int64_t i = 0; i < about->warns; i++)
        sdk_log(LOG_WARNING, "src/queue/queue.c (220): queue_push_internal()", "Queue \"Queue_depth\" was full at %" PRId64, i);
    *handle = device;
    return RESULT_OK;
}

EXPORT void k4a_device_stop_imu(device_t *device)
{
    if (device->imu_running)
        bench_note(device->about, "stop_imu");
    device->imu_running = false;
}

EXPORT void k4a_device_stop_cameras(device_t *device)
{
    pthread_mutex_lock(&device->mutex);
    if (device->running) {
        bool gives = device->config.wired_sync_mode != MODE_SUBORDINATE || device->about->free_running;
        if (gives)
            end_train(device);
        bench_note(device->about, "stop delivered=%" PRId64, device->delivered);
    }
    device->running = false;
    pthread_cond_broadcast(&device->changed);
    pthread_mutex_unlock(&device->mutex);
}

/* Orbbec's wrapper: a thread that sets the clock misses its only notification when the device was just opened. */
static void never_return(const device_t *device)
{
    bench_note(device->about, "close-hangs");
    for (;;)
        pause();
}

EXPORT void k4a_device_close(device_t *device)
{
    k4a_device_stop_imu(device);
    k4a_device_stop_cameras(device);
    usleep((useconds_t)device->about->close_us);
    if (now_ns() - device->opened_ns < (uint64_t)device->about->close_hangs_us * 1000)
        never_return(device);
    bench_note(device->about, "close");
    close(device->lock_fd);
    destroy_device(device);
}

static int copy_out(const void *source, size_t size, void *target, size_t *target_size)
{
    bool fits = target && *target_size >= size;
    *target_size = size;
    if (!fits)
        return BUFFER_TOO_SMALL;
    memcpy(target, source, size);
    return BUFFER_OK;
}

/* The fault answers the question for the size and fails at the reading: the case in which pyk4a loses the GIL. */
EXPORT int k4a_device_get_serialnum(device_t *device, char *serial, size_t *size)
{
    const char *reports = device->about->reports;
    if (serial && device->about->serial_fails)
        return BUFFER_FAILED;
    return copy_out(reports, strlen(reports) + 1, serial, size);
}

EXPORT int k4a_device_get_version(device_t *device, hardware_version_t *version)
{
    const description_t *about = device->about;
    memset(version, 0, sizeof *version);
    version->color = about->color;
    version->depth = about->depth;
    version->audio = about->audio;
    version->depth_sensor = (version_t){6109, 7, 0};
    return RESULT_OK;
}

EXPORT int k4a_device_get_sync_jack(device_t *device, bool *sync_in, bool *sync_out)
{
    *sync_in = device->about->sync_in && !device->about->femto;
    *sync_out = device->about->sync_out && !device->about->femto;
    return RESULT_OK;
}

static char *read_calibration(const device_t *device, size_t *size)
{
    char name[64];
    if (device->about->calibration_fails)
        return NULL;
    snprintf(name, sizeof name, "calibration.%d.json", device->about->index);
    return (char *)bench_file(name, size);
}

EXPORT int k4a_device_get_raw_calibration(device_t *device, uint8_t *data, size_t *size)
{
    size_t length;
    char *json = read_calibration(device, &length);
    if (!json)
        return BUFFER_FAILED;
    size_t told = length + !device->about->calibration_bare;   /* the size counts the NUL, where there is one */
    int result = copy_out(json, told, data, size);
    free(json);
    return result;
}

EXPORT int k4a_device_get_calibration(device_t *device, int depth_mode, int color_resolution, void *calibration)
{
    size_t size;
    char *json = read_calibration(device, &size);
    if (!json)
        return RESULT_FAILED;
    int result = real_library()->calibration_get_from_raw(json, size + 1, depth_mode, color_resolution, calibration);
    free(json);
    return result;
}

static const char *refusal(device_t *device, const configuration_t *config)
{
    if (device->running)
        return "running";
    if (device->imu_running)
        return "imu-running";
    const char *rule = broken_rule(device, config);
    if (!rule && still_fails(&device->slot->starts_failed, device->about->start_fails))
        rule = "start-fails";
    return rule;
}

/* libusb says the error number to stderr, where it has no error of its own for it; then libk4a logs the name. */
static void refuse_transfers(const description_t *about)
{
    if (about->submit_errno)
        fprintf(stderr, "libusb: error [submit_bulk_transfer] submiturb failed error -1 errno=%d\n", (int)about->submit_errno);
    sdk_log(LOG_ERROR, "src/usbcommand/usbstreaming.c (214): usb_cmd_lib_usb_thread()",
            "No libusb transfers could not be submitted, error:LIBUSB_ERROR_%s", about->no_transfers);
}

EXPORT int k4a_device_start_cameras(device_t *device, const configuration_t *config)
{
    const char *rule = refusal(device, config);
    if (rule) {
        bench_note(device->about, "refused rule=%s", rule);
        return RESULT_FAILED;
    }
    usleep((useconds_t)device->about->start_us);
    pthread_mutex_lock(&device->mutex);
    device->config = *config;
    device->running = prepare_scenes(device);
    if (!device->running)
        bench_note(device->about, "refused rule=no-scene");
    if (device->running) {
        begin_stream(device);
        atomic_store(&device->slot->mode, config->wired_sync_mode);
        bench_note(device->about,
                   "start mode=%d color=%d format=%d depth=%d fps=%d sync_only=%d delay=%" PRIu32
                   " depth_delay=%" PRId32 " exposure=%" PRId64,
                   config->wired_sync_mode, config->color_resolution, config->color_format, config->depth_mode,
                   (int)fps_of(config), config->synchronized_images_only, config->subordinate_delay_off_master_usec,
                   config->depth_delay_off_color_usec, effective_exposure(device));
    }
    bool running = device->running;
    if (running && device->about->no_transfers[0] && has_depth(device))
        refuse_transfers(device->about);
    pthread_mutex_unlock(&device->mutex);
    return running ? RESULT_OK : RESULT_FAILED;
}

EXPORT int k4a_device_get_capture(device_t *device, capture_t *capture, int32_t timeout_ms)
{
    return next_capture(device, capture, timeout_ms);
}
