import Glibc

extension ListenError {
    /// What the operator can do about it.
    public var remedy: String? {
        switch errno {
        case EADDRINUSE:
            "another process has the port (see `ss -ltnp 'sport = :\(address.port)'`): stop it or choose another"
        case EADDRNOTAVAIL: "the address is not on this machine: choose one that `ip address` shows"
        case EACCES, EPERM: "ports below 1024 need CAP_NET_BIND_SERVICE: grant it or choose a higher port"
        case EAFNOSUPPORT: "the kernel has no such address family: choose an address of the other"
        case EMFILE, ENFILE: "no file descriptors are left: raise the limit (`ulimit -n`, LimitNOFILE=)"
        default: nil
        }
    }
}

extension ListenError {
    /// Whether the kernel lacks the address family altogether.
    public var isMissingFamily: Bool { errno == EAFNOSUPPORT || (errno == EADDRNOTAVAIL && address.host == "::") }
}
