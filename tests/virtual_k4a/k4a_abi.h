/* The part of the Azure Kinect SDK's public binary interface that a virtual device needs.
 *
 * Our own declarations: numbers and layouts are those of k4atypes.h 1.4, so that a library built from
 * them can stand where libk4a's device functions stand. Images and captures stay opaque: they are made
 * by the real library.
 */
#ifndef K4A_ABI_H
#define K4A_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RESULT_OK = 0, RESULT_FAILED = 1 };
enum { BUFFER_OK = 0, BUFFER_FAILED = 1, BUFFER_TOO_SMALL = 2 };
enum { WAIT_OK = 0, WAIT_FAILED = 1, WAIT_TIMEOUT = 2 };

enum { FORMAT_MJPG = 0, FORMAT_NV12 = 1, FORMAT_YUY2 = 2, FORMAT_BGRA32 = 3, FORMAT_DEPTH16 = 4, FORMAT_IR16 = 5 };
enum { COLOR_OFF = 0, COLOR_720P = 1, COLOR_3072P = 6 };
enum { DEPTH_OFF = 0, DEPTH_WFOV_UNBINNED = 4, DEPTH_PASSIVE_IR = 5 };
enum { FPS_5 = 0, FPS_15 = 1, FPS_30 = 2 };
enum { MODE_STANDALONE = 0, MODE_MASTER = 1, MODE_SUBORDINATE = 2 };

enum { CONTROL_EXPOSURE = 0, CONTROL_WHITEBALANCE = 6, CONTROL_GAIN = 8, CONTROL_POWERLINE = 9, CONTROL_COUNT = 10 };
enum { CONTROL_AUTO = 0, CONTROL_MANUAL = 1 };

typedef void *image_t;
typedef void *capture_t;

typedef struct {
    int color_format;
    int color_resolution;
    int depth_mode;
    int camera_fps;
    bool synchronized_images_only;
    int32_t depth_delay_off_color_usec;
    int wired_sync_mode;
    uint32_t subordinate_delay_off_master_usec;
    bool disable_streaming_indicator;
} configuration_t;

typedef struct {
    uint32_t major;
    uint32_t minor;
    uint32_t iteration;
} version_t;

typedef struct {
    version_t color;
    version_t depth;
    version_t audio;
    version_t depth_sensor;
    int build;
    int signature;
} hardware_version_t;

typedef struct {
    float temperature;
    float acc[3];
    uint64_t acc_timestamp_usec;
    float gyro[3];
    uint64_t gyro_timestamp_usec;
} imu_sample_t;

/* What is taken from the real library, found at run time. */
typedef struct {
    int (*calibration_get_from_raw)(char *raw, size_t size, int depth_mode, int color_resolution, void *calibration);
    int (*capture_create)(capture_t *capture);
    void (*capture_release)(capture_t capture);
    void (*capture_set_color_image)(capture_t capture, image_t image);
    void (*capture_set_depth_image)(capture_t capture, image_t image);
    void (*capture_set_ir_image)(capture_t capture, image_t image);
    void (*capture_set_temperature_c)(capture_t capture, float temperature);
    int (*image_create_from_buffer)(int format, int width, int height, int stride, uint8_t *buffer, size_t size,
                                    void (*destroy)(void *buffer, void *context), void *context, image_t *image);
    void (*image_release)(image_t image);
    void (*image_set_device_timestamp_usec)(image_t image, uint64_t timestamp);
    void (*image_set_system_timestamp_nsec)(image_t image, uint64_t timestamp);
    void (*image_set_exposure_usec)(image_t image, uint64_t exposure);
    void (*image_set_iso_speed)(image_t image, uint32_t speed);
    void (*image_set_white_balance)(image_t image, uint32_t white_balance);
} real_library_t;

#endif
