import OverlayCore

/// One TCP connection between two hosts.
///
/// What one end sends arrives in order at the other. While the hosts do not reach each other it waits, as TCP would
/// send it again; it arrives after the network is mended, unless an end was closed meanwhile.
final class Link<Message> {
    /// Which end of a connection.
    enum Side: Int {
        /// The one that dialled.
        case dialler = 0
        /// The one that listened.
        case listener = 1

        var other: Side { self == .dialler ? .listener : .dialler }
    }

    /// One end, and what is under way to it.
    struct End {
        /// The host, by its number.
        var host: Int
        /// The process of that host; an earlier one's connections are closed.
        var process: Int
        /// Its number in that process; 0 until the dialler knows that it is connected.
        var connection = ConnectionID(rawValue: 0)
        /// The place that was dialled.
        var remote: PeerAddress
        /// Whether this end believes the connection to be open.
        var isOpen = true
        /// Whether this end may send more; what it was last told.
        var isWritable = true
        /// When the last message that is under way to this end arrives, or later.
        var lastArrival: Duration = .zero
        /// Messages under way to this end, in order.
        var inbox: MessageQueue = MessageQueue()
        /// When the reader of this end is done with what it has read: a slow peer reads late.
        var readerBusyUntil: Duration = .zero
    }

    /// A message under way.
    struct Parcel {
        var content: Content
        /// In bytes, with the length that precedes it.
        var byteCount: Int
    }

    /// What a parcel holds.
    enum Content {
        case message(Message)
        /// Bytes that are no message: why not.
        case nonsense(String)
        /// The end of the stream: why it ends.
        case end(String)
    }

    /// A queue that gives its memory back when it is empty.
    struct MessageQueue {
        private var parcels: [Parcel] = []
        private var head = 0
        /// Of all that is in it.
        private(set) var byteCount = 0

        var isEmpty: Bool { head == parcels.count }

        /// Loses all that is under way.
        mutating func drop() { self = MessageQueue() }

        mutating func append(_ parcel: Parcel) {
            byteCount += parcel.byteCount
            parcels.append(parcel)
        }

        mutating func popFirst() -> Parcel? {
            guard !isEmpty else { return nil }
            let parcel = parcels[head]
            head += 1
            byteCount -= parcel.byteCount
            if head == parcels.count {
                parcels = []
                head = 0
            } else if head > 64, head * 2 > parcels.count {
                parcels.removeFirst(head)
                head = 0
            }
            return parcel
        }
    }

    private var dialler: End
    private var listener: End

    /// A connection of two ends.
    init(dialler: End, listener: End) {
        self.dialler = dialler
        self.listener = listener
    }

    subscript(side: Side) -> End {
        _read {
            switch side {
            case .dialler: yield dialler
            case .listener: yield listener
            }
        }
        _modify {
            switch side {
            case .dialler: yield &dialler
            case .listener: yield &listener
            }
        }
    }
}
