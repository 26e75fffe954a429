using System.Text.Json;
using CloudStream.Http.Problems;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Produce;

/// <summary>Says why an append failed.</summary>
internal static class AppendProblem
{
    public static Problem From(AppendResult result)
    {
        var problem = Problem.From(result.Error, result.Detail, result.RetryAfterMs);
        return result.Error != ErrorCode.OffsetMismatch
            ? problem
            : problem with { Members = json => json.WriteNumber("endOffset", result.LogEndOffset) };
    }

    /// <summary>The same for a client that knows its records by their place in what it sent: those that were refused are named.</summary>
    public static Problem OfBatches(AppendResult result) =>
        result.RefusedRecords is { } refused ? From(result) with { Members = json => Write(json, refused) } : From(result);

    private static void Write(Utf8JsonWriter json, IReadOnlyList<RefusedRecord> refused)
    {
        json.WriteStartArray("records"u8);
        foreach (var record in refused)
        {
            json.WriteStartObject();
            json.WriteNumber("index"u8, record.Index);
            json.WriteString("reason"u8, record.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
