using System.Net.Http.Headers;
using CloudStream.Proof;
using CloudStream.Records;
using ErrorCode = CloudStream.Log.Calls.ErrorCode;

namespace CloudStream.Cli.Tests.Faults;

/// <summary>Appends over HTTP only where it believes the log to end (<c>If-Match</c>), and learns from refusals.</summary>
internal sealed class ConditionalAppender(string name, IReadOnlyList<BrokerPlace> places, int partition, SharedHistory history, int seed)
    : FaultClient(name, history, seed)
{
    private long _end = -1;
    private int _sent;

    private string Path => $"/v1/topics/{Topic}/partitions/{partition}";

    protected override async Task RunAsync()
    {
        using var talk = new BrokerTalk(places, Random);
        while (await ThinkAsync(30))
        {
            if (_end < 0)
                await LookAsync(talk);
            else
                await AppendAsync(talk);
        }
    }

    private async Task LookAsync(BrokerTalk talk)
    {
        long asked = History.Tick();
        BrokerTalk.Reply reply = await talk.SendAsync(HttpMethod.Get, $"{Path}/offsets?at=latest");
        if (reply.Status is not System.Net.HttpStatusCode.OK)
            return;
        _end = reply.Json.GetProperty("offset").GetInt64();
        History.Observe(new Observation(Name, reply.Process, partition, asked, History.Tick(), -1, _end, []));
    }

    private async Task AppendAsync(BrokerTalk talk)
    {
        string value = $"{Name}:{_sent++}";
        AppendRecord append = History.Begin(Name, partition, value, expectedOffset: _end);
        using ByteArrayContent body = Batch(value);
        BrokerTalk.Reply reply = await talk.SendAsync(HttpMethod.Post, $"{Path}/batches", body, ("If-Match", $"\"{_end}\""));
        append.Completed = History.Tick();
        _end = -1;
        switch (reply)
        {
            case { Status: System.Net.HttpStatusCode.OK }:
                append.Outcome = AppendOutcome.Acknowledged;
                append.BaseOffset = reply.Json.GetProperty("baseOffset").GetInt64();
                append.LogEnd = _end = reply.Json.GetProperty("highWatermark").GetInt64();
                Succeeded();
                break;
            case { Code: "offset-mismatch" }:
                (append.Outcome, append.Error) = (AppendOutcome.Refused, ErrorCode.OffsetMismatch);
                append.LogEnd = _end = reply.Json.GetProperty("endOffset").GetInt64();
                Succeeded();
                break;
            case { Code: "overloaded" or "store-unavailable" or "shutting-down" or "not-ready" } or { WasSent: false }:
                append.Outcome = AppendOutcome.Refused;
                break;
            case { Status: null } or { Code: "outcome-unknown" }:
                break;
            default:
                throw new InvalidOperationException($"{append}: {reply.Status} {reply.Text}");
        }
    }

    private static ByteArrayContent Batch(string value)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { InitialCapacity = 256 });
        builder.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), default(ReadOnlyMemory<byte>?),
            System.Text.Encoding.UTF8.GetBytes(value));
        var content = new ByteArrayContent(builder.Build().ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/vnd.cloudstream.batches");
        return content;
    }
}
