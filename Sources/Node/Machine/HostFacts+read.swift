import Glibc
import Observability

extension HostFacts {
    /// Reads them; what cannot be read stays empty.
    ///
    /// - Parameter folder: Where pods' files will be; or, while it is not there, the root.
    static func read(storage folder: String) -> HostFacts {
        var facts = HostFacts()
        facts.processorCount = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        facts.memoryBytes = kibibytes("MemTotal", in: text("/proc/meminfo")) ?? 0
        facts.storageBytes = FileSystemUse(folder: folder)?.totalBytes ?? 0
        facts.kernelVersion = text("/proc/sys/kernel/osrelease")
        facts.osImage = value("PRETTY_NAME", inOSRelease: text("/etc/os-release")) ?? "Linux"
        facts.machineID = text("/etc/machine-id")
        facts.bootID = text("/proc/sys/kernel/random/boot_id")
        let uuid = text("/sys/class/dmi/id/product_uuid")
        facts.systemUUID = uuid.isEmpty ? facts.machineID : uuid
        return facts
    }

    /// A line `Name:  123 kB` of `/proc/meminfo`, in bytes.
    static func kibibytes(_ name: String, in text: String) -> UInt64? {
        for line in text.split(separator: "\n") where line.hasPrefix("\(name):") {
            let number = line.dropFirst(name.utf8.count + 1).split(separator: " ").first.flatMap { UInt64($0) }
            guard let number else { return nil }
            let (bytes, overflow) = number.multipliedReportingOverflow(by: 1024)
            return overflow ? nil : bytes
        }
        return nil
    }

    /// A value of `os-release(5)`, without its quotes.
    static func value(_ name: String, inOSRelease text: String) -> String? {
        for line in text.split(separator: "\n") where line.hasPrefix("\(name)=") {
            var value = line.dropFirst(name.utf8.count + 1)
            if value.count >= 2, value.first == value.last, value.first == "\"" || value.first == "'" {
                value = value.dropFirst().dropLast()
            }
            return String(value)
        }
        return nil
    }

    fileprivate static func text(_ path: String) -> String {
        guard let text = try? SmallFile.read(path) else { return "" }
        var trimmed = Substring(text)
        while trimmed.last?.isWhitespace ?? false { trimmed.removeLast() }
        return String(trimmed)
    }
}

extension HostPressure {
    /// Reads how it is now; what cannot be read is no pressure.
    static func read(storage folder: String) -> HostPressure {
        var pressure = HostPressure()
        if let available = HostFacts.kibibytes("MemAvailable", in: HostFacts.text("/proc/meminfo")) {
            pressure.lacksMemory = available < 100 << 20
        }
        if let use = FileSystemUse(folder: folder) { pressure.lacksStorage = use.isShort }
        // `0.20 0.18 0.12 1/80 11206`: running and all threads.
        let fields = HostFacts.text("/proc/loadavg").split(separator: " ")
        if fields.count > 3, let threads = fields[3].split(separator: "/").last.flatMap({ Int($0) }),
            let limit = Int(HostFacts.text("/proc/sys/kernel/pid_max"))
        {
            pressure.lacksProcesses = threads >= limit - limit / 20
        }
        return pressure
    }
}

/// How full the file system of a folder is.
private struct FileSystemUse {
    var totalBytes: UInt64
    var isShort: Bool

    init?(folder: String) {
        var info = statvfs()
        guard statvfs(folder, &info) == 0 || statvfs("/", &info) == 0 else { return nil }
        let size = UInt64(info.f_frsize)
        let (bytes, overflow) = UInt64(info.f_blocks).multipliedReportingOverflow(by: size)
        totalBytes = overflow ? .max : bytes
        // Some file systems have no fixed number of files.
        let lacksFiles = info.f_files > 0 && info.f_favail < info.f_files / 20
        isShort = info.f_bavail < info.f_blocks / 10 || lacksFiles
    }
}
