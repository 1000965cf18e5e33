extension SchemaTable {
    /// ConfigMaps, Secrets and ServiceAccounts: `k8s.io/api/core/v1`.
    static let configuration = """
        package io.k8s.api.core.v1 v1
        resource ConfigMap | Settings, by name
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          immutable 4 bool? | Whether the data can never change
          data 2 {string} | Texts by name
          binaryData 3 {bytes} | Bytes by name
        resource Secret | What not everybody should read, by name
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          immutable 5 bool? | Whether the data can never change
          data 2 {bytes} | Bytes by name, in base64
          stringData 4 {string} | Texts by name, for writing only: they go into data
          type 3 string default="Opaque" | What is in it, such as kubernetes.io/tls
        resource ServiceAccount | An identity for programs
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          secrets 2 [ObjectReference] merge key=name | Secrets that its pods may use
          imagePullSecrets 3 [LocalObjectReference] | Secrets with credentials for images
          automountServiceAccountToken 4 bool? | Whether pods get a token of the account
        """
}
