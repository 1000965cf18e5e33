import Addressing
import Attachment
import Glibc
import Netlink
import OverlayDataplane
import OverlayMesh
import WireGuard

/// `trama overlay reset`: takes this host out of the cluster, and the overlay out of its kernel.
public struct OverlayReset: Sendable {
    private let stateFolder: String
    private let socketPath: String
    private let vxlanDevice: String
    private let wireGuardDevice: String
    private let isForced: Bool

    /// What the daemon keeps in its folder; whatever else is there is somebody else's.
    private static let files = ["identity", "mesh", "attachments", "attachments.lock", "targets", "nodes"]
        .flatMap { [$0, $0 + ".new"] }

    /// How long the daemon may take to hand its space on and end.
    private static let patience: Duration = .seconds(20)

    /// A reset of the daemon with those folders and devices.
    ///
    /// - Parameter isForced: Whether it goes on where the address space could not be handed on.
    public init(
        stateFolder: String,
        socketPath: String,
        vxlanDevice: String,
        wireGuardDevice: String,
        isForced: Bool
    ) {
        self.stateFolder = stateFolder
        self.socketPath = socketPath
        self.vxlanDevice = vxlanDevice
        self.wireGuardDevice = wireGuardDevice
        self.isForced = isForced
    }

    /// Does it.
    ///
    /// - Throws: Why the address space could not be handed on, with nothing removed yet; or what is left after removing.
    public func run() async throws {
        try leave()
        // It may end before it answers, or not run at all: whether its folder is free tells.
        _ = try? ControlClient(path: socketPath).ask(.command(ControlCommand("stop")))
        guard access(stateFolder, F_OK) == 0 else { return try await removeFromKernel() }
        try await removeAll(with: waitForEnd())
    }

    /// Has the daemon hand its address space on; before that no container may have an address of it.
    private func leave() throws {
        let client = ControlClient(path: socketPath)
        do {
            for key in try AddressStore(folder: stateFolder).read().attachments.keys.sorted() {
                _ = try client.ask(.detach(key))
            }
            _ = try client.ask(.command(ControlCommand("leave")))
        } catch {
            // Nothing to hand on where there never was a daemon.
            if error.code == .tryAgainLater, access("\(stateFolder)/identity", F_OK) != 0 { return }
            guard isForced else {
                throw CommandRefusal(
                    """
                    \(error); this host's address space was not handed on: --force removes everything all the same, and \
                    `trama overlay rmpeer` elsewhere then hands it on
                    """
                )
            }
        }
    }

    /// Holds the folder from here on, so that no daemon begins meanwhile.
    private func waitForEnd() async throws -> StateFolder {
        let end = ContinuousClock.now + Self.patience
        while true {
            do {
                return try StateFolder(path: stateFolder)
            } catch {
                guard case .held = error.problem, ContinuousClock.now < end else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private func waitForHost() async throws -> HostLock {
        // Ours holds it for a moment longer than its folder.
        let end = ContinuousClock.now + .seconds(2)
        while true {
            do {
                return try HostLock()
            } catch {
                guard ContinuousClock.now < end else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private func removeAll(with folder: StateFolder) async throws {
        let namespace = try NetworkNamespace.current()
        let store = AddressStore(folder: stateFolder)
        let removal = AttachmentRemoval(store: store, plumbing: try PodPlumbing(in: namespace))
        for key in try store.read().attachments.keys { try await removal.remove(key) }
        try await removeFromKernel()
        try folder.removeAll(Self.files)
    }

    private func removeFromKernel() async throws {
        // What another daemon, with other folders, has in this kernel is not ours to remove.
        let lock = try await waitForHost()
        defer { withExtendedLifetime(lock) {} }
        let namespace = try NetworkNamespace.current()
        let report = try await OverlayReconciler(in: namespace).reset(vxlanDevice: vxlanDevice)
        // Whichever of them made it: the kernel may have learnt it since.
        for selection in [WireGuardSelection.kernel, .userspace] {
            guard let driver = try? await selection.makeDriver(device: wireGuardDevice, in: namespace) else { continue }
            try await driver.remove()
        }
        guard report.problems.isEmpty else {
            throw CommandRefusal(report.problems.map(\.description).joined(separator: "\n"))
        }
    }
}
