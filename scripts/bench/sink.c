/*
 * The server of the benchmark: as much of MASV and S3 as an upload or a download needs, over TLS. Bodies are discarded.
 *
 *   sink CERTIFICATE KEY CONTENT      prints its port; exits when its standard input is closed
 *
 * One thread per connection. GET /_bench/counters returns the counts since POST /_bench/reset. Computing MD5s would take more
 * time than everything else, so the ETags of the parts to come are given in advance:
 * POST /_bench/etag?partNumber=1&bytes=33554432&md5=...
 *
 * After POST /_bench/permit?rate=10, the storage answers SlowDown to more than 10 requests per second; rate=0 permits all. Bodies of
 * such requests do not count.
 *
 * GET /bucket/object-BYTES serves an object of any size, or a range of it, which repeats the MiB in CONTENT. Its ETag is given
 * in advance, too, as that of part 0. The package received-COUNT-BYTES contains COUNT of them; received-COUNT-BYTES-PART says that
 * they were uploaded in parts of PART bytes.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define INPUT_BYTES (64 * 1024)
#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
#define XMLNS "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""
/* As long as a real signature. Part of a printf format. */
#define SIGNED \
	"&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%%2F20260101%%2Fus-east-1%%2Fs3%%2Faws4_request" \
	"&X-Amz-Date=20260101T000000Z&X-Amz-Expires=604800&X-Amz-SignedHeaders=host"                                       \
	"&X-Amz-Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static SSL_CTX *context;
/* Written between the rounds only. */
static struct { long part, bytes; char md5[40]; } etags[8192];
static int etag_count;
static atomic_long requests, storage_requests, body_bytes, connections, last_part, files, first_file;

static pthread_mutex_t permit_lock = PTHREAD_MUTEX_INITIALIZER;
/* Requests per second, and how many may come at once now: at most those of a second. */
static double permitted, allowance;
static double filled_at;

static double seconds(void) {
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void permit(double rate) {
	pthread_mutex_lock(&permit_lock);
	permitted = allowance = rate;
	filled_at = seconds();
	pthread_mutex_unlock(&permit_lock);
}

static int is_permitted(void) {
	pthread_mutex_lock(&permit_lock);
	double now = seconds();
	allowance += (now - filled_at) * permitted;
	if (allowance > permitted) allowance = permitted;
	filled_at = now;
	int is = permitted == 0 || allowance >= 1;
	if (is) allowance -= 1;
	pthread_mutex_unlock(&permit_lock);
	return is;
}

typedef struct {
	SSL *ssl;
	char input[INPUT_BYTES];
	size_t start, end;
	char *output;
	size_t output_size;
} Connection;

typedef struct {
	char method[16], target[4096], host[256];
	long content_length;
	int is_chunked, expects_continue;
	/* The range asked for; last_byte is -1 if there is none. */
	long first_byte, last_byte;
} Request;

static int fill(Connection *connection) {
	if (connection->start == connection->end) connection->start = connection->end = 0;
	if (connection->end == INPUT_BYTES) {
		if (connection->start == 0) return 0;
		memmove(connection->input, connection->input + connection->start, connection->end - connection->start);
		connection->end -= connection->start;
		connection->start = 0;
	}
	int got = SSL_read(connection->ssl, connection->input + connection->end, (int)(INPUT_BYTES - connection->end));
	if (got <= 0) return 0;
	connection->end += (size_t)got;
	return 1;
}

/* Returns a line without its line ending, terminated in place; NULL if the connection ended. */
static char *read_line(Connection *connection) {
	for (size_t seen = 0;;) {
		char *from = connection->input + connection->start;
		char *end = memchr(from + seen, '\n', connection->end - connection->start - seen);
		if (end != NULL) {
			connection->start += (size_t)(end - from) + 1;
			if (end > from && end[-1] == '\r') end--;
			*end = 0;
			return from;
		}
		seen = connection->end - connection->start;
		if (!fill(connection)) return NULL;
	}
}

static int discard(Connection *connection, long bytes) {
	while (bytes > 0) {
		if (connection->start == connection->end && !fill(connection)) return 0;
		long there = (long)(connection->end - connection->start);
		long taken = there < bytes ? there : bytes;
		connection->start += (size_t)taken;
		bytes -= taken;
		atomic_fetch_add(&body_bytes, taken);
	}
	return 1;
}

static int discard_body(Connection *connection, const Request *request) {
	if (!request->is_chunked) return discard(connection, request->content_length);
	for (;;) {
		char *line = read_line(connection);
		if (line == NULL) return 0;
		long bytes = strtol(line, NULL, 16);
		if (bytes == 0) break;
		if (!discard(connection, bytes) || read_line(connection) == NULL) return 0;
	}
	for (;;) {
		char *line = read_line(connection);
		if (line == NULL) return 0;
		if (*line == 0) return 1;
	}
}

static int read_request(Connection *connection, Request *request) {
	memset(request, 0, sizeof *request);
	request->last_byte = -1;
	char *line = read_line(connection);
	if (line == NULL || sscanf(line, "%15s %4095s", request->method, request->target) != 2) return 0;
	while ((line = read_line(connection)) != NULL && *line != 0) {
		char *value = strchr(line, ':');
		if (value == NULL) return 0;
		*value++ = 0;
		while (*value == ' ') value++;
		if (strcasecmp(line, "content-length") == 0) request->content_length = atol(value);
		else if (strcasecmp(line, "transfer-encoding") == 0) request->is_chunked = strcasestr(value, "chunked") != NULL;
		else if (strcasecmp(line, "expect") == 0) request->expects_continue = 1;
		else if (strcasecmp(line, "range") == 0) {
			/* "bytes=5-" has no end. */
			if (sscanf(value, "bytes=%ld-%ld", &request->first_byte, &request->last_byte) == 1) request->last_byte = LONG_MAX;
		} else if (strcasecmp(line, "host") == 0) snprintf(request->host, sizeof request->host, "%s", value);
	}
	return line != NULL;
}

static long number_of(const char *target, const char *name, long otherwise) {
	const char *query = strchr(target, '?');
	if (query == NULL) return otherwise;
	const char *found = strstr(query, name);
	return found == NULL ? otherwise : atol(found + strlen(name));
}

static int ends_with(const char *path, size_t length, const char *end) {
	size_t end_length = strlen(end);
	return length >= end_length && memcmp(path + length - end_length, end, end_length) == 0;
}

static size_t add_part_urls(char *into, const Request *request) {
	long start = number_of(request->target, "start=", 0), count = number_of(request->target, "count=", 1);
	size_t length = (size_t)sprintf(into, "[");
	for (long index = start; index < start + count; index++) {
		length += (size_t)sprintf(into + length,
			"%s{\"url\":\"https://%s/bucket/file?partNumber=%ld&uploadId=upload" SIGNED
			"\",\"method\":\"PUT\",\"headers\":{},\"body\":\"\"}",
			index == start ? "" : ",", request->host, index + 1);
	}
	return length + (size_t)sprintf(into + length, "]");
}

static size_t add_listed_parts(char *into, long limit) {
	long last = atomic_load(&last_part);
	size_t length = (size_t)sprintf(into, XML "<ListPartsResult " XMLNS "><UploadId>upload</UploadId>");
	for (long part = 1; part <= last && part <= limit; part++) {
		length += (size_t)sprintf(into + length, "<Part><PartNumber>%ld</PartNumber><ETag>\"%032ld\"</ETag></Part>", part, part);
	}
	return length + (size_t)sprintf(into + length, "<IsTruncated>%s</IsTruncated></ListPartsResult>",
		last > limit ? "true" : "false");
}

/* The files since the package was created. Names and sizes, which the uploader knows, are left out. */
static size_t add_listed_files(char *into) {
	long first = atomic_load(&first_file), end = atomic_load(&files);
	size_t length = (size_t)sprintf(into, "[");
	for (long file = first; file < end; file++) {
		length += (size_t)sprintf(into + length, "%s{\"id\":\"file%ld\",\"kind\":\"file\",\"completed\":true}",
			file == first ? "" : ",", file);
	}
	return length + (size_t)sprintf(into + length, "]");
}

/* The package received-COUNT-BYTES or received-COUNT-BYTES-PART, its files and their addresses. */
static void answer_received(const Request *request, const char *package, char *body, size_t *length) {
	long count = 0, bytes = 0, part = 0, number = 0;
	int id_length = 0;
	char rest[64] = "";
	if (sscanf(package, "received-%ld-%ld-%ld%n", &count, &bytes, &part, &id_length) != 3) {
		part = 33554432;
		sscanf(package, "received-%ld-%ld%n", &count, &bytes, &id_length);
	}
	sscanf(package + id_length, "%63[^?]", rest);
	if (sscanf(rest, "/files/file%ld/download", &number) == 1) {
		*length = (size_t)sprintf(body,
			"{\"url\":\"https://%s/bucket/object-%ld?file=%ld" SIGNED "\",\"method\":\"GET\",\"headers\":{},\"body\":\"\"}",
			request->host, bytes, number);
	} else if (strcmp(rest, "/files") == 0) {
		size_t at = (size_t)sprintf(body, "[");
		for (long file = 0; file < count; file++) {
			at += (size_t)sprintf(body + at,
				"%s{\"id\":\"file%ld\",\"kind\":\"file\",\"name\":\"%ld.bin\",\"path\":\"\",\"size\":%ld,"
				"\"last_modified\":\"2026-01-01T00:00:00.000Z\"}",
				file == 0 ? "" : ",", file, file, bytes);
		}
		*length = at + (size_t)sprintf(body + at, "]");
	} else {
		*length = (size_t)sprintf(body,
			"{\"id\":\"%.*s\",\"name\":\"bench\",\"state\":\"finalized\",\"access_token\":\"token\",\"chunk_size\":%ld}",
			id_length, package, part);
	}
}

/* Writes MASV's response; returns the status. */
static int answer_control(const Request *request, char *body, size_t *length) {
	const char *query = strchr(request->target, '?');
	size_t path_length = query == NULL ? strlen(request->target) : (size_t)(query - request->target);
	int is_post = strcmp(request->method, "POST") == 0;
	const char *received = strstr(request->target, "/packages/received-");
	if (received != NULL) {
		answer_received(request, received + strlen("/packages/"), body, length);
		return 200;
	}
	if (ends_with(request->target, path_length, "/finalize")) return 204;
	if (ends_with(request->target, path_length, "/spec")) {
		*length = (size_t)sprintf(body, "{\"min_chunk_size\":5242880,\"max_chunk_size\":5368709120,\"max_chunk_count\":10000}");
	} else if (ends_with(request->target, path_length, "/links")) {
		*length = (size_t)sprintf(body, "{\"id\":\"link\",\"download_secret\":\"secret\"}");
	} else if (ends_with(request->target, path_length, "/files") && is_post) {
		long file = atomic_fetch_add(&files, 1);
		*length = (size_t)sprintf(body,
			"{\"file\":{\"id\":\"file%ld\"},\"create_blueprint\":{\"url\":\"https://%s/bucket/file%ld?uploads" SIGNED
			"\",\"method\":\"POST\",\"headers\":{},\"body\":\"\"}}",
			file, request->host, file);
	} else if (ends_with(request->target, path_length, "/files")) {
		*length = add_listed_files(body);
	} else if (strstr(request->target, "/files/") != NULL) {
		*length = add_part_urls(body, request);
	} else {
		*length = (size_t)sprintf(body, "{\"id\":\"package\",\"name\":\"bench\",\"state\":\"%s\",\"access_token\":\"token\"}",
			is_post ? "new" : "finalized");
		if (is_post) {
			atomic_store(&first_file, atomic_load(&files));
			return 201;
		}
	}
	return 200;
}

static void expect_part(const char *target) {
	long part = number_of(target, "partNumber=", 0), bytes = number_of(target, "bytes=", 0);
	const char *md5 = strstr(target, "md5=");
	int index = 0;
	while (index < etag_count && (etags[index].part != part || etags[index].bytes != bytes)) index++;
	if (md5 == NULL || index == (int)(sizeof etags / sizeof *etags)) return;
	etags[index].part = part;
	etags[index].bytes = bytes;
	snprintf(etags[index].md5, sizeof etags[index].md5, "%s", md5 + 4);
	if (index == etag_count) etag_count++;
}

static void add_etag(char *headers, long part, long bytes) {
	for (int index = 0; index < etag_count; index++) {
		if (etags[index].part != part || etags[index].bytes != bytes) continue;
		sprintf(headers, "ETag: \"%s\"\r\n", etags[index].md5);
		return;
	}
	sprintf(headers, "ETag: \"%032ld\"\r\n", part);
}

/* Writes S3's response. The ETag of a part that was not given in advance contains its number. */
static void answer_storage(const Request *request, char *body, size_t *length, char *headers) {
	long part = number_of(request->target, "partNumber=", 0);
	if (strcmp(request->method, "PUT") == 0) {
		for (long last = atomic_load(&last_part); part > last && !atomic_compare_exchange_weak(&last_part, &last, part);) {}
		add_etag(headers, part, request->content_length);
	} else if (strcmp(request->method, "POST") == 0 && strstr(request->target, "?uploads") != NULL) {
		atomic_store(&last_part, 0);
		*length = (size_t)sprintf(body, XML "<InitiateMultipartUploadResult " XMLNS
			"><Bucket>bucket</Bucket><Key>file</Key><UploadId>upload</UploadId></InitiateMultipartUploadResult>");
	} else if (strcmp(request->method, "POST") == 0) {
		*length = (size_t)sprintf(body, XML "<CompleteMultipartUploadResult " XMLNS "><Location>https://%s/bucket/file</Location>"
			"<Bucket>bucket</Bucket><Key>file</Key><ETag>\"%032d\"</ETag></CompleteMultipartUploadResult>", request->host, 0);
	} else if (strcmp(request->method, "GET") == 0 && strstr(request->target, "uploadId=") != NULL) {
		*length = add_listed_parts(body, number_of(request->target, "max-parts=", 1000));
	} else if (strcmp(request->method, "GET") == 0) {
		*length = (size_t)sprintf(body, XML "<LocationConstraint " XMLNS ">us-east-1</LocationConstraint>");
	}
}

static int answer_bench(const Request *request, char *body, size_t *length) {
	if (strncmp(request->target, "/_bench/etag", 12) == 0) {
		expect_part(request->target);
		return 204;
	}
	if (strncmp(request->target, "/_bench/permit", 14) == 0) {
		permit((double)number_of(request->target, "rate=", 0));
		return 204;
	}
	if (strcmp(request->method, "POST") == 0) {
		requests = storage_requests = body_bytes = connections = 0;
		return 204;
	}
	*length = (size_t)sprintf(body, "{\"requests\":%ld,\"storageRequests\":%ld,\"bodyBytes\":%ld,\"connections\":%ld}",
		requests, storage_requests, body_bytes, connections);
	return 200;
}

enum { content_bytes = 1024 * 1024 };
/* Twice, so that a piece can begin anywhere. */
static char content[2 * content_bytes];

static int read_content(const char *path) {
	FILE *file = fopen(path, "rb");
	if (file == NULL || fread(content, 1, content_bytes, file) != content_bytes) return 0;
	fclose(file);
	memcpy(content + content_bytes, content, content_bytes);
	return 1;
}

/* Serves an object or a range of it. Returns 0 if the connection is over. */
static int answer_object(Connection *connection, const Request *request, long bytes) {
	enum { write_bytes = 256 * 1024 };
	int is_range = request->last_byte >= 0;
	long at = is_range ? request->first_byte : 0;
	long end = !is_range || request->last_byte >= bytes ? bytes : request->last_byte + 1;
	char head[512], etag[64], range[128] = "";
	add_etag(etag, 0, bytes);
	if (is_range) snprintf(range, sizeof range, "Content-Range: bytes %ld-%ld/%ld\r\n", at, end - 1, bytes);
	int head_length = snprintf(head, sizeof head,
		"HTTP/1.1 %s\r\nContent-Type: binary/octet-stream\r\nAccept-Ranges: bytes\r\n"
		"Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n%s%sContent-Length: %ld\r\n\r\n",
		is_range ? "206 Partial Content" : "200 OK", etag, range, end - at);
	if (strcmp(request->method, "HEAD") == 0) return SSL_write(connection->ssl, head, head_length) > 0;
	/* A small one is sent with its head. */
	char small[sizeof head + 16 * 1024];
	memcpy(small, head, (size_t)head_length);
	long first = end - at < 16 * 1024 ? end - at : 0;
	memcpy(small + head_length, content + at % content_bytes, (size_t)first);
	if (SSL_write(connection->ssl, small, head_length + (int)first) <= 0) return 0;
	atomic_fetch_add(&body_bytes, first);
	for (at += first; at < end;) {
		long piece = end - at < write_bytes ? end - at : write_bytes;
		if (SSL_write(connection->ssl, content + at % content_bytes, (int)piece) <= 0) return 0;
		atomic_fetch_add(&body_bytes, piece);
		at += piece;
	}
	return 1;
}

static int answer(Connection *connection, const Request *request) {
	const char *object = strstr(request->target, "/object-");
	int is_storage = strncmp(request->target, "/v1", 3) != 0 && strncmp(request->target, "/_bench/", 8) != 0;
	int is_refused = is_storage && !is_permitted();
	if (!is_refused && object != NULL && strcmp(request->method, "PUT") != 0) {
		atomic_fetch_add(&requests, 1);
		atomic_fetch_add(&storage_requests, 1);
		return answer_object(connection, request, atol(object + strlen("/object-")));
	}
	/* Headers are placed right before the body, so that both are sent with one write. */
	enum { head_bytes = 512 };
	const char *received = strstr(request->target, "/received-");
	long listed = received == NULL || strstr(received, "/files/") != NULL ? 0 : atol(received + strlen("/received-"));
	size_t needed = head_bytes + 4096 + 1024 * (size_t)(1000 + number_of(request->target, "count=", 0)) +
		64 * (size_t)(atomic_load(&files) - atomic_load(&first_file)) + 160 * (size_t)listed;
	if (connection->output_size < needed) {
		free(connection->output);
		connection->output = malloc(needed);
		connection->output_size = needed;
	}
	char *body = connection->output + head_bytes, extra[128] = "", head[head_bytes];
	size_t length = 0;
	int status = 200;
	const char *type = "application/json";
	if (strncmp(request->target, "/_bench/", 8) == 0) {
		status = answer_bench(request, body, &length);
	} else {
		atomic_fetch_add(&requests, 1);
		if (is_refused) {
			status = 503;
			type = "application/xml";
			length = (size_t)sprintf(body, XML "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>");
			atomic_fetch_sub(&body_bytes, request->content_length);
		} else if (!is_storage) {
			status = answer_control(request, body, &length);
		} else {
			atomic_fetch_add(&storage_requests, 1);
			type = "application/xml";
			answer_storage(request, body, &length, extra);
		}
	}
	char length_header[64] = "";
	if (status != 204) snprintf(length_header, sizeof length_header, "Content-Length: %zu\r\n", length);
	int head_length = snprintf(head, sizeof head, "HTTP/1.1 %d OK\r\nContent-Type: %s\r\n%s%s\r\n", status, type, extra, length_header);
	memcpy(body - head_length, head, (size_t)head_length);
	return SSL_write(connection->ssl, body - head_length, head_length + (int)length) > 0;
}

static void *serve(void *argument) {
	Connection *connection = calloc(1, sizeof *connection);
	int socket = (int)(long)argument, one = 1;
	setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	connection->ssl = SSL_new(context);
	SSL_set_fd(connection->ssl, socket);
	if (SSL_accept(connection->ssl) == 1) {
		static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
		Request request;
		while (read_request(connection, &request)) {
			if (request.expects_continue && SSL_write(connection->ssl, go_on, sizeof go_on - 1) <= 0) break;
			if (!discard_body(connection, &request) || !answer(connection, &request)) break;
		}
	}
	SSL_free(connection->ssl);
	close(socket);
	free(connection->output);
	free(connection);
	return NULL;
}

static void *end_with_input(void *unused) {
	char byte;
	while (read(STDIN_FILENO, &byte, 1) > 0) {}
	_exit(0);
	return unused;
}

int main(int count, char **words) {
	signal(SIGPIPE, SIG_IGN);
	context = SSL_CTX_new(TLS_server_method());
	if (count != 4 || !read_content(words[3]) || SSL_CTX_use_certificate_chain_file(context, words[1]) != 1 ||
		SSL_CTX_use_PrivateKey_file(context, words[2], SSL_FILETYPE_PEM) != 1) {
		ERR_print_errors_fp(stderr);
		return 1;
	}
	/* Reads several TLS records with one system call. */
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_default_read_buffer_len(context, 256 * 1024);
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t address_size = sizeof address;
	if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 512) != 0) {
		perror("listen");
		return 1;
	}
	getsockname(listener, (struct sockaddr *)&address, &address_size);
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	pthread_t thread;
	pthread_create(&thread, NULL, end_with_input, NULL);
	for (;;) {
		int connection = accept(listener, NULL, NULL);
		if (connection < 0) continue;
		atomic_fetch_add(&connections, 1);
		if (pthread_create(&thread, NULL, serve, (void *)(long)connection) == 0) pthread_detach(thread);
		else close(connection);
	}
}
