package import JSON

/// What one container is to be: the runtime writes it to a file, `trama-pod start` reads it.
package struct LaunchSpecification: Sendable, Hashable {
    /// Namespaces of the pod to enter, as paths: nil for the host's.
    package var networkNamespace: String?
    /// The pod's host name.
    package var utsNamespace: String?
    /// The pod's System V IPC.
    package var ipcNamespace: String?
    /// Whether it gets a PID namespace of its own.
    package var hasOwnProcesses: Bool
    /// The folder of its cgroup, which exists; nil for none.
    package var cgroup: String?
    /// An empty folder of its own, on which its root is put together. It stays empty on the host.
    package var rootFolder: String
    /// Whether its root is read-only.
    package var hasReadOnlyRoot: Bool
    /// Whether it sees all devices of the host, and not the usual ones only.
    package var hasHostDevices: Bool
    /// Files and folders of the host that it sees, in this order.
    package var mounts: [Mount]
    /// A program of this library in place of one of the host.
    package var builtIn: BuiltIn?
    /// What is run; with a program of this library, its arguments.
    package var program: ProgramDescription
    /// The current file of its log.
    package var logPath: String
    /// Where the ``RunRecord`` and then the ``ExitRecord`` are written.
    package var runPath: String
    package var exitPath: String
    /// `oom_score_adj`.
    package var outOfMemoryScore: Int

    /// A file or folder of the host in a container.
    package struct Mount: Sendable, Hashable {
        package var source: String
        package var target: String
        package var isReadOnly: Bool
        package init(source: String, target: String, isReadOnly: Bool) {
            self.source = source
            self.target = target
            self.isReadOnly = isReadOnly
        }
    }

    /// A program of this library.
    package enum BuiltIn: String, Sendable, Hashable {
        case echo
        case pause
    }

    package init(
        networkNamespace: String? = nil,
        utsNamespace: String? = nil,
        ipcNamespace: String? = nil,
        hasOwnProcesses: Bool = true,
        cgroup: String? = nil,
        rootFolder: String,
        hasReadOnlyRoot: Bool = false,
        hasHostDevices: Bool = false,
        mounts: [Mount] = [],
        builtIn: BuiltIn? = nil,
        program: ProgramDescription,
        logPath: String,
        runPath: String,
        exitPath: String,
        outOfMemoryScore: Int = 0
    ) {
        self.networkNamespace = networkNamespace
        self.utsNamespace = utsNamespace
        self.ipcNamespace = ipcNamespace
        self.hasOwnProcesses = hasOwnProcesses
        self.cgroup = cgroup
        self.rootFolder = rootFolder
        self.hasReadOnlyRoot = hasReadOnlyRoot
        self.hasHostDevices = hasHostDevices
        self.mounts = mounts
        self.builtIn = builtIn
        self.program = program
        self.logPath = logPath
        self.runPath = runPath
        self.exitPath = exitPath
        self.outOfMemoryScore = outOfMemoryScore
    }
}

extension LaunchSpecification {
    /// Reads what ``json`` wrote.
    package init(json: JSONValue) throws(LauncherError) {
        guard let rootFolder = json["rootFolder"]?.string, let logPath = json["logPath"]?.string,
            let runPath = json["runPath"]?.string, let exitPath = json["exitPath"]?.string
        else { throw LauncherError("the specification has no rootFolder, logPath, runPath or exitPath") }
        self.init(
            networkNamespace: json["networkNamespace"]?.string,
            utsNamespace: json["utsNamespace"]?.string,
            ipcNamespace: json["ipcNamespace"]?.string,
            hasOwnProcesses: json["hasOwnProcesses"]?.bool ?? true,
            cgroup: json["cgroup"]?.string,
            rootFolder: rootFolder,
            hasReadOnlyRoot: json["hasReadOnlyRoot"]?.bool ?? false,
            hasHostDevices: json["hasHostDevices"]?.bool ?? false,
            mounts: (json["mounts"]?.array ?? []).compactMap { mount in
                guard let source = mount["source"]?.string, let target = mount["target"]?.string else { return nil }
                return Mount(source: source, target: target, isReadOnly: mount["isReadOnly"]?.bool ?? false)
            },
            builtIn: json["builtIn"]?.string.flatMap(BuiltIn.init(rawValue:)),
            program: ProgramDescription(json: json),
            logPath: logPath,
            runPath: runPath,
            exitPath: exitPath,
            outOfMemoryScore: json["outOfMemoryScore"]?.integer ?? 0
        )
    }

    /// Everything, for the file.
    package var json: JSONValue {
        var json: JSONValue = [
            "hasOwnProcesses": .bool(hasOwnProcesses),
            "rootFolder": .string(rootFolder),
            "hasReadOnlyRoot": .bool(hasReadOnlyRoot),
            "hasHostDevices": .bool(hasHostDevices),
            "mounts": .array(
                mounts.map {
                    [
                        "source": .string($0.source), "target": .string($0.target),
                        "isReadOnly": .bool($0.isReadOnly),
                    ]
                }
            ),
            "logPath": .string(logPath),
            "runPath": .string(runPath),
            "exitPath": .string(exitPath),
            "outOfMemoryScore": .integer(outOfMemoryScore),
        ]
        program.add(to: &json)
        json["networkNamespace"] = networkNamespace.map { .string($0) }
        json["utsNamespace"] = utsNamespace.map { .string($0) }
        json["ipcNamespace"] = ipcNamespace.map { .string($0) }
        json["cgroup"] = cgroup.map { .string($0) }
        json["builtIn"] = builtIn.map { .string($0.rawValue) }
        return json
    }
}
