public import Netlink

/// Which driver is wanted.
public enum WireGuardSelection: Sendable, Hashable {
    /// The kernel's where the kernel has it, else `wireguard-go`.
    case automatic
    /// The kernel's or none.
    case kernel
    /// `wireguard-go` or none.
    case userspace

    /// A driver of the device of that name.
    ///
    /// - Parameters:
    ///   - device: Its name, at most 15 bytes; unique on the machine, whatever namespaces its hosts are: `wireguard-go`
    ///     keeps a socket of that name in `/var/run/wireguard`.
    ///   - namespace: Where the device is, and its UDP socket.
    ///   - program: The `wireguard-go` program: a path, or a name that is looked for in `PATH`.
    /// - Throws: `.unavailable`, saying what to install, where there is none.
    public func makeDriver(
        device: String,
        in namespace: borrowing NetworkNamespace,
        program: String = "wireguard-go"
    ) async throws(WireGuardError) -> any WireGuardDriver {
        let operation = "prepare \(device)"
        do throws(NetlinkError) {
            if self != .userspace {
                let kernel = try KernelWireGuard(device: device, in: namespace)
                if try await kernel.isAvailable() { return kernel }
            }
            if self != .kernel, let path = WireGuardGo.find(program) {
                return try WireGuardGo(device: device, program: path, in: namespace)
            }
        } catch {
            throw WireGuardError(error, during: operation)
        }
        throw WireGuardError(.unavailable, operation, reason(program))
    }

    private func reason(_ program: String) -> String {
        let kernel = "the kernel has no WireGuard (load its module: modprobe wireguard)"
        let userspace = "\(program) is not on the PATH (install it: apt-get install wireguard-go)"
        return switch self {
        case .automatic: "\(kernel), and \(userspace)"
        case .kernel: kernel
        case .userspace: userspace
        }
    }
}
