import Testing

@Suite struct ClusterDNSSkeletonTests {}
