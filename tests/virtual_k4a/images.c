/* The scene, and captures of it made with the real library; each image carries its mark. */
#define _GNU_SOURCE
#include "virtual_k4a.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const int COLOR_SIZES[][2] = {{0, 0},       {1280, 720},  {1920, 1080}, {2560, 1440},
                                     {2048, 1536}, {3840, 2160}, {4096, 3072}};
static const int DEPTH_SIZES[][2] = {{0, 0}, {320, 288}, {640, 576}, {512, 512}, {1024, 1024}, {1024, 1024}};

bool has_color(const device_t *device)
{
    return device->config.color_resolution != COLOR_OFF;
}

bool has_depth(const device_t *device)
{
    return device->config.depth_mode != DEPTH_OFF;
}

static size_t raw_color_size(int format, size_t pixels)
{
    return format == FORMAT_NV12 ? pixels * 3 / 2 : format == FORMAT_YUY2 ? pixels * 2 : pixels * 4;
}

static bool prepare_color(device_t *device)
{
    char name[64];
    device->color_width = COLOR_SIZES[device->config.color_resolution][0];
    device->color_height = COLOR_SIZES[device->config.color_resolution][1];
    if (device->config.color_format == FORMAT_MJPG) {
        snprintf(name, sizeof name, "color.%dx%d.jpg", device->color_width, device->color_height);
        device->color_scene = bench_file(name, &device->color_size);
        snprintf(name, sizeof name, "lit.%dx%d.jpg", device->color_width, device->color_height);
        device->lit_scene = bench_file(name, &device->lit_size);
    } else {
        device->color_size = raw_color_size(device->config.color_format,
                                            (size_t)device->color_width * (size_t)device->color_height);
        device->color_scene = malloc(device->color_size);
        for (size_t i = 0; device->color_scene && i < device->color_size; i++)
            device->color_scene[i] = (uint8_t)(i * 255 / device->color_size);
    }
    return device->color_scene != NULL;
}

/* A slanted wall with a box before it, in millimetres; IR fades with the distance. */
static bool prepare_depth(device_t *device)
{
    int width = device->depth_width = DEPTH_SIZES[device->config.depth_mode][0];
    int height = device->depth_height = DEPTH_SIZES[device->config.depth_mode][1];
    device->depth_size = (size_t)width * (size_t)height * 2;
    uint16_t *depth = malloc(device->depth_size), *ir = malloc(device->depth_size);
    for (int y = 0; depth && ir && y < height; y++)
        for (int x = 0; x < width; x++) {
            bool box = x > width / 3 && x < width / 2 && y > height / 3 && y < height * 3 / 4;
            uint16_t range = (uint16_t)(box ? 900 : 1500 + 1000 * x / width);
            depth[y * width + x] = range;
            ir[y * width + x] = (uint16_t)(2000000 / range + (x * 7 + y * 13) % 31);
        }
    device->depth_scene = (uint8_t *)depth;
    device->ir_scene = (uint8_t *)ir;
    return depth && ir;
}

void release_scenes(device_t *device)
{
    free(device->color_scene);
    free(device->lit_scene);
    free(device->depth_scene);
    free(device->ir_scene);
    device->color_scene = device->lit_scene = device->depth_scene = device->ir_scene = NULL;
}

bool prepare_scenes(device_t *device)
{
    release_scenes(device);
    return (!has_color(device) || prepare_color(device)) && (!has_depth(device) || prepare_depth(device));
}

static void free_buffer(void *buffer, void *context)
{
    (void)context;
    free(buffer);
}

static void mark_words(uint8_t *buffer, const char *serial, int64_t number)
{
    uint16_t words[6] = {MARK_MAGIC, 0, 0, 0, (uint16_t)(number & 0xFFFF), (uint16_t)(number >> 16)};
    if (strlen(serial) == 12 && strspn(serial, "0123456789") == 12)
        for (int i = 0; i < 12; i++)
            words[1 + i / 4] = (uint16_t)(words[1 + i / 4] * 10 + (serial[i] - '0'));
    for (int i = 0; i < 6; i++) {
        buffer[2 * i] = (uint8_t)(words[i] & 0xFF);
        buffer[2 * i + 1] = (uint8_t)(words[i] >> 8);
    }
}

static image_t wrap(int format, int width, int height, int stride, uint8_t *buffer, size_t size)
{
    image_t image = NULL;
    if (real_library()->image_create_from_buffer(format, width, height, stride, buffer, size, free_buffer, NULL, &image))
        free(buffer);
    return image;
}

static uint8_t *marked_jpeg(const device_t *device, int64_t number, size_t *size)
{
    bool lit = device->lit && device->lit_scene;
    const uint8_t *scene = lit ? device->lit_scene : device->color_scene;
    size_t scene_size = lit ? device->lit_size : device->color_size;
    char text[96];
    int length = snprintf(text, sizeof text, "ksync serial=%s capture=%" PRId64, device->about->serial, number);
    *size = scene_size + 4 + (size_t)length;
    uint8_t *jpeg = malloc(*size);
    if (!jpeg)
        return NULL;
    memcpy(jpeg, scene, 2);
    jpeg[2] = 0xFF;
    jpeg[3] = 0xFE;
    jpeg[4] = (uint8_t)((length + 2) >> 8);
    jpeg[5] = (uint8_t)((length + 2) & 0xFF);
    memcpy(jpeg + 6, text, (size_t)length);
    memcpy(jpeg + 6 + length, scene + 2, scene_size - 2);
    return jpeg;
}

static uint8_t *marked_copy(const uint8_t *scene, size_t size, const device_t *device, int64_t number)
{
    uint8_t *buffer = malloc(size);
    if (buffer) {
        memcpy(buffer, scene, size);
        mark_words(buffer, device->about->serial, number);
    }
    return buffer;
}

static image_t color_image(const device_t *device, int64_t number)
{
    int format = device->config.color_format, width = device->color_width;
    size_t size = device->color_size;
    if (format == FORMAT_MJPG) {
        uint8_t *jpeg = marked_jpeg(device, number, &size);
        return wrap(format, width, device->color_height, 0, jpeg, size);
    }
    int stride = format == FORMAT_NV12 ? width : format == FORMAT_YUY2 ? 2 * width : 4 * width;
    return wrap(format, width, device->color_height, stride, marked_copy(device->color_scene, size, device, number), size);
}

static void finish(image_t image, int64_t timestamp_usec, uint64_t ready_ns)
{
    real_library()->image_set_device_timestamp_usec(image, (uint64_t)timestamp_usec);
    real_library()->image_set_system_timestamp_nsec(image, ready_ns);
}

static void add_color(device_t *device, capture_t capture, int64_t number, int64_t usec, uint64_t ready_ns)
{
    const real_library_t *real = real_library();
    image_t image = color_image(device, number);
    finish(image, usec, ready_ns);
    real->image_set_exposure_usec(image, (uint64_t)effective_exposure(device));
    real->image_set_iso_speed(image, 100);
    real->image_set_white_balance(image, (uint32_t)device->slot->control_value[CONTROL_WHITEBALANCE]);
    real->capture_set_color_image(capture, image);
    real->image_release(image);
}

static void add_depth(device_t *device, capture_t capture, int64_t number, int64_t usec, uint64_t ready_ns)
{
    const real_library_t *real = real_library();
    int width = device->depth_width, height = device->depth_height;
    for (int format = FORMAT_DEPTH16; format <= FORMAT_IR16; format++) {
        if (format == FORMAT_DEPTH16 && device->config.depth_mode == DEPTH_PASSIVE_IR)
            continue;
        const uint8_t *scene = format == FORMAT_DEPTH16 ? device->depth_scene : device->ir_scene;
        uint8_t *buffer = marked_copy(scene, device->depth_size, device, number);
        image_t image = wrap(format, width, height, 2 * width, buffer, device->depth_size);
        finish(image, usec, ready_ns);
        (format == FORMAT_DEPTH16 ? real->capture_set_depth_image : real->capture_set_ir_image)(capture, image);
        real->image_release(image);
    }
}

/* A timestamp below zero means that the image is missing. Depth arrives first. */
capture_t build_capture(device_t *device, int64_t number, int64_t color_usec, int64_t depth_usec, uint64_t arrived_ns)
{
    capture_t capture = NULL;
    if (real_library()->capture_create(&capture))
        return NULL;
    real_library()->capture_set_temperature_c(capture, 34.5f);
    if (color_usec >= 0)
        add_color(device, capture, number, color_usec, arrived_ns + (uint64_t)device->about->color_us * 1000);
    if (depth_usec >= 0)
        add_depth(device, capture, number, depth_usec, arrived_ns);
    return capture;
}
