extension SchemaTable {
    /// Tokens, and who their bearers are: `k8s.io/api/authentication/v1`.
    static let authentication = """
        package io.k8s.api.authentication.v1 authentication.k8s.io/v1
        kind TokenRequest | Asks for a token of a service account
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 TokenRequestSpec | What is wanted
          status 3 TokenRequestStatus | What is found to be so
        type TokenRequestSpec
          audiences 1 [string] always | For whom the token is meant
          expirationSeconds 4 int64? always default=3600 | How long it is to be valid
          boundObjectRef 3 BoundObjectReference? always | The object with which it ends
        type BoundObjectReference
          kind 1 string | The kind of that object
          apiVersion 2 string | The group and version of that object
          name 3 string | Its name
          uid 4 string | The unique identifier of that object
        type TokenRequestStatus
          token 1 string always | The token
          expirationTimestamp 2 time | Until when it is valid
        kind TokenReview | Asks whose token it is
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 TokenReviewSpec required | What is wanted
          status 3 TokenReviewStatus | What is found to be so
        type TokenReviewSpec
          token 1 string required omitempty | The token
          audiences 2 [string] | For whom the token is meant
        type TokenReviewStatus
          authenticated 1 bool | Whether it is a valid one
          user 2 UserInfo | The user
          audiences 4 [string] | For whom the token is meant
          error 3 string | What went wrong
        type UserInfo
          username 1 string | The user's name
          uid 2 string | The unique identifier of that object
          groups 3 [string] | Groups of the user
          extra 4 {[string]} | More about the user, by name
        kind SelfSubjectReview | Asks who the caller is
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          status 2 SelfSubjectReviewStatus | What is found to be so
        type SelfSubjectReviewStatus
          userInfo 1 UserInfo | The user
        """
}
