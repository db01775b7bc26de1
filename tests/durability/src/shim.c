/*
 * Records what a process does to the files below one folder, in order with what it
 * acknowledges, and fails one of its writes on demand. Loaded with LD_PRELOAD.
 *
 * DURABILITY_FOLDER   the folder, an absolute path; nothing outside is looked at
 * DURABILITY_TRACE    file to which each event is appended; nothing is recorded without it
 * DURABILITY_FAULT    file that says "<n> <errno> <forever> <calls>": once it is there, the n-th
 *                     of these calls fails (calls: 1 writes, 2 syncs, 4 names; forever: all after
 *                     it too). "<file>.met" is made when one has failed; with "<file>.lift"
 *                     none fails any more
 *
 * An event: kind 1 | length of name 4 | length of data 4 | offset 8 | name | data, little-endian.
 * Kinds: C created, W written, T cut to offset, S synced, D folder synced, U unlinked,
 *        R renamed (data: the new name), A written to standard output, M sent to a socket.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FDS = 65536, WRITES = 1, SYNCS = 2, NAMES = 4 };

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static char *names[FDS]; /* name below the folder, of each open file in it; "" is the folder */
static const char *folder, *fault;
static size_t folder_length;
static int trace = -1, armed, fault_errno, fault_forever, fault_calls;
static long fault_at, seen;

#define REAL(result, name, ...) \
    static result (*real_##name)(__VA_ARGS__); \
    if (!real_##name) real_##name = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

static void die(const char *why) {
    fprintf(stderr, "shim: %s\n", why);
    abort();
}

static ssize_t plain_writev(int fd, const struct iovec *parts, int count) {
    REAL(ssize_t, writev, int, const struct iovec *, int);
    return real_writev(fd, parts, count);
}

__attribute__((constructor)) static void begin(void) {
    folder = getenv("DURABILITY_FOLDER");
    fault = getenv("DURABILITY_FAULT");
    const char *file = getenv("DURABILITY_TRACE");
    folder_length = folder ? strlen(folder) : 0;
    if (file) {
        trace = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (trace < 0) die("the trace cannot be opened");
    }
}

/* The name below the folder; nothing for a path outside. */
static const char *below(const char *path) {
    if (!folder || !path || strncmp(path, folder, folder_length)) return NULL;
    if (path[folder_length] == 0) return path + folder_length;
    return path[folder_length] == '/' ? path + folder_length + 1 : NULL;
}

static const char *name_of(int fd) { return fd >= 0 && fd < FDS ? names[fd] : NULL; }

static void put(uint8_t *to, uint64_t number, int bytes) {
    for (int i = 0; i < bytes; i++) to[i] = (uint8_t)(number >> (8 * i));
}

static void note(char kind, const char *name, uint64_t offset, const void *data, size_t length) {
    if (trace < 0) return;
    uint8_t head[17];
    head[0] = (uint8_t)kind;
    put(head + 1, strlen(name), 4);
    put(head + 5, length, 4);
    put(head + 9, offset, 8);
    struct iovec parts[3] = {
        { head, sizeof head }, { (void *)name, strlen(name) }, { (void *)data, length } };
    /* One append: whoever else writes to the trace never lands inside an event. */
    if (plain_writev(trace, parts, 3) != (ssize_t)(sizeof head + strlen(name) + length))
        die("the trace cannot be written");
}

/* True when this call is the one to fail; errno is set then. */
static int must_fail(const char *name, int call) {
    if (!fault || !name) return 0;
    size_t length = strlen(name);
    /* Shared memory of SQLite: rebuilt, never needed after a crash. */
    if (length > 4 && !strcmp(name + length - 4, "-shm")) return 0;
    if (!armed) {
        FILE *order = fopen(fault, "r");
        if (!order) return 0;
        if (fscanf(order, "%ld %d %d %d", &fault_at, &fault_errno, &fault_forever, &fault_calls) == 4) armed = 1;
        fclose(order);
    }
    if (!armed || !(fault_calls & call)) return 0;
    seen++;
    if (seen != fault_at && !(fault_forever && seen > fault_at)) return 0;
    char beside[PATH_MAX];
    snprintf(beside, sizeof beside, "%s.lift", fault);
    if (access(beside, F_OK) == 0) return 0;
    snprintf(beside, sizeof beside, "%s.met", fault);
    FILE *mark = fopen(beside, "w");
    if (mark) fclose(mark);
    errno = fault_errno;
    return 1;
}

static int opened(int fd, const char *path, int flags, int was_there) {
    const char *name = below(path);
    if (fd < 0 || fd >= FDS) return fd;
    free(names[fd]);
    names[fd] = name ? strdup(name) : NULL;
    if (name && (flags & O_CREAT) && !was_there) note('C', name, 0, "", 0);
    if (name && (flags & O_TRUNC) && was_there) note('T', name, 0, "", 0);
    return fd;
}

#define OPEN(function) \
    int function(const char *path, int flags, ...) { \
        REAL(int, function, const char *, int, ...); \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { \
            va_list rest; \
            va_start(rest, flags); \
            mode = va_arg(rest, mode_t); \
            va_end(rest); \
        } \
        if (!below(path)) { \
            int fd = real_##function(path, flags, mode); \
            if (fd >= 0 && fd < FDS && names[fd]) { free(names[fd]); names[fd] = NULL; } \
            return fd; \
        } \
        pthread_mutex_lock(&lock); \
        struct stat there; \
        int was_there = stat(path, &there) == 0, fd = -1; \
        if (was_there || !(flags & O_CREAT) || !must_fail(below(path), NAMES)) \
            fd = opened(real_##function(path, flags, mode), path, flags, was_there); \
        pthread_mutex_unlock(&lock); \
        return fd; \
    }

OPEN(open)
OPEN(open64)

#define OPENAT(function) \
    int function(int at, const char *path, int flags, ...) { \
        REAL(int, function, int, const char *, int, ...); \
        mode_t mode = 0; \
        va_list rest; \
        va_start(rest, flags); \
        if (flags & (O_CREAT | O_TMPFILE)) mode = va_arg(rest, mode_t); \
        va_end(rest); \
        if (below(path) && (flags & (O_CREAT | O_TRUNC | O_WRONLY | O_RDWR))) die("openat in the folder"); \
        int fd = real_##function(at, path, flags, mode); \
        if (fd >= 0 && fd < FDS && names[fd]) { free(names[fd]); names[fd] = NULL; } \
        return fd; \
    }

OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
    REAL(int, close, int);
    if (name_of(fd)) {
        pthread_mutex_lock(&lock);
        free(names[fd]);
        names[fd] = NULL;
        pthread_mutex_unlock(&lock);
    }
    return real_close(fd);
}

static off_t place_of(int fd) {
    if (fcntl(fd, F_GETFL) & O_APPEND) return lseek(fd, 0, SEEK_END);
    return lseek(fd, 0, SEEK_CUR);
}

ssize_t write(int fd, const void *data, size_t length) {
    REAL(ssize_t, write, int, const void *, size_t);
    const char *name = name_of(fd);
    if (!name && fd != STDOUT_FILENO) return real_write(fd, data, length);
    pthread_mutex_lock(&lock);
    ssize_t done = -1;
    if (!name) {
        note('A', "", 0, data, length);
        done = real_write(fd, data, length);
    } else if (!must_fail(name, WRITES)) {
        off_t place = place_of(fd);
        done = real_write(fd, data, length);
        if (done > 0) note('W', name, (uint64_t)place, data, (size_t)done);
    }
    pthread_mutex_unlock(&lock);
    return done;
}

#define PWRITE(function, offset_type) \
    ssize_t function(int fd, const void *data, size_t length, offset_type place) { \
        REAL(ssize_t, function, int, const void *, size_t, offset_type); \
        const char *name = name_of(fd); \
        if (!name) return real_##function(fd, data, length, place); \
        pthread_mutex_lock(&lock); \
        ssize_t done = must_fail(name, WRITES) ? -1 : real_##function(fd, data, length, place); \
        if (done > 0) note('W', name, (uint64_t)place, data, (size_t)done); \
        pthread_mutex_unlock(&lock); \
        return done; \
    }

PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (name_of(fd)) die("writev in the folder");
    if (folder && trace >= 0 && fd != trace) {
        struct stat kind;
        if (!fstat(fd, &kind) && S_ISSOCK(kind.st_mode)) note('M', "", 0, "", 0);
    }
    return plain_writev(fd, parts, count);
}

ssize_t send(int fd, const void *data, size_t length, int flags) {
    REAL(ssize_t, send, int, const void *, size_t, int);
    note('M', "", 0, "", 0);
    return real_send(fd, data, length, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    REAL(ssize_t, sendmsg, int, const struct msghdr *, int);
    note('M', "", 0, "", 0);
    return real_sendmsg(fd, message, flags);
}

#define CUT(function, offset_type) \
    int function(int fd, offset_type length) { \
        REAL(int, function, int, offset_type); \
        const char *name = name_of(fd); \
        if (!name) return real_##function(fd, length); \
        pthread_mutex_lock(&lock); \
        int done = must_fail(name, WRITES) ? -1 : real_##function(fd, length); \
        if (!done) note('T', name, (uint64_t)length, "", 0); \
        pthread_mutex_unlock(&lock); \
        return done; \
    }

CUT(ftruncate, off_t)
CUT(ftruncate64, off64_t)

#define SYNC(function) \
    int function(int fd) { \
        REAL(int, function, int); \
        const char *name = name_of(fd); \
        if (!name) return real_##function(fd); \
        pthread_mutex_lock(&lock); \
        int done = must_fail(name, SYNCS) ? -1 : real_##function(fd); \
        struct stat kind; \
        if (!done) note(!fstat(fd, &kind) && S_ISDIR(kind.st_mode) ? 'D' : 'S', name, 0, "", 0); \
        pthread_mutex_unlock(&lock); \
        return done; \
    }

SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
    REAL(int, unlink, const char *);
    const char *name = below(path);
    if (!name) return real_unlink(path);
    pthread_mutex_lock(&lock);
    int done = must_fail(name, NAMES) ? -1 : real_unlink(path);
    if (!done) note('U', name, 0, "", 0);
    pthread_mutex_unlock(&lock);
    return done;
}

int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    const char *name = below(from);
    if (!name) return real_rename(from, to);
    if (!below(to)) die("a file leaves the folder");
    pthread_mutex_lock(&lock);
    int done = must_fail(name, NAMES) ? -1 : real_rename(from, to);
    if (!done) note('R', name, 0, below(to), strlen(below(to)));
    pthread_mutex_unlock(&lock);
    return done;
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
    REAL(int, fallocate, int, int, off_t, off_t);
    if (name_of(fd)) die("fallocate in the folder");
    return real_fallocate(fd, mode, offset, length);
}

int posix_fallocate(int fd, off_t offset, off_t length) {
    REAL(int, posix_fallocate, int, off_t, off_t);
    if (name_of(fd)) die("posix_fallocate in the folder");
    return real_posix_fallocate(fd, offset, length);
}

static void check_map(int protection, int flags, int fd) {
    const char *name = name_of(fd);
    size_t length = name ? strlen(name) : 0;
    if (!name || !(protection & PROT_WRITE) || !(flags & MAP_SHARED)) return;
    if (length < 4 || strcmp(name + length - 4, "-shm")) die("a file of the folder is written by mapping it");
}

void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
    REAL(void *, mmap, void *, size_t, int, int, int, off_t);
    check_map(protection, flags, fd);
    return real_mmap(at, length, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t length, int protection, int flags, int fd, off64_t offset) {
    REAL(void *, mmap64, void *, size_t, int, int, int, off64_t);
    check_map(protection, flags, fd);
    return real_mmap64(at, length, protection, flags, fd, offset);
}
