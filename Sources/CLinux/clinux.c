#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

int clinux_setns_net(int fd)
{
    return setns(fd, CLONE_NEWNET) == 0 ? 0 : -errno;
}

int clinux_unshare_net(void)
{
    return unshare(CLONE_NEWNET) == 0 ? 0 : -errno;
}

int clinux_thread_set_name(const char *name)
{
    return -pthread_setname_np(pthread_self(), name);
}

void clinux_error_text(int error, char *buffer, size_t size)
{
    if (size == 0)
        return;
    // The GNU variant returns a static string, or fills `buffer` for an unknown number.
    const char *text = strerror_r(error, buffer, size);
    if (text != buffer) {
        strncpy(buffer, text, size - 1);
        buffer[size - 1] = '\0';
    }
}

int clinux_eventfd(void)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd >= 0 ? fd : -errno;
}

int clinux_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC) == 0 ? 0 : -errno;
}

int clinux_set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 ? 0 : -errno;
}

size_t clinux_heap_free(void)
{
#ifdef __GLIBC__
    return mallinfo2().fordblks;
#else
    return 0;
#endif
}

void clinux_heap_trim(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int first)
{
    return -posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int clinux_spawn_change_folder(posix_spawn_file_actions_t *actions, const char *path)
{
    return -posix_spawn_file_actions_addchdir_np(actions, path);
}

short clinux_spawn_new_session(void)
{
    return POSIX_SPAWN_SETSID;
}
