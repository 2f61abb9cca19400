/* The IMU: 1666 samples per second on the device's clock, at rest, behind a queue of half a second; where that
 * of captures is deeper than libk4a's, this one is as well. */
#define _GNU_SOURCE
#include "virtual_k4a.h"

#include <unistd.h>

EXPORT int k4a_device_start_imu(device_t *device)
{
    if (!device->running || device->imu_running || device->about->imu_fails) {
        bench_note(device->about, "refused rule=imu");
        return RESULT_FAILED;
    }
    device->imu_running = true;
    device->imu_next = device->imu_given = 0;
    if (device->has_zero)
        device->imu_next = clock_ticks(device, now_ns()) / IMU_PERIOD_TICKS + 1;
    bench_note(device->about, "start_imu");
    return RESULT_OK;
}

static int64_t queue_length(const device_t *device)
{
    return IMU_QUEUE_LENGTH * device->about->queue / QUEUE_LENGTH;
}

static bool take_sample(device_t *device, imu_sample_t *sample)
{
    if (!update_train(device) || !device->has_zero)
        return false;
    int64_t newest = clock_ticks(device, now_ns()) / IMU_PERIOD_TICKS;
    if (device->imu_next > newest)
        return false;
    if (newest - device->imu_next >= queue_length(device))
        device->imu_next = newest - queue_length(device) + 1;
    uint64_t usec = (uint64_t)(device->imu_next * IMU_PERIOD_TICKS * 100 / 9);
    float sway = (float)(device->imu_next % 100) / 1000.0f;
    *sample = (imu_sample_t){34.5f, {sway, -0.25f, -9.81f}, usec, {0.001f, sway, -0.002f}, usec + 22};
    device->imu_next++;
    device->imu_given++;
    return true;
}

EXPORT int k4a_device_get_imu_sample(device_t *device, imu_sample_t *sample, int32_t timeout_ms)
{
    uint64_t deadline = timeout_ms < 0 ? UINT64_MAX : now_ns() + (uint64_t)timeout_ms * 1000000u;
    for (;;) {
        pthread_mutex_lock(&device->mutex);
        bool running = device->imu_running && (device->about->imu_ends_after < 0 || device->imu_given < device->about->imu_ends_after);
        bool taken = running && take_sample(device, sample);
        pthread_mutex_unlock(&device->mutex);
        if (!running || taken)
            return running ? WAIT_OK : WAIT_FAILED;
        if (now_ns() >= deadline)
            return WAIT_TIMEOUT;
        usleep(500);
    }
}
