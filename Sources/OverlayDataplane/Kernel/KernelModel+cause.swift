extension KernelModel {
    /// What a step puts right.
    func cause(of step: KernelStep) -> RepairCause {
        let isThere = actual[step.key] != nil
        switch step.key {
        case .link(let name):
            if step.isRemoval { return .linkExtra }
            return links[name] == nil ? .linkMissing : .linkChanged
        case .port, .group:
            return .linkChanged
        case .sysctl:
            return .sysctlChanged
        case .address:
            return step.isRemoval ? .addressExtra : .addressMissing
        case .neighbour:
            return step.isRemoval ? .neighbourExtra : isThere ? .neighbourChanged : .neighbourMissing
        case .forwarding, .flood:
            return step.isRemoval ? .forwardingExtra : isThere ? .forwardingChanged : .forwardingMissing
        case .route:
            return step.isRemoval ? .routeExtra : isThere ? .routeChanged : .routeMissing
        }
    }
}
