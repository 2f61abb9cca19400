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

static unsigned mean_in_the_middle(const uint16_t *image, int width, int height) {
    uint64_t sum = 0, known = 0;
    for (int y = height / 3; y < 2 * height / 3; y++)
        for (int x = width / 3; x < 2 * width / 3; x++)
            if (image[y * width + x]) sum += image[y * width + x], known++;
    return known ? (unsigned)(sum / known) : 0;
}

static void print_row(const char *head, const char *payload, uint64_t nbytes) {
    unsigned long long place, size;
    int width, height;
    printf("%ld ", atol(strstr(head, "\"pulse\":") + 8));
    printf("missed %ld", atol(strstr(head, "\"missed\":") + 9));
    for (const char *at = head; (at = strstr(at, "{\"name\":\"")); at++) {
        const char *name = at + 9, *depth = strstr(at, "\"depth\":") + 8;
        printf(", %.*s ", (int)strcspn(name, "\""), name);
        if (sscanf(depth, "[%llu,%llu,%d,%d]", &place, &size, &width, &height) != 4) printf("-"); /* null */
        else if (place + size <= nbytes && size == 2ull * width * height)
            printf("%u", mean_in_the_middle((const uint16_t *)(payload + place), width, height));
    }
    printf("\n"), fflush(stdout);
}

int main(int count, char **words) {
    struct { char magic[4]; uint32_t head_nbytes; uint64_t nbytes; } prefix; /* 16 bytes, as they come */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    FILE *from = stdin;
    int ended = 0;
    if (count == 2 && strcmp(words[1], "-")) {
        int connection = socket(AF_UNIX, SOCK_STREAM, 0);
        strncpy(address.sun_path, words[1], sizeof address.sun_path - 1);
        if (connect(connection, (struct sockaddr *)&address, sizeof address)) return perror(words[1]), 1;
        from = fdopen(connection, "rb");
    }
    while (!ended && fread(&prefix, sizeof prefix, 1, from) && !memcmp(prefix.magic, "KSR1", 4)) {
        char *head = calloc(prefix.head_nbytes + 1ull, 1), *payload = malloc(prefix.nbytes + 1);
        if (!head || !payload || fread(head, 1, prefix.head_nbytes, from) < prefix.head_nbytes) break;
        if (fread(payload, 1, prefix.nbytes, from) < prefix.nbytes) break;
        if (!strncmp(head, "{\"kind\":\"row\"", 13)) print_row(head, payload, prefix.nbytes);
        ended = !strncmp(head, "{\"kind\":\"end\"", 13);
        free(head), free(payload);
    }
    return ended ? 0 : (fprintf(stderr, "the stream ended too early, or is none\n"), 1);
}
