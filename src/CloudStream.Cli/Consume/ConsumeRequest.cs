using CloudStream.Cli.Shell;

namespace CloudStream.Cli.Consume;

/// <summary>What the command line asked of <c>consume</c>.</summary>
internal sealed record ConsumeRequest(
    string Topic, StartPosition From, int? Partition, long? Count, bool Follow, RecordFormat Format, string? Group = null);
