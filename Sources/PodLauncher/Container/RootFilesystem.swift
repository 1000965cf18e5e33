import CLinux
import Glibc

/// The file system that a container sees: the host's, of which its own changes are kept apart and dropped at its end.
///
/// The root is an overlay over the host's, whose upper layer is a tmpfs that nobody else sees. File systems mounted
/// elsewhere on the host are seen at their places, `/tmp`, `/var/tmp` and `/run` are empty, `/proc` and `/sys` are the
/// namespaces' own. Where the kernel refuses the overlay, the root is the host's itself.
enum RootFilesystem {
    /// Puts it together, in a mount namespace of the calling process's own, and goes there.
    static func enter(_ specification: LaunchSpecification, hasOwnProcesses: Bool) throws(LauncherError) {
        try checked(clinux_unshare(CLINUX_NEW_MOUNTS), "make a mount namespace")
        try mount(nil, "/", nil, CLINUX_MOUNT_RECURSIVE | CLINUX_MOUNT_PRIVATE, nil)
        // Opened while the host's paths are what they are.
        var sources: [Int32] = []
        for mount in specification.mounts {
            let descriptor = unsafe open(mount.source, CLINUX_PATH_ONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw LauncherError("open the volume \(mount.source)", errno: errno) }
            sources.append(descriptor)
        }
        let host = MountTable.read()
        let base = specification.rootFolder
        try mount("tmpfs", base, "tmpfs", 0, "mode=0755,size=256m")
        for name in ["upper", "work", "root"] { try SmallFiles.makeFolder("\(base)/\(name)") }
        guard unsafe chdir(base) == 0 else { throw LauncherError("enter \(base)", errno: errno) }
        // By relative paths, in which no comma or colon can be.
        let overlay = "lowerdir=/,upperdir=upper,workdir=work"
        let isOverlay = unsafe clinux_mount("overlay", "root", "overlay", 0, overlay) >= 0
        let root = "\(base)/root"
        if !isOverlay { try mount("/", root, nil, CLINUX_MOUNT_BIND, nil) }
        for path in host where !path.hasPrefix(base) {
            // What cannot be seen is done without.
            _ = unsafe clinux_mount(path, root + path, nil, UInt(CLINUX_MOUNT_BIND), nil)
        }
        try makeKernelFilesystems(root, hasOwnProcesses, specification.hasHostDevices)

        guard unsafe chdir(root) == 0 else { throw LauncherError("enter \(root)", errno: errno) }
        // The old root comes to lie over the new one, until it is taken away below.
        let old = isOverlay ? ".trama-host" : "mnt"
        if isOverlay { try SmallFiles.makeFolder(old) }
        try checked(unsafe clinux_pivot_root(".", old), "change the root")
        guard unsafe chdir("/") == 0 else { throw LauncherError("enter the new root", errno: errno) }
        for (mount, source) in zip(specification.mounts, sources) {
            try bind(mount, source, replacesLinks: isOverlay)
            close(source)
        }
        try checked(unsafe clinux_unmount("/\(old)"), "leave the host's root")
        if isOverlay { unsafe rmdir("/\(old)") }
        if specification.hasReadOnlyRoot, isOverlay {
            try mount(nil, "/", nil, CLINUX_MOUNT_REMOUNT | CLINUX_MOUNT_BIND | CLINUX_MOUNT_READ_ONLY, nil)
        }
    }

    private static func makeKernelFilesystems(
        _ root: String,
        _ hasOwnProcesses: Bool,
        _ hasHostDevices: Bool
    ) throws(LauncherError) {
        let guarded = CLINUX_MOUNT_NO_SUID | CLINUX_MOUNT_NO_DEVICES | CLINUX_MOUNT_NO_EXEC
        let whole = CLINUX_MOUNT_BIND | CLINUX_MOUNT_RECURSIVE
        if !hasOwnProcesses || !attempt("proc", root + "/proc", "proc", guarded, nil) {
            try mount("/proc", root + "/proc", nil, whole, nil)
        }
        if !attempt("sysfs", root + "/sys", "sysfs", guarded | CLINUX_MOUNT_READ_ONLY, nil) {
            try mount("/sys", root + "/sys", nil, whole, nil)
        }
        if hasHostDevices {
            try mount("/dev", root + "/dev", nil, whole, nil)
        } else {
            try makeDevices(root + "/dev")
        }
        // Not without bound: it is memory.
        _ = attempt("tmpfs", root + "/dev/shm", "tmpfs", guarded, "mode=1777,size=64m")
        try mount("tmpfs", root + "/tmp", "tmpfs", CLINUX_MOUNT_NO_SUID, "mode=1777,size=256m")
        _ = attempt("tmpfs", root + "/var/tmp", "tmpfs", CLINUX_MOUNT_NO_SUID, "mode=1777,size=256m")
        try mount("tmpfs", root + "/run", "tmpfs", CLINUX_MOUNT_NO_SUID, "mode=0755,size=64m")
    }

    /// A `/dev` of its own with the devices that every container has.
    private static func makeDevices(_ folder: String) throws(LauncherError) {
        try mount("tmpfs", folder, "tmpfs", CLINUX_MOUNT_NO_SUID, "mode=0755,size=1m")
        for name in ["null", "zero", "full", "random", "urandom", "tty", "ptmx"] {
            let file = unsafe open("\(folder)/\(name)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
            if file >= 0 { close(file) }
            _ = attempt("/dev/\(name)", "\(folder)/\(name)", nil, CLINUX_MOUNT_BIND, nil)
        }
        for name in ["pts", "net", "shm"] {
            try SmallFiles.makeFolder("\(folder)/\(name)")
            if name == "shm" || !SmallFiles.exists("/dev/\(name)") { continue }
            _ = attempt("/dev/\(name)", "\(folder)/\(name)", nil, CLINUX_MOUNT_BIND, nil)
        }
        for (name, target) in [
            ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"),
        ] {
            unsafe symlink(target, "\(folder)/\(name)")
        }
    }

    private static func bind(
        _ mount: LaunchSpecification.Mount,
        _ source: Int32,
        replacesLinks: Bool
    ) throws(LauncherError) {
        var status = stat()
        // In bounds: the calls write the one structure.
        guard unsafe fstat(source, &status) == 0 else {
            throw LauncherError("look at the volume \(mount.source)", errno: errno)
        }
        let target = mount.target
        if status.st_mode & S_IFMT == S_IFDIR {
            try SmallFiles.makeFolder(target)
        } else {
            var found = stat()
            if replacesLinks, unsafe lstat(target, &found) == 0, found.st_mode & S_IFMT == S_IFLNK {
                unsafe unlink(target)
            }
            if let slash = target.lastIndex(of: "/"), slash != target.startIndex {
                try SmallFiles.makeFolder(String(target[..<slash]))
            }
            let file = unsafe open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
            if file >= 0 { close(file) }
        }
        try self.mount("/proc/self/fd/\(source)", target, nil, CLINUX_MOUNT_BIND | CLINUX_MOUNT_RECURSIVE, nil)
        if mount.isReadOnly {
            let flags = CLINUX_MOUNT_REMOUNT | CLINUX_MOUNT_BIND | CLINUX_MOUNT_READ_ONLY
            try self.mount(nil, target, nil, flags, nil)
        }
    }

    private static func mount(
        _ source: String?,
        _ target: String,
        _ type: String?,
        _ flags: Int32,
        _ data: String?
    ) throws(LauncherError) {
        try checked(
            unsafe clinux_mount(source, target, type, UInt(flags), data),
            "mount \(type ?? source ?? "") on \(target)"
        )
    }

    private static func attempt(
        _ source: String,
        _ target: String,
        _ type: String?,
        _ flags: Int32,
        _ data: String?
    ) -> Bool {
        unsafe clinux_mount(source, target, type, UInt(flags), data) >= 0
    }
}

/// The host's mounts, as a container is to see them.
package enum MountTable {
    /// File systems of the kernel, of which containers have their own or none.
    private static let kinds: Set<Substring> = [
        "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs",
        "fusectl", "hugetlbfs", "mqueue", "nsfs", "overlay", "proc", "pstore", "ramfs", "rpc_pipefs", "securityfs",
        "sysfs", "tmpfs", "tracefs",
    ]
    /// Places of which containers have their own.
    private static let places = ["/proc", "/sys", "/dev", "/tmp", "/run", "/var/tmp", "/var/lib/docker"]
    /// How many are taken.
    private static let limit = 256

    /// Mount points below a folder, of whatever kind, inner ones first.
    package static func points(below folder: String) -> [String] {
        guard let bytes = try? SmallFiles.read("/proc/self/mountinfo") else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").reversed().compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 5)
            guard fields.count > 5 else { return nil }
            let path = unescaped(fields[4])
            return path.hasPrefix("\(folder)/") ? path : nil
        }
    }

    /// Mount points besides the root, outer ones first.
    static func read() -> [String] {
        guard let bytes = try? SmallFiles.read("/proc/self/mountinfo") else { return [] }
        return parse(String(decoding: bytes, as: UTF8.self))
    }

    static func parse(_ text: String) -> [String] {
        var paths: [String] = []
        for line in text.split(separator: "\n") {
            // ID, parent, device, root, mount point, options, …, "-", type, source, options
            let fields = line.split(separator: " ")
            guard fields.count > 5, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count,
                !kinds.contains(fields[dash + 1])
            else { continue }
            let path = unescaped(fields[4])
            let isElsewhere = places.contains { path == $0 || path.hasPrefix($0 + "/") }
            guard path != "/", !isElsewhere, paths.count < limit else { continue }
            paths.append(path)
        }
        return paths
    }

    /// Blanks, tabs, ends of line and backslashes are written as `\040`.
    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
