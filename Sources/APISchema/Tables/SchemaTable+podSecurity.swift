extension SchemaTable {
    /// Users, groups and rights of pods and containers: `k8s.io/api/core/v1`.
    static let security = """
        package io.k8s.api.core.v1 v1
        type SecurityContext | Users, groups and rights of a container
          capabilities 1 Capabilities? | Linux capabilities to add and drop
          privileged 2 bool? | Whether it has all rights
          seLinuxOptions 3 SELinuxOptions? | SELinux labels
          windowsOptions 10 WindowsSecurityContextOptions? | Settings for Windows
          runAsUser 4 int64? | The user to run as
          runAsGroup 8 int64? | The group to run as
          runAsNonRoot 5 bool? | Whether root is refused
          readOnlyRootFilesystem 6 bool? | Whether its root file system is read only
          allowPrivilegeEscalation 7 bool? | Whether it can gain rights, as by setuid
          procMount 9 string? | How /proc is mounted
          seccompProfile 11 SeccompProfile? | The system calls that are allowed
          appArmorProfile 12 AppArmorProfile? | The AppArmor profile
        type PodSecurityContext | Users, groups and rights of a pod
          seLinuxOptions 1 SELinuxOptions? | SELinux labels
          windowsOptions 8 WindowsSecurityContextOptions? | Settings for Windows
          runAsUser 2 int64? | The user to run as
          runAsGroup 6 int64? | The group to run as
          runAsNonRoot 3 bool? | Whether root is refused
          supplementalGroups 4 [int64] | Further groups
          supplementalGroupsPolicy 12 string? | Merge with the image's groups, or Strict
          fsGroup 5 int64? | The group that owns volumes
          sysctls 7 [Sysctl] | Kernel settings of the pod
          fsGroupChangePolicy 9 string? | OnRootMismatch or Always
          seccompProfile 10 SeccompProfile? | The system calls that are allowed
          appArmorProfile 11 AppArmorProfile? | The AppArmor profile
          seLinuxChangePolicy 13 string?
        type Sysctl
          name 1 string required | Its name
          value 2 string required
        type Capabilities
          add 1 [string] | To add
          drop 2 [string] | To drop
        type SELinuxOptions
          user 1 string | The user
          role 2 string
          type 3 string | Its type
          level 4 string
        type WindowsSecurityContextOptions
          gmsaCredentialSpecName 1 string?
          gmsaCredentialSpec 2 string?
          runAsUserName 3 string?
          hostProcess 4 bool?
        type SeccompProfile
          type 1 string required | Its type
          localhostProfile 2 string? | The profile's file on the node, for the type Localhost
        type AppArmorProfile
          type 1 string required | Its type
          localhostProfile 2 string? | The profile's file on the node, for the type Localhost
        """
}
