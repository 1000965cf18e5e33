/// What drives one WireGuard device, by name, in one network namespace.
///
/// Nothing is lost with a driver: the device goes on without it, and the next driver of that name takes it over.
public protocol WireGuardDriver: Sendable {
    /// What it is made of.
    var kind: WireGuardDriverKind { get }
    /// The device's name.
    var device: String { get }

    /// Sees to it that the device is there, up, and as `configuration` says; its peers are left alone.
    ///
    /// May be called at any time, and again after anything happened to the device. A device that is there already is
    /// taken over with its sessions, and only what differs is changed.
    @discardableResult
    func prepare(_ configuration: WireGuardConfiguration) async throws(WireGuardError) -> WireGuardPreparation

    /// Changes peers, in order, in as few steps as it takes.
    ///
    /// - Throws: What was refused, naming the peer; the other changes were made.
    func apply(_ changes: [WireGuardPeerChange]) async throws(WireGuardError)

    /// The device and its peers as they are.
    func status() async throws(WireGuardError) -> WireGuardStatus

    /// Removes the device, with its process if it has one; one that is not there is removed already.
    func remove() async throws(WireGuardError)
}

/// What a WireGuard device is made of.
public enum WireGuardDriverKind: String, Sendable, Hashable, CaseIterable {
    /// The kernel's own device.
    case kernel
    /// The `wireguard-go` program on a TUN device.
    case userspace = "wireguard-go"
}

/// What ``WireGuardDriver/prepare(_:)`` had to do.
public enum WireGuardPreparation: Sendable, Hashable {
    /// The device was there; what differed, in words, was changed.
    case adopted(repaired: [String])
    /// The device was made, and has no peers.
    case made
}
