namespace CloudStream.Storage.Metadata;

/// <summary>Limits that every metadata store keeps, so that what works on one works on all.</summary>
public static class MetadataLimits
{
    /// <summary>Largest value in bytes. DynamoDB's item limit is 400 KB, keys and attribute names included.</summary>
    public const int MaxValueBytes = 350 * 1024;

    /// <summary>Longest key in characters.</summary>
    public const int MaxKeyLength = 512;
}
