import Glibc
import JSON

/// The commands of `trama-pod`. The process must have one thread: it forks and enters namespaces.
package enum Launcher {
    private static let help = """
        trama-pod is what the node's pod runtime starts; it is no isolation boundary.

          trama-pod sandbox FILE   make the namespaces of a pod
          trama-pod start FILE     start a container, and stand beside it until it ends
          trama-pod exec FILE      run a program in a running container
          trama-pod echo [PORT…]   answer on TCP (also HTTP) and UDP; 8080 by default
          trama-pod pause          wait for a signal

        """

    /// Runs a command.
    ///
    /// - Parameter arguments: Those after the program's name.
    /// - Returns: The exit status.
    package static func run(_ arguments: [String]) -> Int32 {
        do {
            switch (arguments.first, arguments.dropFirst().first) {
            case ("sandbox", let path?):
                try Sandbox.make(SandboxSpecification(json: specification(path)))
            case ("start", let path?):
                return try Supervisor.start(LaunchSpecification(json: specification(path)))
            case ("exec", let path?):
                return Execution.run(try ExecSpecification(json: specification(path)))
            case ("echo", _):
                BuiltInProgram.run(.echo, arguments)
            case ("pause", _):
                BuiltInProgram.run(.pause, arguments)
            case ("--help", _), ("-h", _):
                SmallFiles.writeAll(Array(help.utf8), to: 1)
            default:
                SmallFiles.writeAll(Array(help.utf8), to: 2)
                return 64
            }
            return 0
        } catch {
            SmallFiles.writeAll(Array("trama-pod: \(error)\n".utf8), to: 2)
            return 1
        }
    }

    private static func specification(_ path: String) throws(LauncherError) -> JSONValue {
        do {
            return try JSONValue(json: try SmallFiles.read(path))
        } catch let error as LauncherError {
            throw error
        } catch {
            throw LauncherError("read \(path): \(error)")
        }
    }
}
