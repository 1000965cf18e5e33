extension SchemaTable {
    /// What the server says of the kinds that it serves, and tables: `k8s.io/apimachinery/pkg/apis/meta/v1`.
    static let discovery = """
        package io.k8s.apimachinery.pkg.apis.meta.v1 v1
        kind APIResourceList | Kinds of a group's version
          groupVersion 1 string required | Group and version
          resources 2 [APIResource] required | The resources
        type APIResource | A kind that is served
          name 1 string required | Its name in paths
          singularName 6 string required | Its name for one object
          namespaced 2 bool required | Whether its objects live in namespaces
          group 8 string | The API group
          version 9 string | The version
          kind 3 string required | The kind of that object
          verbs 4.1 [string] required | What may be done, such as get, list, watch; * for all
          shortNames 5 [string] | Short names for commands
          categories 7 [string] | Groups of kinds for commands
          storageVersionHash 10 string
        kind APIGroupList | Groups that are served
          groups 1 [APIGroup] required | Groups of the user
        kind APIGroup | A group that is served
          name 1 string required | Its name
          versions 2 [GroupVersionForDiscovery] required | Versions that are served
          preferredVersion 3 GroupVersionForDiscovery | The version to use
          serverAddressByClientCIDRs 4 [ServerAddressByClientCIDR] | The server's address, by client
        type GroupVersionForDiscovery
          groupVersion 1 string required | Group and version
          version 2 string required | The version
        type ServerAddressByClientCIDR
          clientCIDR 1 string required
          serverAddress 2 string required
        kind APIVersions
          versions 1 [string] required | Versions that are served
          serverAddressByClientCIDRs 2 [ServerAddressByClientCIDR] required | The server's address, by client
        package io.k8s.apimachinery.pkg.apis.meta.v1 meta.k8s.io/v1
        kind Table | Objects as rows, for people
          metadata 0 ListMeta | What holds for the list
          columnDefinitions 0 [TableColumnDefinition] required | The columns
          rows 0 [TableRow] required | A row for each object
        type TableColumnDefinition | A column
          name 0 string required | Its heading
          type 0 string required | The type of its cells, as in OpenAPI
          format 0 string required | More about the type
          description 0 string required | What it shows
          priority 0 int32 required | 0 for a column that is always shown
        type TableRow | An object
          cells 0 [rawExtension] required | What stands in each column
          conditions 0 [TableRowCondition] | What is true of the row
          object 0 rawExtension omitempty | The object, or its metadata
        type TableRowCondition | What is true of a row
          type 0 string required | Such as Completed
          status 0 string required | True, False or Unknown
          reason 0 string | Why, in one word
          message 0 string | Why, for people
        """
}
