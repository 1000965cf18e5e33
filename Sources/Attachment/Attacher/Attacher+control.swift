extension Attacher {
    /// Answers what the control socket's clients ask of attachments.
    ///
    /// - Returns: The answer; nil for a ``ControlRequest/command(_:)``, which is the daemon's to answer.
    public func answer(_ request: ControlRequest) async -> ControlResponse? {
        do throws(AttachmentError) {
            switch request {
            case .attach(let request): return .attached(try await attach(request))
            case .detach(let key):
                try await detach(key)
                return .done("")
            case .check(let key):
                try await check(key)
                return .done("")
            case .ready:
                if let obstacle = obstacle() { throw obstacle }
                return .done("")
            case .attachmentsChanged:
                try await refresh()
                return .done("")
            case .command: return nil
            }
        } catch {
            return .failed(error)
        }
    }
}
