using CloudStream.Http.Fetch;
using CloudStream.Http.Requests;

namespace CloudStream.Http.Groups.Members;

/// <summary>What a poll asks for.</summary>
/// <param name="MaxRecords">Most records.</param>
/// <param name="MaxBytes">Bytes after which no more records are added.</param>
/// <param name="Wait">How long to wait for a record, or for the group to have formed.</param>
/// <param name="Commit">Whether what earlier polls answered is committed first.</param>
/// <param name="After">The number of the last answer that the client has; null for the last one there was.</param>
/// <param name="KeyFormat">How keys are shown.</param>
/// <param name="ValueFormat">How values are shown.</param>
internal sealed record PollTerms(
    int MaxRecords, int MaxBytes, TimeSpan Wait, bool Commit, long? After, ByteFormat KeyFormat, ByteFormat ValueFormat)
{
    public static readonly string[] Members = ["maxRecords", "maxBytes", "wait", "commit", "after"];

    public static PollTerms Read(JsonFields body, QueryReader query) => new(
        (int)(body.Integer("maxRecords", 1, FetchQuery.MaxLimit) ?? FetchQuery.DefaultLimit),
        (int)(body.Integer("maxBytes", 1, FetchQuery.LargestMaxBytes) ?? FetchQuery.DefaultMaxBytes),
        body.Duration("wait", FetchQuery.MaxWait, TimeSpan.Zero),
        body.Flag("commit", otherwise: true),
        body.Integer("after", 0, long.MaxValue),
        ByteFormats.Read(query, "keyFormat"),
        ByteFormats.Read(query, "valueFormat"));
}
