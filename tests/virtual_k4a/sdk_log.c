/* The log of the SDK, as libk4a writes it: to stdout, or to a file, from a level on that the environment names. */
#define _GNU_SOURCE
#include "virtual_k4a.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const LEVELS[] = {"critical", "error", "warning", "info", "trace"};

static bool is_heard(int level)
{
    const char *least = getenv("K4A_LOG_LEVEL");
    int heard = LOG_ERROR;
    for (int i = 0; least && i < 5; i++)
        if (least[0] == LEVELS[i][0])
            heard = i;
    return level <= heard;
}

/* A file takes the place of stdout; without either variable stdout is written to. */
static FILE *open_log(void)
{
    const char *file = getenv("K4A_ENABLE_LOG_TO_A_FILE"), *out = getenv("K4A_ENABLE_LOG_TO_STDOUT");
    if (file && file[0])
        return fopen(file, "ae");
    return out && out[0] == '0' ? NULL : stdout;
}

void sdk_log(int level, const char *place, const char *format, ...)
{
    char time_text[32], text[512];
    struct timespec now;
    struct tm parts;
    FILE *log = is_heard(level) ? open_log() : NULL;
    if (!log)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    clock_gettime(CLOCK_REALTIME, &now);
    strftime(time_text, sizeof time_text, "%Y-%m-%d %H:%M:%S", localtime_r(&now.tv_sec, &parts));
    fprintf(log, "[%s.%03ld] [%s] [t=%d] %s. %s\n", time_text, now.tv_nsec / 1000000, LEVELS[level], getpid(), place, text);
    fflush(log);
    if (log != stdout)
        fclose(log);
}
