/* What k4a_device_start_cameras refuses, in libk4a's order; the first broken rule decides. */
#include "virtual_k4a.h"

int64_t fps_of(const configuration_t *config)
{
    return config->camera_fps == FPS_30 ? 30 : config->camera_fps == FPS_15 ? 15 : 5;
}

static const char *broken_range(const configuration_t *c)
{
    if (c->color_format < FORMAT_MJPG || c->color_format > FORMAT_BGRA32)
        return "color-format";
    if (c->color_resolution < COLOR_OFF || c->color_resolution > COLOR_3072P)
        return "color-resolution";
    if (c->depth_mode < DEPTH_OFF || c->depth_mode > DEPTH_PASSIVE_IR)
        return "depth-mode";
    if (c->camera_fps < FPS_5 || c->camera_fps > FPS_30)
        return "fps";
    if (c->wired_sync_mode < MODE_STANDALONE || c->wired_sync_mode > MODE_SUBORDINATE)
        return "wired-sync-mode";
    return NULL;
}

static const char *broken_wiring(const description_t *about, const configuration_t *c)
{
    if (about->femto)   /* Orbbec's wrapper checks neither jacks nor the master's color */
        return NULL;
    if (c->wired_sync_mode == MODE_SUBORDINATE && !about->sync_in)
        return "no-sync-in";
    if (c->wired_sync_mode == MODE_MASTER && !about->sync_out)
        return "no-sync-out";
    if (c->wired_sync_mode == MODE_MASTER && c->color_resolution == COLOR_OFF)
        return "master-without-color";
    return NULL;
}

static const char *broken_delay(const description_t *about, const configuration_t *c)
{
    int64_t period = about->femto ? 33333 : 1000000 / fps_of(c);
    bool color = c->color_resolution != COLOR_OFF, depth = c->depth_mode != DEPTH_OFF;
    if (c->subordinate_delay_off_master_usec && c->wired_sync_mode != MODE_SUBORDINATE)
        return "delay-of-no-subordinate";
    if ((int64_t)c->subordinate_delay_off_master_usec > period)
        return "subordinate-delay";
    if (color && depth && (c->depth_delay_off_color_usec < -period || c->depth_delay_off_color_usec > period))
        return "depth-delay";
    if (!color && !depth)
        return "no-camera";
    if (color != depth && c->depth_delay_off_color_usec)
        return "depth-delay-of-one-camera";
    if (color != depth && c->synchronized_images_only)
        return "synchronized-one-camera";
    return NULL;
}

static const char *broken_mode(const configuration_t *c)
{
    bool slow_only = c->depth_mode == DEPTH_WFOV_UNBINNED || c->color_resolution == COLOR_3072P;
    if (slow_only && c->camera_fps == FPS_30)
        return "too-fast";
    bool uncompressed = c->color_format == FORMAT_NV12 || c->color_format == FORMAT_YUY2;
    if (uncompressed && c->color_resolution > COLOR_720P)
        return "format-of-resolution";
    return NULL;
}

const char *broken_rule(const device_t *device, const configuration_t *config)
{
    const char *rule = broken_range(config);
    if (!rule)
        rule = broken_wiring(device->about, config);
    if (!rule)
        rule = broken_delay(device->about, config);
    return rule ? rule : broken_mode(config);
}
