/// What this machine is, as a Node says it.
struct HostFacts: Sendable, Equatable {
    /// Processors that are online.
    var processorCount = 1
    /// Memory, in bytes.
    var memoryBytes: UInt64 = 0
    /// The size of the file system that pods' files are on, in bytes.
    var storageBytes: UInt64 = 0
    /// As in `runtime.GOARCH` of Go: `amd64`, `arm64`.
    var architecture = HostFacts.builtArchitecture
    /// `uname -r`.
    var kernelVersion = ""
    /// `PRETTY_NAME` of `/etc/os-release`.
    var osImage = ""
    /// `/etc/machine-id`.
    var machineID = ""
    /// The firmware's number of the machine, or else ``machineID``.
    var systemUUID = ""
    /// Another one after each start of the machine.
    var bootID = ""

    /// Of the program, which is the machine's.
    static var builtArchitecture: String {
        #if arch(x86_64)
        "amd64"
        #elseif arch(arm64)
        "arm64"
        #else
        "unknown"
        #endif
    }
}

/// What is left of what can run out.
struct HostPressure: Sendable, Equatable {
    /// There is less memory than the kubelet's usual limit (`memory.available<100Mi`).
    var lacksMemory = false
    /// There is less room than the kubelet's usual limit (`nodefs.available<10%`, `nodefs.inodesFree<5%`).
    var lacksStorage = false
    /// There are hardly any process numbers left.
    var lacksProcesses = false
}
