import JSON
import NIOCore
import NIOWebSocket

/// Carries the streams of one command over a WebSocket, from its start to its result.
struct ExecBridge: Sendable {
    /// The container.
    let container: KubeletRequest.ContainerName
    /// What runs in it.
    let command: ExecCommand
    /// How streams are told apart.
    let version: StreamProtocol
    /// Starts it.
    let pods: any PodAccess

    typealias Socket = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    /// A frame of a client has at most so many bytes.
    static let frameLimit = 1 << 20
    /// A frame of ours has at most so many bytes.
    static let pieceLimit = 32 << 10
    /// A client that does not take the result is given so long.
    static let lingering = TimeAmount.seconds(30)
    /// A client that has taken the result is given so long to say goodbye.
    static let farewell = TimeAmount.seconds(5)

    /// Something of the command, or of the client, that has come to its end.
    private enum Part: Sendable {
        /// One of the command's streams.
        case stream
        /// The command.
        case command(ExecResult)
        /// What the client says.
        case client
    }

    /// Starts the command and sees to it until it has ended, or the client has gone.
    func run(_ socket: Socket) async throws {
        try await socket.executeThenClose { inbound, outbound in
            let session: any ExecSession
            do throws(PodAccessError) {
                session = try await pods.exec(
                    namespace: container.namespace,
                    pod: container.pod,
                    container: container.container,
                    command
                )
            } catch {
                // The client has its answer in the stream of the result: it asks again in another way otherwise.
                try await tell(.failed(reason: error.message), socket)
                await awaitFarewell(socket, inbound)
                return
            }
            await carry(session, socket, inbound, outbound)
        }
    }

    private func carry(
        _ session: any ExecSession,
        _ socket: Socket,
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>,
        _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async {
        await withTaskGroup(of: Part.self) { group in
            group.addTask {
                if command.hasOutput || command.hasTerminal {
                    // Tells that the command has begun. Source: `createWebSocketStreams` in `k8s.io/kubelet`.
                    try? await outbound.write(Self.frame(.output, []))
                    await send(session.output, .output, outbound)
                }
                return .stream
            }
            group.addTask {
                if command.hasErrors { await send(session.errors, .errors, outbound) }
                return .stream
            }
            group.addTask { .command(await session.result()) }
            group.addTask {
                if !command.hasInput { await session.closeInput() }
                await receive(inbound, session, outbound)
                return .client
            }
            group.addTask {
                try? await socket.channel.closeFuture.get()
                return .client
            }
            var open = 2
            var result: ExecResult?
            var deadline: Scheduled<Void>?
            parts: for await part in group {
                switch part {
                case .stream: open -= 1
                case .command(let ended): result = ended
                case .client: break parts
                }
                if open == 0, deadline == nil, let result {
                    try? await tell(result, socket)
                    deadline = hurry(socket)
                }
            }
            deadline?.cancel()
            // Whatever still waits for the command or for the client comes to its end by this.
            await session.end()
            group.cancelAll()
            socket.channel.close(mode: .all, promise: nil)
        }
    }

    // MARK: Out

    private func send(
        _ source: ByteSource,
        _ channel: StreamChannel,
        _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async {
        do {
            for try await piece in source {
                var rest = piece[...]
                while !rest.isEmpty {
                    try await outbound.write(Self.frame(channel, rest.prefix(Self.pieceLimit)))
                    rest = rest.dropFirst(Self.pieceLimit)
                }
            }
        } catch {
            // The stream has broken off, or the client has gone: the result, or the end, says so.
        }
    }

    /// Tells the result and that nothing follows, and waits until it is on its way.
    private func tell(_ result: ExecResult, _ socket: Socket) async throws {
        let channel = socket.channel
        let deadline = channel.eventLoop.scheduleTask(in: Self.lingering) { channel.close(mode: .all, promise: nil) }
        defer { deadline.cancel() }
        try await channel.writeAndFlush(Self.frame(.result, result.status.json[...])).get()
        var code = ByteBuffer()
        code.write(webSocketErrorCode: .normalClosure)
        try await channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .connectionClose, data: code)).get()
    }

    /// Closes the connection after a while.
    ///
    /// Until then the client may close it, as RFC 6455 (section 7.1.1) has it: who closes a connection on which the other
    /// side still writes may take back what is on its way.
    private func hurry(_ socket: Socket) -> Scheduled<Void> {
        socket.channel.eventLoop.scheduleTask(in: Self.farewell) { socket.channel.close(mode: .all, promise: nil) }
    }

    /// Waits until the client says that it closes, or has gone.
    private func awaitFarewell(_ socket: Socket, _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>) async {
        let deadline = hurry(socket)
        defer { deadline.cancel() }
        do {
            for try await frame in inbound where frame.opcode == .connectionClose { return }
        } catch {
            // It has gone.
        }
    }

    private static func frame(_ channel: StreamChannel, _ bytes: ArraySlice<UInt8>) -> WebSocketFrame {
        var data = ByteBuffer()
        data.reserveCapacity(bytes.count + 1)
        data.writeInteger(channel.rawValue)
        data.writeBytes(bytes)
        return WebSocketFrame(fin: true, opcode: .binary, data: data)
    }

    // MARK: In

    /// Hands on what the client says, as fast as the command takes it; returns when the client says no more.
    private func receive(
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>,
        _ session: any ExecSession,
        _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async {
        var reader = StreamReader(version)
        do {
            for try await frame in inbound {
                switch frame.opcode {
                case .binary, .text, .continuation:
                    let event = reader.read(
                        frame.unmaskedData.readableBytesView,
                        isFirst: frame.opcode != .continuation,
                        isLast: frame.fin
                    )
                    switch event {
                    case .input(let bytes): if command.hasInput { await session.write(bytes) }
                    case .endOfInput: await session.closeInput()
                    case .resize(let columns, let rows): await session.resize(columns: columns, rows: rows)
                    case nil: break
                    }
                case .ping:
                    try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
                case .connectionClose:
                    return
                default: break
                }
            }
        } catch {
            // Not a WebSocket's frames, or the connection has broken: the client has gone.
        }
    }
}
