extension SchemaTable {
    /// Volumes of pods, those that come from the cluster: `k8s.io/api/core/v1`.
    static let volumes = """
        package io.k8s.api.core.v1 v1
        type Volume | Storage that containers of a pod can mount
          name 1 string required | The name that mounts refer to
          hostPath 2.1 HostPathVolumeSource? | A file or folder of the node
          emptyDir 2.2 EmptyDirVolumeSource? | A folder that lives as long as the pod
          gcePersistentDisk 2.3 GCEPersistentDiskVolumeSource?
          awsElasticBlockStore 2.4 AWSElasticBlockStoreVolumeSource?
          gitRepo 2.5 GitRepoVolumeSource? | A git repository; no longer supported
          secret 2.6 SecretVolumeSource? | A Secret as files
          nfs 2.7 NFSVolumeSource? | An NFS export
          iscsi 2.8 ISCSIVolumeSource? | An iSCSI disk
          glusterfs 2.9 GlusterfsVolumeSource?
          persistentVolumeClaim 2.10 PersistentVolumeClaimVolumeSource? | A PersistentVolumeClaim
          rbd 2.11 RBDVolumeSource?
          flexVolume 2.12 FlexVolumeSource?
          cinder 2.13 CinderVolumeSource?
          cephfs 2.14 CephFSVolumeSource?
          flocker 2.15 FlockerVolumeSource?
          downwardAPI 2.16 DownwardAPIVolumeSource? | What is known of the pod, as files
          fc 2.17 FCVolumeSource? | A Fibre Channel disk
          azureFile 2.18 AzureFileVolumeSource?
          configMap 2.19 ConfigMapVolumeSource? | A ConfigMap as files
          vsphereVolume 2.20 VsphereVirtualDiskVolumeSource?
          quobyte 2.21 QuobyteVolumeSource?
          azureDisk 2.22 AzureDiskVolumeSource?
          photonPersistentDisk 2.23 PhotonPersistentDiskVolumeSource?
          projected 2.26 ProjectedVolumeSource? | Several sources in one folder
          portworxVolume 2.24 PortworxVolumeSource?
          scaleIO 2.25 ScaleIOVolumeSource?
          storageos 2.27 StorageOSVolumeSource?
          csi 2.28 CSIVolumeSource? | A volume of a CSI driver
          ephemeral 2.29 EphemeralVolumeSource? | A claim that is made with the pod and goes with it
          image 2.30 ImageVolumeSource? | An OCI image or artifact
        type HostPathVolumeSource | A file or folder of the node
          path 1 string required | The path
          type 2 string? default="" | What it must be, such as DirectoryOrCreate; nothing is checked where empty
        type EmptyDirVolumeSource | A folder that lives as long as the pod
          medium 1 string | Memory for a tmpfs
          sizeLimit 2 quantity? | How large it may grow
        type SecretVolumeSource | A Secret as files
          secretName 1 string | The Secret
          items 2 [KeyToPath] | Which keys go into which files; all where empty
          defaultMode 3 int32? default=420 | The files' permissions where an item says nothing
          optional 4 bool? | Whether it may be missing
        type ConfigMapVolumeSource | A ConfigMap as files
          name 1.1 string | The ConfigMap's name
          items 2 [KeyToPath] | Which keys go into which files; all where empty
          defaultMode 3 int32? default=420 | The files' permissions where an item says nothing
          optional 4 bool? | Whether it may be missing
        type KeyToPath | A key and the file that it becomes
          key 1 string required | The key
          path 2 string required | The file, relative to the volume
          mode 3 int32? | The file's permissions
        type DownwardAPIVolumeSource
          items 1 [DownwardAPIVolumeFile] | Which keys go into which files; all where empty
          defaultMode 2 int32? default=420 | The files' permissions where an item says nothing
        type DownwardAPIVolumeFile
          path 1 string required | The path
          fieldRef 2 ObjectFieldSelector? | A field of the pod
          resourceFieldRef 3 ResourceFieldSelector? | A resource of a container
          mode 4 int32?
        type ProjectedVolumeSource
          sources 1 [VolumeProjection] always
          defaultMode 2 int32? default=420 | The files' permissions where an item says nothing
        type VolumeProjection
          secret 1 SecretProjection?
          downwardAPI 2 DownwardAPIProjection?
          configMap 3 ConfigMapProjection?
          serviceAccountToken 4 ServiceAccountTokenProjection?
          clusterTrustBundle 5 ClusterTrustBundleProjection?
          podCertificate 6 PodCertificateProjection?
        type SecretProjection
          name 1.1 string | The Secret's name
          items 2 [KeyToPath] | Which keys go into which files; all where empty
          optional 4 bool? | Whether it may be missing
        type DownwardAPIProjection
          items 1 [DownwardAPIVolumeFile] | Which keys go into which files; all where empty
        type ConfigMapProjection
          name 1.1 string | The ConfigMap's name
          items 2 [KeyToPath] | Which keys go into which files; all where empty
          optional 4 bool? | Whether it may be missing
        type ServiceAccountTokenProjection | A token of the pod's service account
          audience 1 string | For whom the token is meant
          expirationSeconds 2 int64? default=3600 | How long a token is valid
          path 3 string required | The path
        type ClusterTrustBundleProjection
          name 1 string? | Its name
          signerName 2 string?
          labelSelector 3 meta.LabelSelector? | Which objects by their labels
          optional 5 bool? | Whether it may be missing
          path 4 string required | The path
        type PodCertificateProjection
          signerName 1 string required omitempty
          keyType 2 string required omitempty
          maxExpirationSeconds 3 int32?
          credentialBundlePath 4 string
          keyPath 5 string
          certificateChainPath 6 string
          userAnnotations 7 {string} | More for the signer
        type PersistentVolumeClaimVolumeSource
          claimName 1 string required
          readOnly 2 bool | Whether it is mounted for reading only
        type EphemeralVolumeSource
          volumeClaimTemplate 1 PersistentVolumeClaimTemplate?
        type PersistentVolumeClaimTemplate
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 PersistentVolumeClaimSpec required | What is wanted
        type PersistentVolumeClaimSpec
          accessModes 1 [string]
          selector 4 meta.LabelSelector? | Labels of the pods that belong to it
          resources 2 VolumeResourceRequirements | The resources
          volumeName 3 string | The volume's name
          storageClassName 5 string?
          volumeMode 6 string? default="Filesystem"
          dataSource 7 TypedLocalObjectReference?
          dataSourceRef 8 TypedObjectReference?
          volumeAttributesClassName 9 string?
        type VolumeResourceRequirements
          limits 1 {quantity} | At most this much of each resource
          requests 2 {quantity} | At least this much of each resource
        type ImageVolumeSource
          reference 1 string
          pullPolicy 2 string
        type CSIVolumeSource
          driver 1 string required
          readOnly 2 bool? | Whether it is mounted for reading only
          fsType 3 string? | The file system, such as ext4
          volumeAttributes 4 {string}
          nodePublishSecretRef 5 LocalObjectReference?
        """
}
