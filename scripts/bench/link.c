/*
 * A slow, lossy link for kernels without netem: one tun device in this network namespace, one in another; every packet
 * between them is delayed or dropped. Both sides use the kernel's TCP.
 *
 *   link NAMESPACE DEVICE DELAY_MS LOSS_PERCENT [BYTES_PER_SECOND QUEUE_BYTES]
 *
 * Prints "ready"; exits when its standard input is closed. With a rate, each direction sends its packets one after another, and
 * drops those for which the queue has no room.
 *
 * Both devices are named DEVICE. The caller assigns their addresses.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* Capacity for packets in flight in one direction. */
#define PLACES 16384
#define PACKET_BYTES 2048

typedef struct {
	int from, to;
	long head, tail;
	/* When the last packet of the queue has been sent. */
	long long sent;
	struct {
		long long due;
		ssize_t bytes;
		char packet[PACKET_BYTES];
	} places[PLACES];
} Direction;

static Direction directions[2];

static long long now(void) {
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int open_device(const char *name) {
	int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
	if (device < 0 || ioctl(device, TUNSETIFF, &request) != 0) {
		perror("/dev/net/tun");
		exit(1);
	}
	return device;
}

int main(int count, char **words) {
	if (count != 5 && count != 7) return 1;
	long long delay = (long long)(atof(words[3]) * 1000000);
	double rate = count == 7 ? atof(words[5]) : 0, queue_bytes = count == 7 ? atof(words[6]) : 0;
	double loss = atof(words[4]) / 100;
	/* The same sequence in each run; within a run, each contender gets a different part of it. */
	srand48(1);
	int here = open_device(words[2]);
	char path[256];
	snprintf(path, sizeof path, "/run/netns/%s", words[1]);
	int there_namespace = open(path, O_RDONLY);
	if (there_namespace < 0 || setns(there_namespace, CLONE_NEWNET) != 0) {
		perror(path);
		return 1;
	}
	int there = open_device(words[2]);
	directions[0].from = directions[1].to = here;
	directions[0].to = directions[1].from = there;
	puts("ready");
	fflush(stdout);
	for (;;) {
		long long wait = 1000000000;
		for (int index = 0; index < 2; index++) {
			Direction *way = &directions[index];
			for (; way->head < way->tail; way->head++) {
				long long left = way->places[way->head % PLACES].due - now();
				if (left > 0) {
					if (left < wait) wait = left;
					break;
				}
				if (write(way->to, way->places[way->head % PLACES].packet, (size_t)way->places[way->head % PLACES].bytes) < 0) continue;
			}
		}
		struct pollfd polled[3] = {{here, POLLIN, 0}, {there, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
		struct timespec timeout = {wait / 1000000000, wait % 1000000000};
		if (ppoll(polled, 3, &timeout, NULL) < 0) return 1;
		char byte;
		if (polled[2].revents != 0 && read(STDIN_FILENO, &byte, 1) <= 0) return 0;
		for (int index = 0; index < 2; index++) {
			Direction *way = &directions[index];
			for (;;) {
				char *packet = way->places[way->tail % PLACES].packet;
				ssize_t bytes = read(way->from, packet, PACKET_BYTES);
				if (bytes <= 0) break;
				if (drand48() < loss || way->tail - way->head >= PLACES - 1) continue;
				long long sent = now();
				if (rate > 0) {
					if (way->sent > sent) {
						if ((double)(way->sent - sent) * rate / 1e9 + (double)bytes > queue_bytes) continue;
						sent = way->sent;
					}
					sent += (long long)((double)bytes * 1e9 / rate);
					way->sent = sent;
				}
				way->places[way->tail % PLACES].bytes = bytes;
				way->places[way->tail % PLACES].due = sent + delay;
				way->tail++;
			}
		}
	}
}
