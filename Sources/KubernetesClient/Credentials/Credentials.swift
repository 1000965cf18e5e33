import NIOSSL

/// What one request is sent with: the TLS settings and the headers that say who asks.
struct Credentials: Sendable {
    /// Counts the changes; a request that was refused names the credentials it used by this number.
    var generation: Int
    /// Trust, client certificate and key; nil where the server speaks plain HTTP.
    var tls: TLSConfiguration?
    /// The value of `Authorization`; nil for none.
    var authorization: String?
}
