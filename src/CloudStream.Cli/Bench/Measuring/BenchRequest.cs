using CloudStream.Kafka.Face;
using CloudStream.Records.Compression;

namespace CloudStream.Cli.Bench.Measuring;

/// <summary>What to measure.</summary>
/// <param name="Server">The broker.</param>
/// <param name="Kafka">Where the broker speaks Kafka's protocol, which the records then take; null for HTTP.</param>
/// <param name="Topic">A topic that is there already; null makes one and deletes it afterwards.</param>
/// <param name="Records">How many records.</param>
/// <param name="WarmUp">Records that are produced before the measurement.</param>
/// <param name="RecordBytes">Length of each value in bytes.</param>
/// <param name="Partitions">Partitions of the topic that is made.</param>
/// <param name="Compression">How batches are compressed.</param>
/// <param name="BatchBytes">Bytes at which a batch is full.</param>
/// <param name="Linger">How long a batch waits for more.</param>
/// <param name="Sequential">One record at a time, each acknowledged before the next.</param>
/// <param name="Decode">The consumer looks at every record, not only at the batches.</param>
/// <param name="Rate">Records a second that are produced; 0 for as many as possible.</param>
/// <param name="Keep">The topic that was made is kept.</param>
internal sealed record BenchRequest(
    Uri Server, HostPort? Kafka, string? Topic, long Records, long WarmUp, int RecordBytes, int Partitions, CompressionType Compression,
    int BatchBytes, TimeSpan Linger, bool Sequential, bool Decode, int Rate, bool Keep);
