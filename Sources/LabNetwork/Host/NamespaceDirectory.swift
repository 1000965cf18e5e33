import Glibc
public import Netlink

/// The names of network namespaces in `/run/netns`, kept as `ip netns` keeps them: a file for each, over which the
/// namespace is mounted.
public enum NamespaceDirectory {
    /// Where the names are.
    public static let path = NetworkNamespace.directory

    /// The names, in no order; those made by `ip netns` and files over which nothing is mounted are among them.
    public static func names() -> [String] {
        HostFiles.names(in: path)
    }

    /// Refuses what cannot be the name of a namespace: letters, digits, `-`, `_` and `.`, at most 64 of them, not
    /// beginning with a `.`.
    public static func check(_ name: String) throws(NetlinkError) {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isPlain, 1...64 ~= name.utf8.count, !name.hasPrefix(".") else {
            throw NetlinkError(
                operation: "name a network namespace \(name)",
                errno: EINVAL,
                message: "a name is 1 to 64 letters, digits, '-', '_' or '.', and does not begin with '.'"
            )
        }
    }

    /// Gives a namespace a name.
    public static func bind(_ namespace: borrowing NetworkNamespace, to name: String) throws(NetlinkError) {
        try check(name)
        try prepare()
        let file = "\(path)/\(name)"
        let descriptor = unsafe open(file, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o000)
        guard descriptor >= 0 else { throw NetlinkError(operation: "make \(file)", errno: errno) }
        close(descriptor)
        let source = "/proc/self/fd/\(namespace.fileDescriptor)"
        guard unsafe mount(source, file, "none", UInt(4096 /* MS_BIND */), nil) == 0 else {
            let error = errno
            unsafe unlink(file)
            throw NetlinkError(operation: "bind a network namespace to \(file)", errno: error)
        }
    }

    /// Takes a name away, and the namespace with it where nothing else holds it; what is not there is no error.
    public static func remove(_ name: String) {
        guard (try? check(name)) != nil else { return }
        let file = "\(path)/\(name)"
        var count = 0
        // Mounts may lie over each other, where somebody mounted the folder over itself.
        while unsafe umount2(file, 2 /* MNT_DETACH */) == 0, count < 8 { count += 1 }
        unsafe unlink(file)
    }

    /// Takes away what ``bind(_:to:)`` made for the first name, if no name is left and it was made here.
    public static func removeIfEmpty() {
        guard let made = HostFiles.text(of: marker, limit: 64), names().isEmpty else { return }
        if made.contains("mount") { unsafe umount2(path, 2 /* MNT_DETACH */) }
        if made.contains("folder") { unsafe rmdir(path) }
        unsafe unlink(marker)
        // Only if nothing else is in it.
        unsafe rmdir("/run/trama")
    }

    /// Says what of the folder was made here.
    private static let marker = "/run/trama/netns-made"

    /// Makes the folder, and a shared mount of it over itself: other mount namespaces must let go of a name when it is
    /// removed here, and `ip netns` does the same, over our names, if it comes later.
    private static func prepare() throws(NetlinkError) {
        var made = ""
        if unsafe mkdir(path, 0o755) == 0 {
            made += "folder "
        } else if errno != EEXIST {
            throw NetlinkError(operation: "make \(path)", errno: errno)
        }
        let shared = UInt(1 << 20 /* MS_SHARED */ | 16384 /* MS_REC */)
        let bind = UInt(4096 /* MS_BIND */ | 16384 /* MS_REC */)
        if unsafe mount("", path, "none", shared, nil) != 0 {
            guard errno == EINVAL, unsafe mount(path, path, "none", bind, nil) == 0 else {
                throw NetlinkError(operation: "mount \(path) over itself", errno: errno)
            }
            made += "mount"
            guard unsafe mount("", path, "none", shared, nil) == 0 else {
                throw NetlinkError(operation: "share the mount \(path)", errno: errno)
            }
        }
        guard !made.isEmpty else { return }
        unsafe mkdir("/run/trama", 0o755)
        HostFiles.write(Array(made.utf8), to: marker)
    }
}
