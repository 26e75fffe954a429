namespace CloudStream.Kafka.Security;

/// <summary>How far a connection has come.</summary>
internal enum AuthenticationStep
{
    /// <summary>Nothing was asked yet: ApiVersions or SaslHandshake comes next.</summary>
    Begun,

    /// <summary>The client knows the versions: SaslHandshake comes next.</summary>
    VersionsKnown,

    /// <summary>The mechanism is agreed on: SaslAuthenticate comes next.</summary>
    Agreed,

    /// <summary>The same by SaslHandshake version 0: a bare token comes next, four bytes of size and no header (KIP-43).</summary>
    AgreedBare,

    /// <summary>The client is who it says: requests are answered.</summary>
    Done,

    /// <summary>It is not, or did not keep to the order: the connection ends after the answer.</summary>
    Failed,
}
