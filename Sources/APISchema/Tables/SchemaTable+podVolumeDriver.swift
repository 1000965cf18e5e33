extension SchemaTable {
    /// Volumes of pods, those of storage systems: `k8s.io/api/core/v1`.
    static let driverVolumes = """
        package io.k8s.api.core.v1 v1
        type NFSVolumeSource
          server 1 string required
          path 2 string required | The path
          readOnly 3 bool | Whether it is mounted for reading only
        type ISCSIVolumeSource
          targetPortal 1 string required
          iqn 2 string required
          lun 3 int32 required
          iscsiInterface 4 string default="default"
          fsType 5 string | The file system, such as ext4
          readOnly 6 bool | Whether it is mounted for reading only
          portals 7 [string]
          chapAuthDiscovery 8 bool
          chapAuthSession 11 bool
          secretRef 10 LocalObjectReference? | The Secret with the credentials
          initiatorName 12 string?
        type FCVolumeSource
          targetWWNs 1 [string]
          lun 2 int32?
          fsType 3 string | The file system, such as ext4
          readOnly 4 bool | Whether it is mounted for reading only
          wwids 5 [string]
        type GCEPersistentDiskVolumeSource
          pdName 1 string required
          fsType 2 string | The file system, such as ext4
          partition 3 int32 | The partition to mount
          readOnly 4 bool | Whether it is mounted for reading only
        type AWSElasticBlockStoreVolumeSource
          volumeID 1 string required | The volume's identifier at the provider
          fsType 2 string | The file system, such as ext4
          partition 3 int32 | The partition to mount
          readOnly 4 bool | Whether it is mounted for reading only
        type GitRepoVolumeSource
          repository 1 string required
          revision 2 string
          directory 3 string
        type GlusterfsVolumeSource
          endpoints 1 string required
          path 2 string required | The path
          readOnly 3 bool | Whether it is mounted for reading only
        type RBDVolumeSource
          monitors 1 [string] required | Addresses of the monitors
          image 2 string required | The image
          fsType 3 string | The file system, such as ext4
          pool 4 string default="rbd"
          user 5 string default="admin" | The user
          keyring 6 string default="/etc/ceph/keyring"
          secretRef 7 LocalObjectReference? | The Secret with the credentials
          readOnly 8 bool | Whether it is mounted for reading only
        type FlexVolumeSource
          driver 1 string required
          fsType 2 string | The file system, such as ext4
          secretRef 3 LocalObjectReference? | The Secret with the credentials
          readOnly 4 bool | Whether it is mounted for reading only
          options 5 {string}
        type CinderVolumeSource
          volumeID 1 string required | The volume's identifier at the provider
          fsType 2 string | The file system, such as ext4
          readOnly 3 bool | Whether it is mounted for reading only
          secretRef 4 LocalObjectReference? | The Secret with the credentials
        type CephFSVolumeSource
          monitors 1 [string] required | Addresses of the monitors
          path 2 string | The path
          user 3 string | The user
          secretFile 4 string
          secretRef 5 LocalObjectReference? | The Secret with the credentials
          readOnly 6 bool | Whether it is mounted for reading only
        type FlockerVolumeSource
          datasetName 1 string
          datasetUUID 2 string
        type AzureFileVolumeSource
          secretName 1 string required
          shareName 2 string required
          readOnly 3 bool | Whether it is mounted for reading only
        type VsphereVirtualDiskVolumeSource
          volumePath 1 string required
          fsType 2 string | The file system, such as ext4
          storagePolicyName 3 string
          storagePolicyID 4 string
        type QuobyteVolumeSource
          registry 1 string required
          volume 2 string required
          readOnly 3 bool | Whether it is mounted for reading only
          user 4 string | The user
          group 5 string | The API group
          tenant 6 string
        type AzureDiskVolumeSource
          diskName 1 string required
          diskURI 2 string required
          cachingMode 3 string? default="ReadWrite"
          fsType 4 string? default="ext4" | The file system, such as ext4
          readOnly 5 bool? default=false | Whether it is mounted for reading only
          kind 6 string? default="Shared" | The kind of that object
        type PhotonPersistentDiskVolumeSource
          pdID 1 string required
          fsType 2 string | The file system, such as ext4
        type PortworxVolumeSource
          volumeID 1 string required | The volume's identifier at the provider
          fsType 2 string | The file system, such as ext4
          readOnly 3 bool | Whether it is mounted for reading only
        type ScaleIOVolumeSource
          gateway 1 string required
          system 2 string required
          secretRef 3 LocalObjectReference? required | The Secret with the credentials
          sslEnabled 4 bool
          protectionDomain 5 string
          storagePool 6 string
          storageMode 7 string default="ThinProvisioned"
          volumeName 8 string | The volume's name
          fsType 9 string default="xfs" | The file system, such as ext4
          readOnly 10 bool | Whether it is mounted for reading only
        type StorageOSVolumeSource
          volumeName 1 string | The volume's name
          volumeNamespace 2 string
          fsType 3 string | The file system, such as ext4
          readOnly 4 bool | Whether it is mounted for reading only
          secretRef 5 LocalObjectReference? | The Secret with the credentials
        """
}
