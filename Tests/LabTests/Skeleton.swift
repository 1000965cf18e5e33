import Testing

@Suite struct LabSkeletonTests {}
