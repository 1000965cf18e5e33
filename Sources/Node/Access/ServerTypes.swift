import KubeletServer

// The server and the runtime have words in common; here are the server's.

typealias ServedLogOptions = LogOptions
typealias ServedError = PodAccessError
typealias ServedSession = ExecSession
