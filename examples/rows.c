/* Reads the rows that `ksync stream RIG --to rows.sock` gives: pulse, devices, mean depth in the middle.
 *
 *     cc -O2 -o rows examples/rows.c && ./rows rows.sock
 *     ksync stream rig.yaml --to - | ./rows -
 *
 * For a little-endian computer. Every field of a head is always there, in the order of the manual, without
 * white space between; so a search for `"depth":` does, where a program needs no more than this one. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct prefix { char magic[4]; uint32_t head_nbytes; uint64_t nbytes; }; /* 16 bytes, as they come */

static int read_exactly(int from, void *into, size_t nbytes) {
    for (size_t got = 0; got < nbytes;) {
        ssize_t part = read(from, (char *)into + got, nbytes - got);
        if (part <= 0) return 0;
        got += (size_t)part;
    }
    return 1;
}

static unsigned mean_in_the_middle(const uint16_t *image, int width, int height) {
    uint64_t sum = 0, known = 0;
    for (int y = height / 3; y < 2 * height / 3; y++)
        for (int x = width / 3; x < 2 * width / 3; x++)
            if (image[y * width + x]) sum += image[y * width + x], known++;
    return known ? (unsigned)(sum / known) : 0;
}

static void print_row(const char *head, const char *payload, uint64_t nbytes) {
    long pulse = 0, missed = 0;
    sscanf(strstr(head, "\"pulse\":"), "\"pulse\":%ld", &pulse);
    sscanf(strstr(head, "\"missed\":"), "\"missed\":%ld", &missed);
    printf("%ld missed %ld", pulse, missed);
    for (const char *at = head; (at = strstr(at, "{\"name\":\"")); at++) {
        char name[65];
        unsigned long long place, size;
        int width, height;
        sscanf(at, "{\"name\":\"%64[^\"]", name);
        const char *depth = strstr(at, "\"depth\":");
        int told = sscanf(depth, "\"depth\":[%llu,%llu,%d,%d]", &place, &size, &width, &height);
        if (told != 4) printf(", %s -", name); /* null: there is none */
        else if (place + size <= nbytes && size == 2ull * width * height)
            printf(", %s %u", name, mean_in_the_middle((const uint16_t *)(payload + place), width, height));
    }
    printf("\n"), fflush(stdout);
}

int main(int count, char **words) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct prefix prefix;
    int from = STDIN_FILENO, ended = 0;
    if (count == 2 && strcmp(words[1], "-")) {
        strncpy(address.sun_path, words[1], sizeof address.sun_path - 1);
        from = socket(AF_UNIX, SOCK_STREAM, 0);
        if (connect(from, (struct sockaddr *)&address, sizeof address)) return perror(words[1]), 1;
    }
    while (!ended && read_exactly(from, &prefix, sizeof prefix) && !memcmp(prefix.magic, "KSR1", 4)) {
        char *head = malloc(prefix.head_nbytes + 1ull), *payload = malloc(prefix.nbytes + 1);
        if (!head || !payload || !read_exactly(from, head, prefix.head_nbytes)) break;
        if (!read_exactly(from, payload, prefix.nbytes)) break;
        head[prefix.head_nbytes] = 0;
        if (!strncmp(head, "{\"kind\":\"row\"", 13)) print_row(head, payload, prefix.nbytes);
        ended = !strncmp(head, "{\"kind\":\"end\"", 13);
        free(head), free(payload);
    }
    return ended ? 0 : (fprintf(stderr, "the stream ended too early, or is none\n"), 1);
}
