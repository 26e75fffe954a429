using System.Text.Json;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Responses;
using CloudStream.Log.Calls;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Produce;

/// <summary>Answers a whole-request produce: one result per record, in request order.</summary>
internal static class ProduceAnswer
{
    private const int FlushBytes = 64 * 1024;

    public static async Task WriteAsync(HttpContext context, ProduceBatches batches)
    {
        var problem = FirstProblem(batches);
        var response = context.Response;
        response.StatusCode = problem?.Status ?? StatusCodes.Status200OK;
        response.ContentType = problem is null ? MediaTypes.Json : Problem.ContentType;
        if (problem is { RetryAfterMs: > 0 })
            response.Headers.RetryAfter = ((problem.RetryAfterMs + 999) / 1000).ToString();
        await using var json = new Utf8JsonWriter(response.BodyWriter, JsonResponse.WriterOptions);
        json.WriteStartObject();
        problem?.WriteMembers(json);
        json.WriteStartArray("results");
        for (var i = 0; i < batches.Count; i++)
        {
            WriteResult(json, batches, i);
            if (json.BytesPending > FlushBytes)
                await FlushAsync(context, json);
        }

        json.WriteEndArray();
        if (batches.Outcome(0).Append.Duplicate)
            json.WriteBoolean("duplicate", true);
        json.WriteEndObject();
        await FlushAsync(context, json);
    }

    private static async ValueTask FlushAsync(HttpContext context, Utf8JsonWriter json)
    {
        json.Flush();
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private static void WriteResult(Utf8JsonWriter json, ProduceBatches batches, int record)
    {
        var (partition, append, offset, timestamp) = batches.Outcome(record);
        json.WriteStartObject();
        json.WriteNumber("partition", partition);
        if (append.Error == ErrorCode.None)
        {
            json.WriteNumber("offset", offset);
            json.WriteNumber("timestamp", timestamp);
        }
        else
        {
            var mapping = ErrorTable.Get(append.Error);
            json.WriteStartObject("error");
            json.WriteString("code", mapping.Code);
            json.WriteString("detail", batches.Refusal(record) ?? append.Detail ?? mapping.Title + ".");
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static Problem? FirstProblem(ProduceBatches batches)
    {
        for (var i = 0; i < batches.Count; i++)
        {
            if (batches.Outcome(i).Append is not { Error: not ErrorCode.None } append)
                continue;
            var problem = AppendProblem.From(append);
            if (batches.Committed == 0)
                return problem;
            var detail = append.Detail ?? problem.Title + ".";
            return problem with { Detail = $"{detail} Other records of the request are committed, as results says." };
        }

        return null;
    }
}
