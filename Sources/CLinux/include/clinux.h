// What Swift cannot reach through glibc's module: names behind _GNU_SOURCE, and kernel headers outside it.
// Every function returns -errno on failure; errno itself does not survive into Swift. No logic lives here.
#ifndef CLINUX_H
#define CLINUX_H

#include "clinux_process.h"

#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
// Before the kernel's headers, which otherwise define the same structures again.
#include <net/if.h>
#include <netinet/in.h>

#include <linux/fib_rules.h>
#include <linux/genetlink.h>
#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <linux/wireguard.h>

// setns(2) for network namespaces: setns and CLONE_NEWNET are hidden behind _GNU_SOURCE.
int clinux_setns_net(int fd);

// unshare(2) of the calling thread's network namespace: same reason.
int clinux_unshare_net(void);

// pthread_setname_np(3) of the calling thread: behind _GNU_SOURCE. At most 15 bytes are kept by the kernel.
int clinux_thread_set_name(const char *name);

// The text of an errno into `buffer`, always NUL-terminated: glibc's strerror_r has two incompatible signatures.
void clinux_error_text(int error, char *buffer, size_t size);

// eventfd(2), close-on-exec and non-blocking: its flags are an enum that Swift does not see as numbers.
int clinux_eventfd(void);

// pipe2(2), close-on-exec, so that no child of another thread inherits an end: behind _GNU_SOURCE.
int clinux_pipe(int ends[2]);

// fcntl(2), O_NONBLOCK added to the descriptor's flags: variadic, which Swift cannot call.
int clinux_set_nonblocking(int fd);

// mallinfo2(3), the bytes of all arenas that are free: <malloc.h> is not part of Swift's Glibc. 0 without glibc.
size_t clinux_heap_free(void);

// malloc_trim(3): free pages of all arenas go back to the kernel. Without glibc nothing happens.
void clinux_heap_trim(void);

// posix_spawn_file_actions_addclosefrom_np(3): behind _GNU_SOURCE.
int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int first);

// posix_spawn_file_actions_addchdir_np(3): behind _GNU_SOURCE.
int clinux_spawn_change_folder(posix_spawn_file_actions_t *actions, const char *path);

// POSIX_SPAWN_SETSID: behind _GNU_SOURCE.
short clinux_spawn_new_session(void);

#endif
