using System.Globalization;
using CloudStream.Records;

namespace CloudStream.Cluster.Settings;

/// <summary>The settings of one topic that the engine acts on, resolved and typed. Immutable.</summary>
internal sealed record TopicConfig
{
    /// <summary>Largest record batch in bytes.</summary>
    public required int MaxMessageBytes { get; init; }

    /// <summary>Most bytes that the records of one batch decompress to.</summary>
    public required int MaxDecompressedBytes { get; init; }

    /// <summary>Milliseconds that records are kept; -1 for ever.</summary>
    public required long RetentionMs { get; init; }

    /// <summary>Bytes that a partition keeps; -1 for no limit.</summary>
    public required long RetentionBytes { get; init; }

    /// <summary>Whether the newest record of each key is what the topic is for; such a topic takes no record without a key.</summary>
    public required bool IsCompacted { get; init; }

    /// <summary>Whose clock stamps records.</summary>
    public required TimestampType TimestampType { get; init; }

    /// <summary>How far in the past a producer's timestamp may lie, milliseconds.</summary>
    public required long TimestampBeforeMaxMs { get; init; }

    /// <summary>How far in the future a producer's timestamp may lie, milliseconds.</summary>
    public required long TimestampAfterMaxMs { get; init; }

    /// <summary>Reads values in their plain form.</summary>
    public static TopicConfig From(Func<string, string> value)
    {
        var deletes = value(TopicConfigNames.CleanupPolicy).Contains("delete", StringComparison.Ordinal);
        return new TopicConfig
        {
            MaxMessageBytes = (int)Number(value(TopicConfigNames.MaxMessageBytes)),
            MaxDecompressedBytes = (int)Number(value(TopicConfigNames.MaxDecompressedBytes)),
            RetentionMs = deletes ? Number(value(TopicConfigNames.RetentionMs)) : -1,
            RetentionBytes = deletes ? Math.Max(-1, Number(value(TopicConfigNames.RetentionBytes))) : -1,
            IsCompacted = value(TopicConfigNames.CleanupPolicy).Contains("compact", StringComparison.Ordinal),
            TimestampType = value(TopicConfigNames.MessageTimestampType) == "LogAppendTime"
                ? TimestampType.LogAppendTime
                : TimestampType.CreateTime,
            TimestampBeforeMaxMs = Number(value(TopicConfigNames.MessageTimestampBeforeMaxMs)),
            TimestampAfterMaxMs = Number(value(TopicConfigNames.MessageTimestampAfterMaxMs)),
        };
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
