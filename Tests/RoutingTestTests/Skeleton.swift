import Testing

@Suite struct RoutingTestSkeletonTests {}
