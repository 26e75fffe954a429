using Amazon.DynamoDBv2.Model;

namespace CloudStream.Storage.Aws.Registers;

/// <summary>
/// Where a register lies in the table: its key up to and with the last slash is the partition key, so that the slots of one journal lie
/// side by side and those of different shards apart; what is behind it is the sort key. Both begin with a dot: neither may be empty.
/// </summary>
internal static class TableKey
{
    /// <summary>Attribute: the partition key.</summary>
    public const string Partition = "p";

    /// <summary>Attribute: the sort key.</summary>
    public const string Sort = "s";

    /// <summary>
    /// The partition under which lie, as sort keys, the partitions whose names hold more than one slash: a list by prefix finds them there.
    /// </summary>
    public const string Nested = "nested";

    /// <summary>The primary key of a register.</summary>
    public static Dictionary<string, AttributeValue> Of(string key)
    {
        var cut = key.LastIndexOf('/') + 1;
        return Of(PartitionOf(key[..cut]), SortOf(key.AsSpan(cut)));
    }

    /// <summary>A primary key.</summary>
    public static Dictionary<string, AttributeValue> Of(string partition, string sort) => new()
    {
        [Partition] = new AttributeValue(partition),
        [Sort] = new AttributeValue(sort),
    };

    /// <summary>The partition of keys that begin so, up to and with their last slash.</summary>
    public static string PartitionOf(string parent) => "." + parent;

    /// <summary>The sort key of what is behind the last slash.</summary>
    public static string SortOf(ReadOnlySpan<char> rest) => $".{rest}";

    /// <summary>Whether a partition has to be entered under <see cref="Nested"/>.</summary>
    public static bool IsNested(string partition) =>
        partition.IndexOf('/', StringComparison.Ordinal) is >= 0 and var first && first < partition.Length - 1;

    /// <summary>The register's key.</summary>
    public static string KeyOf(Dictionary<string, AttributeValue> item) => item[Partition].S[1..] + item[Sort].S[1..];
}
