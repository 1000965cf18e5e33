import Testing

@Suite struct KubeletServerSkeletonTests {}
