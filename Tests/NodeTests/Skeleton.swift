import Testing

@Suite struct NodeSkeletonTests {}
