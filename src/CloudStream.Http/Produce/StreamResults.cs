using System.Buffers;
using System.Text.Json;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Responses;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Produce;

/// <summary>
/// Sends <c>{"partition":…,"offset":…}</c> for every line of a stream, in the lines' order, as soon as the records are committed.
/// </summary>
internal sealed class StreamResults(HttpResponse response)
{
    private readonly Queue<(StreamBatch Batch, int Index)> _waiting = [];

    /// <summary>Lines whose result was not sent yet.</summary>
    public int Waiting => _waiting.Count;

    public void Add(StreamBatch batch, int index) => _waiting.Enqueue((batch, index));

    /// <summary>Sends the results at the front of the queue that are known.</summary>
    public async ValueTask WriteSettledAsync(CancellationToken cancellationToken)
    {
        if (!_waiting.TryPeek(out var head) || !head.Batch.IsCommitted)
            return;
        if (!response.HasStarted)
            response.ContentType = MediaTypes.Ndjson;
        await using var json = new Utf8JsonWriter(response.BodyWriter, JsonResponse.WriterOptions);
        while (_waiting.TryPeek(out head) && head.Batch.IsCommitted)
        {
            _waiting.Dequeue();
            WriteLine(json, head.Batch.Partition, head.Batch.Result.BaseOffset + head.Index);
        }

        json.Flush();
        await response.BodyWriter.FlushAsync(cancellationToken);
    }

    /// <summary>Ends the answer; a problem becomes the answer itself, or its last line when lines have been sent.</summary>
    public async Task FinishAsync(HttpContext context, Problem? problem)
    {
        if (!response.HasStarted && problem is not null)
        {
            await ProblemResponse.WriteAsync(context, problem);
            return;
        }

        if (!response.HasStarted)
            response.ContentType = MediaTypes.Ndjson;
        if (problem is null)
            return;
        await using var json = new Utf8JsonWriter(response.BodyWriter, JsonResponse.WriterOptions);
        json.WriteStartObject();
        json.WritePropertyName("error");
        problem.WriteTo(json);
        json.WriteEndObject();
        json.Flush();
        response.BodyWriter.Write("\n"u8);
        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private void WriteLine(Utf8JsonWriter json, int partition, long offset)
    {
        json.WriteStartObject();
        json.WriteNumber("partition", partition);
        json.WriteNumber("offset", offset);
        json.WriteEndObject();
        json.Flush();
        response.BodyWriter.Write("\n"u8);
        json.Reset();
    }
}
