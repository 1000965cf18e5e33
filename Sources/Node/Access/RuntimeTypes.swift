import PodRuntime

// The server and the runtime have words in common; here are the runtime's.

typealias RuntimeLogOptions = LogOptions
typealias RuntimeError = PodAccessError
typealias RuntimeSession = ExecSession
