package import JSON

/// A container that runs, as its supervisor wrote it down.
package struct RunRecord: Sendable, Hashable {
    /// The process that keeps the log and waits for the end.
    package var supervisor: ProcessIdentity
    /// The container's first process: signals go to it, and with it all others end.
    package var initial: ProcessIdentity
    /// When it started.
    package var startedAt: WallClock

    package init(supervisor: ProcessIdentity, initial: ProcessIdentity, startedAt: WallClock) {
        self.supervisor = supervisor
        self.initial = initial
        self.startedAt = startedAt
    }

    /// Reads what ``json`` wrote.
    package init?(json: JSONValue) {
        guard let supervisor = ProcessIdentity(json: json["supervisor"]),
            let initial = ProcessIdentity(json: json["initial"]), let startedAt = WallClock(json: json["startedAt"])
        else { return nil }
        self.init(supervisor: supervisor, initial: initial, startedAt: startedAt)
    }

    /// Everything, for the file.
    package var json: JSONValue {
        ["supervisor": supervisor.json, "initial": initial.json, "startedAt": startedAt.json]
    }
}

/// How a container ended, as its supervisor wrote it down.
package struct ExitRecord: Sendable, Hashable {
    /// The exit status, or 128 and the signal's number.
    package var exitCode: Int32
    /// Whether the kernel ended it for want of memory.
    package var isOutOfMemory: Bool
    /// Why it could not even start; nil where it did.
    package var startError: String?
    /// When it started.
    package var startedAt: WallClock
    /// When it ended.
    package var finishedAt: WallClock

    package init(
        exitCode: Int32,
        isOutOfMemory: Bool = false,
        startError: String? = nil,
        startedAt: WallClock,
        finishedAt: WallClock
    ) {
        self.exitCode = exitCode
        self.isOutOfMemory = isOutOfMemory
        self.startError = startError
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }

    /// Reads what ``json`` wrote.
    package init?(json: JSONValue) {
        guard let code = json["exitCode"]?.integer, let code = Int32(exactly: code),
            let startedAt = WallClock(json: json["startedAt"]), let finishedAt = WallClock(json: json["finishedAt"])
        else { return nil }
        self.init(
            exitCode: code,
            isOutOfMemory: json["isOutOfMemory"]?.bool ?? false,
            startError: json["startError"]?.string,
            startedAt: startedAt,
            finishedAt: finishedAt
        )
    }

    /// Everything, for the file.
    package var json: JSONValue {
        var json: JSONValue = [
            "exitCode": .integer(exitCode), "isOutOfMemory": .bool(isOutOfMemory),
            "startedAt": startedAt.json, "finishedAt": finishedAt.json,
        ]
        json["startError"] = startError.map { .string($0) }
        return json
    }
}

extension WallClock {
    init?(json: JSONValue?) {
        guard let seconds = json?[0]?.integer, let nanoseconds = json?[1]?.integer,
            (0..<1_000_000_000).contains(nanoseconds)
        else { return nil }
        self.init(seconds: Int64(seconds), nanoseconds: Int64(nanoseconds))
    }

    var json: JSONValue { [.integer(seconds), .integer(nanoseconds)] }
}
