namespace CloudStream.Kafka.Access;

/// <summary>What clients are told that ask for access rules.</summary>
internal static class AclWords
{
    public const string NoAuthorizer = "No Authorizer is configured.";
}
