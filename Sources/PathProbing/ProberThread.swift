import CLinux
import Glibc
import Netlink
import OverlayCore
import Synchronization

/// The prober's thread: waits for frames, for deadlines and for what callers say, and does what the table wants.
actor ProberThread {
    private let executor = ThreadExecutor(name: "trama-prober")
    private var sockets: [PeerRoute.Transport: any ProbeSocket] = [:]
    /// Transports for whose sockets the process lacks a privilege, which it does not get later.
    private var denied: Set<PeerRoute.Transport> = []
    private var retryAt = Duration.zero
    private var checkAt = Duration.zero
    /// Where datagrams are received: the largest there are.
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    /// The thread of its own.
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    init() {}

    /// How long a socket that could not be made is left alone.
    private static let retryInterval = Duration.milliseconds(200)
    /// How many frames are taken before the deadlines are looked at again.
    private static let framesAtOnce = 512

    /// Runs until the prober is stopped; blocks.
    func run(_ prober: Prober) {
        while true {
            prober.wake.reset()
            let (isStopped, mustRebind, devices) = prober.state.withLock { state in
                defer { state.mustRebind = false }
                return (state.isStopped, state.mustRebind, state.devices)
            }
            if isStopped { break }
            if mustRebind {
                sockets = [:]
                retryAt = .zero
            }
            open(devices, prober)
            receive(prober)
            prober.handle(.tick)
            send(prober)
            wait(prober, devices)
        }
        sockets = [:]
    }

    // MARK: Sockets

    private func open(_ devices: Prober.Devices, _ prober: Prober) {
        let missing = PeerRoute.Transport.allCases.filter { sockets[$0] == nil && !denied.contains($0) }
        guard !missing.isEmpty, prober.now >= retryAt else { return }
        retryAt = prober.now + Self.retryInterval
        for transport in missing {
            do throws(NetlinkError) {
                guard let socket = try prober.open(transport, devices) else { continue }
                sockets[transport] = socket
                prober.state.withLock { state in
                    state.problems[transport] = nil
                    state.counters.rebinds += 1
                }
            } catch {
                if error.errno == EPERM || error.errno == EACCES {
                    denied.insert(transport)
                    prober.giveUp(transport, error)
                } else {
                    prober.state.withLock { $0.problems[transport] = error }
                }
            }
        }
    }

    /// Closes a socket whose device may be gone; it is made anew soon.
    private func drop(_ transport: PeerRoute.Transport, _ error: NetlinkError, _ prober: Prober) {
        sockets[transport] = nil
        prober.state.withLock { $0.problems[transport] = error }
    }

    /// Closes a socket whose device is gone, or has another index; asked at most each second.
    private func check(_ transport: PeerRoute.Transport, _ error: NetlinkError, _ prober: Prober) {
        guard let socket = sockets[transport], prober.now >= checkAt else { return }
        checkAt = prober.now + Self.retryInterval * 5
        if prober.index(of: socket.device) != socket.index { drop(transport, error, prober) }
    }

    // MARK: Frames

    private func receive(_ prober: Prober) {
        for (transport, socket) in sockets {
            do throws(NetlinkError) {
                for _ in 0..<Self.framesAtOnce {
                    guard let (count, source) = try socket.receive(into: &buffer) else { break }
                    guard let frame = try? ProbeFrame(decoding: buffer.span.extracting(first: count)) else {
                        prober.state.withLock { $0.counters.malformed += 1 }
                        continue
                    }
                    prober.state.withLock { $0.counters.received += 1 }
                    prober.handle(.received(frame, from: source))
                }
            } catch {
                drop(transport, error, prober)
            }
        }
    }

    private func send(_ prober: Prober) {
        while true {
            let outgoing = prober.state.withLock { state in
                defer { state.outgoing.removeAll(keepingCapacity: true) }
                return state.outgoing
            }
            if outgoing.isEmpty { return }
            var (sent, failures) = (UInt64(0), UInt64(0))
            for item in outgoing {
                guard let socket = sockets[item.transport] else { continue }
                do throws(NetlinkError) {
                    try socket.send(item.frame, to: item.peer, byteCount: item.byteCount)
                    sent += 1
                } catch {
                    switch error.errno {
                    case EMSGSIZE:
                        guard let byteCount = item.byteCount else { break }
                        prober.handle(.tooLarge(item.peer, item.transport, byteCount: byteCount))
                    default:
                        // The probe is lost, as packets are. No route, no key, a link that is down, or a device that
                        // is another one by now.
                        failures += 1
                        prober.state.withLock { $0.problems[item.transport] = error }
                        check(item.transport, error, prober)
                    }
                }
            }
            prober.state.withLock { state in
                state.counters.sent += sent
                state.counters.failures += failures
            }
        }
    }

    // MARK: Waiting

    private func wait(_ prober: Prober, _ devices: Prober.Devices) {
        let (deadline, hasWork, peers) = prober.state.withLock { state in
            (state.table.nextDeadline, !state.outgoing.isEmpty, state.table.routes.count)
        }
        var until = deadline
        let isMissing =
            devices.vxlan != nil && sockets[.vxlan] == nil && !denied.contains(.vxlan)
            || devices.wireGuard != nil && sockets[.wireGuard] == nil && !denied.contains(.wireGuard)
        if isMissing { until = min(until ?? retryAt, retryAt) }
        let least = Self.leastWait(peers: peers)
        let milliseconds = hasWork ? 0 : until.map { Self.milliseconds(max($0 - prober.now, least)) } ?? -1
        var entries = [pollfd(fd: prober.wake.fileDescriptor, events: Int16(POLLIN), revents: 0)]
        for socket in sockets.values {
            entries.append(pollfd(fd: socket.fileDescriptor, events: Int16(POLLIN), revents: 0))
        }
        unsafe entries.withUnsafeMutableBufferPointer { entries in
            // In bounds: the array's own start and size. Interrupted, failed or timed out: the loop looks again.
            _ = unsafe poll(entries.baseAddress, nfds_t(entries.count), milliseconds)
        }
    }

    /// With many peers something is always due: probes and answers then go in batches, 20 a second.
    private static func leastWait(peers: Int) -> Duration { .milliseconds(min(50, 5 + peers / 10)) }

    private static func milliseconds(_ time: Duration) -> Int32 {
        Int32(clamping: Int64((time / .milliseconds(1)).rounded(.up)))
    }
}
