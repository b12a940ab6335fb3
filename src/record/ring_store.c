/* SPDX-License-Identifier: MIT */
#include "ring_store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "notice.h"
#include "quiet.h"
#include "ring_process.h"

/* Others live there, too: of what is free, this share is taken at most. */
#define ROOM_SHARE 4u
/* Free segments that stay mapped; the pages of others are given back. */
#define FREE_MAPPED_MAX 8u
/* A call that signals of the host's interrupt again and again. */
#define INTERRUPTED_MAX 1000

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HAS_FILE true
#else
#define HAS_FILE false /* the file's numbers are little-endian */
#endif

/* --- the file --- */

static bool has_room(int fd, size_t bytes)
{
	struct statvfs status;
	return fstatvfs(fd, &status) == 0 && status.f_bavail * status.f_frsize / ROOM_SHARE >= bytes;
}

/* Allocates a range in full; 0, or an error number. A file size limit raises a signal first. */
static int allocate(int fd, uint64_t offset, size_t bytes)
{
	struct quiet quiet;
	int error = EINTR;
	if (!has_room(fd, bytes))
		return ENOSPC;
	if (!quiet_begin(&quiet, (const int[]){SIGXFSZ, 0}))
		return EAGAIN;
	for (int i = 0; i < INTERRUPTED_MAX && error == EINTR; i++)
		error = posix_fallocate(fd, (off_t)offset, (off_t)bytes);
	quiet_end(&quiet);
	return error;
}

/* Maps a range of the file, or anonymous memory where fd is -1. NULL: errno says why. */
static void *map_range(int fd, uint64_t offset, size_t bytes)
{
	const int kind = fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
	void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, kind | MAP_POPULATE, fd, (off_t)offset);
	if (map == MAP_FAILED)
		return NULL;
	/* A child has nothing to look for here. Where that is refused, its workers are off all the same. */
	(void)madvise(map, bytes, MADV_DONTFORK);
#ifdef MADV_POPULATE_WRITE
	if (fd >= 0) /* pages of a file on a disk fault again at their first store */
		(void)madvise(map, bytes, MADV_POPULATE_WRITE);
#endif
	return map;
}

/* As long as the process lives and has the file open, others can tell by this. A fork does not inherit it. */
static void lock_file(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
	(void)fcntl(fd, F_SETLK, &lock); /* where locks don't work, the process id has to do */
}

/* Creates the file and maps its head; 0, or an error number. */
static int create_file(struct ring_store *store, const char *directory, int base, size_t wanted)
{
	store->directory = own_fd_take(openat(base, directory, O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (store->directory.fd < 0)
		return errno;
	store->file = own_fd_create(store->directory.fd, store->name, O_RDWR);
	int error = store->file.fd < 0 ? errno : 0;
	if (error == 0) {
		error = has_room(store->file.fd, wanted) ? allocate(store->file.fd, 0, RING_FILE_HEAD_BYTES) : ENOSPC;
		store->head = error == 0 ? map_range(store->file.fd, 0, RING_FILE_HEAD_BYTES) : NULL;
		if (error == 0 && store->head == NULL)
			error = errno;
		if (error == 0)
			lock_file(store->file.fd); /* once it is mapped: see left_rings.c */
		else
			unlinkat(store->directory.fd, store->name, 0);
	}
	if (error != 0) {
		own_fd_close(&store->file);
		own_fd_close(&store->directory);
	}
	return error;
}

/* In memory, or else beside the trace; 0, or an error number. */
static int create_anywhere(struct ring_store *store, const struct record_file *trace, size_t wanted)
{
	const size_t size = strlen(trace->temporary) + 64;
	store->name = malloc(size);
	if (!HAS_FILE || store->name == NULL)
		return HAS_FILE ? ENOMEM : ENOTSUP;
	snprintf(store->name, size, RING_FILE_SHARED_PREFIX ".%ld.%08" PRIx32 RING_FILE_SHARED_SUFFIX, (long)getpid(),
	         trace->number);
	int error = create_file(store, RING_FILE_SHARED_DIRECTORY, AT_FDCWD, wanted);
	if (error != 0) {
		snprintf(store->name, size, "%s.%ld.%08" PRIx32 RING_FILE_RINGS_SUFFIX, trace->name, (long)getpid(),
		         trace->number);
		error = create_file(store, ".", trace->directory.fd, wanted);
	}
	store->is_shared = error == 0;
	return error;
}

/* A host may have closed our descriptor. The file is still there, unless somebody removed it. */
static bool reopen(struct ring_store *store)
{
	if (own_fd_valid(&store->file))
		return true;
	if (!own_fd_valid(&store->directory))
		return false;
	const dev_t device = store->file.device;
	const ino_t inode = store->file.inode;
	store->file = own_fd_take(openat(store->directory.fd, store->name, O_RDWR | O_NOFOLLOW | O_CLOEXEC));
	if (store->file.fd >= 0 && store->file.device == device && store->file.inode == inode) {
		lock_file(store->file.fd);
		return true;
	}
	own_fd_close(&store->file);
	store->file = (struct own_fd){.fd = -1, .device = device, .inode = inode};
	return false;
}

/* --- the head --- */

/* The trace's temporary file, as an absolute path, if that is not too long. */
static void note_path(char path[RING_FILE_PATH_BYTES_MAX + 1], const struct record_file *trace)
{
	char link[64], directory[RING_FILE_PATH_BYTES_MAX + 1];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", trace->directory.fd);
	const ssize_t size = readlink(link, directory, sizeof(directory) - 1);
	if (size <= 0)
		return;
	directory[size] = '\0';
	const char *slash = directory[size - 1] == '/' ? "" : "/";
	const int written = snprintf(path, RING_FILE_PATH_BYTES_MAX + 1, "%s%s%s", directory, slash, trace->temporary);
	if ((unsigned)written > RING_FILE_PATH_BYTES_MAX)
		path[0] = '\0';
}

static struct ring_file_moment moment_of(struct clock_moment moment)
{
	return (struct ring_file_moment){moment.stamp, moment.raw_ns, moment.wall_ns};
}

static void fill_head(struct ring_file_head *head, const struct record_file *trace, const uint8_t id[TRACE_ID_BYTES],
                      uint32_t policy, struct clock_moment opened)
{
	struct ring_process self;
	ring_process_look(0, &self);
	*head = (struct ring_file_head){.version = RING_FILE_VERSION,
	                                .process_id = (uint64_t)getpid(),
	                                .process_start = self.start,
	                                .clock = (uint32_t)clock_unit(),
	                                .policy = policy,
	                                .bytes = RING_FILE_HEAD_BYTES,
	                                .opened = moment_of(opened)};
	memcpy(head->trace_id, id, TRACE_ID_BYTES);
	ring_process_boot_id(head->boot_id);
	note_path(head->path, trace);
	uint64_t magic;
	memcpy(&magic, RING_FILE_MAGIC, sizeof(magic));
	/* Release: whoever sees the magic sees the rest. Pairs with readers of the file. */
	__atomic_store_n((uint64_t *)(void *)head->magic, magic, __ATOMIC_RELEASE);
}

bool ring_store_open(struct ring_store *store, const struct record_file *trace, const uint8_t id[TRACE_ID_BYTES],
                     uint32_t policy, struct clock_moment opened, size_t wanted)
{
	*store = (struct ring_store){.file = OWN_FD_NONE, .directory = OWN_FD_NONE, .trace = trace->path};
	if (pthread_mutex_init(&store->mutex, NULL) != 0)
		return false;
	const int error = create_anywhere(store, trace, wanted);
	if (error != 0) {
		notice("%s: the rings can't be kept in a file: %s; a killed process will lose what is in them",
		       trace->path, strerror(error));
		store->said = true;
		store->head = map_range(-1, 0, RING_FILE_HEAD_BYTES);
	}
	if (store->head == NULL) {
		free(store->name);
		return false;
	}
	fill_head(store->head, trace, id, policy, opened);
	ring_store_now(store);
	return true;
}

void ring_store_recording(struct ring_store *store)
{
	/* Release: the rest is there. Pairs with readers of the file. */
	__atomic_store_n(&store->head->state, (uint32_t)RING_FILE_RECORDING, __ATOMIC_RELEASE);
}

void ring_store_now(struct ring_store *store)
{
	struct ring_file_now *now = &store->head->now;
	const uint64_t next = __atomic_load_n(&now->count, __ATOMIC_RELAXED) + 1; /* this thread's own word */
	now->copy[next % 2] = moment_of(clock_moment());
	/* Release: the copy is whole. Pairs with readers of the file. */
	__atomic_store_n(&now->count, next, __ATOMIC_RELEASE);
}

/* --- segments --- */

static struct ring_segment *take_free(struct ring_store *store, size_t bytes)
{
	struct ring_segment *fallback = NULL;
	for (struct ring_segment **link = &store->free; *link != NULL; link = &(*link)->next) {
		struct ring_segment *segment = *link;
		if (segment->bytes != bytes)
			continue;
		if (segment->map == NULL) {
			fallback = fallback != NULL ? fallback : segment;
			continue;
		}
		*link = segment->next;
		store->free_mapped--;
		return segment;
	}
	if (fallback == NULL || !reopen(store) || allocate(store->file.fd, fallback->offset, bytes) != 0)
		return NULL;
	fallback->map = map_range(store->file.fd, fallback->offset, bytes);
	if (fallback->map == NULL)
		return NULL;
	struct ring_segment **link = &store->free;
	while (*link != fallback)
		link = &(*link)->next;
	*link = fallback->next;
	return fallback;
}

/* At the end of the file; 0, or an error number. */
static int append(struct ring_store *store, struct ring_segment *segment)
{
	const uint64_t offset = __atomic_load_n(&store->head->bytes, __ATOMIC_RELAXED); /* stored under this mutex */
	if (!reopen(store))
		return EBADF;
	if (segment->bytes > RING_FILE_BYTES_MAX - offset)
		return EFBIG;
	const int error = allocate(store->file.fd, offset, segment->bytes);
	if (error != 0)
		return error;
	segment->map = map_range(store->file.fd, offset, segment->bytes);
	if (segment->map == NULL)
		return errno;
	*segment->map = (struct ring_file_segment){.kind = RING_FILE_FREE, .bytes = segment->bytes};
	segment->offset = offset;
	segment->is_shared = true;
	/* Release: the segment's head is there. Pairs with readers of the file. */
	__atomic_store_n(&store->head->bytes, offset + segment->bytes, __ATOMIC_RELEASE);
	return 0;
}

void ring_store_lost_since(struct ring_store *store, uint64_t stamp)
{
	/* Relaxed, and a race would lose no more than the earlier of two stamps close together: a number for readers. */
	const uint64_t since = __atomic_load_n(&store->head->unmapped_since, __ATOMIC_RELAXED);
	if (since == 0 || stamp < since) /* 0 would mean that nothing is lost */
		__atomic_store_n(&store->head->unmapped_since, stamp > 0 ? stamp : 1, __ATOMIC_RELAXED);
}

static bool take_anonymous(struct ring_store *store, struct ring_segment *segment, int error)
{
	segment->map = map_range(-1, 0, segment->bytes);
	if (segment->map == NULL)
		return false;
	*segment->map = (struct ring_file_segment){.kind = RING_FILE_FREE, .bytes = segment->bytes};
	if (!store->is_shared)
		return true;
	ring_store_lost_since(store, wsc_stamp());
	if (!store->said)
		notice("%s: the rings' file can't grow: %s; a killed process will lose what is not in it", store->trace,
		       strerror(error));
	store->said = true;
	return true;
}

struct ring_segment *ring_store_take(struct ring_store *store, size_t bytes, bool must)
{
	pthread_mutex_lock(&store->mutex);
	struct ring_segment *segment = take_free(store, bytes);
	if (segment == NULL && (segment = calloc(1, sizeof(*segment))) != NULL) {
		segment->bytes = bytes;
		const int error = store->is_shared ? append(store, segment) : ENOTSUP;
		if (error != 0 && ((must && store->is_shared) || !take_anonymous(store, segment, error))) {
			free(segment);
			segment = NULL;
		}
	}
	pthread_mutex_unlock(&store->mutex);
	return segment;
}

static void set_kind(struct ring_segment *segment, enum ring_file_kind kind)
{
	/* Release: what the kind promises is there; what was read before FREE is no longer looked at. Pairs with
	 * readers of the file. */
	__atomic_store_n(&segment->map->kind, (uint32_t)kind, __ATOMIC_RELEASE);
}

void ring_store_publish(struct ring_segment *segment, enum ring_file_kind kind)
{
	set_kind(segment, kind);
}

/* Gives the pages behind the first, which has the segment's head, back to the file system. */
static void give_back(struct ring_store *store, struct ring_segment *segment)
{
	munmap(segment->map, segment->bytes);
	segment->map = NULL;
	if (reopen(store)) /* where holes can't be made, the room stays taken until the file is removed */
		(void)fallocate(store->file.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		                (off_t)(segment->offset + RING_FILE_PAGE), (off_t)(segment->bytes - RING_FILE_PAGE));
}

void ring_store_give(struct ring_store *store, struct ring_segment *segment)
{
	if (segment == NULL)
		return;
	set_kind(segment, RING_FILE_FREE);
	pthread_mutex_lock(&store->mutex);
	if (store->free_mapped >= FREE_MAPPED_MAX && !segment->is_shared) {
		ring_segment_free(segment);
		segment = NULL;
	} else if (store->free_mapped >= FREE_MAPPED_MAX) {
		give_back(store, segment);
	} else {
		store->free_mapped++;
	}
	if (segment != NULL) {
		segment->next = store->free;
		store->free = segment;
	}
	pthread_mutex_unlock(&store->mutex);
}

void ring_segment_free(struct ring_segment *segment)
{
	if (segment == NULL)
		return;
	if (segment->map != NULL)
		munmap(segment->map, segment->bytes);
	free(segment);
}

/* --- the end --- */

/* Removes the file, if what has its name is still it. */
static void remove_file(const struct ring_store *store)
{
	struct stat status;
	if (own_fd_valid(&store->directory) &&
	    fstatat(store->directory.fd, store->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    status.st_dev == store->file.device && status.st_ino == store->file.inode)
		unlinkat(store->directory.fd, store->name, 0);
}

void ring_store_close(struct ring_store *store)
{
	if (store->is_shared) {
		/* Release: the trace has its name. Pairs with readers of the file who have it open. */
		__atomic_store_n(&store->head->state, (uint32_t)RING_FILE_CLOSED, __ATOMIC_RELEASE);
		remove_file(store);
	}
	own_fd_close(&store->file);
	own_fd_close(&store->directory);
	while (store->free != NULL) {
		struct ring_segment *segment = store->free;
		store->free = segment->next;
		ring_segment_free(segment);
	}
	store->free_mapped = 0;
	munmap(store->head, RING_FILE_HEAD_BYTES);
	store->head = NULL;
	free(store->name);
	store->name = NULL;
	pthread_mutex_destroy(&store->mutex);
}

void ring_store_forget(struct ring_store *store)
{
	own_fd_close(&store->file);
	own_fd_close(&store->directory);
}
