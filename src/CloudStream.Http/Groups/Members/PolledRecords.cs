using CloudStream.Cluster.Topics;
using CloudStream.Http.Fetch;
using CloudStream.Http.Problems;

namespace CloudStream.Http.Groups.Members;

/// <summary>What a poll found: pages of records, partition by partition. Owns them.</summary>
/// <param name="IsRebalancing">The group forms a new generation; meanwhile there are records of partitions that the member keeps, if
/// any.</param>
internal sealed record PolledRecords(bool IsRebalancing) : IDisposable
{
    public List<(TopicPartition Partition, RecordPage Page)> Pages { get; } = [];

    /// <summary>Why one of the partitions cannot be read, if that is so.</summary>
    public Problem? Damage { get; set; }

    public int Count => Pages.Sum(p => p.Page.Count);

    public void Dispose()
    {
        foreach (var (_, page) in Pages)
            page.Dispose();
    }
}
