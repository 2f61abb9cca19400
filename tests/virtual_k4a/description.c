/* Reads bench.txt: `key value` lines; `device N` begins a device, and what follows is about it. */
#define _GNU_SOURCE
#include "virtual_k4a.h"

#include <stdlib.h>
#include <string.h>

static void set_defaults(description_t *about, int index)
{
    memset(about, 0, sizeof *about);
    about->index = index;
    about->latency_us = 12000;
    about->start_us = 20000;
    about->queue = QUEUE_LENGTH;
    about->first_us = 219566;   /* first color timestamp of firmware 1.6.110 */
    about->imu_ends_after = about->stall_after = about->unplug_after = about->die_after = about->hang_after = about->error_after = NEVER;
    about->kept_gain = about->kept_white_balance_k = NEVER;
    about->color = (version_t){1, 6, 110};
    about->depth = (version_t){1, 6, 80};
    about->audio = (version_t){1, 6, 14};
}

static void read_numbers(numbers_t *numbers, const char *text)
{
    char *end;
    while (*text && numbers->count < MAX_NUMBERS) {
        numbers->values[numbers->count++] = strtoll(text, &end, 10);
        text = *end ? end + 1 : end;
    }
}

static void read_version(version_t *version, const char *text)
{
    sscanf(text, "%u.%u.%u", &version->major, &version->minor, &version->iteration);
}

typedef struct {
    const char *key;
    size_t offset;
    enum { TEXT, FLAG, WHOLE, REAL, NUMBERS, VERSION } kind;
} field_t;

#define FIELD(name, kind) {#name, offsetof(description_t, name), kind}

static const field_t FIELDS[] = {
    FIELD(serial, TEXT), FIELD(reports, TEXT), FIELD(fed_by, TEXT), FIELD(no_transfers, TEXT),
    FIELD(sync_in, FLAG), FIELD(sync_out, FLAG), FIELD(cut, FLAG), FIELD(femto, FLAG), FIELD(free_running, FLAG),
    FIELD(trained, FLAG), FIELD(bias_moves_us, WHOLE), FIELD(delay_grid_us, WHOLE), FIELD(late_us, NUMBERS),
    FIELD(flood, FLAG), FIELD(blind, FLAG), FIELD(calibration_fails, FLAG), FIELD(calibration_bare, FLAG),
    FIELD(serial_fails, FLAG), FIELD(imu_fails, FLAG), FIELD(imu_ends_after, WHOLE),
    FIELD(drift_ppm, REAL),
    FIELD(jitter_us, WHOLE), FIELD(bias_us, WHOLE), FIELD(apart_us, WHOLE), FIELD(first_us, WHOLE), FIELD(latency_us, WHOLE), FIELD(color_us, WHOLE),
    FIELD(start_us, WHOLE), FIELD(queue, WHOLE), FIELD(close_us, WHOLE), FIELD(close_hangs_us, WHOLE), FIELD(warns, WHOLE), FIELD(submit_errno, WHOLE), FIELD(count_us, WHOLE),
    FIELD(skip_first, WHOLE), FIELD(garbage, WHOLE),
    FIELD(clock_us, WHOLE), FIELD(set_every, WHOLE), FIELD(unsettled, WHOLE), FIELD(unsettled_us, WHOLE),
    FIELD(kept_gain, WHOLE), FIELD(kept_white_balance_k, WHOLE),
    FIELD(open_us, WHOLE), FIELD(crowd_us, WHOLE), FIELD(open_fails, WHOLE), FIELD(start_fails, WHOLE),
    FIELD(stall_after, WHOLE), FIELD(unplug_after, WHOLE), FIELD(runs_on, FLAG), FIELD(die_after, WHOLE), FIELD(hang_after, WHOLE), FIELD(error_after, WHOLE),
    FIELD(drop, NUMBERS), FIELD(no_color, NUMBERS), FIELD(no_depth, NUMBERS),
    FIELD(control_read_fails, NUMBERS), FIELD(control_write_fails, NUMBERS), FIELD(mode_unset, NUMBERS),
    FIELD(color, VERSION), FIELD(depth, VERSION), FIELD(audio, VERSION),
};

static void read_value(void *place, const field_t *field, const char *value)
{
    switch (field->kind) {
    case TEXT: snprintf(place, SERIAL_SIZE, "%s", value); break;
    case FLAG: *(bool *)place = strcmp(value, "yes") == 0; break;
    case WHOLE: *(int64_t *)place = strtoll(value, NULL, 10); break;
    case REAL: *(double *)place = strtod(value, NULL); break;
    case NUMBERS: read_numbers(place, value); break;
    case VERSION: read_version(place, value); break;
    }
}

static void read_line(description_t *about, const char *key, const char *value)
{
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++)
        if (strcmp(FIELDS[i].key, key) == 0) {
            read_value((char *)about + FIELDS[i].offset, &FIELDS[i], value);
            return;
        }
    fprintf(stderr, "virtual_k4a: bench.txt: unknown key `%s`\n", key);
    abort();
}

int read_descriptions(const char *path, description_t *devices)
{
    char line[4096], key[64];
    int count = 0, begin;
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = 0;
        if (sscanf(line, "%63s %n", key, &begin) < 1 || key[0] == '#')
            continue;
        if (strcmp(key, "device") == 0 && count < MAX_DEVICES) {
            set_defaults(&devices[count], count);
            count++;
        } else if (count) {
            read_line(&devices[count - 1], key, line + begin);
        }
    }
    fclose(file);
    for (int i = 0; i < count; i++)
        if (!devices[i].reports[0])
            memcpy(devices[i].reports, devices[i].serial, SERIAL_SIZE);
    return count;
}
