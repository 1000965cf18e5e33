import JSON

extension ExecResult {
    /// The `v1` `Status` that tells a client how the command has ended.
    ///
    /// Source: `pkg/kubelet/.../remotecommand/exec.go` in `k8s.io/kubelet`.
    var status: JSONValue {
        switch self {
        case .exited(code: 0):
            ["metadata": [:], "status": "Success"]
        case .exited(let code):
            [
                "metadata": [:], "status": "Failure",
                "message": .string("command terminated with non-zero exit code: exit status \(code)"),
                "reason": "NonZeroExitCode",
                "details": ["causes": [["reason": "ExitCode", "message": .string("\(code)")]]],
            ]
        case .failed(let reason):
            [
                "metadata": [:], "status": "Failure",
                "message": .string("Internal error occurred: \(reason)"),
                "reason": "InternalError",
                "details": ["causes": [["message": .string(reason)]]],
                "code": 500,
            ]
        }
    }
}
