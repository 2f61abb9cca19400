/* A virtual bench of Azure Kinects beneath an unmodified pyk4a: shared declarations.
 *
 * The library is put before libk4a with LD_PRELOAD and answers every k4a_device_* call. The devices of
 * one bench live in several processes; what they share stands in files of the bench directory, named by
 * the environment variable VIRTUAL_K4A_BENCH:
 *
 *   bench.txt                what devices there are, and their faults: `key value` lines, `device` begins one
 *   state                    one slot per device, mapped by every process: pulses, controls
 *   lock.<index>             held by the process that has the device open
 *   trigger                  the external pulse train, written by the harness
 *   light                    from when until when a light is on, written by the harness
 *   log                      one line per event, appended
 *   calibration.<index>.json the raw calibration of a device
 *   color.<w>x<h>.jpg        the scene of the color camera, and lit.<w>x<h>.jpg the same in the light
 *
 * Where VIRTUAL_K4A_HERE is set, only the devices whose serials it names are connected to this computer; the
 * cables between all of them are as they are.
 *
 * Marks. Every image says which one it is. MJPG: a comment segment right after SOI holds the text
 * `ksync serial=XXXXXXXXXXXX capture=N`. Depth, IR and raw color begin with little-endian 16-bit words:
 * 0x4B53, the serial's digits 0-3, 4-7 and 8-11 as three numbers (0 for a serial that is not 12 digits),
 * capture & 0xFFFF, capture >> 16. N counts the pulses of the train, so that equal numbers are one pulse.
 */
#ifndef VIRTUAL_K4A_H
#define VIRTUAL_K4A_H

#include "k4a_abi.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define MAX_DEVICES 32
#define MAX_NUMBERS 64
#define SERIAL_SIZE 40
#define TICK_HZ 90000.0
#define QUEUE_LENGTH 7          /* capturesync.c: half of the default queue, whatever the frame rate */
#define IMU_QUEUE_LENGTH 833
#define IMU_PERIOD_TICKS 54
#define MARK_MAGIC 0x4B53
#define NEVER (-1)
#define EXPORT __attribute__((visibility("default")))

typedef struct {
    int count;
    int64_t values[MAX_NUMBERS];
} numbers_t;

typedef struct {
    int index;
    char serial[SERIAL_SIZE];
    char reports[SERIAL_SIZE];   /* the serial that it claims */
    char fed_by[SERIAL_SIZE];    /* serial of the device whose sync out feeds it, or `trigger` */
    char no_transfers[SERIAL_SIZE]; /* libusb's error at the first transfer of depth, without LIBUSB_ERROR_ */
    bool sync_in, sync_out;      /* plug detectors */
    bool cut, femto, free_running, trained, flood, blind, calibration_fails, calibration_bare, serial_fails, imu_fails;
    double drift_ppm;
    int64_t jitter_us, bias_us, apart_us, first_us, latency_us, color_us, start_us, queue;
    int64_t bias_moves_us, delay_grid_us;
    int64_t clock_us, set_every, skip_first, garbage, open_us, crowd_us, open_fails, start_fails, close_us, close_hangs_us, warns, submit_errno, count_us;
    int64_t imu_ends_after, stall_after, unplug_after, die_after, hang_after, error_after;
    bool runs_on;                /* as a subordinate it goes on at its pace when the pulses end */
    numbers_t late_us, drop, no_color, no_depth, control_read_fails, control_write_fails, mode_unset;
    int64_t unsettled, unsettled_us, kept_gain, kept_white_balance_k;
    version_t color, depth, audio;
} description_t;

/* One device's place in the state file; written by the process that has the device open. */
typedef struct {
    _Atomic uint64_t generation;   /* odd while the train is being written; 0: no train yet */
    uint64_t start_ns, end_ns;     /* host time of pulse 0, and of the stop; end 0: it runs */
    int64_t period_ticks;
    double rate;                   /* ticks of its clock per tick of the host's */
    _Atomic int mode;              /* wired sync mode of the last start: survives the process */
    _Atomic int controls_valid;
    _Atomic int opens_failed, starts_failed, starts;
    _Atomic uint64_t opening_ns;   /* when it was last opened */
    _Atomic int unplugged;         /* its USB cable was pulled: it is not counted any more */
    int32_t control_mode[CONTROL_COUNT];
    int32_t control_value[CONTROL_COUNT];
} slot_t;

#define SLOT_BYTES 512
_Static_assert(sizeof(slot_t) <= SLOT_BYTES, "the harness makes slots of this size");

/* A pulse train as a receiver sees it. */
typedef struct {
    uint64_t generation, start_ns, end_ns;
    int64_t period_ticks;
    double rate;
} train_t;

typedef struct {
    description_t *about;
    slot_t *slot;
    int lock_fd;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool using_60hz;             /* libk4a keeps this per process, not in the device */
    bool running, imu_running;
    configuration_t config;
    uint64_t opened_ns, armed_ns;
    train_t train;
    bool has_train;
    uint64_t zero_ns;            /* host time of this device's clock zero */
    bool has_zero;
    bool lit;                    /* whether the light was on when the capture was taken */
    int64_t start_bias_us, next, first, delivered, lost;
    int64_t imu_next, imu_given;
    uint8_t *color_scene, *lit_scene, *depth_scene, *ir_scene;
    size_t color_size, lit_size, depth_size;
    int color_width, color_height, depth_width, depth_height;
} device_t;

/* bench.c: description, shared state, journal */
const char *bench_path(char *buffer, size_t size, const char *name);
int bench_count(void);
description_t *bench_device(int index);
bool is_here(const description_t *about);
description_t *device_here(int place);
slot_t *bench_slot(int index);
bool bench_lock(device_t *device);
void bench_note(const description_t *about, const char *format, ...) __attribute__((format(printf, 2, 3)));
uint8_t *bench_file(const char *name, size_t *size);
const real_library_t *real_library(void);
uint64_t now_ns(void);
bool holds(const numbers_t *numbers, int64_t value);
bool is_lit(uint64_t time_ns);

/* description.c */
int read_descriptions(const char *path, description_t *devices);

/* pulses.c */
void publish_train(device_t *device, uint64_t start_ns);
void end_train(device_t *device);
void end_stale_train(slot_t *slot);
bool find_train(const device_t *device, train_t *train);
double rate_of(const description_t *about);
int64_t ticks_of(int64_t usec);

/* stream.c */
void begin_stream(device_t *device);
int next_capture(device_t *device, capture_t *capture, int32_t timeout_ms);
bool update_train(device_t *device);
int64_t clock_ticks(const device_t *device, uint64_t host_ns);

/* sdk_log.c */
enum { LOG_CRITICAL, LOG_ERROR, LOG_WARNING };
void sdk_log(int level, const char *place, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* images.c */
bool prepare_scenes(device_t *device);
void release_scenes(device_t *device);
bool has_color(const device_t *device);
bool has_depth(const device_t *device);
capture_t build_capture(device_t *device, int64_t number, int64_t color_usec, int64_t depth_usec, uint64_t arrived_ns);

/* rules.c */
const char *broken_rule(const device_t *device, const configuration_t *config);
int64_t fps_of(const configuration_t *config);

/* controls.c */
void reset_controls(slot_t *slot, const description_t *about);
int64_t effective_exposure(const device_t *device);

#endif
