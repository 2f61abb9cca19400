/* Color controls: they stay in the device from one program to the next, as they do in a Kinect. */
#include "virtual_k4a.h"

#include <inttypes.h>
#include <string.h>

/* color_priv.h: the exposures that the firmware knows, in µs */
static const int32_t EXPOSURES_50[] = {500,   1250,  2500,  10000, 20000,  30000, 40000,
                                       50000, 60000, 80000, 100000, 120000, 130000};
static const int32_t EXPOSURES_60[] = {500,   1250,  2500,  8330,  16670,  33330, 41670,
                                       50000, 66670, 83330, 100000, 116670, 133330};
#define EXPOSURE_COUNT 13

static const int32_t DEFAULTS[CONTROL_COUNT] = {15625, 0, 128, 5, 32, 2, 4500, 0, 128, 2};

static void keep(slot_t *slot, int command, int64_t value)
{
    if (value == NEVER)
        return;
    slot->control_mode[command] = CONTROL_MANUAL;
    slot->control_value[command] = (int32_t)value;
}

/* What a device has when the first program opens it: its defaults, or what an earlier program left in it. */
void reset_controls(slot_t *slot, const description_t *about)
{
    memcpy(slot->control_value, DEFAULTS, sizeof DEFAULTS);
    for (int i = 0; i < CONTROL_COUNT; i++)
        slot->control_mode[i] = i == CONTROL_EXPOSURE || i == CONTROL_WHITEBALANCE ? CONTROL_AUTO : CONTROL_MANUAL;
    keep(slot, CONTROL_GAIN, about->kept_gain);
    keep(slot, CONTROL_WHITEBALANCE, about->kept_white_balance_k);
    atomic_store(&slot->controls_valid, 1);
}

static int32_t rounded_exposure(const device_t *device, int32_t usec)
{
    const int32_t *table = device->using_60hz ? EXPOSURES_60 : EXPOSURES_50;
    for (int i = 0; i < EXPOSURE_COUNT; i++)
        if (usec <= table[i])
            return table[i];
    return table[EXPOSURE_COUNT - 1];
}

/* At the start the device takes the longest exposure that fits into one period. */
int64_t effective_exposure(const device_t *device)
{
    const int32_t *table = device->using_60hz ? EXPOSURES_60 : EXPOSURES_50;
    int64_t usec = device->slot->control_value[CONTROL_EXPOSURE], period = 1000000 / fps_of(&device->config);
    int64_t longest = table[0];
    for (int i = 0; i < EXPOSURE_COUNT && table[i] <= period; i++)
        longest = table[i];
    return usec < longest ? usec : longest;
}

static bool accepts(int command, int mode, int32_t value)
{
    bool may_auto = command == CONTROL_EXPOSURE || command == CONTROL_WHITEBALANCE;
    if (command < 0 || command >= CONTROL_COUNT || (mode == CONTROL_AUTO && !may_auto))
        return false;
    if (mode == CONTROL_AUTO)
        return true;
    if (command == CONTROL_POWERLINE)
        return value == 1 || value == 2;
    if (command == CONTROL_WHITEBALANCE)
        return value >= 2500 && value <= 12500 && value % 10 == 0;
    if (command == CONTROL_EXPOSURE)
        return value > 0;
    return value >= 0 && value <= 255;
}

EXPORT int k4a_device_get_color_control(device_t *device, int command, int *mode, int32_t *value)
{
    if (command < 0 || command >= CONTROL_COUNT || holds(&device->about->control_read_fails, command))
        return RESULT_FAILED;
    /* Orbbec's wrapper leaves the mode as it is; whoever asks has not set it, so that anything may stand there. */
    *mode = holds(&device->about->mode_unset, command) ? 0x5A5A5A5A : device->slot->control_mode[command];
    *value = device->slot->control_value[command];
    if (command == CONTROL_EXPOSURE)
        *value = rounded_exposure(device, *value);
    return RESULT_OK;
}

EXPORT int k4a_device_set_color_control(device_t *device, int command, int mode, int32_t value)
{
    bool taken = accepts(command, mode, value) && !holds(&device->about->control_write_fails, command);
    bench_note(device->about, "set command=%d mode=%d value=%" PRId32 " taken=%d", command, mode, value, taken);
    if (!taken)
        return RESULT_FAILED;
    if (command == CONTROL_POWERLINE)
        device->using_60hz = value == 2;
    device->slot->control_mode[command] = mode;
    if (mode == CONTROL_MANUAL)
        device->slot->control_value[command] = command == CONTROL_EXPOSURE ? rounded_exposure(device, value) : value;
    return RESULT_OK;
}

EXPORT int k4a_device_get_color_control_capabilities(device_t *device, int command, bool *supports_auto, int32_t *min,
                                                     int32_t *max, int32_t *step, int32_t *initial, int *initial_mode)
{
    (void)device;
    if (command < 0 || command >= CONTROL_COUNT)
        return RESULT_FAILED;
    *supports_auto = command == CONTROL_EXPOSURE || command == CONTROL_WHITEBALANCE;
    *min = command == CONTROL_EXPOSURE ? 500 : command == CONTROL_WHITEBALANCE ? 2500 : 0;
    *max = command == CONTROL_EXPOSURE ? 133330 : command == CONTROL_WHITEBALANCE ? 12500 : 255;
    *step = command == CONTROL_EXPOSURE ? 100 : command == CONTROL_WHITEBALANCE ? 10 : 1;
    *initial = DEFAULTS[command];
    *initial_mode = *supports_auto ? CONTROL_AUTO : CONTROL_MANUAL;
    return RESULT_OK;
}
