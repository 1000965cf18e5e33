import Testing

@Suite struct PodRuntimeSkeletonTests {}
