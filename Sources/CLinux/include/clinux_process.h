// Processes, namespaces, mounts and terminals: calls that glibc hides behind _GNU_SOURCE, that are variadic, or that
// Swift does not import. Every function returns -errno on failure. No logic lives here.
#ifndef CLINUX_PROCESS_H
#define CLINUX_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// clone(2)'s flags of namespaces.
#define CLINUX_NEW_MOUNTS 0x00020000
#define CLINUX_NEW_UTS 0x04000000
#define CLINUX_NEW_IPC 0x08000000
#define CLINUX_NEW_PID 0x20000000
#define CLINUX_NEW_NET 0x40000000

// mount(2)'s flags.
#define CLINUX_MOUNT_READ_ONLY 1
#define CLINUX_MOUNT_NO_SUID 2
#define CLINUX_MOUNT_NO_DEVICES 4
#define CLINUX_MOUNT_NO_EXEC 8
#define CLINUX_MOUNT_REMOUNT 32
#define CLINUX_MOUNT_BIND 4096
#define CLINUX_MOUNT_RECURSIVE 16384
#define CLINUX_MOUNT_PRIVATE (1 << 18)

// O_PATH of open(2).
#define CLINUX_PATH_ONLY 010000000

// fork(2), which Swift declares unavailable; only for programs of one thread.
int clinux_fork(void);

// unshare(2) and setns(2) of the calling thread.
int clinux_unshare(int flags);
int clinux_setns(int fd, int flags);

// mount(2), umount2(2) with MNT_DETACH, pivot_root(2).
int clinux_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data);
int clinux_unmount(const char *target);
int clinux_pivot_root(const char *root, const char *old);

// pidfd_open(2) and pidfd_send_signal(2).
int clinux_pidfd_open(pid_t process);
int clinux_pidfd_signal(int fd, int number);

// memfd_create(2), close-on-exec.
int clinux_memory_file(const char *name);

// prctl(2): the signal at the parent's death, the process's name, and that orphans become its children.
int clinux_parent_death_signal(int number);
int clinux_process_name(const char *name);

// signalfd(2) of every signal, which are blocked for it; non-blocking, close-on-exec.
int clinux_signal_descriptor(void);
// The next signal's number; -EAGAIN where there is none.
int clinux_next_signal(int fd);

// sethostname(2).
int clinux_set_host_name(const char *name, size_t length);

// Brings `lo` of the calling thread's network namespace up (SIOCSIFFLAGS).
int clinux_loopback_up(void);

// setgroups(2), setgid(2), setuid(2), in this order.
int clinux_become(uid_t user, gid_t group, const gid_t *groups, size_t count);

// close_range(2) from `first` on.
int clinux_close_from(int first);

// A new terminal: its master, close-on-exec; the slave's path goes into `path`.
int clinux_open_terminal(char *path, size_t size);
int clinux_take_terminal(int fd);
int clinux_terminal_size(int fd, uint16_t columns, uint16_t rows);

// epoll(7): a token comes once for each arming (EPOLLONESHOT), when the descriptor is readable or writable, or failed.
int clinux_epoll_create(void);
int clinux_epoll_arm(int epoll, int fd, int writing, uint64_t token);
int clinux_epoll_remove(int epoll, int fd);
int clinux_epoll_wait(int epoll, uint64_t *tokens, int capacity, int milliseconds);

#endif
