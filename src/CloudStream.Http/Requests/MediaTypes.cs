namespace CloudStream.Http.Requests;

/// <summary>The media types that the API speaks.</summary>
internal static class MediaTypes
{
    public const string Json = "application/json";
    public const string Ndjson = "application/x-ndjson";
    public const string EventStream = "text/event-stream";
    public const string Batches = "application/vnd.cloudstream.batches";
    public const string Bytes = "application/octet-stream";
    public const string Text = "text/plain";
    public const string Form = "application/x-www-form-urlencoded";
}
