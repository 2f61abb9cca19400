/* The stream of one device: which capture is ready when, and what the queue of libk4a makes of a slow reader.
 *
 * Nothing runs in the background. Which captures have become ready follows from the pulse train and the
 * time, so a reader that comes late finds the newest seven and has lost the others, as with libk4a.
 */
#define _GNU_SOURCE
#include "virtual_k4a.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define POLL_NS 4000000u
#define OLD_CLOCK_USEC 7200000000   /* what the clock showed before the reset: two hours */

static int64_t first_ticks(const device_t *device)
{
    return ticks_of(device->about->first_us);
}

/* Host time at which the train's device has counted so many ticks. */
static uint64_t train_ns(const train_t *train, int64_t ticks)
{
    return train->start_ns + (uint64_t)llround((double)ticks / TICK_HZ / train->rate * 1e9);
}

static uint64_t color_ns(const device_t *device, int64_t number)
{
    return train_ns(&device->train, first_ticks(device) + number * device->train.period_ticks);
}

int64_t clock_ticks(const device_t *device, uint64_t host_ns)
{
    double seconds = (double)(int64_t)(host_ns - device->zero_ns) * 1e-9;
    bool trained = device->about->trained && device->has_train;   /* the pulses set its pace, and not its crystal */
    return llround(seconds * TICK_HZ * (trained ? device->train.rate : rate_of(device->about)));
}

/* Host time at which the first image of a capture has come over USB. */
static uint64_t arrived_ns(const device_t *device, int64_t number)
{
    int64_t delay = device->config.subordinate_delay_off_master_usec + device->about->latency_us;
    if (device->config.depth_delay_off_color_usec > 0)
        delay += device->config.depth_delay_off_color_usec;
    return color_ns(device, number) + (uint64_t)delay * 1000;
}

/* Host time at which the whole capture can be read. */
static uint64_t ready_ns(const device_t *device, int64_t number)
{
    return arrived_ns(device, number) + (has_color(device) ? (uint64_t)device->about->color_us * 1000 : 0);
}

/* How long before its first pulse here a clock was at zero; pulses come by the clock of the train's device. */
static uint64_t age_ns(const device_t *device, const train_t *train)
{
    return (uint64_t)llround((double)device->about->clock_us * 1000 / train->rate);
}

/* The first pulse that a device sees zeroes its clock; one that was armed late sees a later one. */
static void see_train(device_t *device, const train_t *train)
{
    double period_ns = (double)train->period_ticks / TICK_HZ / train->rate * 1e9;
    int64_t first = 0;
    if (device->armed_ns > train->start_ns)
        first = (int64_t)ceil((double)(device->armed_ns - train->start_ns) / period_ns);
    device->train = *train;
    device->has_train = true;
    device->next = first + device->about->skip_first;
    if (!device->has_zero) {
        device->zero_ns = train_ns(train, first * train->period_ticks) - age_ns(device, train);
        device->has_zero = true;
        device->first = device->next;
        bench_note(device->about, "zero pulse=%" PRId64, first);
    }
}

bool update_train(device_t *device)
{
    train_t train;
    bool follows = device->config.wired_sync_mode == MODE_SUBORDINATE && !device->about->free_running;
    if (!follows)
        return device->has_train;
    if (device->has_train && device->about->runs_on)
        return true;
    if (!find_train(device, &train)) {
        if (device->has_train && !device->train.end_ns)
            device->train.end_ns = now_ns();
        return device->has_train;
    }
    bool same = device->has_train && train.start_ns == device->train.start_ns;
    if (same && train.end_ns && !device->train.end_ns)
        device->train.end_ns = train.end_ns;
    else if (!same && !train.end_ns && train.start_ns <= now_ns())
        see_train(device, &train);
    return device->has_train;
}

void begin_stream(device_t *device)
{
    device->armed_ns = now_ns();
    device->has_train = device->has_zero = false;
    device->delivered = device->lost = device->next = 0;
    device->start_bias_us = atomic_fetch_add(&device->slot->starts, 1) % 2 ? device->about->bias_moves_us : 0;
    if (device->config.wired_sync_mode == MODE_SUBORDINATE && !device->about->free_running)
        return;
    publish_train(device, device->armed_ns);
    see_train(device, &device->train);
}

static bool lacks_color(const device_t *device, int64_t number)
{
    return !has_color(device) || device->about->blind || holds(&device->about->no_color, number);
}

static bool lacks_depth(const device_t *device, int64_t number)
{
    return !has_depth(device) || device->about->no_transfers[0] || holds(&device->about->no_depth, number);
}

static bool is_garbage(const device_t *device, int64_t number)
{
    return number < device->about->skip_first + device->about->garbage;
}

static bool is_deliverable(const device_t *device, int64_t number)
{
    const description_t *about = device->about;
    bool color = !lacks_color(device, number), depth = !lacks_depth(device, number);
    if (holds(&about->drop, number) || (!color && !depth))
        return false;
    bool whole = color == has_color(device) && depth == has_depth(device);
    return !device->config.synchronized_images_only || (whole && !is_garbage(device, number));
}

static bool is_ready(const device_t *device, int64_t number, uint64_t now)
{
    bool pulsed = !device->train.end_ns || color_ns(device, number) < device->train.end_ns;
    return pulsed && ready_ns(device, number) <= now;
}

/* Move to the oldest capture that the queue still holds; NEVER when it is empty. */
static int64_t pick(device_t *device, uint64_t now)
{
    int64_t count = 0, number = device->next;
    if (device->about->flood)
        return number;
    for (; is_ready(device, number, now); number++)
        count += is_deliverable(device, number);
    if (count == 0) {
        device->next = number;
        return NEVER;
    }
    int64_t overrun = count > device->about->queue ? count - device->about->queue : 0;
    device->lost += overrun;
    for (number = device->next; !is_deliverable(device, number) || overrun-- > 0; number++)
        ;
    return number;
}

static int64_t jitter_ticks(const device_t *device, int64_t number, int64_t salt)
{
    uint64_t x = (uint64_t)number * 0x9E3779B97F4A7C15u + (uint64_t)salt * 0xBF58476D1CE4E5B9u
                 + (uint64_t)device->about->index * 0x94D049BB133111EBu;
    x ^= x >> 31;
    x *= 0xD6E8FEB86659FD93u;
    x ^= x >> 32;
    int64_t span = 2 * device->about->jitter_us + 1;
    return ticks_of((int64_t)(x % (uint64_t)span) - device->about->jitter_us);
}

/* By how much a Femto's clock had been set back until a capture: what it drifted until it was last set. */
static int64_t set_back_us(const device_t *device, int64_t number)
{
    int64_t every = device->about->set_every;
    if (every == 0)
        return 0;
    double passed_us = (double)(int64_t)(color_ns(device, number - number % every) - device->zero_ns) / 1000;
    return llround(passed_us * (rate_of(device->about) - 1));
}

/* By how much the host's time of day is ahead of its monotonic clock. A process may be put to sleep between
 * the two readings, so the closest of several pairs counts, and it counts for the whole run. */
static pthread_once_t epoch_once = PTHREAD_ONCE_INIT;
static int64_t epoch_us;

static void find_epoch(void)
{
    uint64_t closest = UINT64_MAX;
    for (int i = 0; i < 9; i++) {
        struct timespec real;
        uint64_t before = now_ns();
        clock_gettime(CLOCK_REALTIME, &real);
        uint64_t took = now_ns() - before;
        if (took < closest) {
            closest = took;
            epoch_us = (int64_t)real.tv_sec * 1000000 + real.tv_nsec / 1000 - (int64_t)(before / 1000);
        }
    }
}

static int64_t usec_of(const device_t *device, int64_t number, int64_t ticks)
{
    int64_t usec = (ticks < 0 ? 0 : ticks) * 100 / 9;
    if (is_garbage(device, number))
        usec = (OLD_CLOCK_USEC + usec) * 9 / 100 * 100 / 9;
    if (device->about->femto) {
        pthread_once(&epoch_once, find_epoch);
        usec += (int64_t)(device->zero_ns / 1000) + epoch_us - set_back_us(device, number);
    }
    return usec;
}

/* A manual exposure takes about eight captures to be what was set (SDK issue 396), and moves its centre meanwhile. */
static int64_t settling_us(const device_t *device, int64_t number)
{
    return number < device->first + device->about->unsettled ? device->about->unsettled_us : 0;
}

/* A device may make delays in coarser steps than ticks. */
static int64_t made_us(const device_t *device, int64_t delay_us)
{
    int64_t grid = device->about->delay_grid_us;
    return grid ? delay_us / grid * grid : delay_us;
}

/* What makes a timestamp later than its pulse and its delay say. */
static int64_t late_us(const device_t *device, int64_t number)
{
    const numbers_t *late = &device->about->late_us;
    int64_t early = device->delivered < late->count ? late->values[device->delivered] : 0;
    return device->about->bias_us + device->start_bias_us + settling_us(device, number) + early;
}

static capture_t deliver(device_t *device, int64_t number)
{
    const description_t *about = device->about;
    int64_t base = clock_ticks(device, color_ns(device, number)) + ticks_of(late_us(device, number))
                   + ticks_of(made_us(device, device->config.subordinate_delay_off_master_usec));
    int64_t color = NEVER, depth = NEVER;
    if (!lacks_color(device, number))
        color = usec_of(device, number, base + jitter_ticks(device, number, 1));
    if (!lacks_depth(device, number))
        depth = usec_of(device, number, base + ticks_of(made_us(device, device->config.depth_delay_off_color_usec) + about->apart_us)
                                            + jitter_ticks(device, number, 2));
    device->lit = is_lit(color_ns(device, number));
    capture_t capture = build_capture(device, number, color, depth, arrived_ns(device, number));
    device->next = number + 1;
    device->delivered++;
    bench_note(about, "capture n=%" PRId64 " color=%" PRId64 " depth=%" PRId64 " lost=%" PRId64, number, color, depth,
               device->lost);
    return capture;
}

static bool reached(const device_t *device, int64_t limit)
{
    return limit != NEVER && device->delivered >= limit;
}

static void hang(device_t *device)
{
    bench_note(device->about, "hang");
    pthread_mutex_unlock(&device->mutex);
    for (;;)
        pause();
}

/* What the device's faults make of this call: true when the stream has failed. */
static bool suffer(device_t *device)
{
    if (reached(device, device->about->die_after)) {
        bench_note(device->about, "die");
        kill(getpid(), SIGKILL);
    }
    if (reached(device, device->about->hang_after))
        hang(device);
    return reached(device, device->about->error_after);
}

static void wait_until(device_t *device, uint64_t time_ns)
{
    struct timespec until = {(time_t)(time_ns / 1000000000u), (long)(time_ns % 1000000000u)};
    pthread_cond_timedwait(&device->changed, &device->mutex, &until);
}

/* An unplugged camera gives timeouts for ever: transfers end with an error, and libk4a drops what they bring.
 * Whether its sync out goes on is not known; this one's does not. */
static bool is_silent(device_t *device)
{
    if (!reached(device, device->about->unplug_after))
        return reached(device, device->about->stall_after);
    if (!atomic_exchange(&device->slot->unplugged, 1)) {
        bench_note(device->about, "unplugged");
        if (device->config.wired_sync_mode == MODE_MASTER)
            end_train(device);
    }
    return true;
}

static int take_capture(device_t *device, capture_t *capture, uint64_t deadline)
{
    while (device->running) {
        if (suffer(device))
            return WAIT_FAILED;
        uint64_t now = now_ns(), wake = now + POLL_NS;
        bool stalled = is_silent(device);
        if (!stalled && update_train(device)) {
            int64_t number = pick(device, now);
            if (number != NEVER) {
                *capture = deliver(device, number);
                return WAIT_OK;
            }
            if (ready_ns(device, device->next) > now && ready_ns(device, device->next) < now + 10 * POLL_NS)
                wake = ready_ns(device, device->next);
        }
        if (now >= deadline)
            return WAIT_TIMEOUT;
        wait_until(device, wake < deadline ? wake : deadline);
    }
    return WAIT_FAILED;
}

int next_capture(device_t *device, capture_t *capture, int32_t timeout_ms)
{
    uint64_t deadline = timeout_ms < 0 ? UINT64_MAX : now_ns() + (uint64_t)timeout_ms * 1000000u;
    pthread_mutex_lock(&device->mutex);
    int result = take_capture(device, capture, deadline);
    pthread_mutex_unlock(&device->mutex);
    return result;
}
