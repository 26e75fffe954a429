using System.Globalization;
using System.Text;
using Confluent.Kafka;

namespace ConfluentMatrix;

/// <summary>Records that follow from their number, and the check of what comes back.</summary>
internal sealed class Records(int expected)
{
    public const int Count = 100_000;

    /// <summary>Ten minutes ago: older ones would be for retention to take.</summary>
    public static readonly long FirstTimestamp = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 600_000;

    private readonly bool[] _seen = new bool[expected];
    private readonly Dictionary<int, long> _next = [];
    private readonly Dictionary<int, int> _last = [];
    private readonly Dictionary<string, int> _partitionOfKey = [];
    private int _read;

    public bool Complete => _read == expected;

    public static Message<string, string> At(int n) => new()
    {
        Key = Key(n),
        Value = Value(n),
        Timestamp = new Timestamp(FirstTimestamp + n, TimestampType.CreateTime),
        Headers = new Headers { { "n", Encoding.UTF8.GetBytes(Text(n)) }, { "kind", "checked"u8.ToArray() } },
    };

    public static int NumberOf(string value) =>
        int.Parse(value.AsSpan(0, value.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    /// <summary>Checks one record; the offsets of each partition must follow each other from 0.</summary>
    public void See(ConsumeResult<string, string> record)
    {
        int partition = record.Partition.Value;
        string where = $"partition {partition} at {record.Offset.Value}";
        Check.Same(_next.GetValueOrDefault(partition), record.Offset.Value, $"{where}: offset");
        _next[partition] = record.Offset.Value + 1;
        int n = NumberOf(record.Message.Value);
        Check.That(!_seen[n], $"{where}: record {n} twice");
        Check.That(n > _last.GetValueOrDefault(partition, -1), $"{where}: record {n} after {_last.GetValueOrDefault(partition, -1)}");
        _seen[n] = true;
        _last[partition] = n;
        _read++;
        Check.Same(Value(n), record.Message.Value, $"{where}: value");
        Check.Same(Key(n), record.Message.Key, $"{where}: key");
        Check.Same(FirstTimestamp + n, record.Message.Timestamp.UnixTimestampMs, $"{where}: timestamp");
        _partitionOfKey.TryAdd(record.Message.Key, partition);
        Check.Same(_partitionOfKey[record.Message.Key], partition, $"{where}: partition of its key");
        string headers = string.Join(' ', record.Message.Headers.Select(h => $"{h.Key}={Encoding.UTF8.GetString(h.GetValueBytes())}"));
        Check.Same($"n={n} kind=checked", headers, $"{where}: headers");
    }

    public void Finish(int partitions)
    {
        Check.Same(expected, _read, "records read");
        Check.Same(partitions, _next.Count, "partitions with records");
    }

    private static string Key(int n) => $"key-{n % 997}";

    private static string Value(int n) => $"{Text(n)} {new string('v', n % 90)}";

    private static string Text(int n) => n.ToString(CultureInfo.InvariantCulture);
}
