import Addressing
import Glibc
import Netlink
import OverlayCore
import OverlayDataplane
import Testing

@testable import WireGuard

/// A public key of 32 times the same byte.
func key(_ byte: UInt8) throws -> WireGuardKey {
    try #require(WireGuardKey(bytes: [UInt8](repeating: byte, count: 32)))
}

/// A secret of the bytes from `first` on.
func secret(_ first: UInt8) throws -> WireGuardSecret {
    try #require(WireGuardSecret(bytes: (0..<32).map { first &+ UInt8($0) }))
}

func prefix(_ text: String) throws -> IPPrefix {
    try #require(IPPrefix(text))
}

func prefixes(_ texts: String...) throws -> Set<IPPrefix> {
    Set(try texts.map { try prefix($0) })
}

/// Gives a device's status the messages of one dump.
func assemble(_ datagrams: [[UInt8]], now: Duration = .zero) throws -> WireGuardStatus {
    var assembly = WireGuardStatusAssembly(now: now)
    for datagram in datagrams {
        let bytes = datagram.span.bytes
        var reader = MessageReader()
        while let header = try reader.next(in: bytes) { try assembly.add(bytes.extracting(header.body)) }
    }
    return assembly.status
}

/// A device as its driver's steps make it: what the kernel and `wireguard-go` do with them.
struct SimulatedDevice {
    var peers: [WireGuardKey: WireGuardPeer] = [:]
    /// Prefixes that were without a peer at some moment although they had one before and after.
    private(set) var gaps: Set<IPPrefix> = []

    func owner(of prefix: IPPrefix) -> WireGuardKey? {
        peers.values.first { $0.allowedPrefixes.contains(prefix) }?.publicKey
    }

    mutating func make(_ steps: [PeerStep]) {
        let before = Set(peers.values.flatMap(\.allowedPrefixes))
        var lost: Set<IPPrefix> = []
        for step in steps {
            if step.isRemoval {
                peers[step.publicKey] = nil
            } else {
                var peer = peers[step.publicKey] ?? WireGuardPeer(publicKey: step.publicKey)
                switch step.presharedKey {
                case .secret(let secret): peer.presharedKey = secret
                case .some(.none): peer.presharedKey = nil
                case nil: break
                }
                if let endpoint = step.endpoint { peer.endpoint = endpoint }
                if let seconds = step.keepaliveSeconds { peer.keepalive = seconds == 0 ? nil : .seconds(seconds) }
                for prefix in step.prefixes {
                    if let owner = owner(of: prefix), owner != step.publicKey {
                        peers[owner]?.allowedPrefixes.remove(prefix)
                    }
                    peer.allowedPrefixes.insert(prefix)
                }
                peers[step.publicKey] = peer
            }
            let present = Set(peers.values.flatMap(\.allowedPrefixes))
            lost.formUnion(before.subtracting(present))
        }
        gaps.formUnion(lost.intersection(peers.values.flatMap(\.allowedPrefixes)))
    }

    var status: WireGuardStatus { WireGuardStatus(peers: peers.mapValues { .init(peer: $0) }) }
}
