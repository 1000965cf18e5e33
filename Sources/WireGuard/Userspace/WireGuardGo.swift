import Glibc
public import Netlink

/// Drives a device of the `wireguard-go` program: starts it, takes over one that runs, and speaks to its socket.
///
/// The program is in a session of its own and outlives us; its packets go on. It ends when its link or its socket is
/// removed. Written for versions from 0.0.20220316 (Debian 12) on.
public actor WireGuardGo: WireGuardDriver {
    private let executor: ThreadExecutor
    private let link: DeviceLink
    private let program: String
    private let socketPath: String
    private let patience: Int

    /// The device's name.
    public nonisolated let device: String
    /// What it is made of.
    public nonisolated var kind: WireGuardDriverKind { .userspace }

    /// Where the program keeps its sockets, one for each device: one folder for all network namespaces.
    public static let socketFolder = "/var/run/wireguard"

    /// The path of the program; nil where it is not installed.
    ///
    /// - Parameter name: A path, or what is looked for in `PATH`.
    public static func find(_ name: String = "wireguard-go") -> String? {
        Launcher.find(name)
    }

    /// A driver of the device of that name in a namespace; nothing is started yet.
    ///
    /// - Parameters:
    ///   - device: Its name, unique on the machine.
    ///   - program: The program's path.
    ///   - namespace: Where the device is, and its UDP socket.
    ///   - patience: How long the program may take to answer, in whole seconds. A busy one takes milliseconds; one
    ///     that takes longer hangs, and is ended and started again.
    public init(
        device: String,
        program: String,
        in namespace: borrowing NetworkNamespace,
        patience: Duration = .seconds(10)
    ) throws(NetlinkError) {
        executor = ThreadExecutor(name: "wireguard-go")
        link = try DeviceLink(name: device, in: namespace)
        self.program = program
        self.device = device
        self.patience = max(Int(clamping: patience.components.seconds), 1)
        socketPath = "\(Self.socketFolder)/\(device).sock"
    }

    /// The driver's own thread, where it may block.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    // MARK: The device

    /// Sees to it that the program runs, and that its device is up and as `configuration` says.
    @discardableResult
    public func prepare(
        _ configuration: WireGuardConfiguration
    ) async throws(WireGuardError) -> WireGuardPreparation {
        let operation = "prepare \(device)"
        var isNew = false
        let found: Link
        if let running = try await findRunning(configuration, operation) {
            found = running
        } else {
            found = try await start(configuration, operation)
            isNew = true
        }
        // The program sets its default MTU as it starts: ours comes after it has answered.
        let change = DeviceChange(from: try await status(), to: configuration)
        if !change.isEmpty { _ = try exchange("set \(device)", UAPI.set(change)) }
        let repairs = change.words + (try await adjust(found, to: configuration, operation))
        try await waitUntilListening(configuration.listenPort, operation)
        return isNew ? .made : .adopted(repaired: repairs)
    }

    /// The link of the program that runs already; nil where none does, and the name is free.
    private func findRunning(
        _ configuration: WireGuardConfiguration,
        _ operation: String
    ) async throws(WireGuardError) -> Link? {
        // One that is just ending has one of the two, link and socket, for a moment longer.
        for _ in 0..<300 {
            let found = try await findLink(operation)
            if let found, !found.kind.isTUN { throw nameInUse(operation, .link) }
            let isListening: Bool
            do throws(WireGuardError) {
                isListening = try answers()
            } catch {
                guard error.code == .timedOut, found != nil else { throw error }
                // One that hangs forwards nothing either, and does not end when asked.
                killProcesses()
                isListening = false
            }
            switch (found, isListening) {
            case (nil, false): return nil
            case (let found?, true): return found
            case (nil, true), (_?, false): await pause()
            }
        }
        throw nameInUse(operation, try await findLink(operation) == nil ? .socket : .link)
    }

    /// Whether the program runs and answers.
    private func answers() throws(WireGuardError) -> Bool {
        do throws(WireGuardError) {
            _ = try exchange("read \(device)", UAPI.get)
            return true
        } catch {
            guard error.code == .gone else { throw error }
            return false
        }
    }

    private func start(
        _ configuration: WireGuardConfiguration,
        _ operation: String
    ) async throws(WireGuardError) -> Link {
        do throws(NetlinkError) {
            // The program does not say, once it is in the background, that it could not have the port.
            if configuration.listenPort != 0, try UDPPort.isBound(configuration.listenPort, in: link.namespace) {
                throw NetlinkError(operation: operation, errno: EADDRINUSE)
            }
            let ending = try Launcher.run(
                [program, device],
                // With a log level it keeps our standard output, and writes to it for ever.
                omitting: ["LOG_LEVEL", "WG_TUN_FD", "WG_UAPI_FD", "WG_PROCESS_FOREGROUND"],
                adding: [],
                in: link.namespace
            )
            guard ending.status == 0 else {
                let output = ending.output.split(whereSeparator: \.isNewline).last.map(String.init) ?? "no reason given"
                throw NetlinkError(
                    operation: "start \(program) \(device)",
                    errno: EIO,
                    message: "it ended with \(ending.status): \(output)"
                )
            }
        } catch {
            switch error.errno {
            case EADDRINUSE: throw .portInUse(configuration.listenPort, during: operation)
            case ENOENT, EACCES:
                throw WireGuardError(.unavailable, operation, "\(error); install it: apt-get install wireguard-go")
            default: throw WireGuardError(error, during: operation)
            }
        }
        for _ in 0..<300 {
            if try answers(), let found = try await findLink(operation) { return found }
            await pause()
        }
        throw WireGuardError(.timedOut, operation, "\(program) was started, and did not begin to answer")
    }

    /// Waits until the program has bound its port, which it does in its own time once its link is up.
    private func waitUntilListening(_ port: UInt16, _ operation: String) async throws(WireGuardError) {
        guard port != 0 else { return }
        for _ in 0..<500 {
            let isBound: Bool
            do throws(NetlinkError) {
                isBound = try UDPPort.isBound(port, in: link.namespace)
            } catch {
                throw WireGuardError(error, during: operation)
            }
            // It forgets a port that it could not have.
            guard try await status().listenPort == port else { break }
            if isBound { return }
            await pause()
        }
        // It does not try again by itself; the next time begins with a new process.
        try await remove()
        throw .portInUse(port, during: operation)
    }

    /// Ends the program, and so removes its link; where neither is there, they are removed already.
    public func remove() async throws(WireGuardError) {
        let operation = "remove \(device)"
        let found = try await findLink(operation)
        if let found, !found.kind.isTUN { return }
        switch try UAPISocket.connect(socketPath, seconds: patience) {
        case .nothing: break
        case .stale: unsafe unlink(socketPath)
        case .program(let connection):
            // Without a link here it is another namespace's.
            guard found != nil else { return }
            unsafe unlink(socketPath)
            // It removes its socket once more as it ends: before that, no other may have the name.
            for _ in 0..<500 {
                if connection.isClosed() { break }
                await pause()
            }
            if !connection.isClosed() { killProcesses() }
        }
        guard found != nil else { return }
        try await removeLink(operation)
    }

    // MARK: Its peers

    /// Changes peers, in order.
    public func apply(_ changes: [WireGuardPeerChange]) async throws(WireGuardError) {
        try PeerStep.make(UAPI.batches(of: PeerStep.steps(for: changes)), device: device) {
            steps throws(WireGuardError) in
            _ = try exchange("set peers of \(device)", UAPI.set(steps))
        }
    }

    /// The device and its peers as they are.
    public func status() async throws(WireGuardError) -> WireGuardStatus {
        let operation = "read \(device)"
        let answer = try exchange(operation, UAPI.get)
        do throws(UAPI.AnswerError) {
            return try UAPI.status(answer, now: WallClock.now())
        } catch {
            throw WireGuardError(malformed: error, operation)
        }
    }

    // MARK: Parts

    private func exchange(_ operation: String, _ request: String) throws(WireGuardError) -> [UInt8] {
        switch try UAPISocket.connect(socketPath, seconds: patience) {
        case .program(let connection):
            return try connection.exchange(operation, request)
        case .stale: break
        case .nothing: break
        }
        throw WireGuardError(.gone, operation, "no wireguard-go runs for \(device)")
    }

    private func findLink(_ operation: String) async throws(WireGuardError) -> Link? {
        do throws(NetlinkError) {
            return try await link.find()
        } catch {
            throw WireGuardError(error, during: operation)
        }
    }

    private func killProcesses() {
        for process in ProgramProcess.find(program, device, in: link.namespace) { kill(process, SIGKILL) }
    }

    private func removeLink(_ operation: String) async throws(WireGuardError) {
        do throws(NetlinkError) {
            try await link.remove()
        } catch {
            throw WireGuardError(error, during: operation)
        }
    }

    private func adjust(
        _ found: Link,
        to configuration: WireGuardConfiguration,
        _ operation: String
    ) async throws(WireGuardError) -> [String] {
        do throws(NetlinkError) {
            return try await link.adjust(found, to: configuration)
        } catch {
            throw WireGuardError(error, during: operation)
        }
    }

    /// Lets a little time pass for what another process does, of which nothing tells.
    private func pause() async {
        // Cancelled, it returns at once: the callers' loops have an end.
        try? await Task.sleep(for: .milliseconds(10))
    }

    private enum NameHolder {
        case link
        case socket
    }

    private func nameInUse(_ operation: String, _ holder: NameHolder) -> WireGuardError {
        let reason =
            switch holder {
            case .link: "there is a link of that name that is not ours; rename it"
            case .socket: "a wireguard-go of another network namespace has the socket \(socketPath); stop it"
            }
        return WireGuardError(.nameInUse, operation, "\(reason), or configure another name")
    }
}

extension LinkKind {
    fileprivate var isTUN: Bool {
        if case .tun = self { true } else { false }
    }
}
