import Glibc

extension ConnectionFailure {
    /// What an error number of a connection means, and what to look at.
    static func text(of number: Int32) -> String {
        let text = String(cString: strerror(number))
        switch number {
        case ECONNREFUSED: return "nothing listens there: is Trama running, on this port?"
        case ECONNRESET, EPIPE: return "it broke the connection"
        case ETIMEDOUT: return "no answer: it is down, or a firewall drops TCP to the port"
        case EHOSTUNREACH, ENETUNREACH: return "\(text.lowercased()): look at the routes"
        default: return text
        }
    }
}
