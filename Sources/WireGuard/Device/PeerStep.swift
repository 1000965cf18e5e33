import Addressing

/// One entry of a device's peer list in a request, as the kernel and `wireguard-go` both take it.
struct PeerStep: Hashable {
    /// The peer that it sets or removes.
    var publicKey: WireGuardKey
    /// Whether it removes the peer; the rest says nothing then.
    var isRemoval = false
    var presharedKey: WireGuardPeerChange.PresharedKey?
    var endpoint: WireGuardEndpoint?
    /// 0 for never.
    var keepaliveSeconds: UInt16?
    /// Prefixes that the peer gets, be it from another.
    var prefixes: ArraySlice<IPPrefix> = []

    /// The steps of these changes, in order.
    ///
    /// Neither kernels before 6.16 nor older versions of `wireguard-go` can take one prefix from a peer: they replace
    /// the whole list, and packets that come between the old list and the new one are lost. So a prefix that nobody
    /// gets moves to a peer that nobody has, which is removed.
    static func steps(for changes: [WireGuardPeerChange]) -> [PeerStep] {
        var steps: [PeerStep] = []
        var added: Set<IPPrefix> = []
        var removed: Set<IPPrefix> = []
        for case .set(let update) in changes {
            added.formUnion(update.added)
            removed.formUnion(update.removed)
        }
        removed.subtract(added)
        for change in changes {
            switch change {
            case .remove(let key):
                steps.append(PeerStep(publicKey: key, isRemoval: true))
            case .set(let update):
                let step = PeerStep(
                    publicKey: update.publicKey,
                    presharedKey: update.presharedKey,
                    endpoint: update.endpoint,
                    keepaliveSeconds: update.keepalive.map { WireGuardPeer.seconds(of: $0) },
                    prefixes: update.added.sorted()[...]
                )
                // An update that only takes prefixes says nothing of the peer itself.
                let isEmpty = step == PeerStep(publicKey: update.publicKey)
                if !isEmpty || update.removed.isEmpty { steps.append(step) }
            }
        }
        if !removed.isEmpty, let nobody {
            steps.append(PeerStep(publicKey: nobody, prefixes: removed.sorted()[...]))
            steps.append(PeerStep(publicKey: nobody, isRemoval: true))
        }
        return steps
    }

    /// The key of the peer that nobody has: no private key is known for it.
    static var nobody: WireGuardKey? { WireGuardKey(bytes: "prefixes on their way to nowhere".utf8) }

    /// Groups steps so that no group has more than about `limit` bytes; a step that is too large by itself is cut.
    ///
    /// - Parameters:
    ///   - steps: The steps, in order.
    ///   - limit: The most that a group may have.
    ///   - overhead: How many bytes a step has at most without its prefixes.
    ///   - prefixByteCount: How many bytes a prefix has at most.
    static func batches(of steps: [PeerStep], limit: Int, overhead: Int, prefixByteCount: Int) -> [[PeerStep]] {
        let most = max((limit - overhead) / prefixByteCount, 1)
        var batches: [[PeerStep]] = []
        var batch: [PeerStep] = []
        var used = 0
        for step in steps {
            var rest = step
            repeat {
                var part = rest
                part.prefixes = rest.prefixes.prefix(most)
                let size = overhead + part.prefixes.count * prefixByteCount
                if used + size > limit, !batch.isEmpty {
                    batches.append(batch)
                    batch = []
                    used = 0
                }
                batch.append(part)
                used += size
                rest = PeerStep(publicKey: step.publicKey, prefixes: rest.prefixes.dropFirst(most))
            } while !rest.prefixes.isEmpty
        }
        if !batch.isEmpty { batches.append(batch) }
        return batches
    }

    /// Makes the steps, batch by batch. A batch that is refused is made again step by step, so that one bad step does
    /// not keep the others out.
    ///
    /// - Throws: The first refusal of a step by itself, and at once what is no refusal.
    static func make(
        _ batches: [[PeerStep]],
        device: String,
        _ send: ([PeerStep]) throws(WireGuardError) -> Void
    ) throws(WireGuardError) {
        var first: WireGuardError?
        for batch in batches {
            do throws(WireGuardError) {
                try send(batch)
                continue
            } catch {
                guard error.isRefusal else { throw error }
            }
            for step in batch {
                do throws(WireGuardError) {
                    try send([step])
                } catch {
                    guard error.isRefusal else { throw error }
                    let operation = "\(step.isRemoval ? "remove" : "set") peer \(step.publicKey) of \(device)"
                    first = first ?? WireGuardError(error.code, operation, error.message)
                }
            }
        }
        if let first { throw first }
    }
}

extension WireGuardError {
    /// Whether the device is there and said no.
    fileprivate var isRefusal: Bool {
        switch code {
        case .refused, .portInUse: true
        default: false
        }
    }
}
