import KubernetesAPI
import ServiceRouting
struct ManifestReading { var diagnostics: [ManifestDiagnostic] = []
  init(_ bytes: [UInt8], file: String, nodeName: String) {}
  func merged(into before: [ObjectIdentity: ManifestObject]) -> [ObjectIdentity: ManifestObject] { before } }
