namespace CloudStream.Proof;

/// <summary>Everything that clients saw.</summary>
public sealed class History(Func<long> clock)
{
    public List<AppendRecord> Appends { get; } = [];

    public List<Observation> Observations { get; } = [];

    /// <summary>Orders events.</summary>
    public long Now => clock();

    public AppendRecord Begin(string client, int partition, string[] values, bool isIdempotent = false, long expectedOffset = -1)
    {
        var append = new AppendRecord
        {
            Client = client,
            Partition = partition,
            Values = values,
            IsIdempotent = isIdempotent,
            ExpectedOffset = expectedOffset,
            Invoked = Now,
        };
        Appends.Add(append);
        return append;
    }
}
