import CLinux
import Glibc

/// A network namespace, held open by its descriptor.
///
/// It lives while this value, a socket made inside it, or a process in it lives; an anonymous one ends with the last
/// of them, so nothing is left behind when a program dies.
public struct NetworkNamespace: ~Copyable, Sendable {
    /// The open `nsfs` file; owned. What netlink attributes such as `IFLA_NET_NS_FD` take.
    public let fileDescriptor: Int32

    /// Where `ip netns` keeps its names.
    public static let directory = "/run/netns"

    /// Opens the namespace bound to a path: `/run/netns/blue`, `/proc/1234/ns/net`.
    public init(path: String) throws(NetlinkError) {
        fileDescriptor = try Self.open(path)
    }

    /// Opens the namespace that `ip netns` knows by this name.
    public init(name: String) throws(NetlinkError) {
        fileDescriptor = try Self.open("\(Self.directory)/\(name)")
    }

    /// Opens the namespace of a process.
    public init(processID: Int32) throws(NetlinkError) {
        fileDescriptor = try Self.open("/proc/\(processID)/ns/net")
    }

    private init(owning fileDescriptor: Int32) {
        self.fileDescriptor = fileDescriptor
    }

    deinit {
        close(fileDescriptor)
    }

    /// The namespace of the calling thread.
    public static func current() throws(NetlinkError) -> NetworkNamespace {
        NetworkNamespace(owning: try open("/proc/thread-self/ns/net"))
    }

    /// Makes a namespace that has no name, with nothing in it but a loopback that is down.
    public static func makeAnonymous() throws(NetlinkError) -> NetworkNamespace {
        let home = try current()
        let result = clinux_unshare_net()
        guard result == 0 else { throw NetlinkError(operation: "make a network namespace", errno: -result) }
        defer { home.enterForGood() }
        return NetworkNamespace(owning: try open("/proc/thread-self/ns/net"))
    }

    /// A second descriptor of the same namespace.
    public borrowing func duplicate() throws(NetlinkError) -> NetworkNamespace {
        try NetworkNamespace(path: "/proc/self/fd/\(fileDescriptor)")
    }

    /// Which namespace it is: equal for two descriptors of the same one (`st_ino` of its `nsfs` file).
    public borrowing func identifier() throws(NetlinkError) -> UInt64 {
        var status = stat()
        guard unsafe fstat(fileDescriptor, &status) == 0 else {
            throw NetlinkError(operation: "stat a network namespace", errno: errno)
        }
        return UInt64(status.st_ino)
    }

    /// Runs `body` with the calling thread inside the namespace.
    ///
    /// What `body` opens (sockets, `/proc/sys/net` files) belongs to the namespace for good and can be used from
    /// anywhere afterwards. It must not start threads, which would stay inside, and being synchronous it cannot
    /// suspend and return on another thread. The process ends if the thread cannot go home: work that later ran
    /// on it would reach the wrong network.
    ///
    /// Entering another namespace takes `CAP_SYS_ADMIN`; where the thread is there already, nothing is entered.
    public borrowing func enter<Result: ~Copyable>(
        _ body: () throws(NetlinkError) -> Result
    ) throws(NetlinkError) -> Result {
        let home = try Self.current()
        guard try home.identifier() != identifier() else { return try body() }
        let result = clinux_setns_net(fileDescriptor)
        guard result == 0 else { throw NetlinkError(operation: "enter a network namespace", errno: -result) }
        defer { home.enterForGood() }
        return try body()
    }

    /// Moves the calling thread into the namespace: the way home.
    private borrowing func enterForGood() {
        let result = clinux_setns_net(fileDescriptor)
        if result != 0 {
            fatalError("invariant: a thread can always return to its own network namespace (errno \(-result))")
        }
    }

    private static func open(_ path: String) throws(NetlinkError) -> Int32 {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw NetlinkError(operation: "open network namespace \(path)", errno: errno) }
        return descriptor
    }
}
