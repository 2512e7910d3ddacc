/*
 * The fastest client possible on this machine: sends parts of a memory-mapped file over parallel TLS connections, or receives
 * an object in ranges that are written to a file. One thread each.
 *
 *   limit ADDRESS PORT CERTIFICATE FILE PART_BYTES CONNECTIONS            sends the file
 *   limit ADDRESS PORT CERTIFICATE FILE PART_BYTES CONNECTIONS BYTES      receives /bucket/object-BYTES into the file
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static SSL_CTX *context;
static struct sockaddr_in address = {.sin_family = AF_INET};
static const char *content;
static long file_bytes, part_bytes;
static int file, is_get;
static atomic_long next_part;

static void fail(const char *what) {
	ERR_print_errors_fp(stderr);
	perror(what);
	exit(1);
}

static void send_part(SSL *ssl, long part) {
	enum { piece_bytes = 1024 * 1024 };
	long start = part * part_bytes, end = start + part_bytes < file_bytes ? start + part_bytes : file_bytes;
	char text[4096];
	int length = snprintf(text, sizeof text,
		"PUT /bucket/limit?partNumber=%ld&uploadId=upload HTTP/1.1\r\nHost: sink\r\nContent-Length: %ld\r\n\r\n", part + 1, end - start);
	if (SSL_write(ssl, text, length) <= 0) fail("write");
	for (long at = start; at < end; at += piece_bytes) {
		if (SSL_write(ssl, content + at, (int)(end - at < piece_bytes ? end - at : piece_bytes)) <= 0) fail("write");
	}
	length = 0;
	do {
		int got = SSL_read(ssl, text + length, (int)sizeof text - 1 - length);
		if (got <= 0) fail("read");
		length += got;
		text[length] = 0;
	} while (strstr(text, "\r\n\r\n") == NULL);
	if (strncmp(text, "HTTP/1.1 200", 12) != 0) fail(text);
}

static void receive_part(SSL *ssl, long part) {
	enum { buffer_bytes = 512 * 1024 };
	static _Thread_local char buffer[buffer_bytes + 1];
	long at = part * part_bytes, end = at + part_bytes < file_bytes ? at + part_bytes : file_bytes;
	int length = snprintf(buffer, sizeof buffer,
		"GET /bucket/object-%ld HTTP/1.1\r\nHost: sink\r\nRange: bytes=%ld-%ld\r\n\r\n", file_bytes, at, end - 1);
	if (SSL_write(ssl, buffer, length) <= 0) fail("write");
	char *body = NULL;
	for (length = 0; body == NULL; body = strstr(buffer, "\r\n\r\n")) {
		int got = SSL_read(ssl, buffer + length, buffer_bytes - length);
		if (got <= 0) fail("read");
		length += got;
		buffer[length] = 0;
	}
	if (strncmp(buffer, "HTTP/1.1 206", 12) != 0) fail("status");
	body += 4;
	length -= (int)(body - buffer);
	memmove(buffer, body, (size_t)length);
	while (at < end) {
		while (length < buffer_bytes && at + length < end) {
			int got = SSL_read(ssl, buffer + length, buffer_bytes - length);
			if (got <= 0) fail("read");
			length += got;
		}
		if (pwrite(file, buffer, (size_t)length, at) != length) fail("write to the file");
		at += length;
		length = 0;
	}
}

static void *work(void *unused) {
	int one = 1, connection = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
	setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	SSL *ssl = SSL_new(context);
	SSL_set_fd(ssl, connection);
	if (SSL_connect(ssl) != 1) fail("handshake");
	for (long part; (part = atomic_fetch_add(&next_part, 1)) * part_bytes < file_bytes;) {
		if (is_get) receive_part(ssl, part);
		else send_part(ssl, part);
	}
	SSL_free(ssl);
	close(connection);
	return unused;
}

static void map_file(const char *path) {
	struct stat facts;
	file = open(path, O_RDONLY);
	if (file < 0 || fstat(file, &facts) != 0) fail(path);
	file_bytes = facts.st_size;
	content = mmap(NULL, (size_t)file_bytes, PROT_READ, MAP_SHARED, file, 0);
	if (content == MAP_FAILED) fail("mmap");
	madvise((void *)content, (size_t)file_bytes, MADV_SEQUENTIAL);
}

int main(int count, char **words) {
	if (count != 7 && count != 8) return 1;
	is_get = count == 8;
	inet_pton(AF_INET, words[1], &address.sin_addr);
	address.sin_port = htons((unsigned short)atoi(words[2]));
	context = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	if (SSL_CTX_load_verify_locations(context, words[3], NULL) != 1) fail(words[3]);
	/* Reads several TLS records with one system call. */
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_default_read_buffer_len(context, 256 * 1024);
	part_bytes = atol(words[5]);
	if (is_get) {
		file = open(words[4], O_CREAT | O_RDWR, 0600);
		if (file < 0) fail(words[4]);
		file_bytes = atol(words[7]);
	} else {
		map_file(words[4]);
	}
	int threads = atoi(words[6]);
	pthread_t thread[256];
	for (int index = 0; index < threads && index < 256; index++) pthread_create(&thread[index], NULL, work, NULL);
	for (int index = 0; index < threads && index < 256; index++) pthread_join(thread[index], NULL);
	return 0;
}
