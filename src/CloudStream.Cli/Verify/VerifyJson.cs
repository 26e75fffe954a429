using System.Text.Json;
using CloudStream.Cli.Shell;
using CloudStream.Log.Calls;
using CloudStream.Log.State;
using CloudStream.Log.Verify;

namespace CloudStream.Cli.Verify;

/// <summary>One JSON document at the end.</summary>
internal sealed class VerifyJson : VerifyOutput
{
    // Whoever has lost everything is not to lose the memory, too.
    private const int MaxKept = 10_000;

    private readonly List<Finding> _findings = [];

    public override void Found(Finding finding)
    {
        if (_findings.Count < MaxKept)
            _findings.Add(finding);
    }

    public override void End(VerifyReport report) => JsonOutput.Print(json =>
    {
        json.WriteStartObject();
        json.WriteBoolean("whole", report.Damage == 0);
        json.WriteString("cluster", ClusterId);
        json.WriteNumber("topics", report.Topics);
        json.WriteNumber("partitions", report.Partitions);
        json.WriteNumber("shards", report.Shards);
        json.WriteNumber("objects", report.Objects);
        json.WriteNumber("inlineSlices", report.InlineSlices);
        json.WriteNumber("bytes", report.BytesRead);
        json.WriteNumber("unreferencedObjects", report.Unreferenced);
        json.WriteNumber("unreferencedBytes", report.UnreferencedBytes);
        json.WriteStartArray("acceptedLosses");
        foreach ((PartitionId partition, AcceptedLoss loss) in report.Accepted)
            Write(json, partition, loss);
        json.WriteEndArray();
        json.WriteNumber("findings", report.Damage);
        json.WriteStartArray("damage");
        foreach (Finding finding in _findings)
            Write(json, finding);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private void Write(Utf8JsonWriter json, PartitionId partition, AcceptedLoss loss)
    {
        json.WriteStartObject();
        WritePlace(json, partition, loss.BaseOffset, loss.EndOffset);
        json.WriteString("by", loss.By);
        json.WriteNumber("at", loss.AtMs);
        json.WriteEndObject();
    }

    private void WritePlace(Utf8JsonWriter json, PartitionId partition, long baseOffset, long endOffset)
    {
        json.WriteString("topic", TopicName(partition.TopicId));
        json.WriteString("topicId", partition.TopicId);
        json.WriteNumber("partition", partition.Index);
        if (baseOffset < 0)
            return;
        json.WriteNumber("firstOffset", baseOffset);
        json.WriteNumber("lastOffset", endOffset - 1);
    }

    private void Write(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("kind", Word(finding.Kind));
        json.WriteString("detail", finding.Detail);
        if (finding.Shard is { } shard)
            json.WriteNumber("shard", shard);
        if (finding.Partition is { } partition)
            WritePlace(json, partition, finding.BaseOffset, finding.EndOffset);
        if (finding.ObjectName is { } name)
            json.WriteString("object", name);
        json.WriteEndObject();
    }

    private static string Word(FindingKind kind) => kind switch
    {
        FindingKind.Cluster => "cluster",
        FindingKind.Register => "register",
        FindingKind.Shard => "shard",
        FindingKind.Topic => "topic",
        FindingKind.Records => "records",
        _ => "object",
    };
}
