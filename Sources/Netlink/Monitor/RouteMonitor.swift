import CLinux
import Synchronization

/// What changed in a network namespace.
public enum RouteChange: Sendable, Hashable {
    /// A link is new or different.
    case link(Link)
    /// A link is gone.
    case linkRemoved(Link)
    /// An address is new or different.
    case address(InterfaceAddress)
    /// An address is gone.
    case addressRemoved(InterfaceAddress)
    /// A route is new or different.
    case route(Route)
    /// A route is gone. A link that goes down takes its IPv4 routes along without a word.
    case routeRemoved(Route)
    /// A neighbour is new or different.
    case neighbour(Neighbour)
    /// A neighbour is gone.
    case neighbourRemoved(Neighbour)
    /// A forwarding entry is new or different.
    case forwardingEntry(FDBEntry)
    /// A forwarding entry is gone.
    case forwardingEntryRemoved(FDBEntry)
}

/// Tells what changes in a network namespace, as an asynchronous sequence for one consumer.
///
/// Start it before reading the state it is to keep current, so that no change falls in between. Its memory is the
/// kernel's receive buffer; after ``Event/overrun`` the consumer reads the state again.
public struct RouteMonitor: AsyncSequence, Sendable {
    /// What the sequence yields.
    public enum Event: Sendable, Hashable {
        /// Something changed; what it looks like now.
        case changed(RouteChange)
        /// Changes were lost: read everything again.
        case overrun
    }

    /// What to listen to.
    public struct Topics: OptionSet, Sendable, Hashable {
        /// One bit per topic.
        public var rawValue: UInt8

        /// The topics of those bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Links (`RTNLGRP_LINK`).
        public static let links = Topics(rawValue: 1)
        /// Addresses (`RTNLGRP_IPV4_IFADDR`, `RTNLGRP_IPV6_IFADDR`).
        public static let addresses = Topics(rawValue: 2)
        /// Routes (`RTNLGRP_IPV4_ROUTE`, `RTNLGRP_IPV6_ROUTE`).
        public static let routes = Topics(rawValue: 4)
        /// Neighbours and forwarding entries (`RTNLGRP_NEIGH`).
        public static let neighbours = Topics(rawValue: 8)
        /// All of them.
        public static let all: Topics = [.links, .addresses, .routes, .neighbours]

        var groups: [UInt32] {
            var groups: [UInt32] = []
            if contains(.links) { groups.append(RTNLGRP_LINK.rawValue) }
            if contains(.addresses) { groups += [RTNLGRP_IPV4_IFADDR.rawValue, RTNLGRP_IPV6_IFADDR.rawValue] }
            if contains(.routes) { groups += [RTNLGRP_IPV4_ROUTE.rawValue, RTNLGRP_IPV6_ROUTE.rawValue] }
            if contains(.neighbours) { groups.append(RTNLGRP_NEIGH.rawValue) }
            return groups
        }
    }

    private let monitor: NetlinkMonitor

    /// Starts to listen: what happens from now on is yielded.
    public init(
        _ topics: Topics = .all,
        in namespace: borrowing NetworkNamespace,
        receiveBuffer: Int = 4 << 20
    ) throws(NetlinkError) {
        monitor = try NetlinkMonitor(.route, groups: topics.groups, in: namespace, receiveBuffer: receiveBuffer)
    }

    /// An iterator; a monitor has one consumer.
    public func makeAsyncIterator() -> Iterator {
        Iterator(monitor: monitor)
    }

    /// Yields the events; ends when its task is cancelled.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let monitor: NetlinkMonitor
        /// Events of the last datagram that were not yielded yet, in reverse.
        private var pending: [Event] = []

        fileprivate init(monitor: NetlinkMonitor) {
            self.monitor = monitor
        }

        /// The next event; nil when the task is cancelled.
        public mutating func next() async throws(NetlinkError) -> Event? {
            while pending.isEmpty {
                let received = Mutex<[Event]>([])
                let outcome = try await monitor.next { header, body throws(MessageError) in
                    guard let change = try RouteChange(header: header, body: body) else { return }
                    received.withLock { $0.append(.changed(change)) }
                }
                switch outcome {
                case .cancelled: return nil
                case .overrun: return .overrun
                case .received: pending = received.withLock { $0.reversed() }
                }
            }
            return pending.popLast()
        }
    }
}

extension RouteChange {
    /// Reads a notification; nil where it is of nothing that is told of here.
    public init?(header: MessageHeader, body: RawSpan) throws(MessageError) {
        let change: RouteChange?
        switch Int(header.type) {
        case RTM_NEWLINK where try Self.isBridge(body), RTM_DELLINK where try Self.isBridge(body): change = nil
        case RTM_NEWLINK: change = .link(try Link(body: body))
        case RTM_DELLINK: change = .linkRemoved(try Link(body: body))
        case RTM_NEWADDR: change = try InterfaceAddress(body: body).map { .address($0) }
        case RTM_DELADDR: change = try InterfaceAddress(body: body).map { .addressRemoved($0) }
        case RTM_NEWROUTE: change = try Route(body: body).map { .route($0) }
        case RTM_DELROUTE: change = try Route(body: body).map { .routeRemoved($0) }
        case RTM_NEWNEIGH where try Self.isBridge(body):
            change = try FDBEntry(body: body).map { .forwardingEntry($0) }
        case RTM_DELNEIGH where try Self.isBridge(body):
            change = try FDBEntry(body: body).map { .forwardingEntryRemoved($0) }
        case RTM_NEWNEIGH: change = try Neighbour(body: body).map { .neighbour($0) }
        case RTM_DELNEIGH: change = try Neighbour(body: body).map { .neighbourRemoved($0) }
        default: change = nil
        }
        guard let change else { return nil }
        self = change
    }

    /// Whether a message is of family `AF_BRIDGE`, which both its fixed headers start with: a forwarding entry; or a
    /// port's state, or that it left its bridge, which the kernel sends as `RTM_DELLINK` although the link lives on.
    private static func isBridge(_ body: RawSpan) throws(MessageError) -> Bool {
        try body.fixedHeader(as: UInt8.self) == FDBEntry.socketFamily
    }
}
