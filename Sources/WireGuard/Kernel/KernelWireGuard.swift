import CLinux
import Glibc
public import Netlink

/// Drives the kernel's WireGuard device, over generic netlink.
public actor KernelWireGuard: WireGuardDriver {
    private let executor: ThreadExecutor
    private var socket: NetlinkSocket
    private let link: DeviceLink
    /// The family's number does not change while the module is loaded; it is asked for once.
    private var family: GenericFamily?

    /// The device's name.
    public nonisolated let device: String
    /// What it is made of.
    public nonisolated var kind: WireGuardDriverKind { .kernel }

    /// A driver of the device of that name in a namespace; nothing is made yet.
    public init(device: String, in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        executor = ThreadExecutor(name: "wireguard")
        socket = try NetlinkSocket(.generic, in: namespace)
        link = try DeviceLink(name: device, in: namespace)
        self.device = device
    }

    /// The driver's own thread, where it may block.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Whether the kernel has WireGuard, or a module that it could load.
    public func isAvailable() throws(NetlinkError) -> Bool {
        try findFamily() != nil
    }

    private func findFamily() throws(NetlinkError) -> GenericFamily? {
        if family == nil { family = try socket.genericFamily(named: WireGuardMessages.name) }
        return family
    }

    private func requireFamily(_ operation: String) throws(WireGuardError) -> GenericFamily {
        do throws(NetlinkError) {
            if let family = try findFamily() { return family }
        } catch {
            throw WireGuardError(error, during: operation)
        }
        throw WireGuardError(
            .unavailable,
            operation,
            "the kernel has no WireGuard; load its module (modprobe wireguard), or use wireguard-go"
        )
    }

    // MARK: The device

    /// Sees to it that the device is there, up, and as `configuration` says.
    @discardableResult
    public func prepare(
        _ configuration: WireGuardConfiguration
    ) async throws(WireGuardError) -> WireGuardPreparation {
        let operation = "prepare \(device)"
        let family = try requireFamily(operation)
        do throws(NetlinkError) {
            var isNew = false
            var found = try await link.find()
            if let found, found.kind != .other(WireGuardMessages.name) { throw link.nameInUse }
            if found == nil {
                isNew = true
                try await link.network.addLink(Link(name: device, kind: .other(WireGuardMessages.name)))
                found = try await link.find()
            }
            guard let found else { throw NetlinkError(operation: "find link \(device)", errno: ENODEV) }
            var repairs = try adjust(to: configuration, of: family)
            repairs += try await link.adjust(found, to: configuration)
            return isNew ? .made : .adopted(repaired: repairs)
        } catch {
            switch error.errno {
            case EADDRINUSE: throw .portInUse(configuration.listenPort, during: operation)
            case EEXIST: throw WireGuardError(.nameInUse, operation, error.description)
            default: throw WireGuardError(error, during: operation)
            }
        }
    }

    /// Makes the device's own settings those of the configuration; returns what had to change, in words.
    private func adjust(
        to configuration: WireGuardConfiguration,
        of family: GenericFamily
    ) throws(NetlinkError) -> [String] {
        let change = DeviceChange(from: try dump(of: family), to: configuration)
        guard !change.isEmpty else { return [] }
        try socket.request("set \(device)", WireGuardMessages.set(device, change, of: family))
        return change.words
    }

    /// Removes the device.
    public func remove() async throws(WireGuardError) {
        do throws(NetlinkError) {
            guard let found = try await link.find(), found.kind == .other(WireGuardMessages.name) else { return }
            try await link.remove()
        } catch {
            throw WireGuardError(error, during: "remove \(device)")
        }
    }

    // MARK: Its peers

    /// Changes peers, in order.
    public func apply(_ changes: [WireGuardPeerChange]) async throws(WireGuardError) {
        let operation = "set peers of \(device)"
        let family = try requireFamily(operation)
        let batches = WireGuardMessages.batches(of: PeerStep.steps(for: changes))
        try PeerStep.make(batches, device: device) { steps throws(WireGuardError) in
            do throws(NetlinkError) {
                try socket.request(operation, WireGuardMessages.set(device, steps, of: family))
            } catch {
                throw WireGuardError(gone: error, during: operation)
            }
        }
    }

    /// The device and its peers as they are.
    public func status() async throws(WireGuardError) -> WireGuardStatus {
        let operation = "read \(device)"
        let family = try requireFamily(operation)
        do throws(NetlinkError) {
            return try dump(of: family)
        } catch {
            throw WireGuardError(gone: error, during: operation)
        }
    }

    private func dump(of family: GenericFamily) throws(NetlinkError) -> WireGuardStatus {
        // A peer that comes or goes meanwhile interrupts a dump, which is then made again.
        for _ in 0..<100 {
            var assembly = WireGuardStatusAssembly(now: WallClock.now())
            let isConsistent = try socket.dumpOnce("read \(device)", WireGuardMessages.get(device, of: family)) {
                _,
                body throws(MessageError) in
                try assembly.add(body)
            }
            if isConsistent { return assembly.status }
        }
        throw NetlinkError(operation: "read \(device)", errno: EBUSY, message: "its peers changed during each dump")
    }
}

extension WireGuardError {
    /// The error where the device may have gone since.
    fileprivate init(gone error: NetlinkError, during operation: String) {
        self.init(error, during: operation)
        if error.errno == ENODEV { code = .gone }
    }
}
