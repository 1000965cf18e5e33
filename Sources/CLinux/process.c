#include "clinux_process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int result(long value)
{
    return value >= 0 ? (int)value : -errno;
}

int clinux_fork(void)
{
    return result(fork());
}

int clinux_unshare(int flags)
{
    return result(unshare(flags));
}

int clinux_setns(int fd, int flags)
{
    return result(setns(fd, flags));
}

int clinux_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)
{
    return result(mount(source, target, type, flags, data));
}

int clinux_unmount(const char *target)
{
    return result(umount2(target, MNT_DETACH));
}

int clinux_pivot_root(const char *root, const char *old)
{
    return result(syscall(SYS_pivot_root, root, old));
}

int clinux_pidfd_open(pid_t process)
{
    return result(syscall(SYS_pidfd_open, process, 0));
}

int clinux_pidfd_signal(int fd, int number)
{
    return result(syscall(SYS_pidfd_send_signal, fd, number, NULL, 0));
}

int clinux_memory_file(const char *name)
{
    return result(memfd_create(name, MFD_CLOEXEC));
}

int clinux_parent_death_signal(int number)
{
    return result(prctl(PR_SET_PDEATHSIG, number));
}

int clinux_process_name(const char *name)
{
    return result(prctl(PR_SET_NAME, name));
}

int clinux_signal_descriptor(void)
{
    sigset_t all;
    sigfillset(&all);
    if (sigprocmask(SIG_SETMASK, &all, NULL) != 0)
        return -errno;
    return result(signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
}

int clinux_next_signal(int fd)
{
    struct signalfd_siginfo info;
    ssize_t count = read(fd, &info, sizeof info);
    if (count < 0)
        return -errno;
    return count == sizeof info ? (int)info.ssi_signo : -EIO;
}

int clinux_set_host_name(const char *name, size_t length)
{
    return result(sethostname(name, length));
}

int clinux_loopback_up(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 && errno == EAFNOSUPPORT)
        fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
    int outcome = result(ioctl(fd, SIOCGIFFLAGS, &request));
    if (outcome >= 0) {
        request.ifr_flags |= IFF_UP;
        outcome = result(ioctl(fd, SIOCSIFFLAGS, &request));
    }
    close(fd);
    return outcome;
}

int clinux_become(uid_t user, gid_t group, const gid_t *groups, size_t count)
{
    if (setgroups(count, groups) != 0 || setgid(group) != 0 || setuid(user) != 0)
        return -errno;
    return 0;
}

int clinux_close_from(int first)
{
    return result(syscall(SYS_close_range, first, ~0U, 0));
}

int clinux_open_terminal(char *path, size_t size)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (grantpt(fd) != 0 || unlockpt(fd) != 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    int error = ptsname_r(fd, path, size);
    if (error != 0) {
        close(fd);
        return -error;
    }
    return fd;
}

int clinux_take_terminal(int fd)
{
    return result(ioctl(fd, TIOCSCTTY, 0));
}

int clinux_terminal_size(int fd, uint16_t columns, uint16_t rows)
{
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return result(ioctl(fd, TIOCSWINSZ, &size));
}

int clinux_epoll_create(void)
{
    return result(epoll_create1(EPOLL_CLOEXEC));
}

int clinux_epoll_arm(int epoll, int fd, int writing, uint64_t token)
{
    struct epoll_event event = {.events = (writing ? EPOLLOUT : EPOLLIN) | EPOLLONESHOT, .data.u64 = token};
    int outcome = result(epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event));
    return outcome == -ENOENT ? result(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) : outcome;
}

int clinux_epoll_remove(int epoll, int fd)
{
    return result(epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL));
}

int clinux_epoll_wait(int epoll, uint64_t *tokens, int capacity, int milliseconds)
{
    struct epoll_event events[64];
    if (capacity > 64)
        capacity = 64;
    int count = epoll_wait(epoll, events, capacity, milliseconds);
    if (count < 0)
        return errno == EINTR ? 0 : -errno;
    for (int index = 0; index < count; index++)
        tokens[index] = events[index].data.u64;
    return count;
}
