import CLinux
import Glibc

/// `trama-pod sandbox`: makes the namespaces that a pod's containers share, and binds them to files. No process stays.
enum Sandbox {
    static func make(_ specification: SandboxSpecification) throws(LauncherError) {
        if let path = specification.networkNamespace {
            try checked(clinux_unshare(CLINUX_NEW_NET), "make a network namespace")
            try checked(clinux_loopback_up(), "bring the loopback up")
            try bind("net", to: path)
        }
        if let path = specification.utsNamespace {
            try checked(clinux_unshare(CLINUX_NEW_UTS), "make a UTS namespace")
            let name = Array(specification.hostName.utf8.prefix(64))
            // In bounds: the array's own start and count.
            try checked(
                unsafe name.withUnsafeBytes { bytes in
                    unsafe clinux_set_host_name(
                        bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                        bytes.count
                    )
                },
                "set the host name \(specification.hostName)"
            )
            try bind("uts", to: path)
        }
        if let path = specification.ipcNamespace {
            try checked(clinux_unshare(CLINUX_NEW_IPC), "make an IPC namespace")
            try bind("ipc", to: path)
        }
        // Of the namespace that the reader is in, not of the one that /proc was mounted in.
        if specification.networkNamespace != nil {
            // As containerd sets it: users other than root may listen on low ports.
            SmallFiles.set("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0")
        }
        for (name, value) in specification.settings {
            let setting = KernelSetting(name)
            // What is the machine's is nobody's to set here, whoever asks.
            guard setting.namespace != nil else { throw LauncherError("\(name) is a setting of the whole machine") }
            guard SmallFiles.set(setting.path, value) else {
                throw LauncherError("set the kernel setting \(name) to \(value)", errno: errno)
            }
        }
    }

    private static func bind(_ kind: String, to path: String) throws(LauncherError) {
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try SmallFiles.makeFolder(String(path[..<slash]))
        }
        _ = unsafe clinux_unmount(path)
        let file = unsafe open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0o444)
        guard file >= 0 else { throw LauncherError("make \(path)", errno: errno) }
        close(file)
        try checked(
            unsafe clinux_mount("/proc/thread-self/ns/\(kind)", path, nil, UInt(CLINUX_MOUNT_BIND), nil),
            "bind the \(kind) namespace to \(path)"
        )
    }
}
