namespace CloudStream.Proof;

/// <summary>Every record that was ever committed to one partition, and when.</summary>
public sealed class CommittedLog
{
    private readonly List<(string Value, long At)> _records = [];

    /// <summary>One past the last record.</summary>
    public long End => _records.Count;

    /// <summary>What was committed at an offset.</summary>
    public string this[long offset] => _records[(int)offset].Value;

    /// <summary>All values in offset order.</summary>
    public IEnumerable<string> Values => _records.Select(r => r.Value);

    public void Append(IEnumerable<string> values, long now) => _records.AddRange(values.Select(v => (v, now)));
}
