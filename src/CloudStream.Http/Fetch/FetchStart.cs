using System.Globalization;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Fetch;

/// <summary>Where a fetch begins: an offset, or something that must be looked up.</summary>
/// <param name="Offset">The offset; null when <paramref name="Spec"/> says what is wanted.</param>
/// <param name="Spec">What to look up.</param>
internal readonly record struct FetchStart(long? Offset, OffsetSpec Spec)
{
    public static FetchStart Read(QueryReader query)
    {
        var timestamp = query.Timestamp("timestamp");
        var text = query.Text("offset");
        if (timestamp is not null && text is not null)
            throw new RequestRejectedException("Query parameters \"offset\" and \"timestamp\" exclude each other.");
        return timestamp is { } milliseconds ? new FetchStart(null, OffsetSpec.AtOrAfter(milliseconds)) : Parse(text);
    }

    private static FetchStart Parse(string? text) => text switch
    {
        null or "earliest" => new FetchStart(null, OffsetSpec.Earliest),
        "latest" => new FetchStart(null, OffsetSpec.Latest),
        _ when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset) => new FetchStart(offset, default),
        _ => throw new RequestRejectedException(
            $"Query parameter \"offset\" is \"{Excerpt.Of(text)}\"; it must be an offset (0 or more), earliest or latest."),
    };
}
