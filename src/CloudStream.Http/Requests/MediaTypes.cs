using System.Collections.Frozen;

namespace CloudStream.Http.Requests;

/// <summary>The media types that the API speaks.</summary>
internal static class MediaTypes
{
    // There is no registered name for one JSON text a line.
    private static readonly FrozenSet<string> s_ndjson = FrozenSet.Create(
        StringComparer.Ordinal,
        Ndjson, "application/ndjson", "application/jsonl", "application/x-jsonl", "application/jsonlines", "application/x-jsonlines",
        "application/json-lines", "application/stream+json", "application/x-json-stream", "application/ldjson", "application/x-ldjson",
        "text/ndjson", "text/x-ndjson", "text/jsonl", "text/x-jsonl", "text/jsonlines", "text/x-jsonlines");

    public const string Json = "application/json";
    public const string Ndjson = "application/x-ndjson";
    public const string EventStream = "text/event-stream";
    public const string Batches = "application/vnd.cloudstream.batches";
    public const string Bytes = "application/octet-stream";
    public const string Text = "text/plain";
    public const string JsonSequence = "application/json-seq";
    public const string Form = "application/x-www-form-urlencoded";

    /// <summary>Whether a body of this type is one JSON text a line.</summary>
    public static bool IsNdjson(string? type) => type is not null && s_ndjson.Contains(type);
}
