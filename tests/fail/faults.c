/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into a program, lets one call of a kind fail, or behave oddly. The environment says which:
 *   FAULT=CALL:HOW:N    the Nth CALL; N+: that one and all later ones
 *   FAULT_PROGRAM=NAME  only in the program of that name (of those that a run starts)
 *   FAULT_MARK=FILE     is created when the call is reached: a run without it had fewer calls
 * CALL is malloc (all of that family), thread, fork, or one of the system calls below. HOW is short (at most one byte is
 * read or written) or an error's name.
 *
 * The C library's own calls can't be replaced by name: system calls that are made in its text raise SIGSYS (seccomp), and
 * the handler makes them, or not. Text of other programs that a run starts lies elsewhere: what they inherit does nothing.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#if !defined(__x86_64__)
#error "the registers of a system call are known here for x86-64 alone"
#endif

enum { SHORT = -1, NUMBERS_MAX = 6 };

static const struct call {
	const char *name;
	long numbers[NUMBERS_MAX]; /* of system calls; ends with -1 */
} calls[] = {
    {"malloc", {-1}},
    {"thread", {-1}},
    {"fork", {-1}},
    {"open", {SYS_open, SYS_openat, -1}},
    {"read", {SYS_read, SYS_pread64, SYS_readv, SYS_preadv, -1}},
    {"write", {SYS_write, SYS_pwrite64, SYS_writev, SYS_pwritev, -1}},
    {"mmap", {SYS_mmap, SYS_mremap, -1}},
    {"stat", {SYS_newfstatat, SYS_fstat, SYS_stat, SYS_lstat, -1}},
    {"seek", {SYS_lseek, -1}},
    {"rename", {SYS_rename, SYS_renameat, SYS_renameat2, SYS_link, SYS_linkat, -1}},
    {"unlink", {SYS_unlink, SYS_unlinkat, -1}},
    {"sync", {SYS_fsync, SYS_fdatasync, SYS_msync, -1}},
    {"allocate", {SYS_ftruncate, SYS_fallocate, -1}},
    {"close", {SYS_close, -1}},
    {"lock", {SYS_fcntl, -1}},
    {"random", {SYS_getrandom, -1}},
};

static const struct {
	const char *name;
	int number;
} errors[] = {{"ENOMEM", ENOMEM}, {"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EINTR", EINTR}, {"EAGAIN", EAGAIN},
              {"EACCES", EACCES}, {"EMFILE", EMFILE}, {"EPERM", EPERM},   {"short", SHORT}};

static const struct call *fault_call; /* NULL: nothing fails */
static int fault_how;
static long fault_at, fault_count;
static bool fault_goes_on;
static const char *fault_mark;

/* A program may call these round what is its own. */
void faults_stop(void);
void faults_go_on(void);
static bool is_stopped;

void faults_stop(void)
{
	__atomic_store_n(&is_stopped, true, __ATOMIC_SEQ_CST);
}

void faults_go_on(void)
{
	__atomic_store_n(&is_stopped, false, __ATOMIC_SEQ_CST);
}

/* Not in the C library's text: it raises no signal. Returns -errno where it fails. */
static long raw_call(long number, long a, long b, long c, long d, long e, long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
	                 : "=a"(result)
	                 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
	                 : "rcx", "r11", "memory");
	return result;
}

static bool is_hit(void)
{
	if (__atomic_load_n(&is_stopped, __ATOMIC_SEQ_CST))
		return false;
	const long count = __atomic_add_fetch(&fault_count, 1, __ATOMIC_SEQ_CST);
	if (count < fault_at || (count > fault_at && !fault_goes_on))
		return false;
	if (count == fault_at && fault_mark) {
		const long fd = raw_call(SYS_open, (long)fault_mark, O_CREAT | O_WRONLY | O_CLOEXEC, 0600, 0, 0, 0);
		if (fd >= 0)
			raw_call(SYS_close, fd, 0, 0, 0, 0, 0);
	}
	return true;
}

static bool fails_now(const char *name)
{
	return fault_call && strcmp(fault_call->name, name) == 0 && is_hit();
}

/* --- Calls that are known by name. --- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static _Thread_local bool is_in_parser;

static bool is_out_of_memory(void)
{
	if (is_in_parser || !fails_now("malloc"))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return is_out_of_memory() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return is_out_of_memory() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return is_out_of_memory() ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return is_out_of_memory() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
	if (fails_now("malloc"))
		return ENOMEM;
	*out = __libc_memalign(alignment, size);
	return *out ? 0 : ENOMEM;
}

/* json-c's parser crashes without memory, before version 0.17: there no allocation fails. (One of these calls the other within
 * the library, which is not seen here.) */
struct json_tokener;
struct json_object *json_tokener_parse_ex(struct json_tokener *tokener, const char *text, int length);
struct json_object *json_object_from_fd(int fd);
struct json_object *json_tokener_parse_ex(struct json_tokener *tokener, const char *text, int length)
{
	static struct json_object *(*next)(struct json_tokener *, const char *, int);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "json_tokener_parse_ex");
	is_in_parser = true;
	struct json_object *value = next(tokener, text, length);
	is_in_parser = false;
	return value;
}

struct json_object *json_object_from_fd(int fd)
{
	static struct json_object *(*next)(int);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "json_object_from_fd");
	is_in_parser = true;
	struct json_object *value = next(fd);
	is_in_parser = false;
	return value;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
	static int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "pthread_create");
	return fails_now("thread") ? EAGAIN : next(thread, attributes, start, argument);
}

pid_t fork(void)
{
	static pid_t (*next)(void);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "fork");
	if (!fails_now("fork"))
		return next();
	errno = EAGAIN;
	return -1;
}

/* A blocked SIGSYS kills. */
int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	static int (*next)(int, const sigset_t *, sigset_t *);
	sigset_t without;
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "pthread_sigmask");
	if (set && how != SIG_UNBLOCK) {
		without = *set;
		sigdelset(&without, SIGSYS);
		set = &without;
	}
	return next(how, set, old);
}

/* --- System calls. --- */

static bool is_transfer(long number)
{
	return number == SYS_read || number == SYS_write || number == SYS_pread64 || number == SYS_pwrite64;
}

static void on_system_call(int signal_number, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
	const long number = info->si_syscall;
	(void)signal_number;
	/* What is said on standard error must get there, to be judged. */
	const bool is_word = number == SYS_write && r[REG_RDI] == STDERR_FILENO;
	const bool hit = !is_word && is_hit();
	if (hit && fault_how != SHORT) {
		if (number == SYS_close) /* which closes even so: close(2) */
			raw_call(number, r[REG_RDI], 0, 0, 0, 0, 0);
		r[REG_RAX] = -fault_how;
		return;
	}
	if (hit && is_transfer(number) && r[REG_RDX] > 1)
		r[REG_RDX] = 1;
	r[REG_RAX] = raw_call(number, r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8], r[REG_R9]);
}

struct range {
	uint64_t begin, end;
};

static int find_c_library(struct dl_phdr_info *info, size_t size, void *context)
{
	struct range *range = context;
	(void)size;
	if (!strstr(info->dlpi_name, "/libc.so"))
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		if (header->p_type == PT_LOAD && (header->p_flags & PF_X) != 0)
			*range = (struct range){info->dlpi_addr + header->p_vaddr,
			                        info->dlpi_addr + header->p_vaddr + header->p_memsz};
	}
	return 1;
}

#define LOAD(field, offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field) + (offset))
#define IF(op, value, then, otherwise)                                                                                 \
	BPF_JUMP(BPF_JMP | BPF_K | BPF_##op, (uint32_t)(value), (unsigned char)(then), (unsigned char)(otherwise))

/* Raises SIGSYS for these numbers where the instruction is in the range. Jumps count from the next instruction. */
static bool watch(const long *numbers, struct range text)
{
	enum { HEAD = 11 };
	unsigned short count = 0;
	while (numbers[count] >= 0)
		count++;
	const int allow = HEAD + count;
	struct sock_filter code[HEAD + NUMBERS_MAX + 2] = {
	    [0] = LOAD(instruction_pointer, 4), /* the upper half */
	    [1] = IF(JGT, text.begin >> 32, 3, 0),  [2] = IF(JEQ, text.begin >> 32, 0, allow - 3),
	    [3] = LOAD(instruction_pointer, 0),     [4] = IF(JGE, text.begin, 0, allow - 5),
	    [5] = LOAD(instruction_pointer, 4),     [6] = IF(JGT, text.end >> 32, allow - 7, 0),
	    [7] = IF(JEQ, text.end >> 32, 0, 2),    [8] = LOAD(instruction_pointer, 0),
	    [9] = IF(JGE, text.end, allow - 10, 0), [10] = LOAD(nr, 0),
	};
	for (unsigned short i = 0; i < count; i++)
		code[HEAD + i] = (struct sock_filter)IF(JEQ, numbers[i], count - i, 0);
	code[allow] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[allow + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
	const struct sock_fprog program = {(unsigned short)(allow + 2), code};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static _Noreturn void cannot(const char *what)
{
	dprintf(STDERR_FILENO, "faults: %s\n", what);
	_exit(125);
}

/* Reads CALL:HOW:N or CALL:HOW:N+. False: it is not of that form. */
static bool read_fault(const char *text)
{
	const size_t name = strcspn(text, ":"), how = strcspn(text + name + (text[name] != 0), ":");
	const char *said = text + name + 1, *number = said + how + 1;
	char *end;
	if (text[name] == '\0' || said[how] == '\0')
		return false;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		if (strlen(errors[i].name) == how && strncmp(errors[i].name, said, how) == 0)
			fault_how = errors[i].number;
	}
	fault_at = strtol(number, &end, 10);
	fault_goes_on = *end == '+';
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (strlen(calls[i].name) == name && strncmp(calls[i].name, text, name) == 0)
			fault_call = &calls[i];
	}
	return fault_call && fault_how != 0 && fault_at > 0;
}

__attribute__((constructor)) static void start(void)
{
	const char *fault = getenv("FAULT"), *program = getenv("FAULT_PROGRAM");
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART};
	struct range text = {0, 0};
	if (!fault || (program && strcmp(program, program_invocation_short_name) != 0))
		return;
	if (!read_fault(fault))
		cannot("FAULT is not CALL:HOW:N");
	fault_mark = getenv("FAULT_MARK");
	if (fault_call->numbers[0] < 0)
		return;
	action.sa_sigaction = on_system_call;
	if (dl_iterate_phdr(find_c_library, &text) != 1 || sigaction(SIGSYS, &action, NULL) != 0 ||
	    !watch(fault_call->numbers, text))
		cannot("system calls can't be watched here");
}
