using System.Globalization;
using CloudStream.Cli.Shell;
using CloudStream.Log.Calls;
using CloudStream.Log.State;
using CloudStream.Log.Verify;

namespace CloudStream.Cli.Verify;

/// <summary>A line for each damage as it is found, then what was read.</summary>
internal sealed class VerifyText : VerifyOutput
{
    public override void Found(Finding finding) => Console.WriteLine($"damage    {finding.Detail}");

    public override void End(VerifyReport report)
    {
        string read = $"{Count(report.Topics, "topic")}, {Count(report.Partitions, "partition")}, {Count(report.Shards, "shard")}, "
            + $"{Count(report.Objects, "segment object")}, {Bytes(report.BytesRead)} of record batches"
            + (report.InlineSlices > 0 ? $", {Count(report.InlineSlices, "slice")} of them in journals" : "");
        Console.WriteLine($"verified  {read}");
        foreach ((PartitionId partition, AcceptedLoss loss) in report.Accepted)
            Console.WriteLine($"accepted  {TopicName(partition.TopicId)}/{partition.Index}: {loss.Describe()}");
        if (report.Unreferenced > 0)
            Console.WriteLine($"info      {Count(report.Unreferenced, "object")} with {Bytes(report.UnreferencedBytes)} that nothing "
                + "refers to: left by interrupted writes, or being written; brokers delete them");
        Console.WriteLine(report.Damage == 0 ? "whole" : $"damaged: {Count(report.Damage, "finding")}");
    }

    /// <summary>Bytes as people read them.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 10 * 1024 => $"{bytes} bytes",
        < 10 * 1024 * 1024 => $"{bytes / 1024} KiB",
        < 10L * 1024 * 1024 * 1024 => $"{bytes / (1024 * 1024)} MiB",
        _ => $"{bytes / (1024 * 1024 * 1024)} GiB",
    };

    private static string Count(long number, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {what}{(number == 1 ? "" : "s")}");
}
